"""One item through the running page's API, beside an echo function behind the same kind of server."""

from __future__ import annotations

import statistics
from concurrent.futures import ThreadPoolExecutor

from gradio_client import Client

from benchmarks.measure import in_turn, ratio, table
from benchmarks.sections.launch import served
from benchmarks.sections.one_item import SUMMARY

CALLS = 60
CALLERS, CALLS_EACH, ROUNDS = 32, 8, 5


def report() -> str:
    with served(["app.py"]) as ours, served(["benchmarks/opponents/echo.py"]) as theirs:
        alone = {name: Client(address, verbose=False) for name, address in (("price", ours), ("echo", theirs))}
        calls = {name: (lambda client=client: _call(client)) for name, client in alone.items()}
        one = {name: [1e3 * each for each in taken] for name, taken in in_turn(calls, CALLS).items()}
        crowds = {
            name: [Client(address, verbose=False) for _ in range(CALLERS)]
            for name, address in (("price", ours), ("echo", theirs))
        }
        many = in_turn({name: (lambda crowd=crowd: _crowd(crowd)) for name, crowd in crowds.items()}, ROUNDS)
    p50 = {name: statistics.median(taken) for name, taken in one.items()}
    rate = {name: CALLERS * CALLS_EACH / statistics.median(taken) for name, taken in many.items()}
    throughput = ratio(many["echo"], many["price"])
    rows = [
        (
            f"one caller, p50 of {CALLS}, ms",
            f"{p50['price']:.0f}",
            f"{p50['echo']:.0f}",
            f"{p50['price'] / p50['echo']:.2f}",
            "≤ 1.3",
        ),
        (
            f"{CALLERS} callers at once, calls a second, median of {ROUNDS}; no error",
            f"{rate['price']:.1f}",
            f"{rate['echo']:.1f}",
            throughput,
            "≥ 0.7",
        ),
    ]
    return table(["through the page's API, in turn", "price", "echo", "ratio", "bar"], rows)


def _call(client: Client) -> None:
    answer = client.predict(SUMMARY, api_name="/price")
    if not answer["price"] > 0:
        raise RuntimeError(f"an answer without a price: {answer}")


def _crowd(clients: list[Client]) -> None:
    def ask(client: Client) -> None:
        for _ in range(CALLS_EACH):
            _call(client)

    with ThreadPoolExecutor(len(clients)) as pool:
        list(pool.map(ask, clients))
