#!/usr/bin/env bash
# Installs the JavaScript packages of the tests from package-lock.json, once, and prints the folder that holds them.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../../target}/js
mkdir -p "$target"
target=$(cd "$target" && pwd)

is_current() { cmp -s "$here/package-lock.json" "$target/node_modules/package-lock.json"; }

if ! is_current; then
    command -v npm >/dev/null || { echo "npm is missing: the tests run other clients with it" >&2; exit 69; }
    exec 9>"$target/.lock"
    if command -v flock >/dev/null; then flock 9; fi
    if ! is_current; then
        cp "$here/package.json" "$here/package-lock.json" "$target"
        npm ci --prefix "$target" --ignore-scripts --no-audit --no-fund --silent </dev/null >&2
        cp "$here/package-lock.json" "$target/node_modules/package-lock.json"
    fi
    exec 9>&-
fi
echo "$target/node_modules"
