"""Nodes and constants to a checked ONNX model."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

OPSET = 17
"""Old enough for every onnxruntime a board may carry."""

IR_VERSION = 8
"""What opset 17 was released with."""

Shape: TypeAlias = Sequence[int]

Constants: TypeAlias = Mapping[str, NDArray[Any]]
"""Initialisers by name."""


def onnx_model(
    name: str,
    inputs: Mapping[str, tuple[Any, Shape]],
    nodes: Sequence[onnx.NodeProto],
    outputs: Mapping[str, Shape],
    constants: Constants,
) -> onnx.ModelProto:
    """Return a model of these nodes; inputs are name to type and shape, outputs are float32."""
    graph = helper.make_graph(
        list(nodes),
        name,
        [helper.make_tensor_value_info(key, kind, shape) for key, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(key, TensorProto.FLOAT, shape) for key, shape in outputs.items()],
        [numpy_helper.from_array(array, key) for key, array in constants.items()],
    )
    proto = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="foreglow")
    proto.ir_version = IR_VERSION
    onnx.checker.check_model(proto, full_check=True)
    return proto
