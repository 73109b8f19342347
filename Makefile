# `make try` and `make test` set everything up and work on a fresh machine with Python 3.11 and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.DEFAULT_GOAL := help
.PHONY: help try test lint format lock audit sbom clean bench

help:  ## Show the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

try: $(READY)  ## Re-test the sample's claims: no key, no network
	env -u OPENAI_API_KEY -u OPENAI_BASE_URL $(BIN)/claimcheck refresh --sample

test: $(READY)  ## Run the tests
	$(BIN)/python -m pytest $(PYTEST_ARGS)

lint: $(READY)  ## Format check, lint, types, import layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY)  ## Format and fix what can be fixed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(READY)  ## Pin what is tested, with hashes
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	  --group dev --all-extras pyproject.toml --output-file requirements.lock

audit: $(READY)  ## Look up known vulnerabilities of the locked dependencies (asks the network)
	$(BIN)/pip-audit --strict --disable-pip --require-hashes --requirement requirements.lock

sbom: $(READY)  ## Write the software bill of materials, dist/sbom.json
	$(BIN)/python .ci/sbom.py

bench: $(READY)  ## List the benchmarks; each is run on purpose
	@ls tests/bench/*.py | grep -v __init__ | sed 's|/|.|g; s|.py$$||; s|^|$(BIN)/python -m |'

clean:  ## Remove the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .import_linter_cache
