"""Message classes of .proto files, compiled by protoc; `protobuf_files.py FOLDER FILE` prints a FileDescriptorSet in base64."""

import base64
import sys
import tempfile
from pathlib import Path

import grpc_tools
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_tools import protoc

INCLUDE = Path(grpc_tools.__file__).parent / "_proto"


def descriptors(folder, *files):
    """What protoc makes of the files of a folder, with all that they import, each file before those that import it."""
    with tempfile.NamedTemporaryFile() as out:
        options = [f"-I{folder}", f"-I{INCLUDE}", "--include_imports", f"--descriptor_set_out={out.name}"]
        status = protoc.main(["protoc", *options, *files])
        if status != 0:
            raise ValueError(f"protoc refuses {files}")
        return descriptor_pb2.FileDescriptorSet.FromString(Path(out.name).read_bytes()).file


def pool(folder, *files):
    """A pool with the files and all that they import."""
    filled = descriptor_pool.DescriptorPool()
    for file in descriptors(folder, *files):
        filled.Add(file)
    return filled


def message(folder, file, name):
    """The class of one message."""
    return message_factory.GetMessageClass(pool(folder, file).FindMessageTypeByName(name))


if __name__ == "__main__":
    compiled = descriptor_pb2.FileDescriptorSet(file=descriptors(*sys.argv[1:]))
    print(base64.b64encode(compiled.SerializeToString()).decode())
