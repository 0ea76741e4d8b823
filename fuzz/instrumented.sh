#!/usr/bin/env bash
# The compiler with what a fuzz target needs: AddressSanitizer, and the coverage that libFuzzer is steered by.
exec "$@" --cfg fuzzing -Zsanitizer=address -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares
