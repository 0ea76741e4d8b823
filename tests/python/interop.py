"""fastavro beside ours: interop.py FOLDER

The files of the folder and the neutral form of values are described in tests/interop/neutral.rs. fastavro does not tell
which branch of a union a value came from, so where several have the same Python type the branch is "?". Its JSON fails for
empty keys of maps, for some records without fields and for arrays and maps that hold themselves, and has no valid form of
NaN and the infinities; there its lines are empty.
"""

import io
import itertools
import json
import math
import pathlib
import struct
import sys

import fastavro

# What a value of each type is in Python.
PYTHON = {
    "null": type(None),
    "boolean": bool,
    "int": int,
    "long": int,
    "float": float,
    "double": float,
    "bytes": bytes,
    "fixed": bytes,
    "string": str,
    "enum": str,
    "array": list,
    "map": dict,
    "record": dict,
}


class Set:
    """A schema with its data."""

    def __init__(self, folder, number):
        self.path = lambda end: folder / f"{number}.{end}"
        self.names = {}
        self.root = fastavro.parse_schema(json.loads(self.path("avsc").read_text("utf-8")), self.names)
        self.codec = "deflate" if number % 2 == 1 else "null"

    def meet(self):
        """Reads what the other side wrote, and writes its values."""
        with open(self.path("avro"), "rb") as file:
            read = [self.neutral_text(datum) + "\n" for datum in fastavro.reader(file, return_named_type=True)]
        self.path("read").write_text("".join(read), "utf-8")
        with open(self.path("values"), encoding="utf-8") as file:
            data = [self.datum(self.root, json.loads(line)) for line in file]
        with open(self.path("written.avro"), "wb") as file:
            fastavro.writer(file, self.root, data, codec=self.codec)
        with open(self.path("json"), encoding="utf-8") as lines, open(self.path("read-json"), "w", encoding="utf-8") as file:
            for line in lines:
                file.write(if_able(self.read_json, line) + "\n")
        with open(self.path("written.json"), "w", encoding="utf-8") as file:
            for datum in data:
                file.write(if_able(self.write_json, datum) + "\n")

    def read_json(self, line):
        """The neutral form of a line of JSON."""
        return self.neutral_text(next(fastavro.json_reader(io.StringIO(line), self.root)))

    def write_json(self, datum):
        """A line of JSON."""
        if not is_finite(datum):
            raise ValueError("NaN and Infinity are no JSON")
        line = io.StringIO()
        fastavro.json_writer(line, self.root, [datum])
        return line.getvalue()

    def neutral_text(self, datum):
        """The neutral form of a datum as text."""
        return json.dumps(self.neutral(self.root, datum))

    def resolve(self, schema):
        """The schema without names and wrappings, as an object or a list."""
        while not isinstance(schema, list):
            if isinstance(schema, str):
                if schema not in self.names:
                    return {"type": schema}
                schema = self.names[schema]
            elif isinstance(schema["type"], str) and schema["type"] not in self.names:
                return schema
            else:
                schema = schema["type"]
        return schema

    def neutral(self, schema, value):
        """The neutral form of a value."""
        schema = self.resolve(schema)
        if isinstance(schema, list):
            return self.neutral_union(schema, value)
        kind = schema["type"]
        if kind in ("int", "long"):
            return str(value)
        if kind == "float":
            return struct.pack(">f", math.nan if value != value else value).hex()
        if kind == "double":
            return struct.pack(">d", math.nan if value != value else value).hex()
        if kind in ("bytes", "fixed"):
            return value.hex()
        if kind == "array":
            return [self.neutral(schema["items"], item) for item in value]
        if kind == "map":
            return {key: self.neutral(schema["values"], item) for key, item in value.items()}
        if kind == "record":
            return [self.neutral(field["type"], value[field["name"]]) for field in schema["fields"]]
        return value

    def neutral_union(self, branches, value):
        """A pair of branch and value; of "?" and all that it may be, where the branch can't be told."""
        resolved = [self.resolve(branch) for branch in branches]
        if isinstance(value, tuple):
            name, value = value
            index = [branch.get("name") for branch in resolved].index(name)
            return [index, self.neutral(resolved[index], value)]
        fitting = [index for index, branch in enumerate(resolved) if PYTHON[branch["type"]] is type(value)]
        if len(fitting) == 1:
            return [fitting[0], self.neutral(resolved[fitting[0]], value)]
        # A number may be too large for a float, and a record another one.
        able = (if_able(lambda index: [self.neutral(resolved[index], value)], index) for index in fitting)
        return ["?", [form for forms in able for form in forms]]

    def datum(self, schema, value):
        """The value that the neutral form stands for."""
        schema = self.resolve(schema)
        if isinstance(schema, list):
            branch = schema[value[0]]
            resolved = self.resolve(branch)
            name = branch if isinstance(branch, str) else resolved.get("name", resolved["type"])
            return (name, self.datum(resolved, value[1]))
        kind = schema["type"]
        if kind in ("int", "long"):
            return int(value)
        if kind == "float":
            return struct.unpack(">f", bytes.fromhex(value))[0]
        if kind == "double":
            return struct.unpack(">d", bytes.fromhex(value))[0]
        if kind in ("bytes", "fixed"):
            return bytes.fromhex(value)
        if kind == "array":
            return [self.datum(schema["items"], item) for item in value]
        if kind == "map":
            return {key: self.datum(schema["values"], item) for key, item in value.items()}
        if kind == "record":
            pairs = zip(schema["fields"], value, strict=True)
            return {field["name"]: self.datum(field["type"], item) for field, item in pairs}
        return value


def is_finite(value):
    """Whether there is neither NaN nor an infinity in it."""
    if isinstance(value, dict):
        return all(map(is_finite, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def if_able(convert, value):
    """What the conversion gives, or nothing where fastavro fails."""
    try:
        return convert(value)
    except Exception:
        return ""


def main(folder):
    """Every set of the folder. Logical types are left aside."""
    fastavro.read.LOGICAL_READERS.clear()
    fastavro.write.LOGICAL_WRITERS.clear()
    for number in itertools.count():
        if not (folder / f"{number}.avsc").exists():
            break
        try:
            Set(folder, number).meet()
        except Exception as error:
            raise RuntimeError(f"set {number}") from error


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
