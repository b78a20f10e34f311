"""The next word as an ONNX graph of its own: rectified units in, probabilities of all words out.

The lamp's turn does not need it, and onnxruntime computes every node of a graph whether or not its result is asked
for; so it is kept apart from the step and loaded only when somebody asks.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper

from export.int8 import int8_words
from export.layout import units
from export.onnx_model import Constants, onnx_model
from model.language_model import LITTLE, LanguageModel


def words_graph(model: LanguageModel) -> onnx.ModelProto:
    """Return the next-word decoder of `model` as ONNX.

    Input:
        hidden: float32, shape (1, H), as the step graph puts it out.
    Output:
        next_word: float32, shape (1, V), P(next word).
    """
    s, words = model.sizes, int8_words(model)
    constants: Constants = {
        "words": words.values,
        "half_scales": words.scales.astype(np.float16),
        "half_bias": model.weights.words_bias.astype(np.float16),
        "little": np.array([LITTLE], np.float32),
        "first": np.array([0], np.int64),
        "behind": np.array([s.hidden], np.int64),
        "columns": np.array([1], np.int64),
    }
    node = helper.make_node
    nodes = [
        node("Cast", ["words"], ["whole_numbers"], to=TensorProto.FLOAT),
        node("Cast", ["half_scales"], ["scales"], to=TensorProto.FLOAT),
        node("Cast", ["half_bias"], ["words_bias"], to=TensorProto.FLOAT),
        node("Mul", ["whole_numbers", "scales"], ["decoder"]),
        node("Slice", ["hidden", "first", "behind", "columns"], ["h"]),
        node("ReduceSum", ["h", "columns"], ["norm"], keepdims=1),
        node("Add", ["norm", "little"], ["safe_norm"]),
        node("Div", ["h", "safe_norm"], ["unit_h"]),
        node("Gemm", ["unit_h", "decoder", "words_bias"], ["logits"]),
        node("Softmax", ["logits"], ["next_word"], axis=-1),
    ]
    return onnx_model(
        "foreglow_words",
        {"hidden": (TensorProto.FLOAT, [1, units(s)])},
        nodes,
        {"next_word": [1, s.vocabulary]},
        constants,
    )
