"""The page: header, four tabs, and the options that it is launched with."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

import gradio as gr

from pricer.errors import SettingError
from pricer.ui import batch_tab, cards, evaluation_tab, model_tab, price_tab
from pricer.ui.context import PRIVATE, PageContext
from pricer.ui.fair_queue import FairQueue
from pricer.ui.server import MEGABYTE, SWEEP_SECONDS, server_options
from pricer.ui.theme import STYLE, PricerTheme

_FOLDER = Path(__file__).parent
SCRIPT = _FOLDER / "page.js"
ICON = _FOLDER / "icon.svg"


def build(context: PageContext) -> gr.Blocks:
    """The page for a runner."""
    with gr.Blocks(
        title="Pricer: what should it cost?",
        analytics_enabled=False,
        delete_cache=(SWEEP_SECONDS, context.settings.kept_minutes * 60),
        fill_width=True,
    ) as demo:
        context.followers.clear()  # of a page that was built before
        context.follow(gr.HTML(cards.header(context.model_line)), lambda: cards.header(context.model_line))
        if context.notice:
            notice = gr.HTML(cards.message("warning", context.notice, "Another model is in use"))
            context.follow(notice, lambda: gr.HTML(visible=bool(context.notice)))
        stored = gr.BrowserState("", storage_key=batch_tab.STORED_AS)  # outside of tabs: those are there when opened
        with gr.Tabs():
            with gr.Tab("Price", id="price"):
                price_tab.build(context, demo)
            with gr.Tab("Batch", id="batch"):
                batch_tab.build(context, demo, stored)
            with gr.Tab("Evaluation", id="evaluation"):
                evaluation_tab.build(context)
            with gr.Tab("Model", id="model"):
                model_tab.build(context)
        if context.settings.model_loading:  # else what was built is what prices
            demo.load(context.followed, None, list(context.followers), queue=False, **PRIVATE)
    demo.queue(api_open=False)
    demo._queue = FairQueue(demo, context)
    return demo


def launch_options(context: PageContext) -> dict[str, Any]:
    """What `Blocks.launch` is given: our looks, and nothing open that need not be."""
    settings = context.settings
    return {
        "theme": PricerTheme(),
        "css_paths": [STYLE, *sorted((_FOLDER / "styles").glob("*.css"))],
        "js": SCRIPT.read_text(encoding="utf-8"),
        "favicon_path": ICON,
        "footer_links": ["api"],
        "max_file_size": settings.max_upload_mb * MEGABYTE,
        "allowed_paths": [],
        "auth": list(settings.accounts) or None,
        "app_kwargs": server_options(context),
        "server_name": settings.host,
        "server_port": settings.port,
        "share": settings.share,
        "show_error": False,
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "mcp_server": _mcp_server(settings.mcp),
        "pwa": False,
    }


def _mcp_server(wanted: bool) -> bool:
    """Whether the page is an MCP server too; without its package, Gradio would only warn.

    Raises
    ------
    SettingError
        It is wanted, but its package is missing.
    """
    if wanted and find_spec("mcp") is None:
        raise SettingError(
            "PRICER_MCP asks for an MCP server, but the package mcp is missing: "
            "run `pip install -r requirements-mcp.txt`, or unset PRICER_MCP."
        )
    return wanted
