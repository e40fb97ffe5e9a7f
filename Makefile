# The commands of the README. Each sets up what is missing and can be repeated.
.PHONY: run test test-podman fuzz

run:
	.ci/setup
	cargo run --locked -- run

test:
	.ci/setup tests
	cargo test --locked
	cargo test --locked --test docker -- --ignored --test-threads=4

# The tests on a real engine, against Podman instead of Docker.
test-podman:
	.ci/podman

# What is held against the kept corpus and a few made-up cases by `make test`, against many; CASES of each property.
CASES ?= 20000
fuzz:
	PROPTEST_CASES=$(CASES) cargo test --locked --release --test fuzz
