"""torch.fft and the transforms of short pieces, with the windows they use."""

from __future__ import annotations

from conformance import case, raises

FFT = "torch.fft: Fast Fourier Transforms"
SPECTRAL = "torch: Spectral Ops"


def _signal(torch, *sizes):
    count = 1
    for size in sizes:
        count *= size
    places = torch.arange(float(count), dtype=torch.float64)
    return ((places * 1.75) % 5 - places * 0.25).reshape(sizes).requires_grad_()


def _spectrum(torch, *sizes):
    x = _signal(torch, *sizes).detach()
    return torch.complex(x, x.flip(-1) * 0.5 + 1).requires_grad_()


def _weighted(torch, y):
    size = torch.arange(float(y.numel()), dtype=torch.float64).reshape(y.shape) * 0.5 - 1
    return torch.complex(size, size * -0.25 + 2) if y.is_complex() else size


def _rounded(x):
    """Without what rounding leaves of a zero."""
    return x.round(decimals=9) + 0.0


def _gradient(torch, y, x):
    return torch.autograd.grad(y, x, _weighted(torch, y))


@case(FFT)
def of_real_numbers(torch):
    """fft, ifft, rfft and ihfft of real numbers, with their gradients."""
    x = _signal(torch, 6)
    for name in ("fft", "ifft", "rfft", "ihfft"):
        function = getattr(torch.fft, name)
        for norm in (None, "ortho", "forward"):
            y = function(x, norm=norm)
            yield f"{name}, norm={norm}", y
            yield f"gradient of {name}, norm={norm}", _gradient(torch, y, x)


@case(FFT)
def of_complex_numbers(torch):
    """fft, ifft, irfft and hfft of complex numbers, with their gradients."""
    x = _spectrum(torch, 5)
    for name in ("fft", "ifft", "irfft", "hfft"):
        function = getattr(torch.fft, name)
        for norm in (None, "ortho"):
            y = function(x, norm=norm)
            yield f"{name}, norm={norm}", y
            (found,) = _gradient(torch, y, x)
            yield f"gradient of {name}, norm={norm}", _rounded(torch.view_as_real(found.resolve_conj()))


@case(FFT)
def lengths_and_dimensions(torch):
    """n cuts the input off or fills it up with zeros; dim says along which dimension."""
    x, z = (_signal(torch, 2, 6).detach() + 0.3).requires_grad_(), _spectrum(torch, 2, 4)
    for name, y in {
        "longer": torch.fft.fft(x, 8),
        "shorter": torch.fft.rfft(x, n=3),
        "along 0": torch.fft.fft(x, dim=0),
        "longer and along 0": torch.fft.rfft(x, 3, 0),
    }.items():
        yield name, y
        yield f"gradient, {name}", _gradient(torch, y, x)
    for name, y in {
        "odd": torch.fft.irfft(z, 5),
        "shorter": torch.fft.irfft(z, 4),
        "hfft": torch.fft.hfft(z, 9),
    }.items():
        yield f"to real numbers, {name}", y
        yield f"gradient to real numbers, {name}", _gradient(torch, y, z)


@case(FFT)
def of_several_dimensions(torch):
    """The transforms of two and more dimensions, with sizes and norms."""
    x, z = _signal(torch, 3, 4), _spectrum(torch, 3, 3)
    results = {
        "fft2": (torch.fft.fft2(x), x),
        "rfft2": (torch.fft.rfft2(x, norm="ortho"), x),
        "ihfft2": (torch.fft.ihfft2(x), x),
        "fftn of other sizes": (torch.fft.fftn(x, s=(2, 5)), x),
        "rfftn along both": (torch.fft.rfftn(x, dim=(1, 0)), x),
        "ifftn": (torch.fft.ifftn(z), z),
        "irfft2": (torch.fft.irfft2(z), z),
        "irfftn of other sizes": (torch.fft.irfftn(z, s=(2, 5)), z),
        "hfft2": (torch.fft.hfft2(z, norm="forward"), z),
        "ifft2": (torch.fft.ifft2(z, dim=(1, 0)), z),
    }
    for name, (y, inputs) in results.items():
        yield name, y
        yield f"gradient of {name}", _gradient(torch, y, inputs)


@case(FFT)
def second_derivatives(torch):
    """The gradients of transforms are transforms, and recorded."""
    x = _signal(torch, 5)
    (first,) = torch.autograd.grad(torch.fft.rfft(x).abs().pow(3).sum(), x, create_graph=True)
    yield "first", first
    yield "second", torch.autograd.grad(first, x, _weighted(torch, x))
    z = _spectrum(torch, 4)
    (first,) = torch.autograd.grad(torch.fft.irfft(z).pow(3).sum(), z, create_graph=True)
    yield "first of irfft", first
    yield "second of irfft", torch.autograd.grad(first, z, _weighted(torch, z))


@case(FFT)
def types(torch):
    """Integers become floats, floats stay in their precision."""
    yield "of integers", torch.fft.fft(torch.arange(4))
    yield "of bools", torch.fft.rfft(torch.tensor([True, False, True])).dtype
    yield "of doubles", torch.fft.fft(torch.ones(3, dtype=torch.float64)).dtype
    yield "of halves", raises(lambda: torch.fft.fft(torch.ones(3, dtype=torch.float16)))
    yield "out", torch.fft.fft(torch.arange(4.0), out=torch.empty(0, dtype=torch.complex64))


@case(FFT)
def refusals(torch):
    """Transforms refuse numbers of points, dimensions, norms and complex numbers that make no sense."""
    x, z, m = torch.ones(4), torch.ones(4, dtype=torch.complex64), torch.ones(2, 3)
    yield "no points", raises(lambda: torch.fft.fft(x, 0))
    yield "negative points", raises(lambda: torch.fft.rfft(x, -2))
    yield "dimension", raises(lambda: torch.fft.fft(x, dim=1))
    yield "norm", raises(lambda: torch.fft.fft(x, norm="one"))
    yield "rfft of complex numbers", raises(lambda: torch.fft.rfft(z))
    yield "ihfft of complex numbers", raises(lambda: torch.fft.ihfft(z))
    yield "rfft2 of complex numbers", raises(lambda: torch.fft.rfft2(z.view(2, 2)))
    yield "fft2 of a vector", raises(lambda: torch.fft.fft2(x))
    yield "more sizes than dimensions", raises(lambda: torch.fft.fftn(m, s=(1, 2, 3)))
    yield "other lengths", raises(lambda: torch.fft.fftn(m, s=(2,), dim=(0, 1)))
    yield "one dimension twice", raises(lambda: torch.fft.fftn(m, dim=(0, -2)))
    yield "no dimension", raises(lambda: torch.fft.rfftn(m, dim=()))
    yield "a number", raises(lambda: torch.fft.fft(torch.tensor(1.5)))


@case(FFT)
def frequencies(torch):
    """fftfreq and rfftfreq name the frequencies, fftshift moves 0 to the middle."""
    yield "fftfreq of an even number", torch.fft.fftfreq(6, 0.5)
    yield "fftfreq of an odd number", torch.fft.fftfreq(5)
    yield "rfftfreq", torch.fft.rfftfreq(5, d=2.0, dtype=torch.float64)
    yield "of integers", raises(lambda: torch.fft.fftfreq(4, dtype=torch.int64))
    x = _signal(torch, 2, 5)
    yield "fftshift", torch.fft.fftshift(x)
    yield "fftshift along 1", torch.fft.fftshift(x, dim=1)
    yield "ifftshift", torch.fft.ifftshift(torch.fft.fftshift(x)).equal(x)
    yield "gradient", _gradient(torch, torch.fft.ifftshift(x, (1,)), x)


WINDOWS = ("hann_window", "hamming_window", "blackman_window", "bartlett_window", "kaiser_window")


@case("torch: Creation Ops")
def windows(torch):
    """Windows, periodic and symmetric; of length 1 they are 1."""
    for name in WINDOWS:
        function = getattr(torch, name)
        yield name, function(6)
        yield f"{name}, symmetric", function(5, periodic=False, dtype=torch.float64)
        yield f"{name} of length 1", function(1)
        yield f"{name} of length 0", function(0)
        yield f"{name} of negative length", raises(lambda function=function: function(-1))
        yield f"{name} of integers", raises(lambda function=function: function(3, dtype=torch.int64))
    yield "hamming by numbers", torch.hamming_window(4, True, 0.6, 0.4)
    yield "kaiser by a number", torch.kaiser_window(4, True, 3.0)


@case(SPECTRAL)
def short_time_transforms(torch):
    """stft transforms overlapping pieces; the gradient of a sample comes from all that hold it."""
    x = _signal(torch, 20)
    window = torch.hann_window(8, dtype=torch.float64)
    for name, y in {
        "plain": torch.stft(x, 8, window=window, return_complex=True),
        "by steps, normalized": x.stft(8, 4, window=window, normalized=True, return_complex=True),
        "not centred": torch.stft(x, 8, 4, window=window, center=False, return_complex=True),
        "both sides": torch.stft(x, 8, 4, window=window, onesided=False, return_complex=True),
        "a shorter window": torch.stft(x, 8, 4, 6, window[:6], pad_mode="constant", return_complex=True),
        "two signals": torch.stft(x.view(2, 10), 4, 2, window=window[:4], return_complex=True),
    }.items():
        yield f"node, {name}", y.grad_fn
        yield name, _rounded(torch.view_as_real(y.detach()))
        yield f"gradient, {name}", [_rounded(each) for each in _gradient(torch, y, x)]
    yield "as real numbers", torch.stft(x, 8, 8, window=window, return_complex=False).shape


@case(SPECTRAL)
def short_time_transforms_refuse(torch):
    """stft shows the call in its refusals, and warns where there is no window."""
    x = torch.arange(20.0)
    window = torch.ones(8)
    yield "without return_complex", raises(lambda: torch.stft(x, 8, window=window))
    yield "without steps", raises(lambda: torch.stft(x, 8, 0, window=window, return_complex=True))
    yield (
        "a window that does not fit",
        raises(lambda: torch.stft(x, 8, window=window[:3], return_complex=True)),
    )
    yield (
        "too large pieces",
        raises(lambda: torch.stft(x, 24, window=torch.ones(24), center=False, return_complex=True)),
    )
    yield "without a window", torch.stft(x, 8, 8, center=False, return_complex=True)


@case(SPECTRAL)
def back_from_short_time_transforms(torch):
    """istft adds the pieces up again, and divides by the windows."""
    x = _signal(torch, 20)
    window = torch.hann_window(8, dtype=torch.float64)
    z = torch.stft(x.detach(), 8, 4, window=window, return_complex=True).requires_grad_()
    y = torch.istft(z, 8, 4, window=window)
    yield "node", y.grad_fn
    yield "the signal", _rounded(y.detach())
    yield "gradient", _rounded(torch.view_as_real(_gradient(torch, y, z)[0]))
    yield "of a length", torch.istft(z, 8, 4, window=window, length=17).shape
    yield "longer than there is", _rounded(torch.istft(z.detach(), 8, 4, window=window, length=24))
    yield "real input", raises(lambda: torch.istft(x.view(5, 4), 8, window=window))
    yield "another number of frequencies", raises(lambda: torch.istft(z[:4], 8, window=window))
