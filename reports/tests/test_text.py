import pytest

from reports.text import Piece, differences, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("two\nlines\tand a tab", "two\nlines\tand a tab"),
        ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
        ("left\u202etfel", "left\\u202etfel"),
        ("lone \ud800 surrogate", "lone \\ud800 surrogate"),
        ("\x00\x7f\x9b\r", "\\x00\\x7f\\x9b\\r"),
        ("naïve ∂y/∂x", "naïve ∂y/∂x"),
    ],
)
def test_invisible_characters_become_visible(text, shown):
    assert visible(text) == shown
    visible(text).encode()


def marked(pieces):
    return [piece.text for piece in pieces if piece.differs]


def test_only_what_differs_is_marked():
    theirs, ours = differences(
        "tensor([1., 2.], grad_fn=<MulBackward0>)", "tensor([1., 5.], grad_fn=<DivBackward0>)"
    )
    assert marked(theirs) == ["2", "Mul"]
    assert marked(ours) == ["5", "Div"]


def test_pieces_make_up_the_whole_text():
    texts = "same\nother line\nend", "same\nanother lime\nadded\nend"
    for text, pieces in zip(texts, differences(*texts), strict=True):
        assert "".join(piece.text for piece in pieces) == text


def test_equal_texts_have_no_marks():
    assert differences("a\nb", "a\nb") == ([Piece("a\nb", False)], [Piece("a\nb", False)])


def test_a_line_that_one_side_lacks_is_marked_as_a_whole():
    theirs, ours = differences("first\nsecond\n", "first\n")
    assert marked(theirs) == ["second\n"]
    assert marked(ours) == []


def test_long_texts_are_compared_by_their_ends():
    theirs, ours = differences("a" * 40_000 + "x" + "b" * 20_000, "a" * 40_000 + "yz" + "b" * 20_000)
    assert marked(theirs) == ["x"]
    assert marked(ours) == ["yz"]
