.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help run test lint bench chaos migration translations lock wheel clean
SHELL := /bin/sh
BIN := .venv/bin

PORT ?= 8000
export PORT
DIST := dist

# Before anything else: does this machine have what these need? Refusing, make would end with 2; asked
# only whether all is up to date, it ends with 1, which is what scripts expect of a refusal.
NEEDED_FOR := $(if $(filter test chaos,$(MAKECMDGOALS)),test,$(if $(filter-out help lock clean,$(MAKECMDGOALS)),run))
ifneq ($(NEEDED_FOR),)
ifneq ($(shell deploy/system-packages $(NEEDED_FOR) || echo refused),)
MAKEFLAGS += --question
endif
endif

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | while IFS='	' read -r name what; do \
		printf '  make %-13s %s\n' "$$name" "$$what"; done

run: .venv/run.stamp compiled ## Serve the demo county on http://127.0.0.1:8000 (PORT=… for another port)
	@exec $(BIN)/portal serve --demo

test: .venv/test.stamp compiled ## Run every test, on SQLite and on PostgreSQL (TESTS=… for some of them)
	$(BIN)/python -m pytest -n 3 --dist worksteal $(TESTS)

lint: .venv/test.stamp ## Check style, types, imports, and that nothing stands unused
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/bandit --quiet --recursive --severity-level medium portal wsgi.py
	$(BIN)/python .ci/unused.py

BENCHES := pages identity claims start growth roster ledger assistant

bench: .venv/test.stamp compiled ## Measure beside bare programs, and write docs/performance.md
	@missed=""; for program in $(BENCHES); do echo "== $$program"; $(BIN)/python bench/$$program.py || missed="$$missed $$program"; \
		done; test -z "$$missed" || { echo "bars missed by:$$missed" >&2; exit 1; }

chaos: .venv/test.stamp compiled ## Break and attack the portal while it runs (hours; SHORT=1: minutes)
	$(BIN)/python -m tests.chaos $(if $(SHORT),--short)

migration: .venv/test.stamp ## Write the next migration from the models (NAME="what it does")
	@test -n "$(NAME)" || { echo 'NAME="what it does" is missing' >&2; exit 1; }
	$(BIN)/python deploy/new_migration.py "$(NAME)"
	$(BIN)/ruff check --quiet --fix portal/storage/migrations
	$(BIN)/ruff format --quiet portal/storage/migrations

translations: .venv/test.stamp ## Bring the catalogues up to date with the sentences in the code
	@mkdir -p build
	$(BIN)/pybabel --quiet extract --mapping-file pyproject.toml --no-location --sort-output \
		--project yitian --copyright-holder "the contributors" --keywords lazy_gettext --keywords lazy_ngettext:1,2 \
		--output-file build/messages.pot .
	@for locale in en zh_Hant; do \
		$(BIN)/pybabel --quiet update --init-missing --ignore-pot-creation-date --no-fuzzy-matching --width 110 \
			--locale $$locale --input-file build/messages.pot --output-dir translations || exit 1; done
	$(BIN)/python -m deploy.write_traditional

lock: ## Choose the versions anew and write deploy/lock
	deploy/relock

wheel: .venv/run.stamp ## Build the wheel into dist/
	$(BIN)/python deploy/build_index.py build/wheel/index
	$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation \
		--wheel-dir $(DIST) .

clean: ## Remove what was built; the demo county in var/ stays
	rm -rf .venv build dist translations/*/LC_MESSAGES/*.mo

# What follows is made on the way.

.venv/run.stamp: deploy/lock/run.txt deploy/lock/build.txt pyproject.toml
	@deploy/prepare run
	@touch $@

.venv/test.stamp: deploy/lock/test.txt pyproject.toml
	@deploy/prepare test
	@touch $@ .venv/run.stamp

CATALOGUES := $(wildcard translations/*/LC_MESSAGES/messages.po)

.PHONY: compiled
compiled: $(CATALOGUES:.po=.mo)

%.mo: %.po
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@
