"""Random files and random messages of them, with the JSON that Google's library prints for each.

    protobuf_random.py SEED FILES

Prints a line of JSON for each file: {"file": its FileDescriptorProto in base64, "message": a name, "records": [{"bytes": in
base64, "json": what stands for it}]}.
"""

import base64
import json
import random
import sys

from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    duration_pb2,
    json_format,
    message_factory,
    struct_pb2,
    timestamp_pb2,
    wrappers_pb2,
)

FIELD = descriptor_pb2.FieldDescriptorProto
SCALARS = [kind for kind in range(1, 19) if kind not in (FIELD.TYPE_GROUP, FIELD.TYPE_MESSAGE, FIELD.TYPE_ENUM)]
KEYS = [kind for kind in SCALARS if kind not in (FIELD.TYPE_FLOAT, FIELD.TYPE_DOUBLE, FIELD.TYPE_BYTES)]
KNOWN = {
    "google.protobuf.Timestamp": timestamp_pb2,
    "google.protobuf.Duration": duration_pb2,
    "google.protobuf.Value": struct_pb2,
    "google.protobuf.Struct": struct_pb2,
    "google.protobuf.Int64Value": wrappers_pb2,
    "google.protobuf.DoubleValue": wrappers_pb2,
    "google.protobuf.BytesValue": wrappers_pb2,
}
NAMES = ["id", "order_id", "a_1", "fooBar", "x__y", "Name", "value_of_2_things", "_under", "type", "message"]
TEXTS = ["", "a", "ö", "\"\\\n\0", "😀", "x" * 200]


def entry(message, name, key, value, type_name):
    """Adds the message that stands for an entry of a map."""
    camel = "".join(part[:1].upper() + part[1:] for part in name.split("_"))
    nested = message.nested_type.add(name=f"{camel}Entry")
    nested.options.map_entry = True
    nested.field.add(name="key", number=1, type=key, label=FIELD.LABEL_OPTIONAL)
    nested.field.add(name="value", number=2, type=value, label=FIELD.LABEL_OPTIONAL, type_name=type_name or None)
    return nested.name


def file(dice, index):
    """A file of a few messages that hold each other."""
    syntax = dice.choice(["proto2", "proto3"])
    made = descriptor_pb2.FileDescriptorProto(name=f"random{index}.proto", package=f"r{index}.s", syntax=syntax)
    made.dependency.extend(sorted({module.DESCRIPTOR.name for module in KNOWN.values()}))
    scope = f".{made.package}"
    symbols = made.enum_type.add(name="Color")
    for name, number in [("RED", 0), ("GREEN", 1), ("BLUE", -7), ("LAST", 2**31 - 1)]:
        symbols.value.add(name=name, number=number)
    names = ["First", "Second"]
    for name in names:
        message = made.message_type.add(name=name)
        fields = dice.sample(NAMES, dice.randrange(1, len(NAMES)))
        numbers = dice.sample([*range(1, 20), 536_870_911, 70_000], len(fields))
        choice = dice.sample(fields, min(len(fields), dice.randrange(3))) if dice.random() < 0.5 else []
        if choice:
            message.oneof_decl.add(name="choice")
        explicit = []
        for field_name, number in zip(fields, numbers):
            kind, type_name = dice.choice(SCALARS), ""
            roll = dice.random()
            if roll < 0.15:
                kind, type_name = FIELD.TYPE_ENUM, f"{scope}.Color"
            elif roll < 0.35:
                kind, type_name = FIELD.TYPE_MESSAGE, f"{scope}.{dice.choice(names)}"
            elif roll < 0.5:
                kind, type_name = FIELD.TYPE_MESSAGE, f".{dice.choice(sorted(KNOWN))}"
            field = message.field.add(name=field_name, number=number, type=kind, type_name=type_name or None)
            field.label = FIELD.LABEL_OPTIONAL
            if field_name in choice:
                field.oneof_index = 0
            elif dice.random() < 0.3:
                field.label = FIELD.LABEL_REPEATED
                if kind not in (FIELD.TYPE_MESSAGE, FIELD.TYPE_STRING, FIELD.TYPE_BYTES) and dice.random() < 0.5:
                    field.options.packed = dice.random() < 0.5
            elif dice.random() < 0.2:
                nested = entry(message, field_name, dice.choice(KEYS), kind, type_name)
                field.type, field.type_name = FIELD.TYPE_MESSAGE, f"{scope}.{name}.{nested}"
                field.label = FIELD.LABEL_REPEATED
            elif syntax == "proto2" and kind != FIELD.TYPE_MESSAGE and dice.random() < 0.3:
                field.label = FIELD.LABEL_REQUIRED
            elif syntax == "proto3" and dice.random() < 0.3:
                explicit.append(field)
        for field in explicit:
            field.proto3_optional = True
            field.oneof_index = len(message.oneof_decl)
            message.oneof_decl.add(name=f"_{field.name}")
    return made


def scalar(dice, field):
    """A value of a type without parts."""
    kind = field.type
    small = dice.random() < 0.3
    if kind == FIELD.TYPE_ENUM:
        return dice.choice([0, 1, -7, 2**31 - 1])
    if kind == FIELD.TYPE_BOOL:
        return dice.random() < 0.5
    if kind in (FIELD.TYPE_FLOAT, FIELD.TYPE_DOUBLE):
        return dice.choice([0.0, -0.0, 1.0, 0.1, -2.5e-7, 1e30, float("nan"), float("inf"), float("-inf"), dice.uniform(-1e6, 1e6)])
    if kind == FIELD.TYPE_STRING:
        return dice.choice(TEXTS)
    if kind == FIELD.TYPE_BYTES:
        return dice.randbytes(dice.randrange(5))
    bits = 32 if "32" in field_type(kind) else 64
    if field_type(kind).startswith(("UINT", "FIXED")):
        return dice.randrange(3) if small else dice.choice([2**bits - 1, dice.randrange(2**bits)])
    return dice.randrange(-2, 3) if small else dice.choice([-(2 ** (bits - 1)), dice.randrange(-(2 ** (bits - 1)), 2 ** (bits - 1))])


def field_type(kind):
    return FIELD.Type.Name(kind).removeprefix("TYPE_")


def fill_known(dice, message, name):
    """Gives one of Google's messages a value."""
    if name in ("google.protobuf.Timestamp", "google.protobuf.Duration"):
        message.seconds = dice.choice([0, 1, 253_402_300_799, dice.randrange(2**33)])
        message.nanos = dice.choice([0, 1, 500_000_000, 1_000, dice.randrange(10**9)])
    elif name == "google.protobuf.Value":
        json_format.ParseDict(dice.choice([None, 1.5, "x", True, [1, {"a": None}], {"k": []}]), message)
    elif name == "google.protobuf.Struct":
        message.update(dice.choice([{}, {"a": 1, "b": [None, "x"]}]))
    else:
        message.value = scalar(dice, message.DESCRIPTOR.fields_by_name["value"])
        message.SetInParent()


def fill(dice, message, depth):
    """Gives some of the fields a value, and all that must have one."""
    if message.DESCRIPTOR.full_name in KNOWN:
        fill_known(dice, message, message.DESCRIPTOR.full_name)
        return
    for field in message.DESCRIPTOR.fields:
        if not field.is_required and (dice.random() < 0.4 or (field.message_type and depth == 0)):
            continue
        holder = getattr(message, field.name)
        if field.message_type and field.message_type.GetOptions().map_entry:
            key, value = field.message_type.fields
            for _ in range(dice.randrange(4)):
                at = scalar(dice, key)
                if value.message_type:
                    fill(dice, holder[at], depth - 1)
                else:
                    holder[at] = scalar(dice, value)
        elif field.is_repeated:
            for _ in range(dice.randrange(4)):
                if field.message_type:
                    fill(dice, holder.add(), depth - 1)
                else:
                    holder.append(scalar(dice, field))
        elif field.message_type:
            holder.SetInParent()
            fill(dice, holder, depth - 1)
        else:
            setattr(message, field.name, scalar(dice, field))


def main(seed, files):
    """Prints the files."""
    dice = random.Random(int(seed))
    for index in range(int(files)):
        made = file(dice, index)
        pool = descriptor_pool.DescriptorPool()
        for module in sorted(set(KNOWN.values()), key=lambda module: module.__name__):
            pool.AddSerializedFile(module.DESCRIPTOR.serialized_pb)
        pool.Add(made)
        kind = message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{made.package}.{dice.choice(['First', 'Second'])}"))
        records = []
        for _ in range(20):
            message = kind()
            fill(dice, message, 3)
            text = json.loads(json_format.MessageToJson(message))
            records.append({"bytes": base64.b64encode(message.SerializeToString()).decode(), "json": text})
        encoded = base64.b64encode(made.SerializeToString()).decode()
        print(json.dumps({"file": encoded, "message": kind.DESCRIPTOR.full_name, "records": records}))


if __name__ == "__main__":
    main(*sys.argv[1:])
