# `make app` and `make test` are all that a fresh machine needs besides Python 3.11+ and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DATA ?= ../shared/data

.PHONY: app test check bench proof screenshots weights clean

app: $(VENV)/app
	$(BIN)/python app.py --open

test: $(VENV)/dev $(VENV)/browser
	$(BIN)/python -m pytest

check: $(VENV)/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m tests.audit

bench: $(VENV)/dev
	$(BIN)/python benchmarks/memory.py
	$(BIN)/python benchmarks/speed.py

# What was tried against it and what happened: the README's table and docs/tried.md.
proof: $(VENV)/dev $(VENV)/browser
	$(BIN)/python benchmarks/proof.py

# The README's pictures of the page.
screenshots: $(VENV)/dev $(VENV)/browser
	$(BIN)/python docs/screenshots.py

# Rebuilds the built-in checkpoint from the files in DATA (items, estimates and catalogue).
weights: $(VENV)/app
	$(BIN)/python -m pricer.builtin $(DATA) weights

$(VENV)/app: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Pricer needs Python 3.11 or newer: make PYTHON=python3.11 …")'
	@echo "Installing packages into $(VENV): once, a few minutes."
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/dev: $(VENV)/app requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# A browser for the page's tests: an installed one, else Playwright's own, else (as root) the distribution's.
$(VENV)/browser: $(VENV)/dev
	@command -v chromium || command -v chromium-browser || command -v google-chrome \
		|| $(BIN)/playwright install chromium \
		|| { [ "$$(id -u)" = 0 ] && apt-get update -q && apt-get install -y -q chromium; }
	@touch $@

clean:
	rm -rf $(VENV) build dist *.egg-info
