"""What the schema registry does on this machine: benches/registry.py BINARY

Prints a line a figure, with the limit that it must keep, and exits with 1 if one does not. The load comes from wrk, on
the same machine. FOLDER, if given, keeps the file with the schemas for the next run.
"""

import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time

CONTEXTS = 100
SCHEMAS = 1_000
WRITERS = 32

missed = []


def report(what, value, limit, unit, at_least=False):
    kept = value >= limit if at_least else value <= limit
    if not kept:
        missed.append(what)
    sign = ">=" if at_least else "<="
    print(f"| {what} | {value:,.1f} {unit} | {sign} {limit:,} {unit} | {'yes' if kept else 'NO'} |", flush=True)


class Registry:
    """`serdecar registry` as a child."""

    def __init__(self, binary, *arguments):
        self.started = time.monotonic()
        self.child = subprocess.Popen(
            [binary, "registry", "--listen", "127.0.0.1:0", *arguments], stderr=subprocess.PIPE, text=True
        )
        for line in self.child.stderr:
            if "listens address=" in line:
                self.address = line.rsplit("=", 1)[1].strip()
                break
        self.get("/contexts")
        self.first_answer = time.monotonic() - self.started

    def connect(self):
        host, port = self.address.split(":")
        return http.client.HTTPConnection(host, int(port), timeout=60)

    def get(self, path):
        connection = self.connect()
        connection.request("GET", path)
        body = connection.getresponse().read()
        connection.close()
        return body

    def memory(self, what):
        """In MB: VmRSS is now, VmHWM the most so far."""
        with open(f"/proc/{self.child.pid}/status") as status:
            return int(re.search(rf"{what}:\s+(\d+) kB", status.read())[1]) / 1_000

    def stop(self):
        self.child.terminate()
        assert self.child.wait() == 0


def post(connection, path, body):
    connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status == 200, (path, answer.status, text)
    return json.loads(text)


def order(name, more=()):
    """An order as in the benches of the codec, and further fields."""
    fields = [("order_id", "string"), ("customer", "long"), ("placed", "long"), ("amount", "double"), ("paid", "boolean")]
    fields = [{"name": field, "type": kind} for field, kind in fields]
    item = {"type": "record", "name": "Item", "fields": [{"name": "sku", "type": "string"}, {"name": "qty", "type": "int"}]}
    fields += [{"name": "items", "type": {"type": "array", "items": item}}, *more]
    return json.dumps({"type": "record", "namespace": "shop", "name": name, "fields": fields})


def qualified(context, subject):
    return subject if context == 0 else f":.c{context}:{subject}"


def fill(registry):
    """Registers SCHEMAS schemas in each of CONTEXTS contexts, through WRITERS connections."""
    contexts = iter(range(CONTEXTS))
    failures = []

    def write():
        connection = registry.connect()
        try:
            for context in contexts:
                for number in range(SCHEMAS):
                    path = f"/subjects/{qualified(context, f's{number}')}/versions"
                    post(connection, path, {"schema": order(f"Order{context}x{number}")})
        except Exception as error:
            failures.append(error)

    writers = [threading.Thread(target=write) for _ in range(WRITERS)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert not failures, failures


def lookups(registry, what, path):
    command = ["wrk", "-t2", "-c32", "-d10s", "--latency", f"http://{registry.address}{path}"]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert "Non-2xx" not in output, output
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", output).groups()
    report(f"{what}, requests", rate, 40_000, "/s", at_least=True)
    report(f"{what}, p99", float(number) * {"us": 0.001, "ms": 1, "s": 1_000}[unit], 5, "ms")


def compatibility(registry, what, kind, schema):
    """Registers version 101 of subjects that have 100, every one of which it must get along with."""
    connection = registry.connect()
    connection.request("PUT", "/config/:.bench:", json.dumps({"compatibility": "FULL_TRANSITIVE"}))
    connection.getresponse().read()
    taken = []
    for subject in range(10):
        path = f"/subjects/:.bench:{kind}{subject}/versions"
        for version in range(100):
            post(connection, path, {"schemaType": kind, "schema": schema(version)})
        started = time.monotonic()
        post(connection, path, {"schemaType": kind, "schema": schema(100)})
        taken.append((time.monotonic() - started) * 1_000)
    report(f"{what}, median", statistics.median(taken), 20, "ms")
    report(f"{what}, slowest of {len(taken)}", max(taken), 20, "ms")


def avro(version):
    more = [{"name": f"f{n}", "type": ["null", "string"], "default": None} for n in range(version % 50)]
    return order("Order", [*more, {"name": f"v{version}", "type": "int", "default": 0}])


def json_schema(version):
    properties = {f"f{n}": {"type": "string", "maxLength": 100} for n in range(20)}
    return json.dumps({"type": "object", "title": f"Order {version}", "properties": properties, "required": ["f0"]})


def main():
    binary = sys.argv[1]
    folder = sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp()
    path = os.path.join(folder, "bench-registry.redb")
    print("| what | measured | limit | kept |\n|---|---|---|---|", flush=True)

    starts = []
    for _ in range(5):
        registry = Registry(binary)
        starts.append(registry.first_answer * 1_000)
        idle = registry.memory("VmRSS")
        registry.stop()
    report("start to first answer, empty, median of 5", statistics.median(starts), 100, "ms")
    report("memory at rest, empty", idle, 30, "MB")

    if not os.path.exists(path):
        registry = Registry(binary, "--store", f"file:{path}")
        started = time.monotonic()
        fill(registry)
        rate = CONTEXTS * SCHEMAS / (time.monotonic() - started)
        print(f"| registrations from {WRITERS} connections, each on disk | {rate:,.0f} /s | | |", flush=True)
        registry.stop()
    registry = Registry(binary, "--store", f"file:{path}")
    loaded = f"{CONTEXTS * SCHEMAS:,} schemas in {CONTEXTS} contexts from a file of {os.path.getsize(path) / 1e6:,.0f} MB"
    report(f"{loaded}, start to first answer", registry.first_answer, 3, "s")
    report(f"{loaded}, memory", registry.memory("VmRSS"), 600, "MB")
    report(f"{loaded}, most memory while loading", registry.memory("VmHWM"), 600, "MB")
    lookups(registry, "GET /schemas/ids/500", "/schemas/ids/500")
    lookups(registry, "GET /schemas/ids/500 in a context", "/schemas/ids/500?subject=:.c7:")
    lookups(registry, "the same by base URL", "/contexts/.c7/schemas/ids/500")
    registry.stop()

    registry = Registry(binary, "--store", f"file:{os.path.join(tempfile.mkdtemp(), 'small.redb')}")
    compatibility(registry, "Avro version 101, compatible with all 100", "AVRO", avro)
    compatibility(registry, "JSON Schema version 101, compatible with all 100", "JSON", json_schema)
    registry.stop()
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


if __name__ == "__main__":
    main()
