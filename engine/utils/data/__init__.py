"""`torch.utils.data`: data sets, the order of their samples, and batches of them."""

from ...late import attributes as _attributes

_NAMES = {
    "utils.data.collate": "default_collate default_convert",
    "utils.data.dataloader": "DataLoader _DatasetKind",
    "utils.data.dataset": (
        "ChainDataset ConcatDataset Dataset IterableDataset StackDataset Subset TensorDataset random_split"
    ),
    "utils.data.distributed": "DistributedSampler",
    "utils.data.sampler": (
        "BatchSampler RandomSampler Sampler SequentialSampler SubsetRandomSampler WeightedRandomSampler"
    ),
    "utils.data.worker": "get_worker_info",
}

__getattr__, __dir__ = _attributes(__name__, _NAMES, "_utils dataloader dataset distributed sampler")
