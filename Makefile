# Two commands matter: `make run` and `make test`. `make help` names the others.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PATHS := app.py portal tenants tests deploy migrations benchmarks
# On two cores two test processes are the fastest.
TEST_PROCESSES ?= 2

.PHONY: help run test soak bench install install-tests lint format lock messages vendor ci

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' | column -t -s '|'
	@echo
	@echo "  PORT=8000, DATABASE_URL= and INSTANCE=instance are honoured; docs/operations.md has all settings."

run: install ## set up what is missing, then run the portal until Ctrl-C
	@exec $(BIN)/python -m deploy.launch

test: install-tests ## set up what is missing, then run all tests
	@exec $(BIN)/python -m pytest -p xdist -n $(TEST_PROCESSES) --dist loadgroup $(ARGUMENTS)

soak: install-tests ## the long random walks, faults and races in full size
	@SOAK=full exec $(BIN)/python -m pytest -m soak -s -o timeout=0 $(ARGUMENTS)

bench: install-tests ## the benchmarks; instance/bench.json for machines
	@exec $(BIN)/python -m benchmarks $(ARGUMENTS)

install: # what `make run` needs
	@$(PYTHON) deploy/install.py

install-tests: # what `make test` needs
	@$(PYTHON) deploy/install.py --tests

lint: install-tests ## style, types, import order and the project's own rules
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(wildcard $(PATHS))
	$(BIN)/lint-imports --no-cache

format: install-tests ## rewrite the code in the common style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: install-tests ## renew the locked versions from requirements*.in
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --python-version 3.11 requirements.in -o requirements.txt
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --python-version 3.11 requirements-dev.in -o requirements-dev.txt
	$(BIN)/uv pip compile --quiet --upgrade --generate-hashes --python-version 3.11 deploy/installer.in -o deploy/installer.txt

messages: install-tests ## gather the texts to translate, merge and compile the translations
	$(BIN)/python -m deploy.messages

vendor: ## renew the front-end packages in static/vendor (needs Node)
	$(PYTHON) deploy/vendor.py

ci: ## everything a change must pass
	@exec .ci/run
