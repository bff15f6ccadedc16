"""The command line: `python -m pricer …`."""

from __future__ import annotations

import argparse
import json
import sys
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pricer.device import CHOICES as DEVICES
from pricer.device import pick_device
from pricer.errors import TableError, UserError
from pricer.precision import PRECISIONS
from pricer.settings import Settings

if TYPE_CHECKING:
    from pricer.deep_neural_network import DeepNeuralNetworkRunner, Quotes
    from pricer.evaluation import Evaluation
    from pricer.explain import Explanation
    from pricer.items import Items

USER_MISTAKE, OUR_FAULT, INTERRUPTED = 1, 3, 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; gives the exit code: 0 done, 1 the user's mistake, 2 usage, 3 ours."""
    chosen = _parser().parse_args(arguments)
    try:
        _load_dotenv()
        chosen.run(chosen)
    except UserError as error:
        _say(f"pricer: {error}")
        return USER_MISTAKE
    except KeyboardInterrupt:
        _say("pricer: interrupted.")
        return INTERRUPTED
    except ModuleNotFoundError as error:
        _say(f"pricer: this Python lacks the package {error.name}: run `make app` once, then use .venv/bin/python.")
        return USER_MISTAKE
    except Exception:  # whatever it is, it is a fault of ours: show where
        traceback.print_exc()
        _say("pricer: this is a fault of Pricer's. Please report it with the lines above.")
        return OUR_FAULT
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="pricer", description="Tells what a product should cost from its words.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    price = _command(commands, "price", _price, "price one text")
    price.add_argument("text", metavar="TEXT", help="the product in words")
    price.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    price.add_argument("--explain", action="store_true", help="say what each word adds to the price")
    _add_coverage(price)
    _add_model(price)

    batch = _command(commands, "batch", _batch, "price every row of a file")
    batch.add_argument("input", metavar="INPUT", type=Path, help="CSV, TSV, JSONL (also .gz), Parquet or XLSX")
    batch.add_argument("output", metavar="OUTPUT", type=Path, help="file to write; its suffix says its format")
    batch.add_argument(
        "--text-column",
        metavar="NAME",
        nargs="+",
        default=[],
        action="extend",
        help="columns that hold the text (default: summary, text, description or title)",
    )
    batch.add_argument("--resume", action="store_true", help="go on from an interrupted run")
    batch.add_argument(
        "--spreadsheet-safe", action="store_true", help="put an apostrophe before text that starts like a formula"
    )
    _add_coverage(batch)
    _add_model(batch)

    evaluate = _command(commands, "evaluate", _evaluate, "measure how wrong prices are on items with true prices")
    evaluate.add_argument("--data", metavar="FILE|HUB_ID", required=True, help="items with the columns summary, price")
    evaluate.add_argument("--split", default="test", help="split to use, where the data have splits (default: test)")
    evaluate.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    evaluate.add_argument("--report", metavar="FILE.html", type=Path, help="write plots and tables, to open offline")
    evaluate.add_argument("--exclude-seen", action="store_true", help="leave out items that the model was trained on")
    _add_model(evaluate)

    train = _command(commands, "train", _train, "train a model of your own")
    train.add_argument("--data", metavar="FILE|HUB_ID", required=True, help="items with the columns summary, price")
    train.add_argument("--teacher", metavar="FILE", type=Path, help="texts with estimated prices (price_estimate)")
    train.add_argument("--extra", metavar="FILE", type=Path, nargs="+", default=[], help="more items, of other kinds")
    train.add_argument("--preset", choices=("compact", "reference"), default="compact", help="(default: compact)")
    train.add_argument("--out", metavar="DIR", type=Path, required=True, help="folder for the checkpoint")
    train.add_argument("--epochs", type=_positive, help="passes over the data; reference preset only (default: 5)")
    train.add_argument("--hidden-size", type=_positive, help="width; reference preset only (default: 4096)")
    train.add_argument("--batch-size", type=_positive, help="items a step; reference preset only (default: 64)")
    train.add_argument("--device", choices=DEVICES, help="where to compute; compact trains on the CPU (default: auto)")
    train.set_defaults(usage_error=train.error)

    push = _command(commands, "push", _push, "upload a checkpoint to the Hub")
    push.add_argument("folder", metavar="DIR", type=Path, help="checkpoint")
    push.add_argument("repo", metavar="REPO", help="owner/name")
    push.add_argument("--private", action="store_true", help="make a new repo private")

    pull = _command(commands, "pull", _pull, "download a checkpoint from the Hub")
    pull.add_argument("repo", metavar="REPO", help="owner/name, with an optional @revision")
    pull.add_argument("folder", metavar="DIR", type=Path, help="folder to put it in")
    return parser


def _command(
    commands: Any, name: str, run: Callable[[argparse.Namespace], None], summary: str
) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=f"{summary.capitalize()}.")
    command.set_defaults(run=run)
    return command


def _add_coverage(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--coverage", type=_share, default=0.8, help="share of true prices in the range, 0.5-0.95 (default: 0.8)"
    )


def _add_model(command: argparse.ArgumentParser) -> None:
    command.add_argument("--model", metavar="DIR|REPO[@REVISION]", help="checkpoint (default: the built-in one)")
    command.add_argument("--device", choices=DEVICES, help="where to compute (default: auto)")
    command.add_argument("--precision", choices=PRECISIONS, help="number format (default: auto)")


def _share(word: str) -> float:
    try:
        share = float(word)
    except ValueError:
        share = -1.0
    if not 0.5 <= share <= 0.95:
        raise argparse.ArgumentTypeError(f"found {word!r}, expected a share from 0.5 to 0.95")
    return share


def _positive(word: str) -> int:
    number = int(word) if word.isdecimal() else 0
    if number < 1:
        raise argparse.ArgumentTypeError(f"found {word!r}, expected a whole number above 0")
    return number


def _price(chosen: argparse.Namespace) -> None:
    from pricer.items import check_texts

    check_texts([chosen.text])
    runner = _runner(chosen)
    quotes = runner.quote([chosen.text], chosen.coverage)
    explanation = runner.explain(chosen.text) if chosen.explain else None
    if chosen.json:
        _print_json(_quote_members(quotes, chosen.coverage, runner) | _explanation_members(explanation))
        return
    price, low, high = quotes.price[0], quotes.low[0], quotes.high[0]
    _print(f"${price:,.2f}  ({chosen.coverage:.0%} range: ${low:,.2f} to ${high:,.2f})")
    if explanation:
        _print(f"${explanation.base_price:,.2f}  for a product without any words")
        for word in explanation.words:
            _print(f"{word.effect_usd:+,.2f}  ({word.effect_percent:+.0f}%)  {word.word}")
        _print(f"{explanation.remainder_usd:+,.2f}  what the words do only together")
        _print(f"= ${explanation.price:,.2f}")
    for warning in quotes.warnings[0]:
        _say(warning)


def _quote_members(quotes: Quotes, coverage: float, runner: DeepNeuralNetworkRunner) -> dict[str, Any]:
    return {
        "price": float(quotes.price[0]),
        "low": float(quotes.low[0]),
        "high": float(quotes.high[0]),
        "coverage": coverage,
        "familiarity": float(quotes.familiarity[0]),
        "warnings": quotes.warnings[0],
        "model": runner.source,
        "device": runner.device.name,
        "precision": runner.precision,
    }


def _explanation_members(explanation: Explanation | None) -> dict[str, Any]:
    if explanation is None:
        return {}
    return {
        "words": [word.to_dict() for word in explanation.words],
        "base_price": explanation.base_price,
        "remainder_usd": explanation.remainder_usd,
    }


def _batch(chosen: argparse.Namespace) -> None:
    from tqdm import tqdm

    from pricer.batch import BatchOptions, check_paths, price_file

    check_paths(chosen.input, chosen.output)
    options = BatchOptions(chosen.text_column, chosen.coverage, chosen.resume, spreadsheet_safe=chosen.spreadsheet_safe)
    state = Path(f"{chosen.output}.partial")
    if state.is_dir() and not chosen.resume:
        _say(f"Starting over: the prices that {state.name} kept are dropped (--resume would have gone on from them).")
    runner = _runner(chosen)
    try:
        with tqdm(unit="row", desc="Pricing") as bar:
            for progress in price_file(runner, chosen.input, chosen.output, options):
                bar.total = progress.rows_total
                bar.update(progress.rows_done - bar.n)
    except KeyboardInterrupt:
        _say(f"Finished rows are kept in {state}: add --resume to go on.")
        raise
    for notice in progress.notices:
        _say(notice)
    unpriced = progress.rows_total - progress.priced
    _say(
        f"Wrote {progress.rows_total:,} rows to {chosen.output}: {progress.priced:,} priced"
        + (f", {unpriced:,} not (see price_note)." if unpriced else ".")
    )
    for line in progress.drift.lines() if progress.drift else ():
        _say(line)


def _evaluate(chosen: argparse.Namespace) -> None:
    from tqdm import tqdm

    from pricer.evaluator import evaluate_runner

    if chosen.report:
        from pricer.report_page import check_path

        check_path(chosen.report)
    items = _items(chosen.data, chosen.split)
    if items.skipped:
        _say(f"Left out {items.skipped:,} rows without a text or a usable price, such as {items.problems[0]}.")
    runner = _runner(chosen)
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
    from pricer.report import ReportedModel, evaluation_report
    from pricer.report_page import write

    data = Path(chosen.data).name if Path(chosen.data).exists() else chosen.data
    write(chosen.report, evaluation_report(evaluation, ReportedModel.of(runner), data))
    _say(f"Wrote the report {chosen.report}.")


def _say_evaluation(evaluation: Evaluation, as_json: bool) -> None:
    if as_json:
        _print_json(evaluation.to_dict())
        return
    from pricer.evaluation_words import lines

    for line in lines(evaluation):
        _print(line)


def _train(chosen: argparse.Namespace) -> None:
    from pricer.presets import read_splits, train_compact, train_reference

    _check_preset_options(chosen)
    settings = Settings.from_environment()
    device = pick_device(chosen.device or settings.device).name
    if chosen.preset == "reference":
        sizes = {"hidden_size": chosen.hidden_size} if chosen.hidden_size else {}
        splits = read_splits(chosen.data, settings.lite_mode)
        accuracy = train_reference(
            splits, chosen.out, chosen.epochs or 5, device, batch_size=chosen.batch_size or 64, **sizes
        )
    else:
        accuracy, skipped = train_compact(
            chosen.data, chosen.teacher, chosen.extra, chosen.out, lite_mode=settings.lite_mode
        )
        if skipped:
            _say(f"Left out {skipped:,} rows without a text or a usable price.")
    low, high = accuracy["mae_ci95"]
    _say(
        f"Mean absolute error on {accuracy['n']:,} {accuracy['data']}: "
        f"${accuracy['mae']:,.2f} (95% interval ${low:,.2f} to ${high:,.2f})."
    )
    _say(f"Wrote the checkpoint {chosen.out}.")


def _check_preset_options(chosen: argparse.Namespace) -> None:
    """Options of the other preset are wrong usage: passing them over would mislead."""
    foreign = ("epochs", "hidden_size", "batch_size") if chosen.preset == "compact" else ("teacher", "extra")
    for name in foreign:
        if getattr(chosen, name):
            chosen.usage_error(f"--{name.replace('_', '-')} does not belong to the {chosen.preset} preset")


def _push(chosen: argparse.Namespace) -> None:
    from pricer.hub import push

    _print(push(chosen.folder, chosen.repo, private=chosen.private))


def _pull(chosen: argparse.Namespace) -> None:
    from pricer.hub import pull

    repo, _, revision = chosen.repo.partition("@")
    _print(str(pull(repo, chosen.folder, revision or None)))


def _runner(chosen: argparse.Namespace) -> DeepNeuralNetworkRunner:
    """The runner that the options and the environment ask for; says on stderr what it is."""
    from pricer.deep_neural_network import DeepNeuralNetworkRunner

    settings = Settings.from_environment()
    runner = DeepNeuralNetworkRunner.from_pretrained(
        chosen.model or settings.model, None, chosen.device or settings.device, chosen.precision or settings.precision
    )
    if runner.notice:
        _say(runner.notice)
    _say(f"Model: {runner.source}. Device: {runner.device}. Precision: {runner.precision}.")
    return runner


def _items(data: str, split: str) -> Items:
    """Items of a file or of one split of a Hub dataset; rows that are none are counted."""
    from pricer.datasets import full_name, is_file
    from pricer.items import Item

    if is_file(data):
        items = Item.from_file(data, split=split, skip_invalid=True)
        if not items and not items.skipped:
            raise TableError(f"{Path(data).name} has no rows of the split {split!r}: name another by --split.")
        return items
    name = full_name(data, Settings.from_environment().lite_mode)
    return Item.from_hub_split(name, split, skip_invalid=True)


def _load_dotenv() -> None:
    from dotenv import load_dotenv

    load_dotenv(".env")


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")


def _print_json(document: dict[str, Any]) -> None:
    _print(json.dumps(document, ensure_ascii=False, indent=2))


def _say(line: str) -> None:
    """A notice: stdout belongs to results."""
    sys.stderr.write(line + "\n")
