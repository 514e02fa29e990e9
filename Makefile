PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PORT ?= 8501

.DEFAULT_GOAL := help
.PHONY: help up test run lint format types check browser endure simulate sample bench clean

help: ## List what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Careful needs Python 3.11 or newer; say which with: make PYTHON=python3.12"; exit 1; }
	@echo "Installing into $(VENV) (about a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .[dev]
	@touch $@

up: $(READY) ## Load the sample company (or the workspace here), publish a build, serve the dashboard
	@$(BIN)/careful up --port $(PORT)

test: $(READY) ## Set up what is missing and pass the tests
	@$(BIN)/python -m pytest --numprocesses auto --dist loadfile

run: $(READY) ## Do everything the schedule does, once
	@$(BIN)/careful run

lint: $(READY) ## Check style and imports
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

format: $(READY) ## Put style right
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

types: $(READY) ## Check types
	@$(BIN)/mypy

check: lint types test ## Everything a change must pass

browser: $(READY) ## Walk the pages in Chromium and keep the pictures in build/pictures
	@$(BIN)/python -m pytest -m browser

endure: $(READY) ## Kills at any moment, and every page of companies in trouble
	@$(BIN)/python -m pytest -m endure --numprocesses auto --dist worksteal

simulate: $(READY) ## The long seeded simulations of the statistics
	@$(BIN)/python -m pytest -m simulate --numprocesses auto --dist worksteal

sample: $(READY) ## Write the sample company anew
	@$(BIN)/python sample_data/generate.py

bench: $(READY) ## Speed, as ratios side by side in one run
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .[bench]
	@$(BIN)/python tests/bench.py

clean: ## Remove the virtual environment, caches and the sample workspace
	rm -rf $(VENV) build workspace .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
