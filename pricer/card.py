"""The model card: what a checkpoint's README.md says, for people and (as `model-index`) for the Hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pricer.evaluation.confidence import wilson_ci95

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

    from pricer.checkpoint_config import CheckpointConfig

CLAIMED = 0.8  # the coverage that `accuracy` was measured at
# Member of `accuracy` -> the Hub's name of the metric, and what it is in words.
_METRICS = {
    "mae": ("mae", "Mean absolute error (dollars)"),
    "median_ae": ("median_absolute_error", "Median absolute error (dollars)"),
    "rmsle": ("rmsle", "Root mean squared logarithmic error"),
    "smape": ("smape", "SMAPE (percent, 0 to 200)"),
    "r2": ("r_squared", "r²"),
    "within_20_percent": ("within_20_percent", "Share of prices within 20 percent of the true one"),
    "coverage": ("coverage", "Share of true prices inside the 80% range"),
}
_TAGS = ["pricing", "price-prediction", "regression", "text", "e-commerce"]


def model_card(config: CheckpointConfig, repo: str = "", calibrated_on: int | None = None) -> str:
    """The card of a checkpoint, from what its config knows.

    Parameters
    ----------
    config
        Of the checkpoint.
    repo
        The Hub repo ("owner/name") that the card is for; empty for that of a folder.
    calibrated_on
        Items that the ranges were calibrated on; None where that is not known.
    """
    return "\n".join(["---", _metadata(config), "---", *_body(config, repo, calibrated_on)]) + "\n"


def _metadata(config: CheckpointConfig) -> str:
    """The YAML that the Hub reads, by its own library, so that it is valid there.

    No `co2_eq_emissions`: nobody measured any.
    """
    from huggingface_hub import ModelCardData

    known = ModelCardData(
        language="en",
        license="other",
        license_name="terms-of-the-training-data",
        library_name="pricer",
        pipeline_tag="tabular-regression",
        tags=_TAGS,
        model_name=config.name,
        eval_results=_results(config.accuracy) or None,
    )
    return known.to_yaml()


def _results(accuracy: dict[str, Any]) -> list[EvalResult]:
    from huggingface_hub import EvalResult

    return [
        EvalResult(
            task_type="tabular-regression",
            task_name="Price from text",
            dataset_type="held-out",
            dataset_name=_data_and_n(accuracy),
            metric_type=metric,
            metric_name=name,
            metric_value=float(f"{accuracy[key]:.4g}"),
            metric_args=_n_and_interval(accuracy, key),
        )
        for key, (metric, name) in _METRICS.items()
        if accuracy.get(key) is not None
    ]


def _n_and_interval(accuracy: dict[str, Any], key: str) -> dict[str, Any]:
    """On how many items a metric was measured, and its 95% interval where one is known."""
    ends: tuple[float, float] | None = None
    if key == "mae":
        ends = tuple(accuracy["mae_ci95"])
    elif key in ("coverage", "within_20_percent"):
        ends = wilson_ci95(accuracy[key], accuracy["n"])
    return {"n": accuracy["n"]} | ({"ci95": [float(f"{end:.4g}") for end in ends]} if ends else {})


def _data_and_n(accuracy: dict[str, Any]) -> str:
    return f"{accuracy['data']}, n = {accuracy['n']:,}"


def _body(config: CheckpointConfig, repo: str, calibrated_on: int | None) -> list[str]:
    return [
        f"# {config.name}",
        "",
        "Tells what a product should cost, in US dollars, from its words: hashed words go through a network to a "
        "standardised log price, and from there to dollars with a calibrated range.",
        "",
        "## Use",
        "",
        "With Pricer installed (`pip install .` in its clone)" + (":" if repo else ", in this folder:"),
        "",
        "```python",
        "from pricer import DeepNeuralNetworkRunner",
        f'runner = DeepNeuralNetworkRunner.from_pretrained("{repo or "."}")',
        'price, low, high = runner.price(["Stainless steel electric kettle, 1.7 l"])',
        "```",
        "",
        *_accuracy(config.accuracy),
        *_peers(config.peers),
        *_calibration(config.accuracy, calibrated_on),
        *_training(config),
        "## Limits",
        "",
        *(f"- {limit}" for limit in limits(config)),
    ]


def limits(config: CheckpointConfig) -> list[str]:
    """What the model is not for, in sentences."""
    beyond = f"Prices beyond ${config.training.highest_price:,.0f} are outside of the training data."
    return [
        "A price is what such words usually cost in the training data: not an appraisal, not a current offer.",
        "Ranges hold on average over items like the calibration items; a single item may lie outside.",
        "English texts and US dollars only. A text whose words are unknown gets a warning.",
        *([beyond] if config.training.highest_price else []),
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


def _calibration(accuracy: dict[str, Any], calibrated_on: int | None) -> list[str]:
    """What the ranges claim, and what they were found to hold."""
    if calibrated_on == 0:
        return ["## Ranges", "", "Not calibrated on items: they are as wide as the spread of all training prices.", ""]
    lines = ["Ranges are split-conformal quantiles of the scaled errors on held-out items, at coverages of 50% to 95%."]
    if calibrated_on:
        lines.append(f"They were calibrated on {calibrated_on:,} items.")
    if accuracy:
        share, n = accuracy["coverage"], accuracy["n"]
        low, high = wilson_ci95(share, n)
        lines.append(
            f"The {CLAIMED:.0%} range held the true price of {share:.1%} (95% interval {low:.1%} to {high:.1%}) "
            f"of {n:,} {accuracy['data']}, and was ${accuracy['mean_interval_width']:,.2f} wide on average."
        )
    return ["## Ranges", "", " ".join(lines), ""]


def _training(config: CheckpointConfig) -> list[str]:
    training = config.training
    rows = [f"| {source} | {items:,} |" for source, items in training.sources.items()]
    table = ["| source | items |", "|---|---|", *rows, ""] if rows else []
    terms = [training.terms or "The terms of the training data are not stated.", ""]
    what = (
        f"{training.items:,} training items. "
        f"Their prices run from ${training.lowest_price:,.2f} to ${training.highest_price:,.2f}."
    )
    return [
        "## Training data",
        "",
        what if training.items else "What it was trained on is not known here.",
        "",
        *table,
        *terms,
        "## Training",
        "",
        f"{_effort(training.seconds, training.hardware)} Energy and carbon were not measured.",
        "",
    ]


def _effort(seconds: float, hardware: str) -> str:
    """How long the training took, and on what."""
    if not seconds:
        return "How long it took was not kept."
    took = f"{max(1, round(seconds)):,} seconds" if seconds < 600 else f"{seconds / 60:,.0f} minutes"
    return f"It took {took} on {hardware or 'a machine that was not noted'}."
