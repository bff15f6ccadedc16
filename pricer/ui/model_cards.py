"""HTML snippets of the model tab: what prices here, how well, learned from what, and what it is not for."""

from __future__ import annotations

import math
from typing import Any

from pricer.card import limits
from pricer.checkpoint_config import CheckpointConfig
from pricer.model_facts import Diagnostics, ModelFacts
from pricer.ui import cards
from pricer.ui.markup import escape
from pricer.words import money, percent, size


def identity(facts: ModelFacts) -> str:
    """Which checkpoint, and how it computes."""
    rows = [
        ("Checkpoint", facts.name),
        ("From", facts.source),
        ("Digest (SHA-256)", facts.digest),
        ("Kind", facts.kind),
        ("Parameters", f"{facts.parameters:,}"),
        ("Size", size(facts.size_bytes) if facts.size_bytes else "not saved yet"),
        ("Device", facts.device),
        ("Precision", facts.precision),
        ("Trained with", _versions(facts.trained_with) or "not noted"),
    ]
    return _card("The model that prices", "Which model", _pairs(rows))


def accuracy(config: CheckpointConfig) -> str:
    """Its errors when it was built, with n and intervals."""
    found = config.accuracy
    if not found.get("n") or "mae" not in found:
        words = "Nobody measured this model when it was built. The evaluation tab does, on items of yours."
        return _card("How good it is", "Accuracy", f'<p class="pr-scope">{words}</p>')
    low, high = found.get("mae_ci95", (math.nan, math.nan))
    rows = [
        ("Mean error", f"{money(found['mae'])} (95% interval {money(low)} to {money(high)})"),
        *(
            (name, show(found[key]))
            for key, name, show in (
                ("median_ae", "Median error", money),
                ("rmsle", "RMSLE", lambda value: f"{value:.3f}"),
                ("smape", "SMAPE", lambda value: f"{value:.1f}%"),
                ("r2", "r²", lambda value: "–" if value is None else f"{value:.2f}"),
                ("within_20_percent", "Within 20% of the price", percent),
                ("coverage", "True price in its 80% range", percent),
                ("mean_interval_width", "Mean width of that range", money),
            )
            if key in found
        ),
    ]
    lead = f'<p class="pr-scope">On {found["n"]:,} {escape(found.get("data", "items held out"))}.</p>'
    return _card("How good it is", "Accuracy", lead + _pairs(rows) + _bands(found.get("by_price_band", [])))


def training(config: CheckpointConfig) -> str:
    """What it learned from, and under which terms."""
    data = config.training
    if not data.items:
        return _card("What it learned from", "Training data", '<p class="pr-scope">Its checkpoint does not say.</p>')
    rows = [(source, f"{items:,}") for source, items in sorted(data.sources.items(), key=lambda each: -each[1])]
    prices = f"{money(data.lowest_price)} to {money(data.highest_price)}"
    lead = f'<p class="pr-scope">{data.items:,} items with prices of {escape(prices)}.</p>'
    terms = f'<p class="pr-terms"><b>Terms.</b> {escape(data.terms)}</p>' if data.terms else ""
    return _card("What it learned from", "Training data", lead + _pairs(rows) + terms)


def limits_card(config: CheckpointConfig) -> str:
    """What it is not for."""
    listed = "".join(f"<li>{escape(limit)}</li>" for limit in limits(config))
    return _card("What it is not for", "Limits", f'<ul class="pr-limits">{listed}</ul>')


def diagnostics(found: Diagnostics) -> str:
    """The process that prices."""
    memory = "not told by this system" if found.memory_bytes is None else size(found.memory_bytes)
    rows = [
        ("One price, warm (median)", f"{found.price_ms:.2f} ms"),
        ("Memory of the process", memory),
        ("Threads", f"{found.threads} on {found.cores} cores"),
        ("Versions", _versions(found.versions)),
    ]
    return _pairs(rows)


def _bands(groups: list[dict[str, Any]]) -> str:
    if not groups:
        return ""
    rows = [[group["band"], f"{group['n']:,}", money(group["mae"]), percent(group["coverage"])] for group in groups]
    return '<p class="pr-eyebrow">By true price</p>' + cards.table(
        "Accuracy by true price", ("True price", "n", "Mean error", "In the range"), rows
    )


def _card(title: str, name: str, content: str) -> str:
    return (
        f'<section class="pr-card pr-model-card" aria-label="{escape(name)}">{cards.heading(title)}{content}</section>'
    )


def _pairs(rows: list[tuple[str, str]]) -> str:
    listed = "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in rows)
    return f'<dl class="pr-pairs">{listed}</dl>'


def _versions(found: dict[str, str]) -> str:
    return ", ".join(f"{name} {version}" for name, version in found.items())
