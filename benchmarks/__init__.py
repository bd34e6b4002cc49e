"""What the engine costs beside PyTorch, autograd and mygrad: `python -m benchmarks`.

Importing this package pins NumPy and its peers to one thread, which works only before the first of them is
imported.
"""

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))
