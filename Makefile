# The book's verbs. `make` alone prints them; CI calls the same ones.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null && echo $$p && break; done)
TORCH_INDEX ?=
BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
INDEX := $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX))
PINS := pyproject.toml requirements.txt

.DEFAULT_GOAL := help
.PHONY: help setup pages text book serve test lint bench repository vendor clean

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 to 3.13 found. Install one, or say which: make PYTHON=/path/to/python3 book"; exit 1; }
	@echo "Making a virtual environment in .venv with $$($(PYTHON) --version)"
	@rm -rf .venv; $(PYTHON) -m venv .venv || { rm -rf .venv; echo "Python could not make a virtual environment. On Debian: apt install python3-venv"; exit 1; }

.venv/book: $(PINS) | .venv/bin/python
	@echo "Installing what the site needs (about a minute, once)"
	@$(PIP) --constraint requirements.txt --editable ".[book]"
	@touch $@

.venv/test: $(PINS) .venv/book
	@echo "Installing what pages and tests need, torch among it (some minutes, once)"
	@$(PIP) --constraint requirements.txt $(INDEX) --editable ".[test]"
	@touch $@

.venv-colab/ready: requirements.txt constraints-colab.txt code/press/colab.py | .venv/test
	@$(BIN)/python -m press.colab $(INDEX)
	@touch $@

setup: .venv/test ## install everything, torch included

pages: .venv/test ## run the chapters whose text, modules, results or pins changed
	@$(BIN)/python -m press.pages

text: .venv/book ## bring edits made in a notebook back into its text
	@$(BIN)/python -m press.pages --back

book: .venv/book ## build the site in _build/html
	@$(BIN)/python -m press.pages --stale || $(MAKE) --no-print-directory pages
	@$(BIN)/python -m press.reference
	@$(BIN)/python -m press.site

serve: ## read the built site in a browser
	@test -d _build/html || $(MAKE) --no-print-directory book
	@$(BIN)/python -m press.site serve

lint: .venv/test ## check style and the three floors of the package
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports

test: .venv/test .venv-colab/ready lint ## run every test, every notebook and the built site
	@$(BIN)/python -m press.browser
	@$(BIN)/python -m press.site
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile tests
	@IPYTHONDIR=_build/ipython $(BIN)/python -m pytest --nbval --nbval-current-env --nbval-cell-timeout 600 --numprocesses 2 --dist loadscope -o filterwarnings= book

bench: .venv/test ## measure speed and weight, into book/verified.json (asserts nothing)
	@$(BIN)/python -m press.bench
	@$(BIN)/python -m press.reference

repository: .venv/book ## URL=https://github.com/OWNER/NAME: change the public address wherever it stands
	@$(BIN)/python -m press.repository "$(URL)"

vendor: .venv/book ## fetch again what the site serves from other projects, and check it
	@$(BIN)/python -m press.vendor

clean: ## remove what was built and installed
	rm -rf .venv .venv-colab _build
