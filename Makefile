# `make` or `make help` lists the targets. Needs python3 (3.11 to 3.13, with venv) and make; the rest it fetches itself.
PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
CACHE := .cache
COMPOSE ?= $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)

digest = $(shell $(PYTHON) -c 'import hashlib,sys;print(hashlib.sha256(b"".join(open(f,"rb").read() for f in sys.argv[1:])).hexdigest()[:12])' $(1))
RUN_STAMP := $(VENV)/.installed-run-$(call digest,requirements.txt)
DEV_STAMP := $(VENV)/.installed-dev-$(call digest,requirements.txt requirements-dev.txt)

.DEFAULT_GOAL := help
.PHONY: help run up down test soak conformance check fmt bench specs schema docs screenshots dist lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: $(RUN_STAMP) ## run the fleet here, on port 4566 (PORT=... or any variable; ARGS="--services s3,sqs")
	@exec $(PY) -m ruststack up $(if $(PORT),--port $(PORT)) $(ARGS)

up: ## run the fleet in containers (compose.yaml), in the background
	$(COMPOSE) up --build -d

down: ## stop those containers; their volumes stay
	$(COMPOSE) down

test: $(DEV_STAMP) ## run the tests (ARGS="tests/services/sqs -x")
	@$(PY) -m pytest -n auto --dist loadfile --no-loadscope-reorder $(ARGS)

REPLICA_TESTS := tests/services/sqs/test_replicas_killed.py tests/services/dynamodb/test_replicas.py \
	tests/services/sns/test_replicas.py tests/services/s3/test_replicas.py

soak: $(DEV_STAMP) ## what no client should send (ARGS="--seconds 3600 --seed 7"), to hostile-findings/; REPLICAS=1: replicas
	@$(if $(REPLICAS),RUSTSTACK_TEST_SIZES=full $(PY) -m pytest $(REPLICA_TESTS) $(ARGS),$(PY) -m tests.hostile $(ARGS))

conformance: $(DEV_STAMP) ## put AWS's recorded answers to a fleet (ENDPOINT=http://...: to any endpoint; AWS=1: to AWS)
	@$(PY) -m tests.conformance $(if $(AWS),--aws,$(if $(ENDPOINT),--endpoint $(ENDPOINT))) $(ARGS)

check: $(DEV_STAMP) ## lint, formatting, types, import directions, sizes, generated files being current
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(VENV)/bin/lint-imports
	$(PY) tests/style/check_sizes.py
	$(PY) -m ruststack.operations_table --check docs/operations.md
	$(PY) -m awskit.database.schema_writer --check services/*/migrations

fmt: $(DEV_STAMP) ## put the code into its format
	$(PY) -m ruff check --fix-only --exit-zero .
	$(PY) -m ruff format .

bench: $(DEV_STAMP) ## measure speed and memory, record them in benchmarks/results; beside a revision: BASE=REV, other emulators: PEERS=1 (needs wrk)
	@$(PY) -m $(if $(PEERS),benchmarks.peers,$(if $(BASE),benchmarks.compare $(BASE),benchmarks)) $(ARGS)

specs: $(DEV_STAMP) ## write the wire specs anew from the pinned botocore
	$(PY) -m awskit.wire.generate

schema: $(DEV_STAMP) ## write services/*/migrations/newest.sql anew from the migrations
	$(PY) -m awskit.database.schema_writer services/*/migrations

docs: $(DEV_STAMP) ## write docs/operations.md anew from the code
	$(PY) -m ruststack.operations_table docs/operations.md

screenshots: $(DEV_STAMP) ## take the pictures of docs/console.md anew (needs Chromium)
	@$(PY) -m tests.console.screenshots

dist: $(DEV_STAMP) ## build the package: dist/ruststack-VERSION.tar.gz and .whl
	@rm -rf dist && $(PY) -m build -q --outdir dist . && ls dist

UV := $(CACHE)/uv/bin/uv
UV_COMPILE = $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate

lock: $(UV) ## pin requirements*.in into requirements*.txt, with hashes (UPGRADE=--upgrade for newer versions)
	$(UV_COMPILE) $(UPGRADE) requirements.in -o requirements.txt
	$(UV_COMPILE) $(UPGRADE) requirements-postgresql.in -o requirements-postgresql.txt
	$(UV_COMPILE) $(UPGRADE) requirements-dev.in -o requirements-dev.txt
	$(UV_COMPILE) $(UPGRADE) requirements-container.in -o requirements-container.txt
	$(UV_COMPILE) $(UPGRADE) tests/fallback/requirements.in -o tests/fallback/requirements.txt

clean: ## remove the virtual environment and every cache; ./data stays
	rm -rf $(VENV) $(CACHE) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): | $(PY)
	@echo "installing what a fleet needs into $(VENV): half a minute, this once"
	$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

$(DEV_STAMP): $(RUN_STAMP)
	$(PY) -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

$(UV):
	$(PYTHON) -m venv $(CACHE)/uv
	$(CACHE)/uv/bin/pip install -q --disable-pip-version-check uv
