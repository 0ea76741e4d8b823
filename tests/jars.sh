#!/usr/bin/env bash
# Resolves the jars of a pom with Maven, once, and prints the folder that holds them: jars.sh FOLDER
#
# FOLDER is a folder beside this file that holds the pom.xml. A copy of it beside the jars says what they were resolved
# from: another pom, another folder. Several test binaries may ask at the same time, so one resolves while the others
# wait for its lock.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
pom=$here/$1/pom.xml
target=${CARGO_TARGET_DIR:-$here/../target}/$1
mkdir -p "$target"
target=$(cd "$target" && pwd)

is_current() { cmp -s "$pom" "$target/pom.xml"; }

if ! is_current; then
    command -v mvn >/dev/null || { echo "Maven is missing: the tests resolve jars with it" >&2; exit 69; }
    exec 9>"$target/.lock"
    if command -v flock >/dev/null; then flock 9; fi
    if ! is_current; then
        rm -rf "$target/jars" "$target/pom.xml"
        mvn --batch-mode --quiet --file "$pom" dependency:copy-dependencies \
            "-DoutputDirectory=$target/jars" </dev/null >&2
        cp "$pom" "$target/pom.xml"
    fi
    exec 9>&-
fi
echo "$target/jars"
