# The commands of the README. Each sets up what is missing and can be repeated.
.PHONY: run test test-podman test-faults test-export fuzz

run:
	.ci/setup
	cargo run --locked -- run

test:
	.ci/setup tests
	cargo test --locked
	cd benches/engine && python3 -B -m unittest tests
	cargo test --locked --test engine -- --ignored --test-threads=4 --skip own_engine --skip an_export_of_a_real_cell

# An engine that is killed and started again, and one whose disk fills up: Docker engines of the tests' own, so as root.
test-faults:
	cargo test --locked --test engine -- --ignored own_engine

# A real cell as a folder, which builds its image anew.
test-export:
	cargo test --locked --test engine -- --ignored an_export_of_a_real_cell

# The tests on a real engine, against Podman instead of Docker.
test-podman:
	.ci/podman

# What is held against the kept corpus and a few made-up cases by `make test`, against many; CASES of each property.
CASES ?= 20000
fuzz:
	PROPTEST_CASES=$(CASES) cargo test --locked --release --test it fuzz::
