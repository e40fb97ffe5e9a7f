# The commands of the README. Each installs what is missing, and can be repeated.
.PHONY: run test test-podman test-faults test-export test-compiler-cache fuzz

run:
	.ci/setup
	cargo run --locked -- run

test:
	.ci/setup tests
	cargo test --locked
	cd benches/engine && python3 -B -m unittest tests
	cargo test --locked --test engine -- --ignored --test-threads=4 --skip own_engine --skip an_export_of_a_real_cell --skip every_release

# Tests with an engine that is killed and restarted, and one whose disk fills up. They start their own Docker engines, so they need root.
test-faults:
	cargo test --locked --test engine -- --ignored own_engine

# Exports a real cell as a folder, which builds its image again.
test-export:
	cargo test --locked --test engine -- --ignored an_export_of_a_real_cell

# Every release for every Python of the default selection, compiled with and without the compiler cache.
test-compiler-cache:
	cargo test --locked --test engine -- --ignored every_release

# The tests on a real engine, against Podman instead of Docker.
test-podman:
	.ci/podman

# Property tests with many random inputs, CASES of each; `make test` uses the stored corpus and a few inputs.
CASES ?= 20000
fuzz:
	PROPTEST_CASES=$(CASES) cargo test --locked --release --test it fuzz::
