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
// A browser has few WebGL contexts, and those of a plot that was drawn anew would push out the plots beside it.
const release = (canvas) => canvas.getContext("webgl")?.getExtension("WEBGL_lose_context")?.loseContext();
new MutationObserver((changes) => {
  const removed = changes.flatMap(({ removedNodes }) => [...removedNodes]).filter((node) => !node.isConnected);
  for (const node of removed) node.querySelectorAll?.(".gl-canvas").forEach(release);
}).observe(root.querySelector("#evaluation-results") ?? root.body, { childList: true, subtree: true });
