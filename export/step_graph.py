"""The language model's step as an ONNX graph: one word's id and the state in, predictions and the new state out.

The graph computes what `LanguageModel.step` computes, in the same order; tests/export holds the two equal.
"""

from dataclasses import fields

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from model.language_model import LITTLE, LanguageModel, Weights

OPSET = 17
"""Old enough for every onnxruntime a board may carry."""


def step_graph(model: LanguageModel) -> onnx.ModelProto:
    """Return the step of `model` as ONNX.

    Inputs:
        word: int64, shape (1,), an id; 0 begins an utterance.
        state: float32, shape (state,).
    Outputs:
        lamp: float32, shape (3,), P(light_on), P(light_off), P(none).
        next_state: float32, shape (state,).
        next_word: float32, shape (V,).
    """
    s = model.sizes
    constants = {field.name: getattr(model.weights, field.name) for field in fields(Weights)} | {
        "start_window": np.tile(model.weights.vectors[0], s.radius),
        "start_id": np.array([0], np.int64),
        "one": np.ones(1, np.float32),
        "little": np.array([LITTLE], np.float32),
        "memory": np.array([s.memory], np.float32),
        "split": np.array([s.bits] * (s.radius - 1) + [s.bits, s.bits, 1, s.hidden], np.int64),
        "flat_vector": np.array([s.bits], np.int64),
        "flat_hidden": np.array([s.hidden], np.int64),
        "empty_block": np.zeros(s.hidden, np.float32),
        "flat_lamp": np.array([3], np.int64),
        "flat_words": np.array([s.vocabulary], np.int64),
        "row": np.array([1, -1], np.int64),
    }
    slots = [f"heard_{k}" for k in range(s.radius)]
    node = helper.make_node
    nodes = [
        node("Equal", ["word", "start_id"], ["starts"]),
        node("Gather", ["vectors", "word"], ["vector_row"]),
        node("Reshape", ["vector_row", "flat_vector"], ["vector"]),
        node("Split", ["state", "split"], [*slots, "total", "count", "block"], axis=0),
        # Radial context: the newest vector first, the oldest falls out.
        node("Concat", ["vector", *slots[:-1]], ["moved_window"], axis=0),
        node("Where", ["starts", "start_window", "moved_window"], ["window"]),
        # Document context: a running sum and its length, faded when an utterance begins.
        node("Mul", ["total", "memory"], ["faded_total"]),
        node("Add", ["total", "vector"], ["grown_total"]),
        node("Where", ["starts", "faded_total", "grown_total"], ["new_total"]),
        node("Mul", ["count", "memory"], ["faded_count"]),
        node("Add", ["count", "one"], ["grown_count"]),
        node("Where", ["starts", "faded_count", "grown_count"], ["new_count"]),
        node("Max", ["new_count", "one"], ["divisor"]),
        node("Div", ["new_total", "divisor"], ["document"]),
        node("Concat", ["window", "document"], ["features"], axis=0),
        node("Reshape", ["features", "row"], ["x"]),
        # Hidden layer and the two predictions.
        node("Gemm", ["x", "hidden", "hidden_bias"], ["hidden_logits"]),
        node("Relu", ["hidden_logits"], ["h"]),
        # Block context: what the hidden layer has shown at most since the utterance began.
        node("Reshape", ["h", "flat_hidden"], ["shown"]),
        node("Max", ["block", "shown"], ["grown_block"]),
        node("Where", ["starts", "empty_block", "grown_block"], ["new_block"]),
        node("Reshape", ["new_block", "row"], ["g"]),
        node("Concat", ["window", "new_total", "new_count", "new_block"], ["next_state"], axis=0),
        node("Gemm", ["x", "direct", "lamp_bias"], ["direct_logits"]),
        node("Gemm", ["h", "lamp_weights", "direct_logits"], ["hidden_lamp_logits"]),
        node("Gemm", ["g", "block_weights", "hidden_lamp_logits"], ["lamp_logits"]),
        node("Softmax", ["lamp_logits"], ["lamp_row"], axis=-1),
        node("Reshape", ["lamp_row", "flat_lamp"], ["lamp"]),
        node("ReduceSum", ["h"], ["norm"], keepdims=1),
        node("Add", ["norm", "little"], ["safe_norm"]),
        node("Div", ["h", "safe_norm"], ["unit_h"]),
        node("Gemm", ["unit_h", "words", "words_bias"], ["word_logits"]),
        node("Softmax", ["word_logits"], ["word_row"], axis=-1),
        node("Reshape", ["word_row", "flat_words"], ["next_word"]),
    ]
    # A graph has one name for one thing: `lamp` is an output, `block` a part of the state.
    constants["lamp_weights"] = constants.pop("lamp")
    constants["block_weights"] = constants.pop("block")
    graph = helper.make_graph(
        nodes,
        "foreglow_step",
        [
            helper.make_tensor_value_info("word", TensorProto.INT64, [1]),
            helper.make_tensor_value_info("state", TensorProto.FLOAT, [s.state]),
        ],
        [
            helper.make_tensor_value_info("lamp", TensorProto.FLOAT, [3]),
            helper.make_tensor_value_info("next_state", TensorProto.FLOAT, [s.state]),
            helper.make_tensor_value_info("next_word", TensorProto.FLOAT, [s.vocabulary]),
        ],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="foreglow")
    proto.ir_version = 8  # what opset 17 was released with
    onnx.checker.check_model(proto, full_check=True)
    return proto
