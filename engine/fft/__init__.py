"""Discrete Fourier transforms. Source: torch.fft."""

from ..arguments import of_namespace as _of_namespace
from ..late import attributes as _attributes

_TABLE = {
    "fft.one_dimension": "fft hfft ifft ihfft irfft rfft",
    "fft.several_dimensions": "fft2 fftn hfft2 hfftn ifft2 ifftn ihfft2 ihfftn irfft2 irfftn rfft2 rfftn",
    "fft.frequencies": "fftfreq fftshift ifftshift rfftfreq",
}

__getattr__, __dir__ = _attributes(__name__, _TABLE, made=_of_namespace("fft"))
