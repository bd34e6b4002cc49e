"""What is observed of a yielded value, of the best and of the worst of subjects."""

import base64
import collections
import json
import math
import struct
import sys
from types import SimpleNamespace

import pytest

from conformance import raises
from conformance.observe import NODE_LIMIT, TEXT_LIMIT, clean, observe


class Tensor:
    """A tensor that has whatever attributes it is given."""

    def __init__(self, numbers, dtype="torch.float32", **attributes):
        defaults = {"requires_grad": False, "is_leaf": True, "grad_fn": None, "_version": 0}
        self.__dict__.update(defaults, numbers=numbers, dtype=dtype, **attributes)
        self.__dict__.setdefault("shape", (len(numbers),) if type(numbers) is list else ())

    def tolist(self):
        return self.numbers

    def __repr__(self):
        return f"tensor({self.numbers})"


class Node:
    def __init__(self, label, *inputs):
        self.label = label
        self.next_functions = tuple((node, number) for number, node in enumerate(inputs))

    def name(self):
        return self.label


NAMESPACE = SimpleNamespace(Tensor=Tensor)


def observed(value, label="it", namespace=NAMESPACE):
    found = observe(label, value, namespace, lambda error: None)
    json.dumps(found, allow_nan=False).encode()
    assert json.loads(json.dumps(found, ensure_ascii=False).encode()) == found
    return found


def aspects(value, namespace=NAMESPACE):
    (only,) = observed(value, namespace=namespace)
    assert only["label"] == "it"
    return only["aspects"]


def packed(numbers, dtype, **attributes):
    """The dtype, shape and bytes of a tensor's value."""
    tensor = aspects(Tensor(numbers, dtype, **attributes))["value"]["tensor"]
    return tensor["dtype"], tensor["shape"], base64.b64decode(tensor["data"])


# What is not a tensor


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (None, None),
        (True, True),
        (-3, -3),
        (1 << 70, 1 << 70),
        (0.1, {"float": "0.1"}),
        (-0.0, {"float": "-0.0"}),
        (math.nan, {"float": "nan"}),
        (-math.inf, {"float": "-inf"}),
        (1 - 0.5j, {"complex": ["1.0", "-0.5"]}),
        ([1, "a", None], {"list": [1, "a", None]}),
        ((1.0, (2,)), {"tuple": [{"float": "1.0"}, {"tuple": [2]}]}),
        ({"lr": 0.5, 1: []}, {"dict": [["lr", {"float": "0.5"}], [1, {"list": []}]]}),
    ],
)
def test_plain_values_have_a_value_only(value, data):
    assert aspects(value) == {"value": data}


def test_a_text_has_a_text_only():
    assert aspects("loss: 0.5") == {"text": "loss: 0.5"}


@pytest.mark.parametrize("value", [len, int, SimpleNamespace(a=1), {1, 2}, [int, 1], 10**400])
def test_anything_else_has_the_text_of_its_repr(value):
    assert aspects(value) == {"text": clean(repr(value))}


def test_a_subclass_of_a_number_or_container_is_no_plain_value():
    size = type("Size", (tuple,), {"__repr__": lambda self: "torch.Size([2])"})
    number = type("float64", (float,), {"__repr__": lambda self: "np.float64(1.0)"})
    assert aspects(size((2,))) == {"text": "torch.Size([2])"}
    assert aspects(number(1.0)) == {"text": "np.float64(1.0)"}


def test_addresses_are_not_recorded():
    assert aspects("at 0x7f12ab34cd56 and 0x55d0c0ffee00") == {"text": "at 0x… and 0x…"}
    assert aspects(observed)["text"].endswith(" at 0x…>")
    assert aspects("0x1F is thirty-one") == {"text": "0x1F is thirty-one"}


def test_a_long_text_is_cut_with_a_note():
    text = aspects("a" * 1_000_000)["text"]
    assert text.startswith("a" * TEXT_LIMIT)
    assert text[TEXT_LIMIT:] == f"… (cut after {TEXT_LIMIT} characters)"
    up_to_the_cut = "a" * (TEXT_LIMIT - 4)
    assert aspects(f"{up_to_the_cut}0x7f0000000000") == aspects(f"{up_to_the_cut}0x550000000000")


def test_what_utf_8_cannot_encode_is_escaped():
    assert aspects("\udcff\x1b") == {"text": "\\udcff\x1b"}


# Containers


def test_a_container_of_tensors_is_followed_by_its_items():
    found = observed({"w": (Tensor([1.0]), 2), "node": Node("AddBackward0")}, "state")
    labels = [item["label"] for item in found]
    assert labels == ["state", "state['w']", "state['w'][0]", "state['w'][1]", "state['node']"]
    assert [item["aspects"].get("value") for item in found[:2]] == [{"dict": 2}, {"tuple": 2}]
    assert found[3]["aspects"] == {"value": 2}
    assert found[4]["aspects"]["grad_fn"] == "AddBackward0"


def test_a_named_tuple_of_tensors_is_a_tuple():
    pair = collections.namedtuple("max", "values indices")(Tensor([1.0]), Tensor([0], "torch.int64"))
    assert [item["label"] for item in observed(pair)] == ["it", "it[0]", "it[1]"]


def test_a_container_that_holds_itself_comes_to_an_end():
    endless = [Tensor([1.0])]
    endless.append(endless)
    assert [item["label"] for item in observed(endless)] == ["it", "it[0]", "it[1]"]
    looped = []
    looped.append(looped)
    assert aspects(looped) == {"text": "[[...]]"}


def test_a_container_of_very_many_tensors_is_cut():
    found = observed([Tensor([1.0])] * 5_000)
    assert len(found) == 1_001
    assert found[-1]["aspects"] == {"text": "… (cut after 1000 observations)"}


# Errors


def test_an_error_is_its_type_and_message():
    def fail():
        raise RuntimeError("no graph at 0x7f12ab34cd56")

    assert aspects(raises(fail)) == {"error type": "RuntimeError", "error message": "no graph at 0x…"}


def test_what_came_back_instead_of_an_error_is_marked():
    (only,) = observed(raises(lambda: 3))
    assert only == {"label": "it", "aspects": {"value": 3}, "returned": True}
    assert all(item["returned"] for item in observed(raises(lambda: [Tensor([1.0])])))


def test_an_error_shows_which_api_is_missing():
    (only,) = observe("it", raises(lambda: 1 / 0), NAMESPACE, lambda error: "torch.divide")
    assert only["missing"] == "torch.divide"


# Tensors


def test_a_tensor_has_all_its_aspects():
    node = Node("MulBackward0", None)
    found = aspects(Tensor([1.0, -2.5], grad_fn=node, requires_grad=True, is_leaf=False))
    assert found.pop("value")["tensor"]["shape"] == [2]
    assert found == {
        "dtype": "torch.float32",
        "shape": [2],
        "requires_grad": True,
        "is_leaf": False,
        "grad_fn": "MulBackward0",
        "graph": {"nodes": ["MulBackward0"], "edges": [[0, 0, None, 0]]},
        "version": 0,
        "text": "tensor([1.0, -2.5])",
    }


@pytest.mark.parametrize(
    ("dtype", "numbers", "layout"),
    [
        ("bool", [True, False], "??"),
        ("uint8", [0, 255], "BB"),
        ("int8", [-128, 127], "bb"),
        ("int16", [-5, 5], "hh"),
        ("int32", [-5, 5], "ii"),
        ("int64", [-5, 1 << 62], "qq"),
        ("uint16", [65535], "H"),
        ("uint32", [1 << 31], "I"),
        ("uint64", [1 << 63], "Q"),
        ("float16", [0.5, -0.0], "ee"),
        ("float32", [0.5, math.inf], "ff"),
        ("float64", [0.1, 5e-324], "dd"),
    ],
)
def test_a_value_is_the_bytes_of_its_dtype(dtype, numbers, layout):
    for name in (f"torch.{dtype}", dtype):
        assert packed(numbers, name) == (dtype, [len(numbers)], struct.pack(f"<{layout}", *numbers))


def test_complex_values_are_pairs_of_bytes():
    assert packed([1 - 0.5j], "torch.complex64") == ("complex64", [1], struct.pack("<ff", 1.0, -0.5))
    assert packed([0.1 + 0.2j], "torch.complex128") == ("complex128", [1], struct.pack("<dd", 0.1, 0.2))
    assert packed([1 - 0.5j], "torch.complex32") == ("complex32", [1], struct.pack("<ee", 1.0, -0.5))


def test_bfloat16_has_two_bytes_each():
    assert packed([1.0, -2.5], "torch.bfloat16") == ("bfloat16", [2], b"\x80\x3f\x20\xc0")


def test_nan_fits_every_floating_point_dtype():
    for dtype, size in (("float16", 2), ("bfloat16", 2), ("float32", 4), ("float64", 8)):
        name, _, data = packed([math.nan], f"torch.{dtype}")
        assert (name, len(data)) == (dtype, size)


@pytest.mark.parametrize(
    ("dtype", "numbers", "packed_as"),
    [
        ("torch.float32", [0.1], "float64"),
        ("torch.float16", [1e9], "float64"),
        ("torch.bfloat16", [1.0 + 2**-10], "float64"),
        ("torch.float32", [1, 2], "int64"),
        ("torch.int64", [1.5], "float64"),
        ("torch.int32", [1 << 40], "int64"),
        ("torch.int64", [True], "bool"),
        ("torch.complex64", [0.1j], "complex128"),
        ("torch.float32", [1.0, 2j], "complex128"),
        ("torch.float32", [True, 0.5], "float64"),
        ("fake.float8", [0.5], "float64"),
        ("", [0.5], "float64"),
    ],
)
def test_a_value_that_its_dtype_cannot_hold_is_packed_wider(dtype, numbers, packed_as):
    assert packed(numbers, dtype)[0] == packed_as


def test_nested_lists_give_the_shape_of_a_value():
    assert packed(2.0, "torch.float64") == ("float64", [], struct.pack("<d", 2.0))
    assert packed([[1.0, 2.0, 3.0]], "torch.float64", shape=(1, 3))[1] == [1, 3]
    assert packed([[1.0, 2.0, 3.0]], "torch.float64", shape=(3,))[1] == [1, 3]
    assert packed([[], [], []], "torch.float64", shape=(3, 0, 2)) == ("float64", [3, 0, 2], b"")
    assert packed([], "torch.float64", shape=(4,)) == ("float64", [0], b"")


def self_containing_list(length):
    looped = []
    looped.extend([looped] * length)
    return looped


@pytest.mark.parametrize(
    ("listed", "complaint"),
    [
        ("text", "TypeError: tolist() gave a str"),
        (None, "TypeError: tolist() gave a NoneType"),
        ([1.0, None], "TypeError: tolist() gave a NoneType"),
        ([1.0, [2.0]], "TypeError: tolist() gave a list"),
        ([[1.0], [2.0, 3.0]], "ValueError: tolist() gave lists of uneven lengths"),
        ([[1.0], 2.0], "ValueError: tolist() gave lists of uneven lengths"),
        ([1 << 80], "OverflowError: tolist() gave integers beyond 64 bits"),
        (self_containing_list(1), "TypeError: tolist() gave a list"),
        (self_containing_list(3), "ValueError: tolist() gave more than"),
        ((1.0, 2.0), "TypeError: tolist() gave a tuple"),
    ],
)
def test_nonsense_from_tolist_is_told(listed, complaint):
    assert aspects(Tensor(listed))["value"]["raised"].startswith(complaint)


def test_an_attribute_that_is_not_there_is_missing():
    class Bare:
        pass

    found = aspects(Bare(), SimpleNamespace(Tensor=Bare))
    names = {"dtype", "shape", "requires_grad", "is_leaf", "grad_fn"}
    assert {name: found[name] for name in names} == {name: {"missing": f"Tensor.{name}"} for name in names}
    assert found["version"] == {"missing": "Tensor._version"}
    assert found["value"] == {"missing": "Tensor.tolist"}
    assert found["graph"] == {"missing": "Tensor.grad_fn"}


def test_an_attribute_that_fails_by_itself_is_not_missing():
    class Faulty:
        @property
        def dtype(self):
            return self.nowhere

        def __getattr__(self, name):
            raise AttributeError(f"nothing is called {name}")

    found = aspects(Faulty(), SimpleNamespace(Tensor=Faulty))
    assert found["dtype"] == {"raised": "AttributeError: nothing is called dtype"}
    assert found["shape"] == {"missing": "Tensor.shape"}


class Fiend(BaseException):
    def __str__(self):
        raise Fiend


class Hostile:
    """An object of which nothing can be read."""

    def __getattribute__(self, name):
        raise Fiend

    def __repr__(self):
        raise Fiend

    __str__ = __iter__ = __len__ = __eq__ = __hash__ = __bool__ = __repr__


def test_an_object_whose_every_attribute_raises_is_survived():
    raised = {"raised": "Fiend: (its message cannot be read: Fiend)"}
    assert aspects(Hostile()) == {"text": raised}
    assert set(map(str, aspects(Hostile(), SimpleNamespace(Tensor=Hostile)).values())) == {str(raised)}
    assert aspects(raises(lambda: (_ for _ in ()).throw(Fiend())))["error type"] == "Fiend"
    (container, item) = observed([Tensor([1.0]), Hostile()])[::2]
    assert (container["aspects"], item["aspects"]) == ({"value": {"list": 2}}, {"text": raised})


def test_rubbish_attributes_are_told_as_they_are():
    rubbish = Tensor([1.0], requires_grad="yes", is_leaf=len, _version=1.5, grad_fn=7, shape="wide")
    found = aspects(rubbish)
    assert found["requires_grad"] == "'yes'"
    assert found["is_leaf"] == "<built-in function len>"
    assert found["version"] == "1.5"
    assert found["shape"] == {"raised": "TypeError: shape is 'wide'"}
    assert found["grad_fn"] == "int"
    assert found["graph"] == {"missing": "Node.next_functions"}


def test_nothing_is_computed_and_nothing_is_written():
    read = []

    class Watched:
        dtype, shape, requires_grad, is_leaf, grad_fn, _version = "torch.float32", (1,), False, True, None, 0

        def tolist(self):
            return [1.0]

        def __getattribute__(self, name):
            read.append(name)
            return super().__getattribute__(name)

        def __setattr__(self, name, value):
            raise AssertionError

    aspects(Watched(), SimpleNamespace(Tensor=Watched))
    assert sorted(read) == ["_version", "dtype", "grad_fn", "is_leaf", "requires_grad", "shape", "tolist"]


# Nodes and graphs


def test_a_graph_is_numbered_breadth_first():
    leaf = Node("torch::autograd::AccumulateGrad")
    product = Node("MulBackward0", leaf, None)
    root = Node("AddBackward0", product, leaf)
    assert aspects(root)["graph"] == {
        "nodes": ["AddBackward0", "MulBackward0", "AccumulateGrad"],
        "edges": [[0, 0, 1, 0], [0, 1, 2, 1], [1, 0, 2, 0], [1, 1, None, 1]],
    }


def test_a_node_has_a_name_a_graph_and_a_text():
    assert set(aspects(Node("AddBackward0"))) == {"grad_fn", "graph", "text"}


def test_a_node_without_a_name_has_that_of_its_type():
    class ExpBackward0:
        next_functions = ()

        def name(self):
            raise Fiend

    assert aspects(ExpBackward0())["grad_fn"] == "ExpBackward0"
    ExpBackward0.name = lambda self: 7
    assert aspects(ExpBackward0())["grad_fn"] == "ExpBackward0"


def test_a_class_with_the_attributes_of_a_node_is_no_node():
    assert set(aspects(type("Class", (), {"next_functions": (), "name": len}))) == {"text"}


class Endless:
    """A node that makes new nodes whenever it is asked."""

    name = Tensor.__repr__

    @property
    def next_functions(self):
        return ((Endless(), 0), (Endless(), 1))


def test_an_endless_graph_is_truncated():
    graph = aspects(Endless())["graph"]
    assert len(graph["nodes"]) == NODE_LIMIT
    assert graph["truncated"] is True


def test_a_graph_of_a_thousand_nodes_is_whole():
    node = None
    for _ in range(NODE_LIMIT):
        node = Node("N", node)
    graph = aspects(node)["graph"]
    assert (len(graph["nodes"]), len(graph["edges"]), "truncated" in graph) == (NODE_LIMIT, NODE_LIMIT, False)
    assert aspects(Node("N", node))["graph"]["truncated"] is True


def test_a_graph_with_a_cycle_is_whole():
    node = Node("N")
    node.next_functions = ((node, 0),)
    assert aspects(node)["graph"] == {"nodes": ["N"], "edges": [[0, 0, 0, 0]]}


@pytest.mark.parametrize("rubbish", [None, [], 7, "text", (1, 2), ((None,),), ((None, ""),), ((None, 0, 0),)])
def test_next_functions_that_are_no_tuple_of_pairs_are_told(rubbish):
    node = Node("N")
    node.next_functions = rubbish
    assert aspects(node)["graph"]["raised"].startswith("TypeError: next_functions of N ")


def test_a_very_wide_node_is_truncated():
    node = Node("N")
    node.next_functions = ((None, 0),) * 100_000
    graph = aspects(node)["graph"]
    assert (len(graph["edges"]), graph["truncated"]) == (10_000, True)


# PyTorch


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


def test_observing_pytorch_changes_nothing(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = (x * x).exp()
    y.retain_grad()
    rng = torch.get_rng_state()
    before = (x._version, y._version, y.grad_fn._sequence_nr(), sys.getrefcount(y), torch.is_grad_enabled())
    first = observed([x, y, y.grad_fn], namespace=torch)
    after = (x._version, y._version, y.grad_fn._sequence_nr(), sys.getrefcount(y), torch.is_grad_enabled())
    assert before == after
    assert torch.equal(rng, torch.get_rng_state())
    assert x.grad is y.grad is None
    assert (x + 1).grad_fn._sequence_nr() == y.grad_fn._sequence_nr() + 1
    assert observed([x, y, y.grad_fn], namespace=torch) == first
    y.sum().backward()
    assert x.grad is not None


def test_pytorch_values_come_back_to_the_bit(torch):
    numbers = torch.tensor([0.1, -0.0, math.inf, math.nan, 1e-40, 3.0])
    for name in ("float16", "bfloat16", "float32", "float64", "complex64", "complex128"):
        dtype = getattr(torch, name)
        tensor = numbers.to(dtype)
        value = aspects(tensor, torch)["value"]["tensor"]
        assert value["dtype"] == name
        back = torch.frombuffer(bytearray(base64.b64decode(value["data"])), dtype=dtype)
        assert torch.equal(back.nan_to_num(7.0), tensor.nan_to_num(7.0))
        assert repr(back) == repr(tensor)
    for dtype in (torch.bool, torch.uint8, torch.int8, torch.int16, torch.int32, torch.int64):
        tensor = torch.tensor([[0, 1], [1, 100]]).to(dtype)
        value = aspects(tensor, torch)["value"]["tensor"]
        assert (f"torch.{value['dtype']}", value["shape"]) == (str(dtype), [2, 2])
        back = torch.frombuffer(bytearray(base64.b64decode(value["data"])), dtype=dtype)
        assert torch.equal(back, tensor.ravel())


def test_the_graph_of_pytorch_is_seen(torch):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    assert aspects((x * 2 + x).sum(), torch)["graph"] == {
        "nodes": ["SumBackward0", "AddBackward0", "MulBackward0", "AccumulateGrad"],
        "edges": [[0, 0, 1, 0], [1, 0, 2, 0], [1, 1, 3, 0], [2, 0, 3, 0], [2, 1, None, 0]],
    }
    assert aspects(x, torch)["graph"] is None
