"""The functions of `nn.functional`, a file a family; `functional.py` is their index."""
