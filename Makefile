# The commands of the repository. Everything they write lies under var/.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.SILENT:

VENV := var/venv
PYTHON := $(VENV)/bin/python
STAMP := $(VENV)/.requirements-dev.stamp
LOCAL := $(PYTHON) -m local

export PYTHONPYCACHEPREFIX := $(CURDIR)/var/cache/pycache
# Byte code that is not kept doubles the time of every import: Great Expectations takes seconds.
unexport PYTHONDONTWRITEBYTECODE

WORKBOOK ?=
ROWS ?= 10000
COURSES ?= 20000
BACKUP ?=
IDENTITY ?=
FORCE ?= 0
MONITORING ?=
EXAMPLES ?= 2000
SEED ?= 1
export FORCE
ifneq ($(MONITORING),)
export LOCAL_MONITORING := $(MONITORING)
endif

.PHONY: help backup restore up down status test test-es8 test-scale check bench fuzz clean env mail demo-failure demo-loss screenshots image-test lock dashboards setup

help:  ## Show this list
	grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /  make \1\t/' | expand -t 22

up: setup  ## Start everything, run both pipelines, show the results (WORKBOOK=my.xlsx ROWS=10000 COURSES=20000)
	$(LOCAL) up --rows $(ROWS) --courses $(COURSES) $(if $(WORKBOOK),--workbook "$(WORKBOOK)")

down:  ## Stop what `make up` started
	if [ -x $(PYTHON) ]; then $(LOCAL) down; else echo "Nothing was running."; fi

status: setup  ## Show each service, its pid, port and uptime
	$(LOCAL) status

mail: setup  ## List the newest mails and show the last one
	$(LOCAL) mail

demo-failure: setup  ## Run a workbook with 30 % invalid rows: its gate closes, a mail comes
	$(LOCAL) demo-failure

demo-loss: setup  ## Lose 2 % of the courses during a copy: the gate closes, a mail comes, the index stays
	$(LOCAL) demo-loss

backup: setup  ## Make an encrypted backup of the running stack (docs/operations.md)
	$(LOCAL) exec -- $(PYTHON) -m upkeep backup

restore: setup  ## Bring this machine to the state of a backup (BACKUP=path IDENTITY=file); what was here is kept aside
	$(LOCAL) restore "$(BACKUP)" $(if $(IDENTITY),--identity "$(IDENTITY)")

env: setup  ## Write .env with fresh secrets for docker compose (FORCE=1 overwrites)
	$(LOCAL) env

test: setup browser  ## Run every test, on real services
	$(PYTHON) -m pytest -n 3 --dist loadgroup --no-loadscope-reorder

test-scale: setup  ## Run the tests that take minutes each, one after the other
	$(PYTHON) -m pytest -m scale

test-es8: setup  ## Run the tests of the reindex on Elasticsearch 8, too
	$(PYTHON) -m pytest --elasticsearch 8 tests/reindex tests/faults/test_elasticsearch_killed.py tests/faults/test_elasticsearch_killed_later.py

check: setup  ## Format, lint, types and the fast tests, below a minute
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy & types=$$!; \
	$(PYTHON) -m pytest -q -n 2 --dist loadfile -m fast && tests=0 || tests=$$?; \
	wait $$types && exit $$tests

dashboards: setup  ## Write dashboards and alert rules from metrics/boards.py and metrics/rules.py
	$(PYTHON) -m metrics write docker/monitoring

fuzz: setup  ## Read thousands of random workbooks (EXAMPLES=2000 per writer, SEED=1); failing ones stay under var/fuzz
	FUZZ_EXAMPLES=$(EXAMPLES) $(PYTHON) -m pytest -q tests/differential --hypothesis-seed=$(SEED)

bench: setup  ## Measure both flows and the report against their limits (MILLION=1: users with a million rows, too)
	$(PYTHON) -m tests.benchmarks users $(if $(MILLION),--million)
	$(PYTHON) -m tests.benchmarks reindex
	$(PYTHON) -m tests.benchmarks report

screenshots: setup browser  ## Take the README's screenshots from the running stack
	$(PYTHON) -m tests.browser.screenshots
	$(PYTHON) -m tests.browser.query_gate_picture
	$(PYTHON) -m tests.browser.alert_pictures
	$(PYTHON) -m tests.browser.kpi_picture
	$(PYTHON) -m tests.browser.incident_picture
	$(PYTHON) -m tests.browser.approval_picture

image-test: setup  ## Build the container image without Docker and run the pipeline in it
	bash docker/image-test

clean:  ## Stop the stack and delete its state, logs and caches (keeps the virtual environment)
	if [ -x $(PYTHON) ]; then $(LOCAL) clean; fi
	rm -rf var/cache var/bench var/image var/test var/tmp

lock: setup  ## Compile requirements.txt and requirements-dev.txt from pyproject.toml
	local/bootstrap lock requirements.txt --extra s3 --extra backup
	local/bootstrap lock requirements-dev.txt --extra dev

setup: $(STAMP)

$(STAMP): requirements-dev.txt pyproject.toml local/bootstrap
	local/bootstrap venv $(VENV) requirements-dev.txt
	touch $(STAMP)

.PHONY: browser
browser: setup
	local/bootstrap browser $(VENV)
