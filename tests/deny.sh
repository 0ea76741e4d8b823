#!/usr/bin/env bash
# Checks licences, bans and sources of all dependencies by deny.toml, and known faults where the advisories can be had.
#
# cargo-deny has no binary package: it is built once, into target/tools, unoptimized, for it runs but a moment.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
version=0.20.2
tools=${CARGO_TARGET_DIR:-target}/tools
deny=$tools/bin/cargo-deny

if [[ $("$deny" --version 2>/dev/null) != "cargo-deny $version" ]]; then
    cargo install cargo-deny --version "$version" --locked --quiet --debug --root "$tools" --target-dir "$tools/build"
    rm -rf "$tools/build"
fi
"$deny" --locked check licenses bans sources

# The advisories are a git repository of their own; where it can't be reached that is said, and is no failure.
if timeout 60 "$deny" fetch db >/dev/null 2>&1; then
    "$deny" --locked check --disable-fetch advisories
else
    echo "advisories: not checked, their database can't be reached"
fi
