# One word per job; `make help` lists them. Installing and building is .ci/prepare's work.

SHELL := /bin/bash
PY := .venv/bin/python

# What `make run` replays. Empty: the defaults of `python -m edge.sim run --help`.
STORE ?=
FROM ?=
TO ?=
PACE ?=
CHECK ?=
# How many random sales `make torture` prices, and the first shop's seed to go on from.
N ?= 1000000
SEED ?= 1000000
# Handed to pytest by `make test`, such as ARGS='tests/engine -k rounding'.
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test torture bench bench-peers lint coverage pages features clean

help: ## Show this list
	@awk -F': ## ' '/^[a-z-]+: ## /{printf "  make %-13s%s\n", $$1, $$2}' Makefile
	@echo
	@echo "  make run STORE=367 FROM=2017-01-16 TO=2017-01-22 PACE=live|fast|max CHECK=1"

run: ## Trade a real week: broker, hub, store and a simulated counter (CHECK=1 ends after it)
	@.ci/prepare run
	@$(PY) -m edge.sim run $(if $(STORE),--store $(STORE)) $(if $(FROM),--from $(FROM)) \
	  $(if $(TO),--to $(TO)) $(if $(PACE),--pace $(PACE)) $(if $(filter-out 0,$(CHECK)),--check)

test: ## Run every test (ARGS=... goes to pytest)
	@.ci/prepare test
	@$(PY) -m pytest -n 2 $(ARGS)

torture: ## Price N random sales by the engine and by the oracle; SEED goes on where one stopped
	@.ci/prepare test
	@$(PY) -m tests.torture --sales $(N) --seed $(SEED)

bench: ## Measure, print a table, write bench/results.json
	@.ci/prepare test
	@$(PY) -m bench

bench-peers: ## Install Medusa, Vendure and django-oscar and price the same baskets with all of them
	@.ci/prepare test
	@bench/peers/install
	@$(PY) -m bench.peers

lint: ## Check style and types without the tests
	@.ci/prepare test
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy

coverage: ## Measure which lines the tests run, the compiled ones too
	@.ci/prepare test
	@.ci/coverage $(ARGS)

pages: ## Build the pages of web/ into edge and hub
	@.ci/prepare run

features: ## Show how many rows of the plan have a test that shows them
	@.ci/prepare test
	@$(PY) .ci/features.py

clean: ## Remove everything that was built or installed inside this folder
	rm -rf .venv build dist run *.egg-info web/node_modules web/dist edge/api/pages hub/api/pages
	rm -rf bench/peers/.venv bench/peers/node_modules tests/devices/escpos_peer/node_modules
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	find cext edge hub tests bench .ci -name __pycache__ -prune -exec rm -rf {} +
	find cext -name '*.so' -delete
