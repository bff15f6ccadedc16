"""What every tab is given, and the lanes in which the page's work waits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from threading import Event, Lock
from typing import TYPE_CHECKING, Any

import gradio as gr

from pricer import log
from pricer.errors import BusyError, SettingError, UserError
from pricer.items import check_texts
from pricer.tables import Limits
from pricer.ui.disk import Disk
from pricer.ui.kept_results import KeptResults
from pricer.ui.run_folders import RunFolders
from pricer.ui.token_store import TokenStore

if TYPE_CHECKING:
    from pricer.deep_neural_network import DeepNeuralNetworkRunner
    from pricer.settings import Settings
    from pricer.ui.item_panel import KeptEvaluation

# A running batch must not keep a single price waiting: short and long work queue apart.
SHORT: dict[str, Any] = {"concurrency_id": "short", "concurrency_limit": 4}
LONG_WORK = "long"  # see `PageContext.long`
READING: dict[str, Any] = {"concurrency_id": "reading", "concurrency_limit": 2}
WRITING: dict[str, Any] = {"concurrency_id": "writing", "concurrency_limit": 2}  # results in other formats
PRIVATE: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}  # an event of the page alone

EVALUATIONS_BYTES = 256 << 20  # of memory for the items of all evaluations that are kept
UNPACKED_TIMES = 10  # of the largest upload; tables unpack to 5 to 50 times their size, and have rows to a limit
SECONDS_BETWEEN = 0.5  # two updates of the page by work that runs

# For a file that is ready: the browser fetches it, as if a link had been pressed.
FETCH = """(file) => {
  if (!file) return;
  const link = document.createElement("a");
  link.href = file.url; link.download = file.orig_name; link.hidden = true;
  document.body.append(link); link.click(); link.remove();
}"""

OUR_FAULT = "Something went wrong on our side. Try again in a moment."
BUSY = "The page is busy. Try again in a moment."
RESTARTING = "The page is restarting. Try again in a minute."


@dataclass
class PageContext:
    """What the tabs build on.  Whoever prices asks for `runner` anew: it may be another one by then."""

    runner: DeepNeuralNetworkRunner
    settings: Settings
    notice: str = ""  # why the model is not the one that was asked for; empty if it is
    folders: RunFolders = field(default_factory=RunFolders)
    followers: dict[Any, Callable[[], Any]] = field(default_factory=dict)  # component -> what it shows of the model
    stopping: Event = field(default_factory=Event)  # set once the app is to end: nothing new is taken
    ending: Event = field(default_factory=Event)  # set soon after: what still runs gives up
    _loading: Lock = field(default_factory=Lock)

    @property
    def long(self) -> dict[str, Any]:
        """The lane of batches and evaluations, as options of an event."""
        return {"concurrency_id": LONG_WORK, "concurrency_limit": self.settings.runs_at_once}

    def check_going(self) -> None:
        """For long work, between its steps.

        Raises
        ------
        BusyError
            The app ends.
        """
        if self.ending.is_set():
            raise BusyError(RESTARTING)

    def check_texts(self, *texts: Any) -> None:
        """Refuse texts that this page does not price one by one.

        Raises
        ------
        TextError
            One is empty, longer than is allowed here, or no text.
        """
        check_texts(texts, self.settings.max_text_chars)

    def follow(self, component: Any, value: Callable[[], Any]) -> None:
        """Have a component show this anew once another model prices, and whenever the page is opened after that."""
        self.followers[component] = value

    def followed(self) -> dict[Any, Any]:
        """What every follower shows of the model that prices now."""
        return {component: value() for component, value in self.followers.items()}

    def load(self, repo: str, revision: str = "") -> None:
        """Price with a checkpoint of the Hub from now on, for everyone; on failure, the model before stays.

        Raises
        ------
        UserError
            It is not allowed here, another one is being loaded, or the Hub does not give one that runs here.
        """
        from pricer.deep_neural_network import DeepNeuralNetworkRunner

        if not self.settings.model_loading:
            raise SettingError("This page keeps its model: its owner can allow others by PRICER_MODEL_LOADING=true.")
        if not repo.strip():
            raise SettingError("Which checkpoint? Give its name on the Hub, such as owner/name.")
        if not self._loading.acquire(blocking=False):
            raise SettingError("Another model is being loaded: wait until it is there.")
        try:
            settings = self.settings
            self.runner = DeepNeuralNetworkRunner.from_hub(
                repo.strip(), revision.strip() or None, settings.device, settings.precision, settings.runtime
            )
            self.notice = ""
            log.event("model_loaded", model=self.runner.source)
        finally:
            self._loading.release()

    @property
    def table_limits(self) -> Limits:
        """What is taken of an upload; packed, it may be this much larger."""
        most = UNPACKED_TIMES * self.settings.max_upload_mb << 20
        return Limits(rows=self.settings.max_page_rows, unpacked_bytes=most)

    @cached_property
    def disk(self) -> Disk:
        """What uploads and results may take."""
        return Disk(self.folders, self.settings.disk_mb * 1_000_000, self.settings.kept_minutes * 60)

    @cached_property
    def results(self) -> KeptResults:
        """Finished batches that can still be had."""
        settings = self.settings
        return KeptResults(self.folders.kept, settings.kept_minutes * 60, settings.disk_mb * 1_000_000 // 2)

    @cached_property
    def evaluations(self) -> TokenStore[KeptEvaluation]:
        """Finished evaluations whose items can still be looked at."""
        return TokenStore(self.settings.kept_minutes * 60, EVALUATIONS_BYTES)

    @property
    def model_line(self) -> str:
        """The model and the device, in one line."""
        runner = self.runner
        name = runner.checkpoint.config.name
        label = runner.source if name in runner.source else f"{runner.source} · {name}"
        return f"Model: {label} · device {runner.device} · {runner.precision}"


def run_and_stop(name: str, interactive: bool = True) -> tuple[gr.Button, gr.Button]:
    """The button that starts long work, and the one that ends it."""
    with gr.Row(elem_classes="pr-actions"):
        button = gr.Button(name, variant="primary", interactive=interactive, scale=2, min_width=150)
        stop = gr.Button("Stop", interactive=False, scale=1, min_width=90)
    return button, stop


def run_id_box() -> gr.Textbox:
    """Where a page keeps the id of its last run.

    Every event sends what the box holds as it begins, whatever overtakes it on its way: a change of mind that arrives
    late never ends the run that was asked for after it, and a run that waits for its turn keeps its own id.
    """
    return gr.Textbox("", visible=False)


@contextmanager
def for_callers(kind: str, text: Any = None) -> Iterator[dict[str, Any]]:
    """What an endpoint of the API does, told in the log; a user's mistake is answered by its message as it is."""
    try:
        with log.asked(kind, text) as facts:
            yield facts
    except UserError as error:
        raise gr.Error(str(error), print_exception=False) from error
    except Exception as error:
        raise gr.Error(OUR_FAULT, print_exception=False) from error
