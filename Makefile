# make run: install, a furnished demo city where the ledger is empty, serve on 127.0.0.1:8000 (PORT= to change).
# make test: install, every test (ARGS= for pytest). make weigh: the heavy scenes at full size, written to
# docs/measured.md (ARGS=--help for smaller ones).

PYTHON ?= $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
BIN := .venv/bin

# Each of the many processes that the tests start, and `serve` twice, would compile the whole program anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test weigh lint words assets clean

.venv/ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[test]'
	touch $@

run: .venv/ready
	$(BIN)/duban init
	$(BIN)/duban demo --if-empty
	$(BIN)/duban serve --port $(PORT)

test: .venv/ready
	$(BIN)/python -m pytest --numprocesses 2 --dist loadgroup $(ARGS)

weigh: .venv/ready
	$(BIN)/python -m tests.weigh $(ARGS)

lint: .venv/ready
	$(BIN)/ruff check .

# Collect the words to translate, and compile the translations.
words: .venv/ready
	$(BIN)/pybabel -q extract -F app/translations/babel.cfg --no-location --sort-output -k N_ -k ngettext:1,2 -o app/translations/messages.pot .
	$(BIN)/pybabel -q update -i app/translations/messages.pot -d app/translations -l zh --no-fuzzy-matching \
		--ignore-obsolete --ignore-pot-creation-date
	$(BIN)/pybabel -q compile -d app/translations

# Compress what is served; to rebuild the vendored sheets see app/static/vendor/recipe.
assets: .venv/ready
	$(BIN)/python -c "from pathlib import Path; from app.web import assets; assets.compress(Path('app/static'))"

clean:
	rm -rf .venv var
