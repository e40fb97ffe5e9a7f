# The two commands of the README. Each sets up what is missing and can be repeated.
.PHONY: run test setup

run: setup
	cargo run --locked -- run

test: setup
	cargo test --locked
	cargo test --locked --test docker -- --ignored --test-threads=4

setup:
	.ci/setup
