"""One file for each table of `benchmarks/speed.py`; each gives Markdown."""
