# `make demo` and `make test` need python3 (3.11 or newer), its venv module, git and a package registry; nothing else.
PYTHON ?= python3
VENV ?= .venv
UV ?= uv
# In the order of the files: the long ones, which have few tests, come early.
PYTEST_FLAGS ?= -n auto --dist loadfile --no-loadscope-reorder
# A folder of its own each time: what was made before is never deleted.
DEMO ?= build/demo-$(shell date +%Y%m%d-%H%M%S)

BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip --disable-pip-version-check --quiet
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --custom-compile-command "make requirements"

.PHONY: demo test lint types bench requirements clean

demo: $(VENV)/.ready
	$(BIN)/planwave demo --keep-server $(DEMO)

test: $(VENV)/.ready-dev
	$(BIN)/python -m pytest $(PYTEST_FLAGS)

lint: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

types: $(VENV)/.ready-dev
	$(BIN)/mypy
	$(BIN)/pyright --pythonpath $(BIN)/python

bench: $(VENV)/.ready-dev
	$(BIN)/python -m benchmarks

# The exact versions that are installed; pyproject.toml has the ranges.
requirements:
	$(COMPILE) pyproject.toml --extra demo --output-file requirements.txt
	$(COMPILE) pyproject.toml --group dev --constraint requirements.txt --output-file requirements-dev.txt

clean:
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find plans tasks flows deployments tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/.ready: pyproject.toml requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit("planwave needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes --requirement requirements.txt
	$(PIP) install --no-deps --editable .
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.txt
	$(PIP) install --require-hashes --requirement requirements-dev.txt
	@touch $@
