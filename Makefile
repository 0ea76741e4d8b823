# Everything that a developer runs; `make` alone lists it.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help demo test fuzz lint deny bench bench-pipeline bench-gateway bench-registry chaos kills kafka acceptance manifests ci build-tools test-tools

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: build-tools  ## the main job on embedded parts, in a release build
	@cargo build --release --locked
	@target/release/serdecar demo

# More threads than cores: most of what the tests against brokers do is wait.
test: test-tools  ## every test, also those against a real Kafka and other people's clients
	@RUST_TEST_THREADS=$${RUST_TEST_THREADS:-4} cargo test --locked

SECONDS_EACH ?= 20

fuzz: build-tools  ## the fuzz targets, each for SECONDS_EACH (20)
	@fuzz/run.sh $(SECONDS_EACH)

lint: build-tools  ## format, clippy and documentation, warnings as errors
	@cargo fmt --check
	@cargo clippy --all-targets --locked -- -D warnings
	@RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked

deny: build-tools  ## licences, bans and sources of all dependencies; installs cargo-deny into target/tools at first
	@tests/deny.sh

bench: build-tools  ## the benches of the codec
	@cargo bench --locked --bench codec

RECORDS ?= 1000000

bench-pipeline: test-tools  ## what moving RECORDS (a million) costs on a real broker, beside peers; takes minutes
	@cargo build --release --locked --manifest-path benches/peers/Cargo.toml --target-dir "$${CARGO_TARGET_DIR:-target}"
	@cargo bench --locked --bench pipeline -- --records $(RECORDS) --peers "$${CARGO_TARGET_DIR:-target}/release/peer"

bench-gateway: test-tools  ## what posting orders to the gateway costs, one by one and RECORDS as a stream; takes minutes
	@cargo build --release --locked --manifest-path benches/peers/Cargo.toml --target-dir "$${CARGO_TARGET_DIR:-target}"
	@cargo bench --locked --bench pipeline -- --measure requests,lines \
		--records $(RECORDS) --peers "$${CARGO_TARGET_DIR:-target}/release/peer"

bench-registry: build-tools  ## what the schema registry holds and answers on this machine, with wrk for the load
	@tests/prerequisites.sh bench
	@cargo build --release --locked
	@python3 benches/registry.py "$${CARGO_TARGET_DIR:-target}/release/serdecar"

KILLS ?= 1000

kills: build-tools  ## kill the registry KILLS times (1000) while clients write, and look for what it had acknowledged
	@SERDECAR_KILL_ROUNDS=$(KILLS) cargo test --locked --test registry_api -- nothing_acknowledged --nocapture

ROUNDS ?= 100
NODES ?= 1

chaos: test-tools  ## ROUNDS faults (only FAULTS) at random on NODES real brokers for each way of delivery; CHAOS_SEED repeats a run
	@CHAOS_ROUNDS=$(ROUNDS) CHAOS_NODES=$(NODES) CHAOS_FAULTS=$(FAULTS) \
		cargo test --locked --test end_to_end -- $(if $(FAULTS),whatever_happens,chaos) --nocapture --test-threads 1

kafka: test-tools  ## a Kafka broker on localhost:9092 for hand use, until Ctrl-C; its data stay in target/kafka/by-hand
	@echo "Kafka on localhost:9092; Ctrl-C stops it"
	@exec tests/kafka/broker.sh "$${CARGO_TARGET_DIR:-target}/kafka/by-hand" 9092 9093

URL ?= http://127.0.0.1:8081

acceptance: build-tools  ## what a schema registry must answer, asked of the one at URL, which it EMPTIES
	@SERDECAR_ACCEPTANCE_URL=$(URL) cargo test --locked --test registry_api -- acceptance::a_registry_answers --nocapture

manifests: test-tools  ## check the Kubernetes manifests, compose.yaml and the Dockerfile
	@tests/manifests.sh

ci:  ## what the continuous integration runs
	@.ci/run

# Install what is missing, where the system's package manager may, or say what to install.
build-tools:
	@tests/prerequisites.sh build

test-tools:
	@tests/prerequisites.sh test
