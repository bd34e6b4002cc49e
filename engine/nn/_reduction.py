"""`torch.nn._reduction`: how the losses of the elements become one."""

from .functions.reduction import get_enum, legacy_get_enum, legacy_get_string

__all__ = ["get_enum", "legacy_get_enum", "legacy_get_string"]
