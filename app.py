"""The page: `python app.py`.  Also the entry point of a Hugging Face Space."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dotenv import load_dotenv

from pricer import log, zero_gpu
from pricer.device import CHOICES
from pricer.errors import SettingError, UserError
from pricer.precision import PRECISIONS
from pricer.settings import Settings

if TYPE_CHECKING:
    from pricer.ui.context import PageContext


END_SECONDS = 9.0  # after a request to end, the app is gone
AWAKE_SECONDS = 0.25  # between two looks for a request to end
SWITCH_SECONDS = 0.001  # for which a thread may keep others from Python: a large file may not hold up a single price


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the page and serve it until interrupted; gives the exit code."""
    chosen = _parser().parse_args(arguments)
    load_dotenv(".env")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # so that temporary folders are removed on the way out
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        settings = _settings(chosen)
        log.configure(settings.logged)
        context = make_context(settings)
        if context.notice:
            sys.stderr.write(f"pricer: {context.notice}\n")
            log.event("fallback")
        _serve(context, chosen.open and _has_screen())
    except (UserError, OSError) as error:
        sys.stderr.write(f"pricer: {error}\n")
        return 1
    except KeyboardInterrupt:
        return 0
    return 0


def make_context(settings: Settings) -> PageContext:
    """The runner for the settings, made once, with what the page needs around it."""
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")  # read when gradio is imported
    zero_gpu.prepare()
    from pricer.deep_neural_network import DeepNeuralNetworkRunner
    from pricer.ui.context import PageContext
    from pricer.ui.run_folders import RunFolders

    runner = DeepNeuralNetworkRunner.from_pretrained_or_builtin(
        settings.model, settings.device, settings.precision, settings.runtime
    )
    folders = RunFolders()
    os.environ.setdefault("GRADIO_TEMP_DIR", str(folders.cache))
    if not settings.trusted_proxy:
        os.environ.setdefault("FORWARDED_ALLOW_IPS", "")  # uvicorn would believe addresses told by this machine
    return PageContext(runner, settings, runner.notice, folders)


def _serve(context: PageContext, in_browser: bool) -> None:
    from pricer.ui import page, server

    demo = page.build(context)
    ended = _when_signalled()
    try:
        _, url, shared = demo.launch(
            **page.launch_options(context), inbrowser=in_browser, prevent_thread_lock=True, quiet=True
        )
    except OSError as error:
        if "Cannot find empty port" not in str(error):
            raise
        port = context.settings.port
        problem = (
            f"Port {port} is in use: choose another with --port."
            if port
            else "No port is free: choose one with --port."
        )
        raise SettingError(problem) from error
    sys.stderr.write(f"{context.model_line}\n")
    runner = context.runner
    log.event("opened", model=runner.source, device=str(runner.device), precision=runner.precision)
    sys.stdout.write(f"Pricer is open at {shared or url}\n")
    sys.stdout.flush()
    while not ended.wait(AWAKE_SECONDS):  # a signal that another thread takes does not wake this one, which handles it
        pass
    watchdog = threading.Timer(END_SECONDS, _end, [context])
    watchdog.daemon = True
    watchdog.start()
    server.shut_down(demo, context)
    _end(context)


def _when_signalled() -> threading.Event:
    """What is set by a request to end; a second one ends the app at once."""
    ended = threading.Event()

    def end(number: int, frame: Any) -> None:
        signal.signal(number, signal.SIG_DFL)
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    return ended


def _end(context: PageContext) -> None:
    """End this process: not by its interpreter's own end, which would wait for threads, and for libraries' threads."""
    context.folders.remove()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="app.py", description="Opens Pricer's page.")
    parser.add_argument("--port", type=_port, help="port of the page (default: the first free one from 7860)")
    parser.add_argument("--host", help="address to listen on (default: this machine only)")
    parser.add_argument("--model", metavar="DIR|REPO[@REVISION]", help="checkpoint (default: the built-in one)")
    parser.add_argument("--device", choices=CHOICES, help="where to compute (default: auto)")
    parser.add_argument("--precision", choices=PRECISIONS, help="number format (default: auto)")
    parser.add_argument("--share", action="store_true", default=None, help="open a public Gradio link")
    parser.add_argument("--open", action="store_true", help="show the page in the browser of this machine")
    return parser


def _settings(chosen: argparse.Namespace) -> Settings:
    """The environment's settings; what was given on the command line goes before."""
    given = {name: value for name, value in vars(chosen).items() if value is not None and name != "open"}
    return Settings.from_environment(**given)


def _port(word: str) -> int:
    if not (word.isascii() and word.isdigit() and 0 < int(word) < 65536):
        raise argparse.ArgumentTypeError(f"{word!r} is no port: expected a whole number from 1 to 65535")
    return int(word)


def _has_screen() -> bool:
    """Whether a browser can show anything here; without a screen, a text browser might take over the terminal."""
    return sys.platform in {"darwin", "win32"} or bool({"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys())


if __name__ == "__main__":
    sys.exit(main())
