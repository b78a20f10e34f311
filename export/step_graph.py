"""The network's step as an ONNX graph: one word's id and the state in, logits of the lamp's turn and the new state out.

With the evidence of n-grams, which export/session.py adds, it says what `LanguageModel.step` says, with the vectors
in int8 and the other big matrices in float16; tests/export holds the two equal. A call costs little more than its
nodes do, each about as much as an addition, so the step has as few as can be: the state is kept as sums of what the
units will be (export/layout.py), and everything that depends on weights alone is computed once, by onnxruntime, when
it loads the graph.
"""

import numpy as np
import onnx
from onnx import TensorProto, helper

from export.int8 import half, int8_vectors
from export.layout import state_length, units
from export.onnx_model import Constants, onnx_model
from model.intent import INTENTS
from model.language_model import Array, LanguageModel


def step_graph(model: LanguageModel) -> onnx.ModelProto:
    """Return the step of `model` as ONNX.

    Inputs:
        word: int64, shape (1,), an id other than 0; 0 is no word, but stands before the first one.
        state: float32, shape (1, state).
    Outputs:
        lamp: float32, shape (1, 3), the network's logits for light_on, light_off and none.
        next_state: float32, shape (1, state).
        hidden: float32, shape (1, H), the rectified units; what the next word is told from.
        start: float32, shape (1, state), a constant: the state in which an utterance begins.
    """
    s, w = model.sizes, model.weights
    H = units(s)
    vectors, adds, bias = int8_vectors(model), half(contributions(model)), unit_bias(model)
    signs = np.concatenate([np.eye(len(INTENTS)), -np.eye(len(INTENTS))]).astype(np.float32)
    constants: Constants = {
        "vectors": vectors.values,
        "half_scales": vectors.scales.astype(np.float16),
        "half_adds": adds.astype(np.float16),
        "nothing_to_block": np.array([0, 0, 0, H], np.int64),
        "parts": np.array([H, (s.radius - 1) * H, H], np.int64),
        "unit_bias": bias,
        "units_to_lamp": np.concatenate([w.lamp, signs]),
        "block_to_lamp": np.concatenate([w.block, np.zeros_like(signs)]),
        "lamp_bias": w.lamp_bias,
        "start": start_state(vectors.floats()[0], adds, bias),
    }
    node = helper.make_node
    once = [  # A table with a row for each id: what the word adds to every part of the state.
        node("Cast", ["vectors"], ["whole_numbers"], to=TensorProto.FLOAT),
        node("Cast", ["half_scales"], ["scales"], to=TensorProto.FLOAT),
        node("Mul", ["whole_numbers", "scales"], ["float_vectors"]),
        node("Cast", ["half_adds"], ["adds"], to=TensorProto.FLOAT),
        node("Pad", ["adds", "nothing_to_block"], ["adds_to_state"]),
        node("MatMul", ["float_vectors", "adds_to_state"], ["added"]),
    ]
    every_step = [
        node("Gather", ["added", "word"], ["added_by_word"]),
        node("Add", ["state", "added_by_word"], ["sums"]),
        node("Split", ["sums", "parts"], ["complete", "pending", "block"], axis=1),
        node("Relu", ["complete"], ["hidden"]),
        node("Max", ["block", "hidden"], ["shown"]),
        # The lamp's turn, from the units and from the most they have shown.
        node("Gemm", ["hidden", "units_to_lamp", "lamp_bias"], ["lamp_logits_now"]),
        node("Gemm", ["shown", "block_to_lamp", "lamp_logits_now"], ["lamp"]),
        # What was pending moves one word nearer; of the word r words from now nothing is known but the bias.
        node("Concat", ["pending", "unit_bias", "shown"], ["next_state"], axis=1),
    ]
    row = [1, state_length(s)]
    return onnx_model(
        "foreglow_step",
        {"word": (TensorProto.INT64, [1]), "state": (TensorProto.FLOAT, row)},
        [*once, *every_step],
        {"lamp": [1, len(INTENTS)], "next_state": row, "hidden": [1, H], "start": row},
        constants,
    )


def contributions(model: LanguageModel) -> Array:
    """Return what one entry of a vector adds to the units, shape (D, r H).

    H columns for the word just heard, and for the word heard 1, …, r - 1 words later.
    """
    s, w = model.sizes, model.weights
    hidden, direct = (matrix.reshape(s.radius, s.bits, -1) for matrix in (w.hidden, w.direct))
    by_place = np.concatenate([hidden, direct, -direct], axis=2)  # (r, D, H)
    return np.ascontiguousarray(by_place.transpose(1, 0, 2).reshape(s.bits, -1))


def unit_bias(model: LanguageModel) -> Array:
    """Return the units' bias, shape (1, H); that of the lamp's logits is added later."""
    bias: Array = np.pad(model.weights.hidden_bias, (0, 2 * len(INTENTS)))[None]
    return bias


def start_state(before: Array, adds: Array, bias: Array) -> Array:
    """Return the state in which an utterance begins, shape (1, state).

    Args:
        before: vector of what stands before the first word, shape (D,).
        adds: as from `contributions`.
        bias: as from `unit_bias`.
    """
    H = bias.shape[1]
    radial = (before @ adds).reshape(-1, H)  # what it adds from each place, the newest first
    # r - 1 words from now only the oldest place would still hold it; that far ahead nothing is known but the bias.
    pending = [bias + radial[k + 1 :].sum(axis=0) for k in range(len(radial))]
    return np.concatenate([*pending, np.zeros((1, H), np.float32)], axis=1)
