"""The built-in model beside its peers, trained and scored on the same split in one run; Markdown on stdout.

python benchmarks/accuracy.py FOLDER [--peers NAME ...] [--all] [--known FILE] [--json FILE] [--card]

FOLDER holds items.parquet and estimates.parquet (not part of a user's clone), and catalogue.parquet if that was trained
on. The peers' packages: pip install -r requirements-bench.txt; a peer whose package is missing is left out.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.peers.comparison import compare
from benchmarks.peers.markdown import markdown
from benchmarks.peers.registry import NAMES
from pricer.builtin import note_peers
from pricer.hub import BUILT_IN


def main() -> None:
    parser = argparse.ArgumentParser(description="The built-in model beside its peers, on held-out real listings.")
    parser.add_argument("folder", type=Path, help="folder with items.parquet and estimates.parquet")
    parser.add_argument("--peers", nargs="+", choices=NAMES, default=NAMES, metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--all", action="store_true", help="also what takes very long with the estimates")
    parser.add_argument("--known", type=Path, metavar="FILE", help="an earlier --json: its peers are not fitted again")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there as well")
    parser.add_argument("--card", action="store_true", help="put the peers into the built-in model's card")
    chosen = parser.parse_args()
    known = json.loads(chosen.known.read_text(encoding="utf-8"))["models"] if chosen.known else ()
    report = compare(chosen.folder, chosen.peers, slow=chosen.all, known=known)
    print(markdown(report), end="")
    if chosen.json:
        chosen.json.write_text(json.dumps(report.to_dict(), indent=2) + "\n", encoding="utf-8")
    if chosen.card:
        note_peers(BUILT_IN, [_without_prices(each.to_dict(report.ours.found)) for each in report.peers])


def _without_prices(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "prices"}


if __name__ == "__main__":
    main()
