# Two commands do everything: `make test` and `make demo`. Each sets up what it needs in .venv and is quick the second
# time. Needed on the machine: Python 3.11 or later, make, git. Another interpreter: `make test PYTHON=python3.12`.

PYTHON ?= $(shell for candidate in python3.11 python3; do \
	if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then echo $$candidate; break; fi; done)
PYTEST_ARGS ?= -n 2
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

# pyright brings its own node in a wheel and must not look anything up on the network.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export PYRIGHT_PYTHON_GLOBAL_NODE := 0

.PHONY: test demo check lint types imports format docs docs-check bench bench-smoke coverage simulate exhaustive crashes long browser-test wheel-test clean help
.DEFAULT_GOAL := help

help:
	@echo "make test         static checks, then all tests (no account, network or Docker needed to run them)"
	@echo "make demo         the sandbox bank and a merchant take payments and print what happens"
	@echo "make check        static checks alone: ruff, mypy, pyright, import-linter"
	@echo "make format       rewrite the sources in the house style"
	@echo "make docs         write the generated pages of docs/ anew; make docs-check tells whether that is needed"
	@echo "make bench        measure against the targets (make bench-smoke: short, misses do not fail)"
	@echo "make simulate     SEEDS=1000 lives of the whole system under an adversary, in virtual time"
	@echo "make exhaustive   every interleaving of two processes, as deep as a minute allows"
	@echo "make crashes      KILLS=200 of real processes under a stream of payments, on each store"
	@echo "make long         what takes minutes: a hundred thousand journals in each store"
	@echo "make browser-test a person pays in a real Chromium; screenshots are kept in build/screenshots"
	@echo "make coverage     tests with branch coverage"
	@echo "make wheel-test   build the wheel and import every public name of it elsewhere"
	@echo "make clean        remove .venv and everything that was built"

# Each stamp is newer than what it was made from, so that nothing is installed twice.
.venv/.pip:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed and was not found; name it: make PYTHON=/path/to/python"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "$(PYTHON) is not Python 3.11 or later; name another one: make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv .venv
	$(PIP) install --upgrade 'pip>=25.1'
	@touch $@

.venv/.package: .venv/.pip pyproject.toml
	$(PIP) install --editable '.[cli]'
	@touch $@

.venv/.dev: .venv/.package
	$(PIP) install --group dev
	@touch $@

test: check
	$(BIN)/pytest $(PYTEST_ARGS)

demo: .venv/.package
	@$(BIN)/bank131 demo

check: lint types imports

lint: .venv/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/.dev
	$(BIN)/mypy bank131_async benchmarks tools $(wildcard examples)
	$(BIN)/pyright --warnings

imports: .venv/.dev
	$(BIN)/lint-imports

format: .venv/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: .venv/.dev
	$(BIN)/python -m tools.docs

docs-check: .venv/.dev
	$(BIN)/pytest tests/docs -q

bench: .venv/.dev
	$(BIN)/python -m benchmarks

bench-smoke: .venv/.dev
	$(BIN)/python -m benchmarks --smoke

coverage: .venv/.dev
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage report

SEEDS ?= 200
FIRST ?= 0

simulate: .venv/.dev
	$(BIN)/python -m tests.simulation --seeds $(SEEDS) --first $(FIRST)

exhaustive: .venv/.dev
	$(BIN)/python -m tests.exhaustive --seconds 60

KILLS ?= 200

crashes: .venv/.dev
	$(BIN)/python -m tests.crashes --kills $(KILLS)

long: .venv/.dev
	LONG_JOURNALS=100000 $(BIN)/pytest tests/stores/test_contract.py -k ManyJournals --timeout 3600

browser-test: .venv/.dev
	$(BIN)/pytest tests/browser

wheel-test: .venv/.dev
	rm -rf build/wheel build/wheel-venv
	$(BIN)/python -m build --wheel --outdir build/wheel . >/dev/null
	$(BIN)/python -m venv build/wheel-venv
	build/wheel-venv/bin/python -m pip --disable-pip-version-check --quiet install "$$(echo build/wheel/*.whl)[cli]"
	cd build/wheel-venv && bin/python -I ../../tools/wheel_smoke.py

clean:
	rm -rf .venv build dist .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
