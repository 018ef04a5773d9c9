# Everything starts here; nothing but Python 3.11, git and make need be there before.

VENV := .venv
BIN := $(VENV)/bin
PACKAGING := setup.cfg pyproject.toml

# Where it is set every process that is started compiles all of our modules anew: a fifth of the start.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run install test check bench bench-peers soak attack kill-workers histories crashes attack-files reference clean

help:  ## This list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 12

run: install  ## Install, and serve on http://127.0.0.1:8080
	@$(BIN)/calotype serve

install: $(VENV)/.installed  ## Only install, into .venv

test: $(VENV)/.installed-development  ## Install what the tests need and run them all
	@.ci/test-services
	@# By what they wait for: pixels for a core, parts for timers, servers for each other.
	@$(BIN)/pytest --numprocesses 2 tests/transforms
	@$(BIN)/pytest --numprocesses 3 --dist loadfile tests --ignore tests/transforms --ignore tests/edge \
		--ignore tests/attack
	@$(BIN)/pytest --numprocesses 3 --dist loadfile tests/edge tests/attack

check: $(VENV)/.installed-development  ## Linters and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed-development  ## Run the benchmarks, print a table a group, and keep the numbers
	@$(BIN)/python -m benchmarks

bench-peers:  ## Install nginx, thumbor and IPX for the benchmarks, in a folder of their own
	@.ci/bench-peers

soak: $(VENV)/.installed-development  ## An hour of mixed load (CALOTYPE_SOAK_SECONDS), and whether anything grows
	@$(BIN)/python -m benchmarks.soak

attack: $(VENV)/.installed-development  ## Attack servers of its own, half an hour, and print what came of it
	@.ci/test-services
	@$(BIN)/python -m tests.attack

kill-workers: $(VENV)/.installed-development  ## Kill a hundred workers in the middle of their jobs
	@CALOTYPE_TEST_KILLS=100 CALOTYPE_TEST_FIGURES=benchmarks/results $(BIN)/pytest --timeout 0 -q -s tests/edge/test_jobs.py

histories: $(VENV)/.installed-development  ## Draw ten thousand histories of uploads and deletions, and as many races
	@CALOTYPE_TEST_HISTORIES=10000 CALOTYPE_TEST_ROUNDS=10000 $(BIN)/pytest --timeout 0 tests/hosting/test_histories.py \
		tests/hosting/test_races.py tests/hosting/test_machine.py

crashes: $(VENV)/.installed-development  ## Kill a server at every point where it may die, and look what is left
	@.ci/test-services
	@$(BIN)/python -m tests.crashes
	@$(BIN)/pytest -q -s tests/crashes/felt.py

attack-files: $(VENV)/.installed-development  ## Push the test pictures of other projects through render workers
	@$(BIN)/python -m tests.attack.testsets $${TMPDIR:-/tmp}/calotype-testsets

reference: $(VENV)/.installed  ## Write the pages and files that are made of declarations
	$(BIN)/calotype reference transformations --sheets docs/sheets --output docs/transformations.md
	$(BIN)/calotype reference configuration --output docs/configuration.md
	$(BIN)/calotype reference config.yaml --output config.yaml

clean:  ## Remove .venv and caches; data/ stays
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Installed again only when the packaging changed: the installation is editable.
$(VENV)/.installed: $(PACKAGING) | $(BIN)/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(VENV)/.installed-development: $(PACKAGING) | $(BIN)/pip
	$(BIN)/pip install --quiet --disable-pip-version-check --editable '.[test,check]'
	@touch $@ $(VENV)/.installed

$(BIN)/pip:
	@.ci/venv $(VENV)
