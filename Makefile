# One word per task; works with GNU Make 3.81 (macOS). Paths are relative: the project's may contain spaces.
PYTHON ?= python3
UV ?= uv
ARGS ?=
COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"

VENV = @command -v "$(PYTHON)" >/dev/null 2>&1 || { echo "$(PYTHON) is not installed: install Python 3.11 or newer." >&2; exit 1; }; \
	exec "$(PYTHON)" config/bootstrap.py

.PHONY: run test test-run assurance fuzz bench chaos lint e2e lock venv

# The whole thing on http://127.0.0.1:8000/ with the demo; PORT=… moves it, DEMO=0 starts an empty installation.
run:
	$(VENV) -m config.supervisor

# The test suite; `make test ARGS="-k lifecycle"` passes options on. The bytecode that an environment may forbid spares
# each of the many processes a second of compiling.
test: venv
	@PYTHONDONTWRITEBYTECODE= .venv/bin/python -m pytest -n 2 --ignore=tests/e2e -m "not slow" $(ARGS)

# The slow tests of `make run` itself: a fresh virtual environment, odd paths, another account.
test-run: venv
	@.venv/bin/python -m pytest $(addprefix --ignore=tests/,e2e access assurance fuzz chaos) -m slow $(ARGS)

# Attack the guarantees in every way we know and count: prints the figures and writes docs/assurance.md (minutes).
ASSURED = tests/access tests/assurance tests/concurrency tests/fuzz tests/accounts/audit tests/directives/test_files_hostile.py
assurance: venv
	@.venv/bin/python -m pytest -p tests.assurance.report -n 2 $(ASSURED) \
		--deselect tests/access/test_matrix.py::test_every_cell_of_a_person $(ARGS)

# Malformed input for every form and list, random ladders, and weeks foreseen, at length (FUZZ_EXAMPLES=…); `make test` does a short form.
LADDERS = $(addprefix tests/directives/reminders/,test_ladder_edits.py test_planner_and_reconciler.py test_outlook.py)
fuzz: venv
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-3000} .venv/bin/python -m pytest -n 2 tests/fuzz -m slow $(ARGS)
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-300} .venv/bin/python -m pytest -n 2 $(LADDERS) $(ARGS)

# What the sector costs at its sizes, beside the plainest code that does the same; `make bench ARGS="--size 10000"` is
# quick and fails when a page takes too many queries, is too large or reads all rows; ARGS=--write renews
# docs/performance.md; --only NAME, --keep DIR and --profile NAME are for looking closer.
bench: venv
	@.venv/bin/python -m tests.bench $(ARGS)

# The reminders against real servers that fail, are killed and come back (minutes); `make test` does the fast ones.
chaos: venv
	@.venv/bin/python -m pytest -p tests.chaos.report tests/chaos -n 2 -m "slow or not slow" $(ARGS)

# Style, types, missing migrations, system checks, stale translations.
lint: venv
	@.venv/bin/python -m config.lint

# The story of the README in a real browser; screenshots go to test-results/.
e2e: venv
	@.venv/bin/python -m pytest tests/e2e -n 2 $(ARGS)

# Render requirements*.in into requirements*.txt with hashes; needs uv.
lock:
	$(COMPILE) --output-file requirements.txt requirements.in
	$(COMPILE) --output-file requirements-dev.txt requirements-dev.in

# Make .venv or bring it up to date.
venv:
	$(VENV)
