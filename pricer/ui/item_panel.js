// A mark of a plot, or a button of a table, shows its item.  Plotly forgets its listeners when a plot is drawn anew.
const root = document;
const pick = (number) => {
  const input = root.querySelector("#evaluation-item input");
  input.value = number;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  const panel = root.querySelector("#evaluation-panel");
  const { top, bottom } = panel.getBoundingClientRect();
  if (top < 0 || bottom > innerHeight) panel.scrollIntoView({ block: "nearest" });
};
const onMark = ({ points }) => {
  const mark = points.find(({ data }) => data.meta === "items");
  if (mark) pick(mark.customdata[0] + 1);
};
root.addEventListener("pointerover", ({ target }) => {
  const plot = target.closest?.("#evaluation-results .js-plotly-plot");
  if (!plot?.on) return;
  plot.removeListener("plotly_click", onMark);
  plot.on("plotly_click", onMark);
});
root.addEventListener("click", ({ target }) => {
  const button = target.closest?.("#evaluation-results .pr-pick");
  if (button) pick(Number(button.dataset.item));
});
