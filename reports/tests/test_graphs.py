import re

import pytest

from reports.drawing import Gallery
from reports.graphs import NODES_SHOWN, Edge, differing, graph_of, sketch

from .made import graph


def made(*nodes, edges=None):
    data = graph(*nodes)
    return graph_of(data if edges is None else data | {"edges": edges})


def test_equal_graphs_have_no_marks():
    assert differing(made("Mul", "Leaf"), made("Mul", "Leaf")) == (set(), set())


def test_an_inserted_node_marks_itself_and_its_edges():
    one = made("Mean", "Mul", "Leaf")
    other = made("Mean", "Expand", "Mul", "Leaf")
    assert differing(other, one) == ({1}, {Edge(0, 0, 1, 0), Edge(1, 0, 2, 0)})
    assert differing(one, other) == (set(), {Edge(0, 0, 1, 0)})


def test_a_renamed_node_marks_itself_alone():
    assert differing(made("Mean", "Times", "Leaf"), made("Mean", "Mul", "Leaf")) == ({1}, set())


def test_a_leaf_used_twice_differs_from_two_leaves():
    shared = made("Mul", "Leaf", edges=[[0, 0, 1, 0], [0, 1, 1, 0]])
    apart = made("Mul", "Leaf", "Leaf", edges=[[0, 0, 1, 0], [0, 1, 2, 0]])
    assert differing(apart, shared) == ({2}, {Edge(0, 1, 2, 0)})
    assert differing(shared, apart) == (set(), {Edge(0, 1, 1, 0)})


def test_an_edge_to_nothing_differs_from_one_to_a_node():
    assert differing(
        made("Mul", "Leaf", edges=[[0, 0, 1, 0], [0, 1, None, 0]]),
        made("Mul", "Leaf", edges=[[0, 0, 1, 0], [0, 1, 1, 0]]),
    ) == (set(), {Edge(0, 1, None, 0)})


def test_graphs_with_cycles_are_compared_too():
    loop = made("Mul", "Add", edges=[[0, 0, 1, 0], [1, 0, 0, 0]])
    assert differing(loop, made("Mul", "Add")) == (set(), {Edge(1, 0, 0, 0)})


@pytest.mark.parametrize(
    "data",
    [
        None,
        {"missing": "Tensor.grad_fn"},
        {"nodes": [], "edges": []},
        {"nodes": ["Mul"], "edges": [[0, 0, 7, 0]]},
        {"nodes": ["Mul"], "edges": [[0, 0, "a", 0]]},
        {"nodes": ["Mul"], "edges": [[0, 0]]},
    ],
)
def test_what_is_no_graph_is_not_drawn(data):
    assert graph_of(data) is None


def test_a_long_chain_is_abridged_and_says_so():
    drawn = sketch(made(*["Mul"] * 500, "AccumulateGrad"))
    assert len(drawn.nodes) < 20
    assert drawn.note == f"abridged: {len(drawn.nodes) - 1} of 501 nodes drawn"
    assert any("more" in name for _, name, _ in drawn.nodes)


def test_a_large_graph_is_cut_and_says_so():
    edges = [edge for at in range(400) for edge in ([at, 0, at + 1, 0], [at, 1, 401, 0])]
    drawn = sketch(made(*["Mul"] * 401, "AccumulateGrad", edges=edges))
    assert len(drawn.nodes) <= NODES_SHOWN
    assert "of 402 nodes drawn" in drawn.note


def test_a_graph_that_was_recorded_in_part_says_so():
    assert "recorded up to node 2" in sketch(graph_of(graph("Mul", "Leaf") | {"truncated": True})).note


def test_the_result_stands_above_its_leaves_which_are_pills():
    picture = Gallery().picture(made("MeanBackward0", "MulBackward0", "AccumulateGrad"))
    boxes = re.findall(r'<rect class="(\w+)"[^>]* y="(\d+)"[^>]* rx="(\d+)"/><text[^>]*>(\w+)<', picture)
    heights = {name: int(y) for _, y, _, name in boxes}
    assert heights["MeanBackward0"] < heights["MulBackward0"] < heights["AccumulateGrad"]
    assert {name: kind for kind, _, _, name in boxes} == {
        "MeanBackward0": "n",
        "MulBackward0": "n",
        "AccumulateGrad": "leaf",
    }


def test_equal_pictures_are_drawn_once():
    gallery = Gallery()
    first = gallery.picture(made("Mul", "AccumulateGrad"))
    assert gallery.picture(made("Mul", "AccumulateGrad")) is first
    assert gallery.picture(made("Mul", "AccumulateGrad"), made("Times", "AccumulateGrad")) is not first
    assert len(gallery.pictures) == 2


def test_inputs_without_gradient_end_in_a_ring():
    picture = Gallery().picture(made("Mul", "AccumulateGrad", edges=[[0, 0, 1, 0], [0, 1, None, 0]]))
    assert picture.count("<circle") == 1
