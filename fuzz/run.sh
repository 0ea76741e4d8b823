#!/usr/bin/env bash
# Runs the fuzz targets, each for SECONDS (20), all or those that are named: run.sh [SECONDS [TARGET…]]
#
# They are built with AddressSanitizer on the nightly toolchain, as `cargo fuzz` would, without having to install that. What
# was found to be worth keeping stays in target/fuzz/corpus/ for the next run; what fails is left in target/fuzz/failures/,
# and is run again by the target's binary with that file as its argument.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
seconds=${1:-20}
shift || true
targets=("$@")
if [[ ${#targets[@]} -eq 0 ]]; then
    for file in "$here"/fuzz_targets/*.rs; do targets+=("$(basename "$file" .rs)"); done
fi

target=${CARGO_TARGET_DIR:-$here/../target}/fuzz
mkdir -p "$target"
target=$(cd "$target" && pwd)
if ! cargo +nightly --version >/dev/null 2>&1; then rustup toolchain install nightly --profile minimal; fi
host=$(rustc +nightly --version --verbose | sed -n 's/^host: //p')

# The core alone is instrumented: that is what is looked at, and the dependencies build in half the time.
RUSTC_WORKSPACE_WRAPPER="$here/instrumented.sh" cargo +nightly build --quiet --release --locked \
    --manifest-path "$here/Cargo.toml" --target "$host" --target-dir "$target"

export RUST_BACKTRACE=0
failed=0
for name in "${targets[@]}"; do
    mkdir -p "$target/corpus/$name" "$target/failures/$name"
    log=$target/$name.log
    stack=$(ulimit -S -s) leaks=1
    case $name in
        # The peer in this one recurses as deep as the data say.
        apache) stack=262144 ;;
        # The validator of a schema with `unevaluatedProperties` that refers to itself is a cycle of references in the library,
        # which never gives its few kilobytes back.
        json_schema) leaks=0 ;;
    esac
    if (ulimit -S -s "$stack" && ASAN_OPTIONS="detect_leaks=$leaks" exec "$target/$host/release/$name" \
        "$target/corpus/$name" "-max_total_time=$seconds" -dict="$here/dictionary.txt" -max_len=4096 -timeout=10 \
        -rss_limit_mb=2048 -print_final_stats=1 "-detect_leaks=$leaks" \
        -artifact_prefix="$target/failures/$name/") >"$log" 2>&1 </dev/null; then
        runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
        echo "$name: $runs runs in $seconds s, no failure"
    else
        failed=1
        echo "$name: FAILED"
        grep -A 4 -E 'panicked at|ERROR: ' "$log" | head -n 40
        grep -E 'SUMMARY|Test unit|^Base64' "$log"
    fi
done
exit "$failed"
