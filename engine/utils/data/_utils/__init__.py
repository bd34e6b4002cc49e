"""`torch.utils.data._utils`: where programs find `collate`."""

from .. import collate, worker

__all__ = ["collate", "worker"]
