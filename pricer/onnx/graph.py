"""An ONNX graph, put together node by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from torch import Tensor

from pricer.onnx import needed

OPSET = 18  # of the standard operators; nothing else is used
IR_VERSION = 9  # of the file format: what readers of that opset know
FLOAT, UINT8 = 1, 2  # types of numbers, as the format counts them
LARGE_BYTES = 1 << 16  # constants from this size on may lie outside of the graph
ALIGNMENT = 4096  # of such constants in their file, so that it can be mapped into memory

Value = str | float | int | np.ndarray | Sequence[int]  # a value's name, or a constant


@dataclass
class Graph:
    """Nodes in the order they run in, with their constants; values are known by name."""

    nodes: list[Any] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)
    inputs: list[Any] = field(default_factory=list)
    outputs: list[Any] = field(default_factory=list)

    def input(self, name: str, dtype: type, shape: Sequence[str | int]) -> str:
        """Declare an input; a dimension by name may have any size."""
        self.inputs.append(_info(name, dtype, shape))
        return name

    def output(self, name: str, value: str, shape: Sequence[str | int]) -> None:
        """Declare a value of floats as an output of this name."""
        self.outputs.append(_info(name, np.float32, shape))
        self.nodes.append(needed("onnx.helper").make_node("Identity", [value], [name]))

    def constant(self, array: np.ndarray, name: str = "") -> str:
        """Name of a constant."""
        name = name or f"constant_{len(self.constants)}"
        self.constants[name] = array
        return name

    def op(self, kind: str, *values: Value, **attributes: Any) -> str:
        """The first output of a standard operator on these values: floats alone are 32-bit, whole numbers 64-bit."""
        output = f"{kind}_{len(self.nodes)}"
        names = [value if isinstance(value, str) else self.constant(_array(value)) for value in values]
        self.nodes.append(needed("onnx.helper").make_node(kind, names, [output], **attributes))
        return output

    def model(self, outside: Mapping[str, tuple[str, int]] | None = None) -> Any:
        """The ModelProto.

        Parameters
        ----------
        outside
            Constants that do not lie in it: name -> the file that they lie in, and where there.
        """
        helper, outside = needed("onnx.helper"), outside or {}
        nodes, names = self._wanted()
        tensors = [
            _reference(name, array, *outside[name])
            if name in outside
            else needed("onnx.numpy_helper").from_array(np.asarray(array, order="C"), name)
            for name, array in self.constants.items()
            if name in names
        ]
        inputs = [each for each in self.inputs if each.name in names]
        graph = helper.make_graph(nodes, "pricer", inputs, self.outputs, tensors)
        opsets = [helper.make_opsetid("", OPSET)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="pricer")

    def large(self) -> dict[str, np.ndarray]:
        """The constants that may lie outside."""
        _, names = self._wanted()
        return {name: each for name, each in self.constants.items() if each.nbytes >= LARGE_BYTES and name in names}

    def _wanted(self) -> tuple[list[Any], set[str]]:
        """The nodes that an output comes of, in their order, and the names of all values that do."""
        nodes, names = [], {each.name for each in self.outputs}
        for node in reversed(self.nodes):
            if not names.isdisjoint(node.output):
                nodes.append(node)
                names.update(node.input)
        return nodes[::-1], names

    def write(self, path: Path, data: Path | None) -> None:
        """Write the graph, with its large constants in a file of their own beside it where one is named."""
        outside = {}
        if data is not None:
            with data.open("wb") as file:
                outside = {name: (data.name, _append(file, array)) for name, array in self.large().items()}
        path.write_bytes(self.model(outside).SerializeToString(deterministic=True))


def ratio(graph: Graph, part: str, whole: str) -> str:
    """Add a share; 0 where there is nothing."""
    return graph.op("Div", part, graph.op("Max", whole, 1e-9))


def numpy_of(tensor: Tensor) -> np.ndarray:
    """A parameter's values, as they lie in memory."""
    return tensor.detach().numpy()


def _array(value: float | int | np.ndarray | Sequence[int]) -> np.ndarray:
    if isinstance(value, np.ndarray):
        return value
    return np.array(value, dtype=np.float32 if isinstance(value, float) else np.int64)


def _info(name: str, dtype: type, shape: Sequence[str | int]) -> Any:
    helper = needed("onnx.helper")
    return helper.make_tensor_value_info(name, helper.np_dtype_to_tensor_dtype(np.dtype(dtype)), list(shape))


def _reference(name: str, array: np.ndarray, location: str, offset: int) -> Any:
    """A constant that lies in another file."""
    onnx = needed("onnx")
    tensor = onnx.TensorProto(
        name=name,
        dims=array.shape,
        data_type=needed("onnx.helper").np_dtype_to_tensor_dtype(array.dtype),
        data_location=onnx.TensorProto.EXTERNAL,
    )
    for key, value in {"location": location, "offset": offset, "length": array.nbytes}.items():
        tensor.external_data.add(key=key, value=str(value))
    return tensor


def _append(file: BinaryIO, array: np.ndarray) -> int:
    """Write an array at the next place that can be mapped; gives the place."""
    file.write(bytes(-file.tell() % ALIGNMENT))
    offset = file.tell()
    file.write(np.asarray(array, order="C").data)
    return offset
