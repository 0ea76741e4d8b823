#!/usr/bin/env bash
# Makes the Python environment of the tests from requirements.txt, once, and prints the path of its interpreter.
#
# A copy of requirements.txt inside says what it was made from: other requirements, another environment. Several test
# binaries may ask at the same time, so one installs while the others wait for its lock.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target=${CARGO_TARGET_DIR:-$here/../../target}
mkdir -p "$target"
target=$(cd "$target" && pwd)
venv=$target/python

is_current() { cmp -s "$here/requirements.txt" "$venv/requirements.txt"; }

if ! is_current; then
    command -v python3 >/dev/null || { echo "python3 is missing: the tests run other clients with it" >&2; exit 69; }
    exec 9>"$target/.python.lock"
    if command -v flock >/dev/null; then flock 9; fi
    if ! is_current; then
        rm -rf "$venv"
        python3 -m venv "$venv" >&2
        "$venv/bin/pip" --quiet --disable-pip-version-check --no-input install \
            --requirement "$here/requirements.txt" </dev/null >&2
        cp "$here/requirements.txt" "$venv/requirements.txt"
    fi
    exec 9>&-
fi
echo "$venv/bin/python"
