"""What PyTorch's own tests import: `common_utils`."""
