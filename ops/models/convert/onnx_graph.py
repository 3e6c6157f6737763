"""Builds ONNX files with numpy alone.

An ONNX file is a protocol-buffer message of a dozen fields. They are written here by hand, in ascending order and with
names that are counted, so that the same weights give the same bytes on every machine, Python and numpy: a model card
can then say what its files hash to. The field numbers are those of onnx.proto (IR version 8, opset 17).
"""
import struct

import numpy as np

IR_VERSION = 8
OPSET = 17
ELEMENT_TYPES = {"float32": 1, "uint8": 2, "int32": 6, "int64": 7, "bool": 9, "float16": 10}


def _varint(value):
    value &= (1 << 64) - 1
    out = bytearray()
    while True:
        low = value & 0x7F
        value >>= 7
        if not value:
            out.append(low)
            return bytes(out)
        out.append(low | 0x80)


def _integer(field, value):
    return _varint(field << 3) + _varint(value)


def _bytes(field, value):
    data = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(data)) + data


def _float(field, value):
    return _varint(field << 3 | 5) + struct.pack("<f", value)


def _attribute(name, value):
    """AttributeProto: an integer, a float, a string or a list of integers."""
    if isinstance(value, (int, np.integer)):
        body, kind = _integer(3, int(value)), 2
    elif isinstance(value, float):
        body, kind = _float(2, value), 1
    elif isinstance(value, str):
        body, kind = _bytes(4, value), 3
    else:
        body, kind = b"".join(_integer(8, int(item)) for item in value), 7
    return _bytes(1, name) + body + _integer(20, kind)


def _value_info(name, element_type, shape):
    """ValueInfoProto; a dimension is a number, or a name where it is free."""
    dims = b"".join(_bytes(1, _bytes(2, dim) if isinstance(dim, str) else _integer(1, dim)) for dim in shape)
    tensor_type = _integer(1, ELEMENT_TYPES[element_type]) + _bytes(2, dims)
    return _bytes(1, name) + _bytes(2, _bytes(1, tensor_type))


class Graph:
    """A network under construction. Every method returns the name of the value it makes."""

    def __init__(self, half_weights=False):
        """half_weights keeps float16 weights as they are in the file; the runtime widens them once, at load."""
        self._nodes = []
        self._initializers = []
        self._shared = {}
        self._count = 0
        self._half_weights = half_weights

    def _unique(self, prefix):
        self._count += 1
        return f"{prefix}_{self._count}"

    def constant(self, values, dtype=None):
        """A tensor in the file. Small ones with equal content are stored once."""
        array = np.asarray(values, dtype=dtype)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        little_endian = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
        raw = little_endian.tobytes()
        key = (array.dtype.name, array.shape, raw) if array.size <= 64 else None
        if key in self._shared:
            return self._shared[key]
        name = self._unique("constant")
        dims = b"".join(_integer(1, dim) for dim in array.shape)
        tensor = dims + _integer(2, ELEMENT_TYPES[array.dtype.name]) + _bytes(8, name) + _bytes(9, raw)
        self._initializers.append(tensor)
        if key is not None:
            self._shared[key] = name
        return name

    def ints(self, *values):
        return self.constant(values, np.int64)

    def float(self, value):
        return self.constant(value, np.float32)

    def weight(self, array):
        array = np.asarray(array)
        if array.dtype == np.float16 and self._half_weights:
            return self.op("Cast", self.constant(array), to=ELEMENT_TYPES["float32"])
        return self.constant(array, np.float32)

    def op(self, kind, *inputs, out=None, outputs=1, **attributes):
        """Adds a node. `out` names its only output; `outputs` asks for several, which come as a list."""
        names = [out] if out else [self._unique(kind.lower()) for _ in range(outputs)]
        node = b"".join(_bytes(1, name) for name in inputs) + b"".join(_bytes(2, name) for name in names)
        node += _bytes(3, self._unique("node")) + _bytes(4, kind)
        node += b"".join(_bytes(5, _attribute(name, attributes[name])) for name in sorted(attributes))
        self._nodes.append(node)
        return names[0] if len(names) == 1 else names

    def cast(self, value, element_type):
        return self.op("Cast", value, to=ELEMENT_TYPES[element_type])

    def linear(self, value, weight, bias):
        """value @ weight.T + bias, as torch.nn.Linear stores them."""
        return self.op("Add", self.op("MatMul", value, self.weight(weight.T)), self.weight(bias))

    def save(self, path, inputs, outputs, description):
        """inputs and outputs: (name, element type, shape) each."""
        graph = b"".join(_bytes(1, node) for node in self._nodes) + _bytes(2, "millrace")
        graph += b"".join(_bytes(5, tensor) for tensor in self._initializers)
        graph += b"".join(_bytes(11, _value_info(*value)) for value in inputs)
        graph += b"".join(_bytes(12, _value_info(*value)) for value in outputs)
        model = _integer(1, IR_VERSION) + _bytes(2, "millrace") + _bytes(6, description) + _bytes(7, graph)
        model += _bytes(8, _bytes(1, "") + _integer(2, OPSET))
        with open(path, "wb") as file:
            file.write(model)
