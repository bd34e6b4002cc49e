import numpy as np
import pytest

from reports.display import display, pieces

from .made import tensor


def of(array):
    import base64

    array = np.asarray(array)
    data = base64.b64encode(array.tobytes()).decode()
    return {"tensor": {"dtype": str(array.dtype), "shape": list(array.shape), "data": data}}


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (None, "None"),
        (True, "True"),
        ({"float": "nan"}, "nan"),
        ({"complex": ["1.0", "-2.0"]}, "(1-2j)"),
        ({"list": [1, {"tuple": ["a"]}]}, "[1, ('a',)]"),
        ({"tuple": 2}, "a tuple of 2"),
        ({"dict": [["lr", {"float": "0.1"}]]}, "{'lr': 0.1}"),
        ({"missing": "Tensor._version"}, "lacks Tensor._version"),
        ({"raised": "RuntimeError: no"}, "raised RuntimeError: no"),
        ([3, 2], "[3, 2]"),
        ("MulBackward0", "MulBackward0"),
        (tensor(0.1, -0.0, float("nan")), "[ 0.1, -0.0,  nan]"),
        (of(np.float32(0.1)), "0.1"),
        (of([[True], [False]]), "[[ True],\n [False]]"),
        (of(np.zeros((2, 0))), "[[],\n []]"),
    ],
)
def test_data_is_shown_as_people_write_it(data, shown):
    assert display(data) == shown


def test_data_that_cannot_be_read_says_so():
    broken = {"tensor": {"dtype": "float32", "shape": [2], "data": "AAAA"}}
    assert "cannot be read" in display(broken)
    assert "cannot be read" in pieces(tensor(1.0), broken)[1][0].text


def test_the_elements_that_differ_are_marked():
    theirs, ours = pieces(tensor(1, 0.0, float("nan"), 2), tensor(1, -0.0, float("nan"), 3))
    assert [piece.text for piece in theirs if piece.differs] == ["0.0", "2.0"]
    assert [piece.text for piece in ours if piece.differs] == ["-0.0", "3.0"]


def test_arrays_of_other_shapes_differ_everywhere():
    theirs, ours = pieces(tensor(1, 2), tensor(1, 2, 3))
    assert [piece.text for piece in ours if piece.differs] == ["1.0", "2.0", "3.0"]
    assert [piece.text for piece in theirs if piece.differs] == ["1.0", "2.0"]


def test_large_arrays_are_abridged_and_say_how_many_elements_differ():
    one = np.arange(10_000.0).reshape(100, 100)
    other = one.copy()
    other[50] = 0
    shown = "".join(piece.text for piece in pieces(of(one), of(other))[1])
    assert shown.count("\n") < 10
    assert shown.endswith("10000 elements, 100 of them differ")


def test_what_is_absent_is_marked_as_a_whole():
    left, right = pieces(True, {"missing": "Tensor.requires_grad"})
    assert [(piece.text, piece.differs) for piece in left] == [("True", True)]
    assert [(piece.text, piece.differs) for piece in right] == [("lacks Tensor.requires_grad", True)]
    assert [piece.differs for side in pieces({"missing": "x"}, {"missing": "x"}) for piece in side] == [
        False
    ] * 2
