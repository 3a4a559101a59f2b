# Everything a newcomer types. Needs python3 (3.11 or later) and make, nothing else.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
UV := $(BIN)/uv
export DAGSTER_DISABLE_TELEMETRY := true
export DBT_SEND_ANONYMOUS_USAGE_STATS := false

CRIMES ?= 5000
SEED ?= 1
HOME_FOLDER ?= var
DEMO := $(HOME_FOLDER)/demo

.PHONY: help setup run test test-all lint types imports dev clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

$(UV):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: make PYTHON=/path/to/python3.11"; exit 2; }
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

.venv/synced: $(UV) pyproject.toml uv.lock
	@$(UV) sync --quiet --frozen
	@touch $@

.venv/prepared: .venv/synced $(shell find dbt_project linkage intake -name '*.sql' -o -name '*.yml' -o -name '*.py' 2>/dev/null | grep -v target/)
	@$(BIN)/python -m orchestration.preparation
	@touch $@

setup: .venv/prepared ## Make the environment, parse the dbt project, compile the kernels

run: setup ## The whole pipeline on the demo force
	@rm -rf $(DEMO)
	@$(BIN)/colink demo --crimes $(CRIMES) --seed $(SEED) --out $(DEMO)
	@$(BIN)/colink refresh --profile demo --landing $(DEMO)/landing --home $(HOME_FOLDER)

test: setup ## The tests (a few minutes)
	@$(BIN)/python -m pytest -q -rs -n 2 --dist loadfile

test-all: setup ## The tests, the long ones too
	@$(BIN)/python -m pytest -q -rs -n 2 --dist loadfile -m "long or not long"

lint: setup imports ## Style of Python and SQL
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/sqlfluff lint --disable-progress-bar dbt_project/models

imports: setup ## Which part may import which
	@$(BIN)/lint-imports --no-cache

types: setup ## Static types
	@$(BIN)/mypy

dev: setup ## The Dagster page on this machine's loopback address
	@$(BIN)/colink dev --home $(HOME_FOLDER) --profile demo --landing $(DEMO)/landing

clean: ## Remove what was made (not the environment)
	@rm -rf $(HOME_FOLDER) dbt_project/target dbt_project/logs .pytest_cache .mypy_cache .ruff_cache .hypothesis
