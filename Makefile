# Everything a contributor runs. `make help` lists the targets.
# Only Python 3.11+ and make are needed: the virtual environment in .venv is made from the
# hash-locked requirements, and what else is missing is fetched or named in one line.

PYTHON ?= python3
BIN := .venv/bin
ALIGN := $(BIN)/align
READY := .venv/.ready

export ALIGN_DATA ?= $(abspath $(wildcard ../shared/data))
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help setup demo test test-fast test-torch check format bench bench-exam bench-run bench-serve bench-verify bench-methods simulate mutation golden schemas docs lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make the virtual environment in .venv from the locked requirements

$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "ALIGN needs Python 3.11 or newer as '$(PYTHON)'; name another with: make PYTHON=python3.12"; exit 2; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || \
	  { echo "Python's venv module is missing; on Debian and Ubuntu: apt-get install python3-venv"; exit 2; }
	@echo "Setting up .venv (about a minute the first time) ..."
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --require-hashes --only-binary :all: -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup ## decide three triage scenarios under no profile and under two opposite ones
	@$(BIN)/python -m examples.demo

# A file's tests stay together, in the order of the files: those of the browser come last.
SPREAD := --numprocesses auto --maxprocesses 8 --dist loadfile --no-loadscope-reorder

# The engine's threads wait for each other by spinning, which is slow where processors are shared.
test: export OMP_WAIT_POLICY = passive
test: export GOMP_SPINCOUNT = 0
test: setup chromium ## run every test: real small model, browser, README, docs
	@$(BIN)/python -m pytest $(SPREAD)

test-fast: setup ## run the tests that need no model, no browser and no network
	@$(BIN)/python -m pytest $(SPREAD) -m "not real_model and not network and not browser"

.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || \
	  { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && \
	    echo "Installing Chromium ..." && apt-get update -qq >/dev/null && \
	    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null; } || \
	  { echo "The tests of the pages need Chromium; on Debian and Ubuntu: apt-get install chromium"; exit 2; }

# torch stays outside the lock, in a virtual environment of its own. On Linux the wheel of the package
# index brings CUDA, some gigabytes; a smaller one: make test-torch TORCH='torch==2.13.0+cpu'
TORCH ?= torch>=2.8
TORCH_BIN := .venv-torch/bin
test-torch: $(TORCH_BIN)/.ready ## test the transformers backend and `transformers serve`, with a tiny random model
	@$(TORCH_BIN)/python -m pytest tests/torch/check_*.py

$(TORCH_BIN)/.ready: pyproject.toml
	@$(PYTHON) -m venv .venv-torch
	@$(TORCH_BIN)/python -m pip install --quiet "$(TORCH)" "transformers[serving]>=5" "accelerate>=1.10" \
	  "hypothesis>=6.150" "pytest>=9" "pytest-asyncio>=1.3" --editable ".[openai,systemone]"
	@touch $@

check: setup ## format, lint, types, floors, generated files
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m docs.generate --check

format: setup ## format the code and mend what the linter can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: setup ## measure decisions/s and tokens on the triage pairs, start-up time and memory
	@$(BIN)/python -m benchmarks.bench

bench-exam: setup ## tokens a question of MMLU costs, and whether the letters are those of a full reading
	@$(BIN)/python -m benchmarks.exam

bench-run: setup ## a run of a million decisions with the made-up model: memory and overhead
	@$(BIN)/python -m benchmarks.running

bench-serve: setup ## what the server costs over the library, and what clients at once gain
	@$(BIN)/python -m benchmarks.serving

bench-verify: setup ## what judging a draft costs beside writing it
	@$(BIN)/python -m benchmarks.verifying

bench-methods: setup ## compare the deciders on labelled items; goes on where it stopped
	@$(BIN)/align bench methods

simulate: setup ## simulate what every interval, test and guarantee promises
	@$(BIN)/python -m benchmarks.simulate

mutation: setup ## mutation testing of alignment, stats and prompts
	@$(BIN)/python -m benchmarks.mutation

golden: setup ## rewrite the golden files of the prompt templates; review the diff
	@$(BIN)/python -m pytest tests/prompts/test_golden.py --rewrite-golden

schemas: setup ## rewrite docs/schemas and docs/commands.md
	@$(BIN)/python -m docs.generate

docs: setup ## build the documentation into docs/_build
	@$(BIN)/sphinx-build -q -W -b html docs docs/_build

lock: setup ## lock the requirements again with their hashes
	@$(BIN)/uv pip compile pyproject.toml --extra local --extra openai --extra store --extra anthropic --extra systemone --extra ui --extra docs --extra dev \
	  --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet \
	  --output-file requirements/dev.txt

clean: ## remove what was built
	@rm -rf .venv .venv-torch build dist docs/_build out mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis
