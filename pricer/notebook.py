"""What a notebook shows of prices, explanations and evaluations: small tables of escaped text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import islice
from typing import TYPE_CHECKING

from pricer.evaluation.words import cautions, key_figures
from pricer.words import count, money, percent, signed_money, signed_percent

if TYPE_CHECKING:
    from pricer.deep_neural_network import DeepNeuralNetworkRunner, Prices, Quotes
    from pricer.evaluation import Evaluation
    from pricer.explain import Explanation
    from pricer.what_if import Comparison

MOST_ROWS = 20  # of a table
_REPR_ROWS = 3  # of a line
# Notebooks would take what stands between two dollar signs for a formula; these are the classes that forbid it.
_NO_FORMULAS = "tex2jax_ignore mathjax_ignore"


def runner_line(runner: DeepNeuralNetworkRunner) -> str:
    """The runner in one line."""
    return f"<{type(runner).__name__}: {_model(runner)}>"


def runner_html(runner: DeepNeuralNetworkRunner) -> str:
    """The model, where it computes, and how well it prices."""
    rows = [("Model", _model(runner))]
    if runner.is_ready:
        config = runner.checkpoint.config
        rows.append(("Trained on", count(config.training.items, "item")))
        if "mae" in config.accuracy:
            low, high = map(money, config.accuracy["mae_ci95"])
            interval = f"95% interval {low} to {high}, n = {config.accuracy['n']:,}"
            rows.append(("Mean error", f"{money(config.accuracy['mae'])} ({interval})"))
            rows.append(("Measured on", str(config.accuracy.get("data", "items held out"))))
    if runner.notice:
        rows.append(("Notice", runner.notice))
    return _table((), rows)


def prices_line(prices: Prices | Quotes) -> str:
    """The first prices with their ranges, in one line."""
    told = [f"{price} ({low} to {high})" for price, low, high in islice(_priced(prices), _REPR_ROWS)]
    more = len(prices.price) - len(told)
    return f"<{type(prices).__name__}: {', '.join(told) or 'none'}{f', and {more:,} more' * (more > 0)}>"


def prices_html(prices: Prices) -> str:
    """A row for each of the first texts: its price and range."""
    rows = ((str(at), price, f"{low} to {high}") for at, (price, low, high) in enumerate(_priced(prices)))
    return _table(("", "Price", "Range"), islice(rows, MOST_ROWS), len(prices.price) - MOST_ROWS)


def quotes_html(quotes: Quotes) -> str:
    """A row for each of the first texts: its price, range, how familiar it is, and what to beware of."""
    rows = (
        (str(at), price, f"{low} to {high}", percent(quotes.familiarity[at]), " ".join(quotes.warnings[at]))
        for at, (price, low, high) in enumerate(_priced(quotes))
    )
    columns = ("", "Price", "Range", "Familiar", "Beware")
    return _table(columns, islice(rows, MOST_ROWS), len(quotes.price) - MOST_ROWS)


def explanation_line(explanation: Explanation) -> str:
    """The price and the words that matter most, in one line."""
    most = sorted(explanation.words, key=lambda each: -abs(each.effect_usd))[:_REPR_ROWS]
    told = "".join(f", {each.word!r} {signed_money(each.effect_usd)}" for each in most)
    return f"<Explanation: {money(explanation.price)}{told}>"


def explanation_html(explanation: Explanation) -> str:
    """From the base price to the price, word by word."""
    rows = [
        ("without any words", money(explanation.base_price), ""),
        *_shortened([(each.word, each.effect_usd, each.effect_percent) for each in explanation.words]),
        ("words together", signed_money(explanation.remainder_usd), ""),
        ("the price", money(explanation.price), ""),
    ]
    return _table(("Word", "Adds", ""), rows)


def comparison_line(comparison: Comparison) -> str:
    """Both prices, in one line."""
    change = f"{signed_money(comparison.change_usd)}, {signed_percent(comparison.change_percent)}"
    return f"<Comparison: {money(comparison.before)} to {money(comparison.after)} ({change})>"


def comparison_html(comparison: Comparison) -> str:
    """From the price before to the price after, word by word."""
    words = [
        (f"{'+' if each.added else '−'} {each.word}", each.effect_usd, each.effect_percent) for each in comparison.words
    ]
    rows = [
        ("before", money(comparison.before), ""),
        *_shortened(words),
        ("words together", signed_money(comparison.remainder_usd), ""),
        ("after", money(comparison.after), signed_percent(comparison.change_percent)),
    ]
    return _table(("Word", "Changes", ""), rows)


def evaluation_line(evaluation: Evaluation) -> str:
    """The mean error with its interval, in one line."""
    low, high = map(money, evaluation.mae_ci95)
    return f"<Evaluation: mean error {money(evaluation.mae)} (95% interval {low} to {high}), n = {evaluation.n:,}>"


def evaluation_html(evaluation: Evaluation) -> str:
    """The key figures, and what makes them look better than they are."""
    rows = [(each.name, each.value, each.meaning) for each in key_figures(evaluation)]
    rows += [("Beware", caution, "") for caution in cautions(evaluation)]
    return _table((), rows)


def _model(runner: DeepNeuralNetworkRunner) -> str:
    if not runner.is_ready:
        return "no network yet"
    return f"{runner.checkpoint.config.name} ({runner.source}) on {runner.device.name}, {runner.precision}"


def _priced(prices: Prices | Quotes) -> Iterable[tuple[str, str, str]]:
    """Price, low and high of each text, in words."""
    return zip(*(map(money, ends) for ends in (prices.price, prices.low, prices.high)), strict=True)


def _shortened(words: Sequence[tuple[str, float, float]]) -> list[tuple[str, str, str]]:
    """Words with their effects in dollars and percent; beyond `MOST_ROWS`, the rest as one."""
    rows = [(word, signed_money(usd), signed_percent(share)) for word, usd, share in words[:MOST_ROWS]]
    rest = words[MOST_ROWS:]
    return [*rows, (f"{len(rest):,} more", signed_money(sum(usd for _, usd, _ in rest)), "")] if rest else rows


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], more: int = 0) -> str:
    """Rows of text, and how many more there are."""
    head = f"<thead><tr>{''.join(f'<th>{escape(each)}</th>' for each in columns)}</tr></thead>" if columns else ""
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows)
    caption = f"<caption>The first ones; {more:,} more follow.</caption>" if more > 0 else ""
    return f'<table class="{_NO_FORMULAS}">{caption}{head}<tbody>{body}</tbody></table>'
