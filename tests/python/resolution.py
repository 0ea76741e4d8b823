"""Reads data of one schema with another by fastavro: resolution.py CASES READ

The two files are described in tests/resolution/others.rs, the neutral form of values in tests/interop/neutral.rs.
"""

import io
import json
import sys

import fastavro
import interop


class Reader(interop.Set):
    """A reader's schema."""

    def __init__(self, schema):
        self.names = {}
        self.root = fastavro.parse_schema(schema, self.names)

    def read(self, writer, datum):
        """A datum in neutral form, or why it can't be read."""
        try:
            return [self.neutral(self.root, fastavro.schemaless_reader(io.BytesIO(datum), writer, self.root))]
        except (fastavro.read.SchemaResolutionError, UnicodeDecodeError) as error:
            return str(error)

    def neutral(self, schema, value):
        """The neutral form of a value; defaults are what stands in the schema, so that bytes are text."""
        schema = self.resolve(schema)
        if isinstance(value, str) and is_binary(schema):
            value = value.encode("latin-1")
        return super().neutral(schema, value)

    def neutral_union(self, branches, value):
        """The same; a default belongs to the first branch."""
        if isinstance(value, str) and is_binary(self.resolve(branches[0])):
            return [0, self.neutral(branches[0], value)]
        return super().neutral_union(branches, value)


def is_binary(schema):
    """Whether it is the schema of bytes."""
    return isinstance(schema, dict) and schema["type"] in ("bytes", "fixed")


def main(cases, read):
    """Every case of the file."""
    with open(cases, encoding="utf-8") as lines, open(read, "w", encoding="utf-8") as out:
        for line in lines:
            pair = json.loads(line)
            writer = fastavro.parse_schema(pair["writer"])
            reader = Reader(pair["reader"])
            out.write(json.dumps([reader.read(writer, bytes.fromhex(datum)) for datum in pair["data"]]) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
