"""The model card: what a checkpoint's README.md says, for people and (as `model-index`) for the Hub."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pricer.checkpoint_config import CheckpointConfig

_METRICS = {"mae": "Mean absolute error (dollars)", "rmsle": "RMSLE", "smape": "SMAPE (percent)", "r2": "r²"}


def model_card(config: CheckpointConfig) -> str:
    """The card of a checkpoint, from what its config knows."""
    return "\n".join([*_front_matter(config), *_body(config)]) + "\n"


def _front_matter(config: CheckpointConfig) -> list[str]:
    """YAML between dashes; every value is written as JSON, which YAML contains."""
    lines = [
        "---",
        "library_name: pricer",
        "license: other",
        "pipeline_tag: tabular-regression",
        "tags: [pricing, regression, text]",
    ]
    if config.accuracy:
        lines += ["model-index:", f"- name: {json.dumps(config.name)}", "  results:", *_result(config.accuracy)]
    return [*lines, "---"]


def _result(accuracy: dict[str, Any]) -> list[str]:
    metrics = [
        line
        for key, name in _METRICS.items()
        if accuracy.get(key) is not None
        for line in (f"    - type: {key}", f"      name: {json.dumps(name)}", f"      value: {accuracy[key]:.4g}")
    ]
    return [
        "  - task:",
        "      type: tabular-regression",
        "    dataset:",
        "      type: held-out",
        f"      name: {json.dumps(_data_and_n(accuracy))}",
        "    metrics:",
        *metrics,
    ]


def _data_and_n(accuracy: dict[str, Any]) -> str:
    return f"{accuracy['data']}, n = {accuracy['n']:,}"


def _body(config: CheckpointConfig) -> list[str]:
    return [
        f"# {config.name}",
        "",
        "Tells what a product should cost, in US dollars, from its words.",
        "",
        "## Use",
        "",
        "```python",
        "from pricer import DeepNeuralNetworkRunner",
        'runner = DeepNeuralNetworkRunner.from_pretrained("FOLDER or owner/name")',
        'price, low, high = runner.price(["Stainless steel electric kettle, 1.7 l"])',
        "```",
        "",
        *_accuracy(config.accuracy),
        *_peers(config.peers),
        *_training(config),
        "## Limits",
        "",
        *(f"- {limit}" for limit in limits(config)),
    ]


def limits(config: CheckpointConfig) -> list[str]:
    """What the model is not for, in sentences."""
    return [
        "A price is what such words usually cost in the training data: not an appraisal, not a current offer.",
        "Ranges hold on average over items like the calibration items; a single item may lie outside.",
        "English texts and US dollars only. A text whose words are unknown gets a warning.",
        f"Prices beyond ${config.training.highest_price:,.0f} are outside of the training data.",
    ]


def _accuracy(accuracy: dict[str, Any]) -> list[str]:
    if not accuracy:
        return []
    low, high = accuracy["mae_ci95"]
    rows = [
        ("mean absolute error", f"${accuracy['mae']:.2f} (95% interval ${low:.2f} to ${high:.2f})"),
        ("median absolute error", f"${accuracy['median_ae']:.2f}"),
        ("RMSLE", f"{accuracy['rmsle']:.3f}"),
        ("SMAPE", f"{accuracy['smape']:.1f}%"),
        ("r²", f"{accuracy['r2']:.2f}" if accuracy["r2"] is not None else "–"),
        ("true price inside the 80% range", f"{accuracy['coverage']:.0%}"),
    ]
    table = [f"| {name} | {value} |" for name, value in rows]
    return ["## Accuracy", "", f"On {_data_and_n(accuracy)}:", "", "| measure | value |", "|---|---|", *table, ""]


def _peers(peers: list[dict[str, Any]]) -> list[str]:
    """A table of peers, each with its name, the rows it was trained on, and its errors as the benchmark notes them."""
    if not peers:
        return []
    heads = "| other models on the same rows | trained on | MAE | RMSLE | r² | MAE above this model's, paired |"
    rows = [
        f"| {peer['name']} | {peer['rows']} | ${_with_interval(peer, 'mae')} | {peer['rmsle']:.3f} | {peer['r2']:.2f} "
        f"| ${_with_interval(peer, 'mae_above_ours')} |"
        for peer in peers
    ]
    return [heads, "|---|---|---|---|---|---|", *rows, "", "In brackets: 95% intervals by bootstrap.", ""]


def _with_interval(peer: dict[str, Any], key: str) -> str:
    low, high = peer[f"{key}_ci95"]
    return f"{peer[key]:.2f} ({low:.2f} to {high:.2f})"


def _training(config: CheckpointConfig) -> list[str]:
    training = config.training
    rows = [f"| {source} | {items:,} |" for source, items in training.sources.items()]
    table = ["| source | items |", "|---|---|", *rows, ""] if rows else []
    terms = [training.terms, ""] if training.terms else []
    prices = f"Their prices run from ${training.lowest_price:,.2f} to ${training.highest_price:,.2f}."
    return ["## Training data", "", f"{training.items:,} training items. {prices}", "", *table, *terms]
