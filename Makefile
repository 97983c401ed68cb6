# Every target sets up what it needs first; what is set up already costs no time.
.PHONY: setup demo test check unit sanitized doors devices browser interop crash long test-fleet asan fuzz bench bench-report bench-load bench-scale crash-compare lock clean
.NOTPARALLEL:

# Tests start the server often; without compiled bytecode each start costs seconds more.
export PYTHONDONTWRITEBYTECODE =

PYTEST = .venv/bin/python -m pytest
# Parts of the tests that start whole servers on their usual ports, need a browser, programs of others, or kill
# processes: each has a target of its own and runs one test after another.
APART = doors devices browser interop crash fleet sanitized

setup:
	@scripts/setup test

# The main job on an emulated printer. ONCE=1: end when the card is out. DEMO_ARGS: more options of `printserver demo`.
demo:
	@scripts/setup demo
	@.venv/bin/printserver demo $(if $(ONCE),--once) $(DEMO_ARGS)

test: check unit sanitized doors devices browser interop crash test-fleet

check: setup
	.venv/bin/ruff check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo

unit: setup
	$(PYTEST) -n 2 --dist loadgroup tests $(APART:%=--ignore=tests/%) $(ARGS)

doors: setup
	$(PYTEST) tests/doors $(ARGS)

# Printers at USB with the real libusb, in test beds of umockdev: no kernel with USB is needed, and no right.
devices: setup
	$(PYTEST) -n 2 --dist loadgroup tests/devices $(ARGS)

browser: setup
	$(PYTEST) tests/browser $(ARGS)

interop: setup
	$(PYTEST) tests/interop $(ARGS)

crash: setup
	$(PYTEST) tests/crash $(ARGS)

# A thousand runs of the kill harness, and an eighth as many on PostgreSQL. RUNS=200: fewer. ARGS="--kind cable": some
# of them alone.
long: setup
	.venv/bin/python -m tests.crash --points --runs $(or $(RUNS),1000) $(ARGS)

# Three servers on one PostgreSQL, which the tests start; without one this fails.
test-fleet: setup
	$(PYTEST) tests/fleet $(ARGS)

sanitized: setup
	$(PYTEST) tests/sanitized $(ARGS)

# All tests of kernels and decoders under AddressSanitizer and UBSan, on every code path; `sanitized` is a slice of it.
asan: setup
	scripts/asan $(ARGS)

# Kernels, decoders and readers with ever new input, under the sanitizers, for FUZZ_SECONDS; then the readers of
# messages and streams by their branches, for as long. Findings stay in tests/fuzz/corpus.
fuzz: setup
	.venv/bin/python -m tests.fuzz --sanitized --seconds $(or $(FUZZ_SECONDS),60) $(ARGS)
	.venv/bin/python -m tests.fuzz.guided --seconds $(or $(FUZZ_SECONDS),60)

# Benchmarks, then the table of peers and the rows of the targets. ROWS=R1,R6: these rows alone.
bench:
	@scripts/setup bench
	$(if $(ROWS),,$(PYTEST) benches $(ARGS))
	.venv/bin/python -m benches.measure $(if $(ROWS),--rows $(ROWS))

# Measures all rows and writes the tables of docs/raster.md anew.
bench-report:
	@scripts/setup bench
	.venv/bin/python -m benches.measure --write docs/raster.md

# Many clients at once, beside cupsd, in turns; writes the table of docs/performance.md anew. ROUNDS=5: more of them.
# HISTORY=0: no jobs of former days. Then a history of 100,000 jobs beside none, an idle server, and ten thousand jobs.
bench-load:
	@scripts/setup bench
	.venv/bin/python -m benches.load --rounds $(or $(ROUNDS),3) --history $(or $(HISTORY),5000) --write docs/performance.md

# Printers at their real pace on one server and on three, and what a whole country would need; writes docs/scale.md anew.
bench-scale:
	@scripts/setup bench
	.venv/bin/python -m benches.scale --write docs/scale.md

# The kill harness against this server and against cupsd; writes the table of docs/reliability.md anew.
crash-compare: setup
	.venv/bin/python -m tests.crash.compare --runs $(or $(RUNS),20) --write docs/reliability.md

# Pins the dependencies anew; LOCK_ARGS=--upgrade takes newer releases.
lock: setup
	scripts/lock $(LOCK_ARGS)

clean:
	rm -rf .venv build dist *.egg-info printserver/raster/_kernels.*.so
