# The commands of this repository. `make demo` and `make test` are all a newcomer needs; `make check`
# is CI exactly. Each target installs and builds what it lacks.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
CARGO ?= cargo
PACKAGE := python/stook
KERNELS := $(PACKAGE)/_kernels
SOURCES := $(shell find crates -name '*.rs' -o -name Cargo.toml) Cargo.toml Cargo.lock
PYTHON_CODE := python examples bench tools tests
# Longer fuzzing: make fuzz PROGRAMS=1000000 SEED=7
PROGRAMS ?= 200000
SEED ?= 0
# A suite of others: make conformance CHECKOUT=../array-api-tests, make bench-programs CHECKOUT=...
CHECKOUT ?=

.PHONY: all demo test check bench bench-jit bench-names bench-programs fuzz fuzz-jit accuracy conformance wheel kernels build setup \
	clean check-rust check-python check-floors check-generated test-rust test-python

all: build

demo: build
	$(BIN)/python examples/demo.py --out build/demo

test: test-rust test-python

check: check-floors check-rust check-python check-generated test

bench: build
	$(BIN)/python bench/suite.py --out build/bench

bench-jit: build
	$(BIN)/python bench/compiled.py --out build/bench
	$(BIN)/python bench/elements.py

bench-names: build
	$(BIN)/python bench/names.py

# Programs that nobody here wrote: make bench-programs CHECKOUT=../npbench
bench-programs: build
	$(BIN)/python bench/programs.py $(CHECKOUT)

fuzz: build
	PYTHONPATH=tests/python $(BIN)/python -m fuzzing --programs $(PROGRAMS) --seed $(SEED)

# Random functions for stook.jit: make fuzz-jit PROGRAMS=100000 SEED=0
fuzz-jit: build
	PYTHONPATH=tests/python/jit $(BIN)/python -m random_functions --programs $(PROGRAMS) --seed $(SEED)

# Every float32 argument, which takes an hour, then millions of float64 ones.
accuracy: build
	$(BIN)/python tools/measure_accuracy.py float32
	$(BIN)/python tools/measure_accuracy.py float64

# NumPy's own tests in the long selection; `make test` has the quick one.
conformance: build
	PYTHONPATH=tests $(BIN)/python -m conformance core
	$(if $(CHECKOUT),PYTHONPATH=tests $(BIN)/python -m conformance array-api $(CHECKOUT))

# -- building -----------------------------------------------------------------------------------

setup:
	@PYTHON=$(PYTHON) scripts/setup.sh

$(VENV)/.installed: requirements-dev.txt | setup
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

# Stamps bear the time at which work began: a source edited meanwhile is built again.
$(VENV)/.kernels: $(SOURCES) | setup
	mkdir -p $(KERNELS) $(VENV)
	touch $@.begun
	$(CARGO) run --quiet --release -p stook-cpu --bin emit-kernels -- $(KERNELS)
	mv $@.begun $@

$(VENV)/.built: $(SOURCES) pyproject.toml $(VENV)/.installed $(VENV)/.kernels
	touch $@.begun
	VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/maturin develop --release --locked --quiet
	mv $@.begun $@

kernels: $(VENV)/.kernels

build: setup $(VENV)/.built

wheel: setup $(VENV)/.installed $(VENV)/.kernels
	VIRTUAL_ENV=$(abspath $(VENV)) $(BIN)/maturin build --release --locked \
		--no-default-features --features static --compatibility linux --out dist
	$(BIN)/python tools/check_wheel.py dist

clean:
	rm -rf build dist $(VENV)/.built $(VENV)/.kernels
	$(CARGO) clean

# -- checking -----------------------------------------------------------------------------------

check-floors: $(VENV)/.installed
	$(BIN)/python tools/check_floors.py

check-rust: setup
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

check-python: build
	$(BIN)/ruff format --check $(PYTHON_CODE)
	$(BIN)/ruff check $(PYTHON_CODE)
	$(BIN)/mypy $(PACKAGE)

check-generated: build
	$(BIN)/python tools/check_generated.py

# The extension module is tested through Python: its symbols come from the interpreter.
test-rust: setup
	$(CARGO) test --workspace --locked --exclude stook-python

test-python: build
	$(BIN)/python -m pytest tests -q
