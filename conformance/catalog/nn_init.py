"""`torch.nn.init`: how parameters are filled at first, number by number."""

from __future__ import annotations

from conformance import case, raises

INIT = "torch.nn: init"


@case(INIT)
def orthogonal_weights(torch):
    """`orthogonal_` fills with orthogonal rows or columns, whichever are fewer, times a gain."""
    torch.manual_seed(1)
    for sizes in ((3, 3), (4, 2), (2, 3, 2)):
        yield f"{sizes}", torch.nn.init.orthogonal_(torch.empty(sizes), gain=1.5)
    yield "vector", raises(lambda: torch.nn.init.orthogonal_(torch.empty(3)))


@case(INIT)
def truncated_normal_numbers(torch):
    """`trunc_normal_` draws again what is out of bounds, in another way where most numbers are."""
    torch.manual_seed(2)
    yield "likely", torch.nn.init.trunc_normal_(torch.empty(4, 5), std=1.5)
    yield "unlikely", torch.nn.init.trunc_normal_(torch.empty(20), a=1.5, b=2.0)
    yield "far away", torch.nn.init.trunc_normal_(torch.empty(5), mean=4.5)
    yield "what is drawn next", torch.rand(2)


@case(INIT)
def sparse_weights(torch):
    """`sparse_` sets a part of each column to zero."""
    torch.manual_seed(3)
    yield "matrix", torch.nn.init.sparse_(torch.empty(5, 3), sparsity=0.5)
    yield "three dimensions", raises(lambda: torch.nn.init.sparse_(torch.empty(5, 3, 2), 0.5))


@case(INIT)
def identities_as_weights(torch):
    """`eye_` and `dirac_` fill weights that change nothing."""
    yield "eye", torch.nn.init.eye_(torch.nn.Parameter(torch.empty(2, 3)))
    yield "dirac", torch.nn.init.dirac_(torch.empty(4, 2, 3), groups=2)
    yield "dirac of images", torch.nn.init.dirac_(torch.empty(2, 3, 3, 2))
    yield "eye of a vector", raises(lambda: torch.nn.init.eye_(torch.empty(3)))
    yield "dirac of a matrix", raises(lambda: torch.nn.init.dirac_(torch.empty(3, 2)))
    yield "groups", raises(lambda: torch.nn.init.dirac_(torch.empty(3, 2, 3), groups=2))


@case(INIT)
def weights_by_fan(torch):
    """`kaiming_*` and `xavier_*` count the receptive field of convolutions."""
    torch.manual_seed(4)
    sizes = (3, 2, 4)
    init = torch.nn.init
    yield "kaiming_normal_", init.kaiming_normal_(torch.empty(sizes), a=0.2, mode="fan_out")
    yield "kaiming_uniform_", init.kaiming_uniform_(torch.empty(sizes), nonlinearity="relu")
    yield "xavier_normal_", init.xavier_normal_(torch.empty(sizes), gain=0.5)
    yield "xavier_uniform_", init.xavier_uniform_(torch.empty(sizes, dtype=torch.float64))
    yield "vector", raises(lambda: init.xavier_normal_(torch.empty(3)))
    yield "mode", raises(lambda: init.kaiming_normal_(torch.empty(sizes), mode="fan_avg"))
    yield "nonlinearity", raises(lambda: init.kaiming_normal_(torch.empty(sizes), nonlinearity="swish"))
    yield "nothing to fill", init.kaiming_normal_(torch.empty(0, 2))


@case(INIT)
def deprecated_names_of_init(torch):
    """The names without underscore still fill, with a warning."""
    torch.manual_seed(5)
    yield "constant", torch.nn.init.constant(torch.empty(2), 0.25)
    yield "xavier_uniform", torch.nn.init.xavier_uniform(torch.empty(2, 2))
    yield "name", torch.nn.init.normal.__name__


@case(INIT)
def generator_of_init(torch):
    """A generator of its own leaves the default stream alone."""
    generator = torch.Generator().manual_seed(6)
    torch.manual_seed(7)
    yield "uniform_", torch.nn.init.uniform_(torch.empty(3), -1.0, 2.0, generator=generator)
    yield "normal_", torch.nn.init.normal_(torch.empty(3), generator=generator)
    yield "default stream", torch.rand(2)
