# Everything a newcomer needs. Each target does its own set-up on a machine that has Python 3.11 or newer and make.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
CHECKED := bot tests benchmarks scripts

.DEFAULT_GOAL := help
.PHONY: help run setup check test bench lock translations clean

help: ## Show what can be made
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/.runtime ## Run the bot; without a token in .env, the demo on http://127.0.0.1:8080
	@$(BIN)/teabreak run

setup: $(VENV)/.everything ## Build .venv with everything, the package editable

check: $(VENV)/.everything ## Format, lint, types, import contracts, house tests, lessons and translations
	$(BIN)/ruff format --check $(CHECKED)
	$(BIN)/ruff check $(CHECKED)
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/teabreak check
	$(BIN)/python -m pytest tests/house

test: $(VENV)/.everything $(VENV)/.chromium ## All other tests, on SQLite, PostgreSQL and in a browser
	$(BIN)/python -m pytest -n 2 --dist loadgroup --ignore=tests/house $(TESTS)

bench: $(VENV)/.everything ## Measure against floors of the same run; writes build/bench.json
	$(BIN)/python -m benchmarks

lock: $(VENV)/.everything ## Renew both locks (needs uv, which this installs into .venv)
	$(PIP) install uv
	$(BIN)/uv pip compile -q --upgrade --universal --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 pyproject.toml --all-extras -o requirements.lock
	$(BIN)/uv pip compile -q --upgrade --universal --generate-hashes --no-emit-index-url --no-header \
	  --python-version 3.11 pyproject.toml --all-extras --group dev -o requirements-dev.lock

translations: $(VENV)/.everything ## Collect texts and bring every catalogue up to date
	$(BIN)/teabreak translate update

clean: ## Take away what was built
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/bin/python:
	@PYTHON="$(PYTHON)" VENV="$(VENV)" sh scripts/venv.sh

$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what the bot needs. This takes about a minute, once."
	@$(PIP) install --require-hashes --no-deps --only-binary :all: -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.everything: requirements-dev.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing everything. This takes a minute or two, once."
	@$(PIP) install --require-hashes --no-deps --only-binary :all: -r requirements-dev.lock
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.runtime

$(VENV)/.chromium: | $(VENV)/bin/python
	@sh scripts/chromium.sh
	@touch $@
