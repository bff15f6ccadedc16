"""Speed and memory beside named opponents, on the same inputs in the same run: what `benchmarks/RESULTS.md` shows.

python benchmarks/speed.py [SECTION ...]        (default: all but growth and scale)
"""

from __future__ import annotations

import argparse
import importlib
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.measure import machine

SECTIONS = ("launch", "one_item", "page", "reference", "training", "batches", "page_batch", "onnx")


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed and memory beside named opponents.")
    names = ", ".join((*SECTIONS, "growth", "scale"))
    parser.add_argument("sections", metavar="SECTION", nargs="*", default=SECTIONS, help=names)
    chosen = parser.parse_args()
    print(f"{machine()}.\n")
    for name in chosen.sections:
        print(importlib.import_module(f"benchmarks.sections.{name}").report(), flush=True)


if __name__ == "__main__":
    main()
