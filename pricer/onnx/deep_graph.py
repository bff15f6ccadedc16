"""The course's network as a graph, in floats and in 8 bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from pricer.int8_network import LEVELS, STEPS, TINY
from pricer.onnx.graph import FLOAT, UINT8, Graph, numpy_of, ratio
from pricer.residual_network import DeepNeuralNetwork
from pricer.seen import WORD_BUCKETS, KnownWords


def add_deep(graph: Graph, network: DeepNeuralNetwork, columns: str, counts: str, precision: str) -> str:
    """The course's network on rows of unit length, dense: as `DeepNeuralNetwork.forward`."""
    linear = {"fp32": _float_linear, "int8": _int8_linear}[precision]
    blocks: list[Any] = [each.block for each in network.residual_blocks]
    first: Any = network.input_layer
    x = graph.op("Relu", _normalised(graph, linear(graph, first[0], _dense(graph, network, columns, counts)), first[1]))
    for block in blocks:
        inside = graph.op("Relu", _normalised(graph, linear(graph, block[0], x), block[1]))
        last = _normalised(graph, linear(graph, block[4], inside), block[5])
        x = graph.op("Relu", graph.op("Add", last, x))
    # Row by row, as the sums of a product may round otherwise for other numbers of rows.
    products = graph.op("Mul", x, numpy_of(network.output_layer.weight))
    summed = graph.op("ReduceSum", products, [1], keepdims=0)
    return graph.op("Add", summed, numpy_of(network.output_layer.bias))


def _dense(graph: Graph, network: DeepNeuralNetwork, columns: str, counts: str) -> str:
    """Rows of unit length (n_texts, input_size); the texts' filling goes to a column more, which is cut off."""
    size = network.config.input_size
    is_filled = graph.op("Greater", counts, 0.0)
    chosen = graph.op("Where", is_filled, columns, size)
    length = graph.op("Max", graph.op("ReduceL2", counts, [1], keepdims=1), 1e-6)
    shape = graph.op("Concat", graph.op("Shape", columns, end=1), [size + 1], axis=0)
    empty = graph.op("Expand", 0.0, shape)
    filled = graph.op("ScatterElements", empty, chosen, graph.op("Div", counts, length), axis=1)
    return graph.op("Slice", filled, [0], [size], [1])


def _normalised(graph: Graph, x: str, norm: nn.LayerNorm) -> str:
    return graph.op("LayerNormalization", x, numpy_of(norm.weight), numpy_of(norm.bias), epsilon=norm.eps)


def _float_linear(graph: Graph, linear: nn.Linear, x: str) -> str:
    weight, bias = numpy_of(linear.weight), numpy_of(linear.bias)
    if weight.flags.c_contiguous:
        return graph.op("Gemm", x, weight, bias, transB=1)
    return graph.op("Gemm", x, weight.T, bias)  # the sparse first layer's weights lie input by input


def _int8_linear(graph: Graph, linear: nn.Linear, x: str) -> str:
    """As `pricer.int8_network.Int8Linear`.

    The rounded weights are stored with 128 added, as unsigned numbers: with signed ones, processors without products
    for 8 bits of their own would cut off large sums.
    """
    weight = linear.weight.detach()
    scale = weight.abs().amax(1).clamp(min=TINY) / LEVELS
    rounded = torch.div(weight, scale[:, None]).round_().add_(128).to(torch.uint8).t().contiguous()
    largest = graph.op("Max", graph.op("ReduceMax", x, [1], keepdims=1), TINY)
    steps = graph.op("Floor", graph.op("Add", graph.op("Mul", x, graph.op("Div", float(STEPS), largest)), 0.5))
    zero_points = (np.array(each, dtype=np.uint8) for each in (0, 128))
    whole = graph.op("MatMulInteger", graph.op("Cast", steps, to=UINT8), rounded.numpy(), *zero_points)
    scaled = graph.op("Mul", graph.op("Cast", whole, to=FLOAT), numpy_of(scale / STEPS))
    return graph.op("Add", graph.op("Mul", scaled, largest), numpy_of(linear.bias))


def share_of_known(graph: Graph, known_words: KnownWords) -> str:
    """Share of a text's different words that are known, shape (n_texts,); 0 for a text without words.

    The input `words` (n_texts, n_words) has the buckets of a text's words, each bucket once; a text with fewer is
    filled up with the number of buckets.
    """
    words = graph.input("words", np.int64, ["n_texts", "n_words"])
    is_known = graph.constant(np.append(np.unpackbits(known_words.bits), np.uint8(0)), "is_known")
    known = graph.op("Cast", graph.op("Gather", is_known, words), to=FLOAT)
    filled = graph.op("Cast", graph.op("Less", words, WORD_BUCKETS), to=FLOAT)
    reached, count = (graph.op("ReduceSum", each, [1], keepdims=0) for each in (known, filled))
    return ratio(graph, reached, count)
