() => {
  // What the page does without asking the server: keys, copying, addresses that hold a text, light and dark.
  const COVERAGES = [0.5, 0.8, 0.9, 0.95];
  const FIELDS = ["text", "title", "category", "brand", "details"]; // in the order of the form
  const find = (selector) => document.querySelector(selector);
  const box = () => find("#price-text textarea");

  // Gradio's multi-line boxes submit on Shift+Enter; here Enter submits, as in every search box.
  const onKey = (event) => {
    if (event.key !== "Enter" || event.isComposing || !event.target.closest("#price-text textarea")) return;
    event.stopPropagation();
    if (event.shiftKey) return;
    event.preventDefault();
    if (event.type === "keydown" && !event.repeat) find("#price-button").click();
  };
  const onSlash = (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey || !box()?.checkVisibility()) return;
    event.preventDefault();
    box().focus();
    box().select();
  };
  // The price shown is of the text before.
  const onInput = (event) => {
    if (!event.target.closest("#price-text, #price-fields")) return;
    for (const name of ["#price-answer", "#price-why"]) find(name).classList.add("pr-stale");
  };

  // What has been drawn anew is of the text as it is; why follows the price.  Gradio's own signs of work around the
  // cards change too, and the buttons that say "Copied".
  const drawn = ({ target }) => {
    const element = target.nodeType === Node.TEXT_NODE ? target.parentElement : target;
    return element?.closest("section") && !element.closest("[data-copy]");
  };
  const isFresh = (name, then) =>
    new MutationObserver((changes) => {
      if (!changes.some(drawn)) return;
      find(name).classList.remove("pr-stale");
      then?.();
    }).observe(find(name), { childList: true, subtree: true, characterData: true });
  isFresh("#price-answer", () => find("#price-why").classList.add("pr-stale"));
  isFresh("#price-why");

  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
    } catch { // not allowed, or the page is not served over https
      const area = document.body.appendChild(Object.assign(document.createElement("textarea"), { value: text }));
      area.select();
      document.execCommand("copy");
      area.remove();
    }
  };
  const onClick = async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button || button.dataset.copied) return;
    const name = button.textContent;
    const { origin, pathname, hash } = window.location;
    await copy(button.dataset.copy || origin + pathname + hash);
    button.dataset.copied = "yes";
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = name; delete button.dataset.copied; }, 1500);
  };

  // Gradio's <base> would make a link within the page a new page, without what this visit knows.
  const onLink = (event) => {
    const link = event.target.closest('a[href^="#text="]');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (window.location.hash === link.hash) find("#price-reopen").click();
    else window.location.hash = link.hash;
  };

  const onTheme = (event) => {
    if (!event.target.closest("#pr-theme")) return;
    const dark = document.body.classList.toggle("dark");
    window.localStorage.setItem("pricer-theme", dark ? "dark" : "light");
  };
  const kept = window.localStorage.getItem("pricer-theme");
  if (kept && !new URLSearchParams(window.location.search).has("__theme")) {
    document.body.classList.toggle("dark", kept === "dark");
  }

  window.pricer = {
    // The form that the address describes; it is in the part behind #, which never leaves the browser.
    formOfAddress() {
      const given = new URLSearchParams(window.location.hash.slice(1));
      const coverage = Number(given.get("coverage"));
      return [...FIELDS.map((name) => given.get(name) ?? ""), COVERAGES.includes(coverage) ? coverage : 0.8];
    },
    // After an answer: the address holds what was priced, and the price is seen, on a phone too.
    answered(form) {
      for (const name of ["#price-answer", "#price-why"]) find(name).classList.remove("pr-stale");
      const given = FIELDS.map((name, at) => [name, form[at]]).filter(([, value]) => value?.trim());
      if (!given.length) return;
      if (form[5] !== 0.8) given.push(["coverage", form[5]]);
      const hash = given.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
      const { pathname, search } = window.location;
      window.history.replaceState(window.history.state, "", `${pathname}${search}#${hash}`);
      if (window.matchMedia("(pointer: coarse)").matches) document.activeElement?.blur(); // its keyboard hides the price
      const answer = find("#price-answer");
      if (answer.checkVisibility() && answer.getBoundingClientRect().top > window.innerHeight * 0.7) {
        const behavior = window.matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
        answer.scrollIntoView({ block: "start", behavior });
      }
    },
  };

  document.addEventListener("input", onInput, true);
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("keypress", onKey, true);
  document.addEventListener("keydown", onSlash);
  document.addEventListener("click", onClick);
  document.addEventListener("click", onLink);
  document.addEventListener("click", onTheme);
  window.addEventListener("hashchange", () => find("#price-reopen").click());
}
