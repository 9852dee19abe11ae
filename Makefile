# Familienlotse. `make help` lists what there is.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PO := $(wildcard portal/translations/*/LC_MESSAGES/messages.po)
MO := $(PO:.po=.mo)
MODEL := search/model.npz
UTTERANCES := $(wildcard content/needs/*.yaml content/needs/utterances/*.yaml) search/crisis.yaml \
  portal/search/features.py portal/search/text.py portal/search/training.py
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help run test lint bench messages requirements clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' Makefile | expand -t 22

run: $(VENV)/.runtime $(MO) $(MODEL) ## set everything up and serve on HOST:PORT (127.0.0.1:8000)
	@exec $(BIN)/portal run

test: $(VENV)/.dev $(MO) $(MODEL) tests/e2e/node_modules/.ready ## all tests, with PostgreSQL and a browser
	@tools/ensure_chromium.sh
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder --max-worker-restart=0 $(PYTEST_ARGS)

lint: $(VENV)/.dev ## style, types, import contracts, content
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/portal content check --no-due

bench: $(VENV)/.dev $(MO) $(MODEL) tools/bench/node_modules/.ready ## measure, and write docs/benchmarks.md
	@tools/ensure_chromium.sh
	$(BIN)/python tools/bench/run.py

messages: $(VENV)/.dev ## collect the texts of the interface into the catalogues
	$(BIN)/pybabel extract -F babel.cfg -k N_ --no-location --sort-output --project Familienlotse --version 1 -o portal/translations/messages.pot .
	$(BIN)/pybabel update --no-fuzzy-matching --ignore-obsolete -i portal/translations/messages.pot -d portal/translations

requirements: $(VENV)/.dev ## pin the newest versions that fit, with hashes
	cd requirements && for name in runtime build dev; do \
	  ../$(BIN)/uv pip compile --upgrade --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
	    --no-emit-index-url --no-emit-find-links $$name.in -o $$name.txt || exit 1; done

clean: ## remove what was built, keep the data in var/
	rm -rf $(VENV) build dist tests/e2e/node_modules tools/bench/node_modules $(MO) $(MODEL)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Familienlotse needs Python 3.11 or newer." if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements/runtime.txt requirements/build.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install -q --require-hashes -r requirements/runtime.txt -r requirements/build.txt
	$(BIN)/pip install -q --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt $(VENV)/.runtime
	$(BIN)/pip install -q --require-hashes -r requirements/dev.txt
	@touch $@

%.mo: %.po $(VENV)/.runtime
	@$(BIN)/pybabel -q compile -i $< -o $@

$(MODEL): $(UTTERANCES) | $(VENV)/.runtime
	@echo "Learning what parents type …"
	@$(BIN)/portal needs train --no-report

%/node_modules/.ready: %/package-lock.json
	cd $* && npm ci --no-fund --no-audit
	@touch $@
