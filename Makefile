# make run: the gateway with simulators.  make test: lint, types, tests.  make test-slow: the long tests.
# make scale: what requests cost on Azure's emulator with 20,000 people (by hand, half a minute).
# make bench: what a start and a request cost, against the budgets (by hand, four minutes, Linux).
# make package: the deployment zip, dist/scimgate.zip, for the connections of gateway.toml.
PYTHON ?= python3
BIN := .venv/bin
AZURITE := tests/azurite
SCIMMY := tests/scimmy

.PHONY: setup run test test-slow quick-beside quick-others slow-end-to-end slow-matrix slow-others scale bench lint types tests tools azurite scimmy docs package format clean

setup: .venv/.serve

.venv/.serve: requirements.txt requirements-serve.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Scimgate needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Set PYTHON=/path/to/python3.11.")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what the gateway needs into .venv ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-serve.txt
	@touch $@

tools: .venv/.test

.venv/.test: .venv/.serve requirements-test.txt
	@echo "Installing what the tests need into .venv ..."
	@$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-test.txt
	@# Microsoft's worker library says Python 3.13; it runs on 3.11 too, for tests only.
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --ignore-requires-python azure-functions-runtime==1.3.0
	@touch $@

azurite: $(AZURITE)/node_modules/.installed

$(AZURITE)/node_modules/.installed: $(AZURITE)/package-lock.json
	@if command -v npm >/dev/null; then \
		echo "Installing Azurite into $(AZURITE) ..." && cd $(AZURITE) && npm ci --prefer-offline --no-audit --no-fund --loglevel=error && touch node_modules/.installed; \
	elif [ "$$CI" = "true" ]; then \
		echo "Node.js is missing: the Azure Table Storage tests cannot run, and under CI they must." && exit 1; \
	else \
		echo "Node.js is missing: the Azure Table Storage tests are left out. Install Node.js 20 or newer to run them."; \
	fi

scimmy: $(SCIMMY)/node_modules/.installed

$(SCIMMY)/node_modules/.installed: $(SCIMMY)/package-lock.json
	@if command -v npm >/dev/null; then \
		echo "Installing a SCIM server for tests into $(SCIMMY) ..." && cd $(SCIMMY) && npm ci --prefer-offline --no-audit --no-fund --loglevel=error && touch node_modules/.installed; \
	elif [ "$$CI" = "true" ]; then \
		echo "Node.js is missing: the tests against scimmy cannot run, and under CI they must." && exit 1; \
	else \
		echo "Node.js is missing: the tests against scimmy are left out. Install Node.js 20 or newer to run them."; \
	fi

run: setup
	@$(BIN)/python -m simulators.demo

lint: tools
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: tools
	@$(BIN)/mypy

# Two halves that take about as long: tests that start processes wait more than they work, so they run beside the others.
BESIDE := tests/end_to_end tests/gateway tests/infra tests/kit tests/simulators tests/stores tests/tutorial
BESIDE_SLOW := tests/end_to_end tests/matrix

tests: tools azurite
	@$(MAKE) --no-print-directory -j2 --output-sync=target quick-beside quick-others

quick-beside: tools azurite
	@$(BIN)/python -m pytest -m "not slow" $(BESIDE)

quick-others: tools azurite
	@$(BIN)/python -m pytest -m "not slow" $(addprefix --ignore=,$(BESIDE))

test: lint types tests

test-slow: tools azurite scimmy
	@$(MAKE) --no-print-directory -j3 --output-sync=target slow-end-to-end slow-matrix slow-others

slow-end-to-end slow-matrix: tools azurite scimmy
	@$(BIN)/python -m pytest -m slow tests/$(subst -,_,$(@:slow-%=%))

slow-others: tools azurite scimmy
	@$(BIN)/python -m pytest -m slow $(addprefix --ignore=,$(BESIDE_SLOW))

scale: tools azurite
	@$(BIN)/python -m pytest -s tests/stores/scale.py

bench: tools azurite
	@$(BIN)/python -m tests.bench

docs: tools
	@$(BIN)/zensical build --strict; status=$$?; rm -rf .cache; exit $$status
	@echo "The documentation stands in .data/site/index.html"

package: setup
	@$(BIN)/python -m infra.package

format: tools
	@$(BIN)/ruff check --fix-only -q .
	@$(BIN)/ruff format -q .

clean:
	rm -rf .venv .data $(AZURITE)/node_modules $(SCIMMY)/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis
