"""The tab that says which model prices, how well, and what it is not for; and, where allowed, loads another one."""

from __future__ import annotations

from typing import Any

import gradio as gr

from pricer import log
from pricer.errors import UserError
from pricer.model_facts import Diagnostics, ModelFacts
from pricer.ui import cards, evaluation_cards, model_cards
from pricer.ui.context import OUR_FAULT, PRIVATE, SHORT, PageContext

# One at a time, and apart from other work: a download may take minutes.
LOADING: dict[str, Any] = {"concurrency_id": "model", "concurrency_limit": 1}

_FOR_EVERYONE = (
    "One model prices for everyone on this page. A loaded one takes over at once for all visitors and for the API, "
    "until another is loaded or the page is started again; a page that is open elsewhere shows it after a reload."
)
_LOADING = cards.message("notice", "Fetching and checking the checkpoint. Until it is there, the model before prices.")


def build(context: PageContext) -> None:
    """Lay out the tab and wire its events; built after all tabs that follow the model."""

    def config() -> Any:
        return context.runner.checkpoint.config

    with gr.Row(equal_height=False, elem_classes="pr-split"):
        with gr.Column(scale=1, min_width=320):
            _following(context, lambda: model_cards.identity(ModelFacts.of(context.runner)))
            _following(context, lambda: model_cards.limits_card(config()))
            _add_diagnostics(context)
        with gr.Column(scale=1, min_width=320):
            _following(context, lambda: model_cards.accuracy(config()))
            _following(context, lambda: model_cards.training(config()))
    _following(context, lambda: evaluation_cards.peers(config()))
    if context.settings.model_loading:
        _add_loading(context)


def _following(context: PageContext, value: Any) -> None:
    context.follow(gr.HTML(value()), value)


def _add_diagnostics(context: PageContext) -> None:
    with gr.Column(elem_classes="pr-card"):
        gr.HTML(cards.heading("How it runs here", "Prices a text thirty times and looks at this process."))
        found = gr.HTML(elem_id="model-diagnostics")
        button = gr.Button("Measure", scale=0, min_width=120)
    button.click(lambda: model_cards.diagnostics(Diagnostics.of(context.runner)), None, found, **PRIVATE, **SHORT)


def _add_loading(context: PageContext) -> None:
    def load(repo: str, revision: str) -> dict[Any, Any]:
        before = context.model_line
        try:
            context.load(repo, revision)
        except UserError as error:
            said = cards.message("error", f"{error} Still pricing: {before}.", "The model was not changed")
            return {answer: said, button: gr.Button(interactive=True)}
        except Exception:
            log.failure("failed", kind="model")
            return {answer: cards.message("error", OUR_FAULT), button: gr.Button(interactive=True)}
        done = cards.message("notice", context.model_line, "Another model prices now, for everyone")
        return {answer: done, button: gr.Button(interactive=True), **context.followed()}

    with gr.Column(elem_classes="pr-card", elem_id="model-loading"):
        gr.HTML(cards.heading("Load another checkpoint", _FOR_EVERYONE))
        with gr.Row():
            repo = gr.Textbox(label="Checkpoint on the Hugging Face Hub", placeholder="owner/name", scale=3)
            revision = gr.Textbox(label="Revision", placeholder="branch, tag or commit; empty: main", scale=2)
        button = gr.Button("Load", variant="primary", scale=0, min_width=140)
        answer = gr.HTML(elem_id="model-loading-answer")
    gr.on(
        [button.click, repo.submit, revision.submit],
        lambda: (_LOADING, gr.Button(interactive=False)), None, [answer, button], queue=False, **PRIVATE,
    ).then(
        load, [repo, revision], [answer, button, *context.followers], **PRIVATE, **LOADING
    )  # fmt: skip
