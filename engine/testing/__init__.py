"""`torch.testing`: assertions about tensors, and tensors to test with."""

from ..late import attributes

__getattr__, __dir__ = attributes(
    __name__, {"testing.closeness": "assert_allclose assert_close", "testing.making": "make_tensor"}
)
