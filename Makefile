# Earshot. `make help` lists what there is. Needs Python 3.11-3.13 and make; installs the rest into .venv.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MANAGE := $(BIN)/python manage.py
DEV := $(VENV)/.dev-installed
RUN := $(VENV)/.installed
export PIP_DISABLE_PIP_VERSION_CHECK = 1

.DEFAULT_GOAL := help
.PHONY: help demo serve worker migrate test torch check bench schema lock wheel stop clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 18

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(0 if (3, 11) <= v <= (3, 13) else "Earshot needs Python 3.11, 3.12 or 3.13; this is %d.%d. Try: make PYTHON=python3.12 ..." % v)'
	$(PYTHON) -m venv $(VENV)

$(RUN): requirements.lock pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --editable .
	@touch $@

$(DEV): requirements-dev.lock $(RUN)
	$(BIN)/python -m pip install --quiet -r requirements-dev.lock
	@touch $@

demo: $(RUN) ## the main job on real input: two clients, ~2,000 posts, API and PDFs (ONCE=1, POSTS=file, MAP=file)
	@$(MANAGE) demo $(if $(ONCE),--once) $(if $(POSTS),--posts "$(abspath $(POSTS))") $(if $(MAP),--map "$(abspath $(MAP))") $(if $(PORT),--port $(PORT))

migrate: $(RUN) ## bring the database up to date (the public schema and every client's)
	@$(MANAGE) migrate_schemas --shared --verbosity 0
	@$(MANAGE) migrate_clients

serve: migrate ## the API on http://127.0.0.1:8000 with a worker beside it, until Ctrl-C (PORT=…)
	@$(MANAGE) warm_matcher
	@$(MANAGE) warm_language
	@$(MANAGE) serve $(if $(PORT),--port $(PORT))

worker: migrate ## one more worker for the queue
	@$(MANAGE) warm_matcher
	@$(MANAGE) warm_language
	@$(MANAGE) worker

test: $(DEV) ## all tests, slow ones too
	$(BIN)/python -m pytest

torch: $(DEV) ## add a CPU build of torch for the transformers engine, from a wheel at hand (TORCH_WHEELS=folder)
	$(BIN)/python -m pip install --quiet --no-index --no-deps $(if $(TORCH_WHEELS),--find-links "$(TORCH_WHEELS)") torch==2.13.0
	$(BIN)/python -m pip install --quiet -r requirements-torch.lock

check: $(DEV) ## style, types, floors and migrations
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=platform:. $(BIN)/lint-imports
	$(MANAGE) makemigrations --check --dry-run --verbosity 0

bench: $(DEV) ## the benchmarks; each prints one JSON object last
	$(BIN)/python -m tests.benchmarks.ingest
	$(BIN)/python -m tests.benchmarks.tenancy
	$(BIN)/python -m tests.benchmarks.matching

schema: $(DEV) ## write the OpenAPI document that the tests compare with
	$(MANAGE) spectacular --format openapi-json --file tests/api/openapi.json --fail-on-warn

lock: $(DEV) ## resolve the dependencies anew into the two lock files
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-annotate --custom-compile-command "make lock" --extra rabbitmq pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --no-annotate --custom-compile-command "make lock" --extra rabbitmq --group dev pyproject.toml -o requirements-dev.lock

wheel: $(DEV) ## build the wheel into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

stop: ## stop the embedded PostgreSQL
	@if [ -x $(BIN)/python ]; then $(MANAGE) stop_database; fi

clean: ## remove the virtual environment, the demo's data and all caches
	@if [ -x $(BIN)/python ]; then $(MANAGE) stop_database --remove; fi
	rm -rf $(VENV) .earshot build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
