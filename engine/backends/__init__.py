"""`torch.backends`: what a program asks about and sets of libraries that PyTorch may compute with. Here NumPy computes."""

from ..late import attributes as _attributes

__getattr__, __dir__ = _attributes(__name__, {}, "cpu cuda cudnn mha mkl mkldnn mps openmp opt_einsum")
