"""The report as Markdown."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.peers.bootstrap import mean_ci95
from benchmarks.peers.comparison import Report
from benchmarks.peers.measured import Measured
from benchmarks.peers.rows import RATIO_CAP
from pricer.builtin import REAL_SOURCE
from pricer.evaluation import Evaluation
from pricer.evaluation.published import PUBLISHED

DASH = "–"
FASTEST = 1_000_000  # rows/s beyond which only that is said
_COURSE = "*800,000 items of the course*"
_WIDTHS = {
    "mean_dollars": ("mean width", "${:.0f}"),
    "median_dollars": ("median width", "${:.0f}"),
    "mean_log": ("mean log width", "{:.2f}"),
}


def markdown(report: Report) -> str:
    """The report, ready to be pasted into a file."""
    sections = (_models, _sources, _bands, _groups, _coverage, _ranges, _duplicates)
    return "\n\n".join("\n".join(section(report)) for section in sections) + "\n"


def _models(report: Report) -> list[str]:
    threads = os.environ.get("OMP_NUM_THREADS", str(os.cpu_count()))
    rows = [_model(report.ours, None), *(_model(each, report.ours.found) for each in report.peers)]
    published = [
        [f"*{each.name}* † (n = {each.n:,})", _COURSE if each.trained else DASH, f"*{each.mae:.2f}*", *[DASH] * 8]
        for each in PUBLISHED
    ]
    return [
        f"{report.n_test} held-out real listings ({REAL_SOURCE}, test); dollars. Real rows: the {report.n_real:,} of "
        f"the same source's train split. Estimates: {report.n_estimates:,} texts, both forms of each item; each form "
        "weighted by the ratio of the densities of log price (real rows over the form's own; Gaussian kernels, Scott's "
        f"width), capped at {RATIO_CAP:.0f}, mean 1 (worth {report.effective_estimates:,.0f} equal rows); a real row "
        "weighs 1. The built-in model alone was also trained on that source's validation rows, other shops and the "
        "catalogues; its seconds are those of a whole rebuild, calibration and fallback too. "
        "95% intervals by bootstrap over the items (2,000 draws), differences paired over them. Seconds, "
        f"megabytes and rows/s on {platform.machine()}, {platform.system()}, {os.cpu_count()} cores, {threads} "
        f"thread{'s' if threads != '1' else ''}; rows/s is the median of three runs.",
        "",
        *_table(
            "model|trained on|MAE|median error|RMSLE|SMAPE %|r²|fit s|MB|rows/s|MAE above ours, paired",
            [*rows, *published],
        ),
        "",
        "† Published scores, **measured on another test set** (the course's, with the n given) after training on "
        "another dataset: for orientation, not to be set against the rows above. At n = 200 their 95% interval is "
        "about ± $10.",
    ]


def _model(model: Measured, ours: Evaluation | None) -> list[str]:
    found = model.found
    difference = None if ours is None else found.errors - ours.errors
    return [
        model.name if ours else f"**{model.name}**",
        model.rows,
        _with_ci(found.mae, mean_ci95(found.errors), "{:.1f}"),
        f"{found.median_ae:.1f}",
        f"{found.rmsle:.3f}",
        f"{found.smape:.1f}",
        DASH if found.r2 is None else f"{found.r2:.2f}",
        f"{model.fit_seconds:,.0f}",
        f"{model.size_mb:,.1f}",
        f"{model.rows_per_second:,.0f}" if model.rows_per_second < FASTEST else f"> {FASTEST:,}",
        DASH if difference is None else _with_ci(difference.mean(), mean_ci95(difference), "{:+.1f}"),
    ]


def _sources(report: Report) -> list[str]:
    sources = dict.fromkeys((each.name, each.source) for each in (report.ours, *report.peers))
    return ["Where the models come from:", "", *(f"- {name}: {source}." for name, source in sources)]


def _bands(report: Report) -> list[str]:
    names = list(report.bands)
    heads = "|".join(f"{name}: MAE|share of all dollars of error" for name in names)
    rows = [
        [same[0]["group"], str(same[0]["n"])]
        + [cell for each in same for cell in (_with_ci(each["mae"], each["mae_ci95"], "{:.1f}"), _share(each))]
        for same in zip(*report.bands.values(), strict=True)
    ]
    return ["By true price:", "", *_table(f"true price|n|{heads}", rows)]


def _share(group: dict[str, Any]) -> str:
    return f"{group['share_of_error']:.0%}"


def _groups(report: Report) -> list[str]:
    heads = "|n|MAE|median of predicted over actual|true price inside the 80% range"
    return [
        "The built-in model by form of text and by category (groups of at least 20):",
        "",
        *_table("text form" + heads, map(_group, report.forms)),
        "",
        *_table("category" + heads, map(_group, report.categories)),
    ]


def _group(group: dict[str, Any]) -> list[str]:
    return [
        str(group["group"]).replace("_", " "),
        str(group["n"]),
        _with_ci(group["mae"], group["mae_ci95"], "{:.1f}"),
        _with_ci(group["ratio"], group["ratio_ci95"], "{:.2f}"),
        _with_ci(group["coverage"], group["coverage_ci95"], "{:.0%}"),
    ]


def _coverage(report: Report) -> list[str]:
    rows = [
        [each["group"], str(each["n"]), _with_ci(each["coverage"], each["coverage_ci95"], "{:.0%}")]
        for each in report.coverage
    ]
    return [
        "True price inside the built-in model's 80% range, by predicted price (Wilson's intervals):",
        "",
        *_table("predicted price|n|inside", rows),
    ]


def _ranges(report: Report) -> list[str]:
    found = report.ranges
    rows = [
        [
            name,
            form.format(found["widths"]["ours"][key]),
            form.format(found["widths"]["ridge"][key]),
            _with_ci(found["ratios"][key]["ratio"], found["ratios"][key]["ci95"], "{:.2f}"),
        ]
        for key, (name, form) in _WIDTHS.items()
    ]
    return [
        "80% ranges beside those of the same conformal method on the ridge with the estimates (cross-fitted over the "
        "real rows in 5 folds, quantiles of its residuals of log price). As found, ours contain "
        f"{found['coverage_as_found']['ours']:.0%} of the true prices and the ridge's "
        f"{found['coverage_as_found']['ridge']:.0%}; below, both are stretched or shrunk on the log scale to contain "
        "exactly 80%.",
        "",
        *_table("|ours|ridge|ours over ridge, paired", rows),
    ]


def _duplicates(report: Report) -> list[str]:
    found = report.duplicates
    counts = ", ".join(f"above {level}: {count}" for level, count in found["above"].items())
    error = "" if found["mae_apart"] is None else _with_ci(found["mae_apart"], found["mae_apart_ci95"], "{:.1f}")
    return [
        f"Near-duplicates: highest TF-IDF cosine (single words) of a test row to any of {found['training_texts']:,} "
        f"training and validation texts, rows {counts}. Without those above 0.5, the built-in model's MAE is {error} "
        f"(n = {found['n_apart']}).",
    ]


def _with_ci(value: float, interval: Sequence[float], form: str) -> str:
    return f"{form.format(value)} ({form.format(interval[0])} to {form.format(interval[1])})"


def _table(heads: str, rows: Iterable[Sequence[str]]) -> list[str]:
    names = heads.split("|")
    lines = ["| " + " | ".join(row) + " |" for row in (names, *rows)]
    return [lines[0], "|" + "---|" * len(names), *lines[1:]]
