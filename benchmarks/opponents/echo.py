"""An echo function behind the same Gradio server: what any call costs before anything is computed.

python benchmarks/opponents/echo.py        (prints its address)
"""

from __future__ import annotations

import os

os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr


def echo(text: str) -> dict:
    """Give back the text."""
    return {"price": 1.0, "low": 1.0, "high": 1.0, "text": text}


def main() -> None:
    with gr.Blocks(analytics_enabled=False) as demo:
        text, answer = gr.Textbox(), gr.JSON()
        gr.Button().click(echo, text, answer, api_name="price", show_progress="hidden", concurrency_limit=4)
    _, url, _ = demo.queue(max_size=64).launch(prevent_thread_lock=True, quiet=True, ssr_mode=False)
    print(f"open at {url}", flush=True)
    demo.block_thread()


if __name__ == "__main__":
    main()
