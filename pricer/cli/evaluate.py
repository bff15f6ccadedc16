"""`pricer evaluate`: how wrong prices are."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pricer.cli.arguments import add_command, add_model, runner_of
from pricer.cli.streams import print_json, print_line, say
from pricer.errors import TableError
from pricer.settings import Settings

if TYPE_CHECKING:
    from pricer.deep_neural_network import DeepNeuralNetworkRunner
    from pricer.evaluation import Evaluation
    from pricer.items import Items


def add(commands: Any) -> None:
    """Add the command to the parser."""
    evaluate = add_command(commands, "evaluate", _evaluate, "measure how wrong prices are on items with true prices")
    evaluate.add_argument("--data", metavar="FILE|HUB_ID", required=True, help="items with the columns summary, price")
    evaluate.add_argument("--split", default="test", help="split to use, where the data have splits (default: test)")
    evaluate.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    evaluate.add_argument("--report", metavar="FILE.html", type=Path, help="write plots and tables, to open offline")
    evaluate.add_argument("--exclude-seen", action="store_true", help="leave out items that the model was trained on")
    add_model(evaluate)


def _evaluate(chosen: argparse.Namespace) -> None:
    from tqdm import tqdm

    from pricer.evaluator import evaluate_runner

    if chosen.report:
        from pricer.report_page import check_path

        check_path(chosen.report)
    items = items_of(chosen.data, chosen.split)
    if items.skipped:
        say(f"Left out {items.skipped:,} rows without a text or a usable price, such as {items.problems[0]}.")
    runner = runner_of(chosen)
    with tqdm(unit="item", desc="Evaluating", total=len(items)) as bar:
        for done, evaluation in evaluate_runner(
            runner, items, unpriced=items.skipped, exclude_seen=chosen.exclude_seen
        ):
            bar.update(done - bar.n)
            if evaluation is not None:
                bar.close()
                if chosen.report:
                    _write_report(evaluation, runner, chosen)
                _say_evaluation(evaluation, chosen.json)


def _write_report(evaluation: Evaluation, runner: DeepNeuralNetworkRunner, chosen: argparse.Namespace) -> None:
    from pricer.evaluation.report import evaluation_report
    from pricer.report_page import write
    from pricer.reported_model import ReportedModel

    data = Path(chosen.data).name if Path(chosen.data).exists() else chosen.data
    write(chosen.report, evaluation_report(evaluation, ReportedModel.of(runner), data))
    say(f"Wrote the report {chosen.report}.")


def _say_evaluation(evaluation: Evaluation, as_json: bool) -> None:
    if as_json:
        print_json(evaluation.to_dict())
        return
    from pricer.evaluation.words import lines

    for line in lines(evaluation):
        print_line(line)


def items_of(data: str, split: str) -> Items:
    """Items of a file or of one split of a Hub dataset; rows that are none are counted."""
    from pricer.hub.datasets import full_name, is_file
    from pricer.items import Item

    if is_file(data):
        items = Item.from_file(data, split=split, skip_invalid=True)
        if not items and not items.skipped:
            raise TableError(f"{Path(data).name} has no rows of the split {split!r}: name another by --split.")
        return items
    name = full_name(data, Settings.from_environment().lite_mode)
    return Item.from_hub_split(name, split, skip_invalid=True)
