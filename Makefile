# Two commands matter: `make demo` shows the whole pipeline, `make test` proves it. Nothing here needs root.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help install demo up test lint bench models calibration constraints graph-snapshot

help:
	@echo "make demo    sample characters through the whole pipeline"
	@echo "make up      stores, Dagster's pages and daemon; Ctrl-C stops them"
	@echo "make test    install and run the tests        (ARGS='-k name' narrows them)"
	@echo "make lint    style, types and the order of the house"
	@echo "make bench   measure against the written targets"

install: $(STAMP)

# The stamp is touched last: an install that broke off is taken up again.
$(STAMP): pyproject.toml constraints.txt
	@echo "Installing refpipe into $(VENV). The first time takes some minutes and some gigabytes: PyTorch and the renderer."
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check -e '.[dev]' -c constraints.txt
	touch $@

demo: install
	$(BIN)/refpipe demo $(ARGS)

up: install
	$(BIN)/refpipe up $(ARGS)

# two workers: much of the time is waiting for programs that are started and stopped
test: install
	$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# with the stores that some benchmarks compare with
bench: install
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,bench]' -c constraints.txt
	$(BIN)/python -m refpipe_tests.bench $(ARGS)

# makes the two models that come with refpipe anew: some hours; each step goes on where it was broken off
models: install
	$(BIN)/python -m refpipe.backends.model_pack.rendering
	$(BIN)/python -m refpipe.backends.model_pack.identity_training
	$(BIN)/python -m refpipe.backends.model_pack.clip_training
	$(BIN)/python -m refpipe.backends.model_pack.exporting
	$(BIN)/python -m refpipe.backends.model_pack.identity_pairs
	$(BIN)/refpipe calibrate
	$(BIN)/python -m refpipe_tests.bench model_pack consistency

# fits what likeness means to the shipped feature model, from the comparisons beside its weights, and measures it
calibration: install
	$(BIN)/refpipe calibrate $(ARGS)
	$(BIN)/python -m refpipe_tests.bench consistency

constraints: install
	{ sed -n '1p' constraints.txt; $(BIN)/python -m pip freeze --exclude-editable | sed -E 's/\+[a-z0-9.]+$$//'; } > constraints.new
	mv constraints.new constraints.txt

graph-snapshot: install
	$(BIN)/python -m refpipe_tests.defs.graph_snapshot
