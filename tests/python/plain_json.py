"""Plain JSON as Avro data, in Python's terms: what a correct encoder must have written.

It is written from the documentation alone and shares nothing with the encoder under test. Logical types are looked at
in their underlying type, so that Python's narrower dates and times cut nothing off.
"""

import base64
import datetime
import decimal
import json
import re
import struct
import uuid

import fastavro

# Decimals must not be rounded to Python's default of 28 digits.
decimal.getcontext().prec = 10_000

SPECIAL = {"NaN": float("nan"), "Infinity": float("inf"), "-Infinity": float("-inf")}
BITS = {"int": 32, "long": 64}
UNITS = {"millis": 1_000, "micros": 1_000_000, "nanos": 1_000_000_000}


class Mismatch(Exception):
    """The JSON value does not fit the schema, or not what was read."""

    def __init__(self, pointer, message):
        super().__init__(f"{pointer}: {message}")


def read_underlying_types():
    """Makes fastavro return the underlying type of every logical type."""
    fastavro.read.LOGICAL_READERS.clear()


def lines(path):
    """The records of an NDJSON file with their line numbers; numbers keep every digit."""
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            if line.strip():
                yield number, json.loads(line, parse_float=decimal.Decimal)


class Schema:
    """A parsed schema and the types that it names."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            self.text = file.read()
        self.names = {}
        self.root = fastavro.parse_schema(json.loads(self.text), self.names)

    def datum(self, value):
        """The datum that this JSON value stands for."""
        return self._datum(self.root, value, "", in_default=False)

    def _datum(self, schema, value, at, in_default):
        if isinstance(schema, list):
            return self._union(schema, value, at, in_default)
        if isinstance(schema, str):
            if schema in self.names:
                return self._datum(self.names[schema], value, at, in_default)
            schema = {"type": schema}
        kind = schema["type"]
        if kind == "record":
            return self._record(schema, value, at, in_default)
        if kind == "array" and isinstance(value, list):
            return [self._datum(schema["items"], v, f"{at}/{i}", in_default) for i, v in enumerate(value)]
        if kind == "map" and isinstance(value, dict):
            return {k: self._datum(schema["values"], v, f"{at}/{escape(k)}", in_default) for k, v in value.items()}
        if kind == "enum" and value in schema["symbols"]:
            return value
        if isinstance(kind, (dict, list)) or kind in self.names:
            return self._datum(kind, value, at, in_default)
        return primitive(kind, schema, value, at, in_default)

    def _union(self, branches, value, at, in_default):
        for branch in branches:
            try:
                return self._datum(branch, value, at, in_default)
            except Mismatch:
                continue
        raise Mismatch(at, f"no branch takes {type(value).__name__}")

    def _record(self, schema, value, at, in_default):
        if not isinstance(value, dict):
            raise Mismatch(at, f"expected an object, found {type(value).__name__}")
        datum = {}
        for field in schema["fields"]:
            name = field["name"]
            pointer = f"{at}/{escape(name)}"
            if name in value:
                datum[name] = self._datum(field["type"], value[name], pointer, in_default)
            elif "default" in field:
                datum[name] = self._datum(field["type"], field["default"], pointer, in_default=True)
            else:
                raise Mismatch(pointer, "missing, and without a default")
        return datum


def escape(name):
    """One step of a JSON Pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def primitive(kind, schema, value, at, in_default):
    """The datum of a type without parts."""
    is_number = isinstance(value, (int, float, decimal.Decimal)) and not isinstance(value, bool)
    logical = schema.get("logicalType", "")
    if kind == "null" and value is None:
        return None
    if kind == "boolean" and isinstance(value, bool):
        return value
    if kind in BITS:
        if is_number and value == int(value) and -(1 << BITS[kind] - 1) <= value < 1 << BITS[kind] - 1:
            return int(value)
        if isinstance(value, str) and logical:
            return moment(logical, value, at)
    if kind in ("float", "double") and (is_number or value in SPECIAL):
        number = SPECIAL[value] if isinstance(value, str) else float(value)
        return struct.unpack("f", struct.pack("f", number))[0] if kind == "float" else number
    if kind == "string" and isinstance(value, str):
        return value
    if kind in ("bytes", "fixed"):
        return binary(kind, schema, value, at, in_default, is_number)
    raise Mismatch(at, f"expected {kind}, found {type(value).__name__}")


def binary(kind, schema, value, at, in_default, is_number):
    """The datum of bytes and fixed: base64, or what their logical type is written as."""
    logical, size = schema.get("logicalType"), schema.get("size")
    try:
        if in_default:
            data = value.encode("latin-1")
        elif logical == "decimal":
            scaled = decimal.Decimal(value).scaleb(schema.get("scale", 0))
            length = size or max(1, (int(scaled).bit_length() + 8) // 8)
            data = int(scaled).to_bytes(length, "big", signed=True) if scaled == int(scaled) else None
        elif logical == "uuid" and kind == "fixed":
            data = uuid.UUID(value).bytes
        elif logical == "duration":
            data = duration(value)
        else:
            data = base64.b64decode(value, validate=True)
    except (AttributeError, TypeError, ValueError, ArithmeticError, UnicodeError) as error:
        raise Mismatch(at, f"not {logical or kind}: {error}") from None
    if data is None or size not in (None, len(data)):
        raise Mismatch(at, f"not {logical or kind} of {size} bytes")
    return data


def moment(logical, text, at):
    """A date or time in ISO 8601 as the number that Avro keeps."""
    found = re.fullmatch(r"(?:([0-9-]{10}))?T?(?:(\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?", text)
    if not found:
        raise Mismatch(at, f"not {logical}")
    day, clock, fraction, zone = found.groups()
    zone = zone.replace("Z", "+00:00") if zone else "+00:00"
    if logical == "date":
        return (datetime.date.fromisoformat(day) - datetime.date(1970, 1, 1)).days
    whole = datetime.datetime.fromisoformat(f"{day or '1970-01-01'}T{clock}{zone}")
    seconds = (whole - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(seconds=1)
    unit = UNITS[logical.rsplit("-", 1)[-1]]
    return seconds * unit + int((fraction or "").ljust(9, "0")) * unit // 1_000_000_000


def duration(text):
    """ISO 8601's P1M2DT3.004S as months, days and milliseconds, each a little-endian 32-bit number."""
    found = re.fullmatch(r"P(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+(?:\.\d{1,3})?)S)?)?", text)
    months, days, seconds = found.groups()
    return struct.pack("<III", int(months or 0), int(days or 0), int(decimal.Decimal(seconds or 0) * 1_000))


def compare(expected, read, at=""):
    """Compares two data and counts their values; raises Mismatch where they differ first."""
    if isinstance(expected, dict) and isinstance(read, dict):
        for name in [*expected, *read]:
            if name not in expected or name not in read:
                raise Mismatch(f"{at}/{escape(name)}", "is only on one side")
        return sum(compare(v, read[k], f"{at}/{escape(k)}") for k, v in expected.items())
    if isinstance(expected, list) and isinstance(read, list):
        if len(expected) != len(read):
            raise Mismatch(at, f"{len(expected)} items expected, {len(read)} read")
        return sum(compare(e, r, f"{at}/{i}") for i, (e, r) in enumerate(zip(expected, read)))
    numbers = all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in (expected, read))
    both_nan = numbers and expected != expected and read != read
    if not both_nan and (expected != read or not (numbers or type(expected) is type(read))):
        raise Mismatch(at, f"expected {expected!r}, read {read!r}")
    return 1


class Report:
    """Counts what agrees, prints what does not."""

    def __init__(self):
        self.records = self.values = self.differences = 0

    def equal(self, values):
        """Counts a record that agrees in so many values."""
        self.records += 1
        self.values += values

    def differs(self, message):
        """Notes a difference; the first ten are printed."""
        self.differences += 1
        if self.differences <= 10:
            print(message)

    def exit_code(self):
        """Prints the counts: 0 when nothing differs."""
        print(f"{self.records} records equal ({self.values} values), {self.differences} differences")
        return 1 if self.differences else 0
