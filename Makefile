# `make` lists the targets. Everything is made by packaging/setup.sh, which says what it does.
PY := .venv/bin/python
SETUP := packaging/setup.sh

.PHONY: help setup setup-test demo run test lint board base clean
.DEFAULT_GOAL := help

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

setup: ## what listening needs: system packages, .venv, speech model
	@$(SETUP) listen

setup-test: ## the same, and what training, tests and linters need
	@$(SETUP) test

demo: setup ## an evening of recorded speech, switching a lamp on this screen
	@$(PY) recordings/evening.py

run: setup ## the lamp on the default microphone
	@.venv/bin/foreglow run

test: lint ## lint, then the tests in two processes
	@$(PY) -m pytest -n 2 --dist loadfile

lint: setup-test ## ruff and mypy --strict
	@$(PY) -m ruff check --quiet
	@$(PY) -m ruff format --quiet --check
	@$(PY) -m mypy --no-error-summary

board: setup ## compare with an emulated Raspberry Pi 4 (two minutes; docs/board.md)
	@$(PY) -m benchmarks.board

base: setup-test ## build the base model again, with its figures and the picture (DATA=folder of labelled text)
	$(PY) -m model.build_base $(if $(DATA),--data $(DATA))
	$(PY) -m export.base
	$(PY) -m export.blank
	$(PY) -m runtime.readme
	$(PY) docs/pictures/make_terminal.py >/dev/null

clean: ## remove .venv, caches and build output; the speech model stays
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
