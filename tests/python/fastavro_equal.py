"""Reads an Avro Object Container File with fastavro and compares it, value by value, with the NDJSON it was made from.

    fastavro_equal.py CONTAINER NDJSON SCHEMA

Members that the JSON leaves out must have the schema's defaults. Exit code 1 if anything differs.
"""

import itertools
import sys

import fastavro
import plain_json


def main(container, ndjson, schema_path):
    """Compares record by record, in order."""
    plain_json.read_underlying_types()
    schema = plain_json.Schema(schema_path)
    report = plain_json.Report()
    with open(container, "rb") as file:
        pairs = itertools.zip_longest(plain_json.lines(ndjson), fastavro.reader(file))
        for numbered, read in pairs:
            if numbered is None or read is None:
                report.differs(f"one side ends first, after {report.records} equal records")
                continue
            line, value = numbered
            try:
                report.equal(plain_json.compare(schema.datum(value), read))
            except plain_json.Mismatch as mismatch:
                report.differs(f"line {line}: {mismatch}")
    return report.exit_code()


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
