#!/usr/bin/env bash
# Runs whole files of records there and back: real_data.sh DIR
#
# DIR holds NAME.ndjson, one record a line, and NAME.avsc beside it, its schema. Every record goes through encode and
# decode, and through `serdecar run` on a real broker in two contexts at once; each must come back equal, and fastavro and
# the official Python client must agree with it value by value.
set -euo pipefail

if [[ $# -ne 1 || ! -d $1 ]]; then
    echo "usage: real_data.sh DIR" >&2
    exit 64
fi
SERDECAR_TEST_RECORDS=$(cd "$1" && pwd)
export SERDECAR_TEST_RECORDS
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec cargo test --locked --test end_to_end real_records
