#!/usr/bin/env bash
# Resolves the broker's jars with Maven, once, and prints the folder that holds them.
#
# A copy of pom.xml beside the jars says what they were resolved from: another pom, another folder. Several test
# binaries may ask at the same time, so one resolves while the others wait for its lock.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../../target}
mkdir -p "$target/kafka"
target=$(cd "$target/kafka" && pwd)

is_current() { cmp -s "$here/pom.xml" "$target/pom.xml"; }

if ! is_current; then
    command -v mvn >/dev/null || { echo "Maven is missing: the tests resolve Apache Kafka with it" >&2; exit 69; }
    exec 9>"$target/.lock"
    if command -v flock >/dev/null; then flock 9; fi
    if ! is_current; then
        rm -rf "$target/jars" "$target/pom.xml"
        mvn --batch-mode --quiet --file "$here/pom.xml" dependency:copy-dependencies \
            "-DoutputDirectory=$target/jars" </dev/null >&2
        cp "$here/pom.xml" "$target/pom.xml"
    fi
    exec 9>&-
fi
echo "$target/jars"
