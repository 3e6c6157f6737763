"""Reads the tensors of a PyTorch state_dict (.pth) without PyTorch: the zip format, and the older pickle stream.

A checkpoint is a pickle, and a pickle can call anything. The unpickler here knows three names and refuses the rest, so
a hostile file can do no more than fail.
"""
import collections
import io
import pickle
import struct
import zipfile

import numpy as np

LEGACY_MAGIC = 0x1950A86A20F9469CFC6C
STORAGE_TYPES = {
    "FloatStorage": np.float32, "HalfStorage": np.float16, "DoubleStorage": np.float64, "LongStorage": np.int64,
    "IntStorage": np.int32, "ShortStorage": np.int16, "CharStorage": np.int8, "ByteStorage": np.uint8, "BoolStorage": np.bool_,
}


class _StorageType:
    def __init__(self, name):
        self.dtype = np.dtype(STORAGE_TYPES[name])


class _TensorRef:
    """A tensor as pickled: a view on a storage that is read later."""

    def __init__(self, storage, offset, size, stride):
        self.storage, self.offset, self.size, self.stride = storage, offset, size, stride

    def read(self, raw):
        flat = np.frombuffer(raw, self.storage.dtype)
        strides = [step * flat.itemsize for step in self.stride]
        return np.lib.stride_tricks.as_strided(flat[self.offset:], self.size, strides).copy()


_Storage = collections.namedtuple("_Storage", "dtype key")


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if name in STORAGE_TYPES and module.startswith("torch"):
            return _StorageType(name)
        if (module, name) in (("torch._utils", "_rebuild_tensor_v2"), ("torch._utils", "_rebuild_tensor")):
            return lambda storage, offset, size, stride, *_: _TensorRef(storage, offset, size, stride)
        if (module, name) == ("torch._utils", "_rebuild_parameter"):
            return lambda tensor, *_: tensor
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        raise pickle.UnpicklingError(f"checkpoint refers to {module}.{name}, which is not allowed")

    def persistent_load(self, reference):
        kind, storage_type, key = reference[:3]
        if kind != "storage":
            raise pickle.UnpicklingError(f"unknown reference {kind!r}")
        return _Storage(storage_type.dtype, key)


def load(data):
    """{name: array} of the checkpoint in `data` (bytes)."""
    stream = io.BytesIO(data)
    if zipfile.is_zipfile(stream):
        return _load_zip(stream)
    stream.seek(0)
    return _load_legacy(stream)


def _load_zip(stream):
    with zipfile.ZipFile(stream) as package:
        index = next(name for name in package.namelist() if name.endswith("/data.pkl"))
        folder = index[: -len("data.pkl")] + "data/"
        state = _Unpickler(io.BytesIO(package.read(index))).load()
        return {name: ref.read(package.read(folder + ref.storage.key)) for name, ref in state.items() if isinstance(ref, _TensorRef)}


def _load_legacy(stream):
    magic, _protocol, _machine = (_Unpickler(stream).load() for _ in range(3))
    if magic != LEGACY_MAGIC:
        raise ValueError("not a PyTorch checkpoint")
    state, keys = _Unpickler(stream).load(), _Unpickler(stream).load()
    tensors = {name: ref for name, ref in state.items() if isinstance(ref, _TensorRef)}
    item_sizes = {ref.storage.key: ref.storage.dtype.itemsize for ref in tensors.values()}
    raw = {}
    for key in keys:
        (count,) = struct.unpack("<q", stream.read(8))
        raw[key] = stream.read(count * item_sizes[key])
    return {name: ref.read(raw[ref.storage.key]) for name, ref in tensors.items()}
