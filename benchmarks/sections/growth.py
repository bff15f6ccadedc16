"""How cost grows with rows, text length and model width: tables, and the plot `docs/growth.png`."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

import plotly.graph_objects as go
import torch
from plotly.subplots import make_subplots

from benchmarks.measure import ROOT, run, seconds, table
from benchmarks.sections.batches import write_items
from benchmarks.texts import catalogue_items
from pricer.deep_neural_network import DeepNeuralNetworkRunner
from pricer.featurizer import Featurizer, FeaturizerConfig
from pricer.inference import forward
from pricer.int8_network import Int8Network
from pricer.residual_network import DeepNeuralNetwork

ROWS, CHARS, WIDTHS = (1_000, 10_000, 100_000, 1_000_000), (50, 200, 350, 1000, 2500), (256, 512, 1024, 2048, 4096)
ROUNDS, TEXTS = 3, 8192
PLOT = ROOT / "docs" / "growth.png"


def report() -> str:
    batches, lengths, widths = _by_rows(), _by_length(), _by_width()
    _plot(batches, lengths, widths)
    return "\n".join(
        (
            table(
                ["rows of a CSV", "seconds", "peak MB"], [(f"{n:,}", f"{s:.1f}", f"{mb:,.0f}") for n, s, mb in batches]
            ),
            table(["characters a text", "µs a text, one core"], [(f"{n:,}", f"{us:.0f}") for n, us in lengths]),
            table(
                ["width of the course's network", "parameters", "ms an item, 8 bits", "ms an item, fp32"],
                [(f"{w:,}", f"{p / 1e6:,.0f} M", f"{low:.2f}", f"{full:.2f}") for w, p, low, full in widths],
            ),
        )
    )


def _by_rows() -> list[tuple[int, float, float]]:
    found = []
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder, "items.csv"), Path(folder, "priced.csv")
        for n_rows in ROWS:
            write_items(source, n_rows)
            runs = [run(["-m", "pricer", "batch", str(source), str(output)]) for _ in range(ROUNDS)]
            found.append(
                (
                    n_rows,
                    statistics.median(each.seconds for each in runs),
                    statistics.median(each.memory_mb for each in runs),
                )
            )
    return found


def _by_length() -> list[tuple[int, float]]:
    runner = DeepNeuralNetworkRunner.from_pretrained(device="cpu")
    found = []
    for chars in CHARS:
        texts = [item.summary for item in catalogue_items(TEXTS, chars=chars)]
        runner.price(texts)
        taken = statistics.median(seconds(lambda texts=texts: runner.price(texts)) for _ in range(ROUNDS))
        found.append((chars, taken / TEXTS * 1e6))
    return found


def _by_width() -> list[tuple[int, int, float, float]]:
    rows = Featurizer(FeaturizerConfig.reference()).transform([item.summary for item in catalogue_items(256)])
    found = []
    for width in WIDTHS:
        network = DeepNeuralNetwork(rows.shape[1], hidden_size=width).eval()
        low = Int8Network(network.config, network.state_dict().__getitem__)
        parameters = sum(each.numel() for each in network.parameters())
        taken = []
        for each in (low, network):
            forward(each, rows[:1], torch.device("cpu"))
            alone = (seconds(lambda each=each: forward(each, rows[0], torch.device("cpu"))) for _ in range(15))
            taken.append(statistics.median(alone) * 1e3)
        found.append((width, parameters, *taken))
    return found


def _plot(batches: list, lengths: list, widths: list) -> None:
    titles = (
        "Batch: seconds by rows",
        "Batch: peak memory by rows, MB",
        "µs a text by characters",
        "Course's network: ms an item by width",
    )
    figure = make_subplots(2, 2, subplot_titles=titles)
    lines = [
        (1, 1, [n for n, _, _ in batches], [s for _, s, _ in batches], "built-in", "#0b6e4f"),
        (1, 2, [n for n, _, _ in batches], [mb for _, _, mb in batches], "built-in", "#0b6e4f"),
        (2, 1, [n for n, _ in lengths], [us for _, us in lengths], "built-in", "#0b6e4f"),
        (2, 2, [w[0] for w in widths], [w[2] for w in widths], "8 bits", "#0b6e4f"),
        (2, 2, [w[0] for w in widths], [w[3] for w in widths], "fp32", "#b0570f"),
    ]
    for row, column, x, y, name, colour in lines:
        trace = go.Scatter(
            x=x, y=y, mode="lines+markers", name=name, line_color=colour, showlegend=(row, column) == (2, 2)
        )
        figure.add_trace(trace, row, column)
    figure.update_xaxes(type="log", exponentformat="SI", dtick=1)
    figure.update_xaxes(tickvals=WIDTHS, row=2, col=2)
    figure.update_xaxes(tickvals=CHARS, row=2, col=1)
    figure.update_yaxes(type="log", tickvals=(1, 2, 5, 10, 20, 50, 100), row=1, col=1)
    figure.update_yaxes(rangemode="tozero", row=1, col=2)
    figure.update_layout(
        width=1000, height=640, template="simple_white", legend={"x": 0.57, "y": 0.3, "xanchor": "left"}
    )
    _draw(figure, PLOT)


def _draw(figure: go.Figure, path: Path) -> None:
    """A picture of a figure, by the browser that the page's tests use."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page_file = Path(folder, "figure.html")
        figure.write_html(page_file, include_plotlyjs=True, config={"staticPlot": True})
        browser = playwright.chromium.launch(executable_path=_chromium(), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1010, "height": 650})
        page.goto(page_file.as_uri())
        page.wait_for_selector(".main-svg")
        page.screenshot(path=path)
        browser.close()


def _chromium() -> str | None:
    import shutil

    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
