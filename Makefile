# Every verb prepares what it needs: the environment, the packages, the native core. See `make help`.
#
#   make test                     with python3
#   make test PYTHON=python3.12   with another interpreter, in an environment of its own
#   make run RUN_ARGS='--gateway 127.0.0.1:4002 --symbols SPY,QQQ'
#
# Environments lie in .venv/<version>. A stamp in it says which packages it holds; it is older than pyproject.toml
# when they must be installed again. The native core is compiled in place (the install is editable), one file per
# Python version, and compiled again when a C file or setup.py is newer.

SHELL := /bin/sh
PYTHON ?= python3
RUN_EXTRAS := service,ib
TEST_EXTRAS := $(RUN_EXTRAS),test
DEV_EXTRAS := $(RUN_EXTRAS),dev
PYTEST_ARGS ?=
# Most tests wait for other processes: two workers more than processors.
WORKERS ?= $(shell n=$$(nproc); echo $$((n < 4 ? n + 2 : 6)))
# A file's tests stay with one worker, which has its fixtures, until another one has nothing left.
IN_PARALLEL = --numprocesses=$(WORKERS) --dist=worksteal
RUN_ARGS ?=

# "3.11 .cpython-311-x86_64-linux-gnu.so", or nothing where the interpreter is absent, broken or too old.
INTERPRETER := $(shell $(PYTHON) -c 'import sys, sysconfig as c; v = sys.version_info; \
    v < (3, 11) or print("%d.%d" % v[:2], c.get_config_var("EXT_SUFFIX"))' 2>/dev/null)
ifeq ($(INTERPRETER),)
ifneq ($(filter-out help clean,$(or $(MAKECMDGOALS),help)),)
$(error '$(PYTHON)' does not run or is older than Python 3.11. Choose another: make $(MAKECMDGOALS) PYTHON=/path/to/python3)
endif
endif

VENV := .venv/$(or $(firstword $(INTERPRETER)),none)
PY := $(VENV)/bin/python
CORE := src/tickring/_core$(lastword $(INTERPRETER))
NATIVE := $(sort $(wildcard src/tickring/native/*.[ch]))
PAGE := src/tickring/api/static/index.html
PAGE_SOURCES := $(wildcard ui/*.html ui/*.json ui/*.ts) $(shell find ui/src ui/public -type f 2>/dev/null)
C_FILES := $(sort $(NATIVE) $(shell find tests -name '*.[ch]' -o -name '*.cpp' 2>/dev/null))

# The checkers' environment: pyright neither asks the network for a newer release nor prefers another pyright.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Bytecode is kept, whatever the environment says: the tests start thousands of processes.
unexport PYTHONDONTWRITEBYTECODE

.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run ui test coverage test-core test-quick test-pythons check check-ui format stress drill bench dist clean

help:  ## this text
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.stamp-run $(CORE)  ## quotes from a simulated gateway through the whole chain, top and a page to look at them
	@$(MAKE) --no-print-directory ui || echo "run: without the live trade page; everything else is there"
	@$(PY) -P -m tickring.cli run $(RUN_ARGS)

ui: $(PAGE)  ## the live trade page, into the package (node from the system, else from PyPI)

test: check check-ui $(VENV)/.stamp-clients  ## everything a change must pass: check, then all tests
	@# A test that fails beside all others runs once more, alone (decision 0014).
	$(PY) -m pytest --cache-clear $(IN_PARALLEL) $(PYTEST_ARGS) || { test $$? -eq 1 && $(PY) -m tools.again_alone; }

coverage: $(VENV)/.stamp-dev $(VENV)/.stamp-clients $(CORE)  ## all tests with coverage, child processes too (twice as long)
	$(PY) -m pytest $(IN_PARALLEL) --cov --cov-report=term $(PYTEST_ARGS)

test-quick: $(VENV)/.stamp-test $(VENV)/.stamp-clients $(CORE)  ## the quick tests alone: no checkers, no coverage, nothing marked slow
	$(PY) -m pytest $(IN_PARALLEL) -m "not slow and not stress" $(PYTEST_ARGS)

test-core: $(VENV)/.stamp-core $(CORE)  ## those quick tests that PYTEST_ARGS names, with what the native core's need
	$(PY) -m pytest $(IN_PARALLEL) -m "not slow and not stress" $(PYTEST_ARGS)

test-pythons:  ## the core's quick tests under every other supported Python found here
	@tools/other_pythons.sh

check: $(VENV)/.stamp-dev $(VENV)/.stamp-werror $(CORE)  ## formatters, linters, type checkers, stubs, C warnings
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	@# Side by side: the first two take one processor for a minute. The third compiles all tests, once for every worker.
	$(PY) -m mypy $(wildcard src tests tools bench) setup.py & mypy=$$!; \
	    $(PY) -m pytest --collect-only -qq > $(VENV)/collected & tests=$$!; \
	    $(VENV)/bin/pyright --pythonpath $(PY) src; pyright=$$?; \
	    wait $$tests || { cat $(VENV)/collected; pyright=1; }; wait $$mypy && exit $$pyright
	$(PY) -m mypy.stubtest --mypy-config-file pyproject.toml tickring._core
	$(if $(C_FILES),$(VENV)/bin/clang-format --dry-run -Werror $(C_FILES))

check-ui: $(VENV)/.stamp-dev  ## the live trade page: types, rules, unit tests
	@$(PY) -m tools.ui_build check

format: $(VENV)/.stamp-dev  ## rewrite Python and C into the project's form
	$(PY) -m ruff check --fix-only .
	$(PY) -m ruff format .
	$(if $(C_FILES),$(VENV)/bin/clang-format -i $(C_FILES))

stress: $(VENV)/.stamp-dev $(CORE)  ## the tests that take minutes, and those of random examples with many more of them
	$(PY) -m pytest -m stress --timeout=1800 -o faulthandler_timeout=2000 tests $(PYTEST_ARGS)
	$(PY) -m pytest -m "hypothesis and not stress" --hypothesis-profile=thorough --timeout=1800 -o faulthandler_timeout=2000 \
	    tests $(PYTEST_ARGS)

drill: $(VENV)/.stamp-run $(CORE)  ## every fault of the gateway against the whole service, in real time (20 minutes)
	@$(PY) -P -m tickring.cli drill $(DRILL_ARGS)

bench: $(VENV)/.stamp-bench $(CORE)  ## every question in bench/; writes docs/benchmarks.md (12 minutes, wants a quiet machine)
	@$(MAKE) --no-print-directory $(VENV)/.stamp-clients || echo "bench: gateway clients that are not there will be named as absent"
	@$(PY) -m bench._harness.twin
	@$(PY) -m bench

dist: $(VENV)/.stamp-dev $(PAGE)  ## sdist and wheel in dist/
	$(PY) -m build --outdir dist .

clean:  ## remove environments, caches and everything built
	rm -rf .venv build dist ui/node_modules src/tickring/api/static src/*.egg-info src/tickring/_core.*.so .mypy_cache .pytest_cache .ruff_cache .hypothesis \
	    .coverage .coverage.* htmlcov
	find bench src tests tools -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

# ---- what the verbs stand on ------------------------------------------------------------------------------------

$(VENV)/.stamp-venv: pyproject.toml $(wildcard tools/bootstrap/*.py)
	@$(PYTHON) -m tools.bootstrap $(VENV)
	@touch $@

$(CORE): $(NATIVE) setup.py | $(VENV)/.stamp-venv
	$(PY) setup.py --quiet build_ext --inplace --force

# The compiled core comes first, so that pip finds it fresh and compiles nothing. What builds is in the environment
# already. One at a time: environments share src/*.egg-info.
define install
	@echo "installing tickring[$(1)] into $(VENV)"
	@flock .venv $(PY) -m pip install --quiet --no-build-isolation --editable '.[$(1)]'
	@touch $@
endef

$(PAGE): $(PAGE_SOURCES) | $(VENV)/.stamp-venv
	@$(PY) -m tools.ui_build
	@touch $@

$(VENV)/.stamp-run: pyproject.toml $(VENV)/.stamp-venv | $(CORE)
	$(call install,$(RUN_EXTRAS))

$(VENV)/.stamp-core: pyproject.toml $(VENV)/.stamp-venv | $(CORE)
	$(call install,core-test)

$(VENV)/.stamp-test: pyproject.toml $(VENV)/.stamp-venv | $(CORE)
	$(call install,$(TEST_EXTRAS))
	@touch $(VENV)/.stamp-run $(VENV)/.stamp-core

$(VENV)/.stamp-dev: pyproject.toml $(VENV)/.stamp-venv | $(CORE)
	$(call install,$(DEV_EXTRAS))
	@touch $(VENV)/.stamp-run $(VENV)/.stamp-test $(VENV)/.stamp-core

# The gateway's clients of other people, which the simulator's tests run as they are: each in a directory of its own.
$(VENV)/.stamp-clients: pyproject.toml $(wildcard tools/clients/*.py) $(VENV)/.stamp-venv
	@$(PY) -m tools.clients $(VENV)
	@touch $@

# What is measured beside tickring is optional: a peer that cannot be installed is named, and the rest is measured.
$(VENV)/.stamp-bench: pyproject.toml $(VENV)/.stamp-venv | $(CORE)
	@$(PY) -m bench._install
	@touch $@

$(VENV)/.stamp-werror: $(NATIVE) setup.py $(VENV)/.stamp-venv
	TICKRING_WERROR=1 $(PY) setup.py --quiet build_ext --force --build-lib $(VENV)/werror --build-temp $(VENV)/werror
	@touch $@
