"""Reads the tensors of a CTranslate2 model.bin (binary versions 2 to 6), with numpy alone."""
import struct

import numpy as np

ELEMENT_TYPES = {0: "<f4", 1: "<i1", 2: "<i2", 3: "<i4", 4: "<f2"}


class _Reader:
    def __init__(self, data):
        self.data, self.position = data, 0

    def number(self, code):
        (value,) = struct.unpack_from("<" + code, self.data, self.position)
        self.position += struct.calcsize("<" + code)
        return value

    def string(self):
        length = self.number("H")
        value = self.data[self.position : self.position + length - 1].decode()
        self.position += length
        return value

    def tensor(self):
        shape = [self.number("I") for _ in range(self.number("B"))]
        dtype = np.dtype(ELEMENT_TYPES[self.number("B")])
        size = self.number("I")
        values = np.frombuffer(self.data, dtype, size // dtype.itemsize, self.position).reshape(shape)
        self.position += size
        return values


def load(data):
    """{name: array} of the model in `data` (bytes)."""
    reader = _Reader(data)
    version = reader.number("I")
    if not 2 <= version <= 6:
        raise ValueError(f"CTranslate2 binary version {version} is not known")
    reader.string()  # the name of its specification
    reader.number("I")  # and that one's revision
    tensors = {}
    for _ in range(reader.number("I")):
        name = reader.string()
        tensors[name] = reader.tensor()
    return tensors
