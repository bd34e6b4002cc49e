"""The names that `engine` and `Tensor` have beyond what is imported at once, and the modules that hold them.

A line for each module; see `late.py`. The most used operations stand in `__init__.py` and `tensor.py` themselves.
"""

SUBMODULES = "func"

FUNCTIONS = {
    "func.vmap": "vmap",
}

METHODS: dict[str, str] = {}
