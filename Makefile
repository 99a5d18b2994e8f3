# `make` lists the targets. Another Python than python3, say PYTHON=python3.12, gets its own environment (.venv-python3.12).

PYTHON ?= python3
VENV ?= $(if $(filter python3,$(PYTHON)),.venv,.venv-$(notdir $(PYTHON)))
OUT ?= results/make-run
PYTHONS ?= python3.11 python3.12

TEST_EXTRAS := test,dashboard,distributed,calibration,docs,briefing
BIN := $(VENV)/bin
INPUTS := pyproject.toml constraints.txt Makefile

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run dashboard browser proxies test test-all lint site coverage bench check-pythons lock sbom clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

# --- Setting up: once, and again when a file of $(INPUTS) changes -----------------------------------------------------

define make-venv
@$(PYTHON) -c '' 2>/dev/null || { echo "$(PYTHON) does not run: install Python 3.11 or newer, or say which with make PYTHON=/path/to/python" >&2; exit 1; }
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is $$($(PYTHON) --version 2>&1): Peerbridge needs Python 3.11 or newer (make PYTHON=python3.12 ...)" >&2; exit 1; }
@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) has no venv module: install it first (on Debian and Ubuntu: apt install python3-venv)" >&2; exit 1; }
@echo "Setting up $(VENV): a minute or two the first time" >&2
@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)
endef
pip-install = @$(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt -e

$(VENV)/.ready-run: $(INPUTS)
	$(make-venv)
	$(pip-install) .
	@touch $@

$(VENV)/.ready-test: $(INPUTS)
	$(make-venv)
	$(pip-install) '.[$(TEST_EXTRAS)]'
	@touch $@ $(VENV)/.ready-run

# --- Using ------------------------------------------------------------------------------------------------------------

run: $(VENV)/.ready-run ## Compare four staffing plans with the default scenario
	$(BIN)/peerbridge compare usual-care hospital-only bridge thin-supervision --baseline usual-care --out $(OUT)

# --- Checking ---------------------------------------------------------------------------------------------------------

# The pages are tested in Debian's chromium. BROWSER=skip tests without one, and says so.
browser: ## Install the browser that the tests of the pages need, where this can be done
	@if [ "$(BROWSER)" = skip ] || command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing chromium for the tests of the pages (make test BROWSER=skip does without)" >&2; \
		export DEBIAN_FRONTEND=noninteractive; apt-get update -qq >/dev/null && apt-get install -qq -y --no-install-recommends chromium fonts-dejavu-core >/dev/null; \
	else \
		printf '%s\n' '' '!!! NO BROWSER: the tests of the dashboard pages will be SKIPPED.' '!!! Install chromium (Debian: apt install chromium) and run this again.' '' >&2; \
		[ -z "$(CI)" ] || { echo '!!! With CI set nothing may be skipped.' >&2; exit 1; }; \
	fi

# The recipes of docs/how-to/serving.md are tested behind Debian's nginx and Caddy.
proxies: ## Install the reverse proxies that the slow tests of serving need, where this can be done
	@if command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] && command -v caddy >/dev/null; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing nginx and caddy for the tests of serving behind a proxy" >&2; \
		export DEBIAN_FRONTEND=noninteractive; apt-get update -qq >/dev/null && apt-get install -qq -y --no-install-recommends nginx-light caddy openssl >/dev/null; \
	else \
		printf '%s\n' '' '!!! NO nginx OR NO caddy: the recipes for them will be SKIPPED.' '!!! Install both (Debian: apt install nginx-light caddy) and run this again.' '' >&2; \
		[ -z "$(CI)" ] || { echo '!!! With CI set nothing may be skipped.' >&2; exit 1; }; \
	fi

lint: $(VENV)/.ready-test ## Style, types, floors and the documentation site
	$(BIN)/python -m ruff check
	$(BIN)/python -m ruff format --check
	$(BIN)/python -m mypy
	$(BIN)/lint-imports
	@$(MAKE) site

site: $(VENV)/.ready-test ## Build the documentation into build/site, warnings as errors
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet

test: lint browser ## Style, types and the fast tests
	$(BIN)/python -m pytest -n auto --dist loadgroup -m "not slow"

test-all: lint browser proxies ## Style, types and all tests, the slow ones too
	$(BIN)/python -m pytest -n auto --dist loadgroup

coverage: $(VENV)/.ready-test ## Line coverage of simulation/, its kernels interpreted
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -n auto -m interpreted --cov=simulation

bench: $(VENV)/.ready-test ## Run the benchmarks
	$(BIN)/python -m benchmarks

check-pythons: ## make test under every Python of PYTHONS that is here, each in its own environment
	@ran=; for python in $(PYTHONS); do \
		version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) \
			|| { echo "--- $$python: not here, skipped"; continue; }; \
		echo "--- $$python (Python $$version)"; \
		$(MAKE) test PYTHON=$$python VENV=.venv-$$version || exit 1; ran="$$ran $$version"; \
	done; test -n "$$ran" || { echo "none of these is here: $(PYTHONS)" >&2; exit 1; }; echo "--- passed under Python$$ran"

# --- Keeping ----------------------------------------------------------------------------------------------------------

# One file for all Pythons and platforms, without host names. `--python-version` is the oldest Python that we support.
lock: ## Compile constraints.txt anew from pyproject.toml, and constraints-hashed.txt with it
	@tmp=$$(mktemp -d) && trap 'rm -rf "$$tmp"' EXIT && set -e; \
	$(PYTHON) -m venv $$tmp/venv; \
	$$tmp/venv/bin/python -m pip install --quiet --disable-pip-version-check uv; \
	$$tmp/venv/bin/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --upgrade \
		--no-config --no-emit-index-url --no-annotate --no-header --quiet --output-file $$tmp/constraints.txt; \
	{ echo '# Made by "make lock" from pyproject.toml, all extras; do not edit.'; cat $$tmp/constraints.txt; } > constraints.txt; \
	$$tmp/venv/bin/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --constraints constraints.txt \
		--generate-hashes --no-config --no-emit-index-url --no-annotate --no-header --quiet --output-file $$tmp/hashed.txt; \
	{ echo '# Made by "make lock": the versions of constraints.txt with the digests of their files; do not edit.'; \
		cat $$tmp/hashed.txt; } > constraints-hashed.txt

sbom: ## Write build/sbom.json (CycloneDX): every package of constraints-hashed.txt, with its digests
	@tmp=$$(mktemp -d) && trap 'rm -rf "$$tmp"' EXIT && set -e; mkdir -p build; \
	$(PYTHON) -m venv $$tmp/venv; \
	$$tmp/venv/bin/python -m pip install --quiet --disable-pip-version-check cyclonedx-bom; \
	$$tmp/venv/bin/cyclonedx-py requirements constraints-hashed.txt --output-reproducible --output-file build/sbom.json

clean: ## Remove environments, caches and build products; results/ stays
	rm -rf .venv .venv-* build dist *.egg-info .coverage .coverage.* htmlcov .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
