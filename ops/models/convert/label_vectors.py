"""Makes label-vectors.npy: the sentence vector of "a photo of a <label>" for each of the 1000 ImageNet labels.

usage: label_vectors.py MINILM_DIR          (needs onnxruntime and tokenizers; run only when the text model changes)

The vectors are kept as 8-bit integers beside this file, because a network run is not reproducible to the last bit from
one processor to the next, and the model that image_text.py makes of them must be.
imagenet-labels.json lists the classes of ImageNet as gradio publishes them (Apache-2.0).
"""
import json
import os
import sys

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
VECTORS = os.path.join(HERE, "label-vectors.npy")
LABELS = os.path.join(HERE, "imagenet-labels.json")
BATCH = 50


def labels():
    """The synonyms of each class, as 'espresso' or 'tabby, tabby cat'."""
    with open(LABELS, encoding="utf-8") as file:
        return json.load(file)


def unit_vectors():
    """[1000, 384] float64. Every step is exact or correctly rounded, so the bits are the same everywhere."""
    whole = np.load(VECTORS).astype(np.float64)
    return whole / np.sqrt((whole * whole).sum(axis=1, keepdims=True))


def make(minilm_dir):
    import onnxruntime
    from tokenizers import Tokenizer

    session = onnxruntime.InferenceSession(os.path.join(minilm_dir, "minilm.onnx"), providers=["CPUExecutionProvider"])
    tokenizer = Tokenizer.from_file(os.path.join(minilm_dir, "tokenizer.json"))
    tokenizer.enable_padding()
    prompts = [f"a photo of a {label.split(',')[0]}" for label in labels()]
    vectors = []
    for start in range(0, len(prompts), BATCH):
        encoded = tokenizer.encode_batch(prompts[start : start + BATCH])
        ids = np.array([item.ids for item in encoded], np.int64)
        mask = np.array([item.attention_mask for item in encoded], np.int64)
        vectors.append(session.run(["embedding"], {"input_ids": ids, "attention_mask": mask})[0])
    stacked = np.concatenate(vectors)
    whole = np.round(stacked * (127 / np.abs(stacked).max(axis=1, keepdims=True)))
    np.save(VECTORS, whole.astype(np.int8))


if __name__ == "__main__":
    make(sys.argv[1])
