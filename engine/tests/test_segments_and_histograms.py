"""Histograms over several coordinates and reductions of segments: the same line on both, compared by its text."""

import pytest

import engine

torch = pytest.importorskip("torch")

POINTS = "torch.tensor([[0.0, 1], [1, 0], [2, 0], [2, 2]])"
HISTOGRAMS = """
torch.histogramdd(POINTS, bins=[3, 3], weight=torch.tensor([1.0, 2, 4, 8]))
torch.histogramdd(POINTS, [2, 2], range=[0.0, 1, 0, 1], density=True)
torch.histogramdd(POINTS, 5)
torch.histogramdd(POINTS, torch.tensor(2))
torch.histogramdd(POINTS, (torch.tensor([0.0, 1, 2]), torch.tensor([0, 0.5, 3])))
torch.histogramdd(POINTS.reshape(2, 2, 2).double(), [2, 3]).hist.stride()
torch.histogramdd(POINTS.requires_grad_(), [2, 2])
torch.histogramdd(POINTS.requires_grad_(), [2, 2]).hist.sum().backward()
torch.histogramdd(torch.zeros(0, 2), [2, 3], density=True)
torch.histogramdd(torch.zeros(3, 0), 3)
torch.histogramdd(torch.ones(3, 2), 3)
torch.histogramdd((torch.arange(600.0) ** 2 % 7.3).sin().reshape(200, 3), [4, 5, 6], density=True).hist.tolist()
torch.histogramdd(POINTS, [torch.tensor([0.0, 1, 2])])
torch.histogramdd(POINTS, [torch.tensor([[0.0, 1]]), torch.tensor([0.0, 1])])
torch.histogramdd(POINTS, [torch.tensor([0, 1]), torch.tensor([0, 1])])
torch.histogramdd(POINTS, [torch.tensor([]), torch.tensor([0.0, 1])])
torch.histogramdd(POINTS, [torch.tensor([1.0]), torch.tensor([0.0, 1])])
torch.histogramdd(POINTS, [2])
torch.histogramdd(POINTS, [2, 0])
torch.histogramdd(POINTS, [2, -1])
torch.histogramdd(POINTS, [2, 2], range=[0.0, 1])
torch.histogramdd(POINTS, [2, 2], range=[1.0, 0, 0, 1])
torch.histogramdd(POINTS * float("nan"), [2, 2])
torch.histogramdd(POINTS, [2, 2], weight=torch.ones(3))
torch.histogramdd(POINTS, [2, 2], weight=torch.ones(4).long())
torch.histogramdd(POINTS.half(), [2, 2])
torch.histogramdd(POINTS[0], [2, 2])
torch.histogramdd(POINTS)
torch.histogramdd(POINTS, [1.5, 2])
torch.histogramdd(POINTS, 2.5)
"""
DATA = "torch.tensor([[1.0, 2], [3, -4], [0, float('nan')], [7, 8], [3, 8]])"
REFUSED_SEGMENTS = """
torch.segment_reduce(DATA, "foo", lengths=torch.tensor([5]))
torch.segment_reduce(DATA, "sum")
torch.segment_reduce(DATA, "sum", lengths=torch.tensor([4]))
torch.segment_reduce(DATA, "sum", lengths=torch.tensor([6, -1]))
torch.segment_reduce(DATA, "sum", lengths=torch.tensor([5.0]))
torch.segment_reduce(DATA, "sum", lengths=torch.tensor([[5]]))
torch.segment_reduce(DATA, "sum", lengths=torch.tensor([[5]]), axis=2)
torch.segment_reduce(DATA, "sum", indices=torch.tensor([5]))
torch.segment_reduce(DATA, "sum", offsets=torch.tensor([0, 3, 2, 5]))
torch.segment_reduce(DATA, "sum", offsets=torch.tensor([0.0, 5]))
torch.segment_reduce(DATA, "sum", offsets=torch.tensor([0]))
torch.segment_reduce(torch.tensor(3.0), "sum", lengths=torch.tensor([1]))
torch.segment_reduce(torch.zeros(0), "sum", lengths=torch.tensor([]).long())
torch.segment_reduce(DATA.long(), "sum", lengths=torch.tensor([5]))
torch.segment_reduce(DATA, "sum", torch.tensor([5]))
torch.segment_reduce(DATA, "sum", lengths=[5])
torch.segment_reduce(DATA)
"""


def shown(namespace, line):
    try:
        return repr(eval(line, {"torch": namespace}))
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("line", [line for line in HISTOGRAMS.split("\n") if line])
def test_points_are_counted_in_the_cells_of_a_grid(line):
    line = line.replace("POINTS", POINTS)
    assert shown(engine, line) == shown(torch, line)


@pytest.mark.parametrize("line", [line for line in REFUSED_SEGMENTS.split("\n") if line])
def test_segments_that_do_not_fit_are_refused(line):
    line = line.replace("DATA", DATA)
    assert shown(engine, line) == shown(torch, line)


def reduced(namespace, reduce, where, kind, initial):
    places = {name: namespace.tensor(value) for name, value in where.items()}
    data = eval(DATA, {"torch": namespace}).to(getattr(namespace, kind)).requires_grad_()
    found = namespace.segment_reduce(data, reduce, initial=initial, **places)
    weights = namespace.arange(1.0, 1.0 + found.numel()).reshape(found.shape)
    (found * weights).sum().backward()
    return repr(found), found.stride(), repr(data.grad)


@pytest.mark.parametrize("reduce", ["sum", "mean", "max", "min", "prod"])
@pytest.mark.parametrize("initial", [None, 2, 4.5])
@pytest.mark.parametrize("kind", ["float32", "float64", "float16", "bfloat16"])
def test_segments_are_reduced_and_have_gradients(reduce, initial, kind):
    for where in ({"lengths": [2, 0, 3]}, {"offsets": [0, 2, 2, 5]}, {"offsets": [1, 4]}):
        assert reduced(engine, reduce, where, kind, initial) == reduced(torch, reduce, where, kind, initial)


def test_segments_lie_along_another_dimension_and_their_gradient_has_none():
    def run(namespace):
        data = (namespace.arange(12.0) % 5).reshape(2, 3, 2).requires_grad_()
        found = namespace.segment_reduce(data, "prod", lengths=namespace.tensor([[2, 1], [1, 2]]), axis=1)
        gradient = namespace.autograd.grad((found * found).sum(), data, create_graph=True)[0]
        with pytest.raises(RuntimeError) as refusal:
            gradient.sum().backward()
        return repr(found), repr(gradient), str(refusal.value)

    assert run(engine) == run(torch)


def test_elements_that_are_equally_large_share_the_gradient():
    def run(namespace):
        data = namespace.tensor([1.0, 2, 2, 1, 1, float("nan")], requires_grad=True)
        namespace.segment_reduce(data, "max", lengths=namespace.tensor([3, 3])).sum().backward()
        return repr(data.grad)

    assert run(engine) == run(torch)
