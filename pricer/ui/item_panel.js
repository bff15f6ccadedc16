// A mark of a plot, or a button of a table, shows its item.  Plotly forgets its listeners when a plot is drawn anew.
const root = document;
const card = root.querySelector("#evaluation-item-card");
let awaited = false; // the card of an item that was picked
// The panel comes into sight; where it does not fit, as on a phone, its card does.
const bring = () => {
  const panel = root.querySelector("#evaluation-panel");
  const target = panel.offsetHeight > innerHeight ? card : panel;
  const { top, bottom } = target.getBoundingClientRect();
  if (top < 0 || Math.min(bottom, top + 300) > innerHeight) target.scrollIntoView({ block: "start" });
};
new MutationObserver(() => {
  if (awaited) bring();
  awaited = false;
}).observe(card, { childList: true, subtree: true });
const pick = (number) => {
  const input = root.querySelector("#evaluation-item input");
  awaited = input.value !== String(number);
  input.value = number;
  input.dispatchEvent(new Event("input", { bubbles: true }));
  if (!awaited) bring();
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
