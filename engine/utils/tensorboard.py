"""`torch.utils.tensorboard`, which the engine leaves to PyTorch."""

raise ImportError(
    "torch.utils.tensorboard is not part of this engine: print what you would log, write it with Python's csv module, or run "
    "the program with PyTorch"
)
