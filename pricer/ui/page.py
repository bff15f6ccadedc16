"""The page: header, three tabs, and the options that it is launched with."""

from __future__ import annotations

from typing import Any

import gradio as gr

from pricer.ui import batch_tab, cards, evaluation_tab, price_tab
from pricer.ui.context import PageContext
from pricer.ui.theme import STYLE, PricerTheme

KEPT_SECONDS = 3600  # how long uploads and results can still be fetched

# Gradio's multi-line boxes submit on Shift+Enter; here Enter submits, as in every search box.  Editing dims the price.
_SCRIPT = """
() => {
  const onKey = (event) => {
    if (event.key !== "Enter" || event.isComposing || !event.target.closest("#price-text textarea")) return;
    event.stopPropagation();
    if (event.shiftKey) return;
    event.preventDefault();
    if (event.type === "keydown" && !event.repeat) document.querySelector("#price-button").click();
  };
  const onInput = (event) => {  // the price shown is of the text before
    if (event.target.closest("#price-text")) document.querySelector("#price-answer").classList.add("pr-stale");
  };
  document.addEventListener("input", onInput, true);
  document.addEventListener("keydown", onKey, true);
  document.addEventListener("keypress", onKey, true);
}
"""


def build(context: PageContext) -> gr.Blocks:
    """The page for a runner."""
    with gr.Blocks(
        title="Pricer: what should it cost?",
        analytics_enabled=False,
        delete_cache=(KEPT_SECONDS, KEPT_SECONDS),
        fill_width=True,
    ) as demo:
        gr.HTML(cards.header(context.model_line))
        if context.notice:
            gr.HTML(cards.message("warning", context.notice, "Another model is in use"))
        stored = gr.BrowserState(
            "", storage_key=batch_tab.STORED_AS
        )  # outside of tabs, which are shown when first opened
        with gr.Tabs():
            with gr.Tab("Price", id="price"):
                price_tab.build(context)
            with gr.Tab("Batch", id="batch"):
                batch_tab.build(context, demo, stored)
            with gr.Tab("Evaluation", id="evaluation"):
                evaluation_tab.build(context)
    return demo.queue(max_size=context.settings.queue_size, api_open=False)


def launch_options(context: PageContext) -> dict[str, Any]:
    """What `Blocks.launch` is given: our looks, and nothing open that need not be."""
    settings = context.settings
    return {
        "theme": PricerTheme(),
        "css_paths": [STYLE, *sorted(STYLE.parent.glob("styles/*.css"))],
        "js": _SCRIPT,
        "footer_links": ["api"],
        "max_file_size": settings.max_upload_mb * 1024 * 1024,
        "server_name": settings.host,
        "server_port": settings.port,
        "share": settings.share,
        "show_error": False,
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "mcp_server": False,
        "pwa": False,
    }
