"""What `import engine` costs beside `import numpy`, each in fresh interpreters."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

CHECKOUT = Path(__file__).parents[1]
TARGET = 60.0
CODE = "import time; start = time.process_time(); import {}; print(1000 * (time.process_time() - start))"


def import_cost(rounds: int, advance: Callable[[], None]) -> dict[str, Any]:
    """CPU time in milliseconds: medians over pairs of interpreters, after one that compiles the modules."""
    numpy, differences = [], []
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for number in range(rounds + 1):
            alone, engine = _import("numpy", environment), _import("engine", environment)
            if number:
                numpy.append(alone)
                differences.append(engine - alone)
                advance()
    cost = median(differences)
    return {
        "target": TARGET,
        "verdict": "met" if cost <= TARGET else "missed",
        "median": cost,
        "min": min(differences),
        "max": max(differences),
        "numpy": median(numpy),
    }


def _import(module: str, environment: dict[str, str]) -> float:
    command = [sys.executable, "-c", CODE.format(module)]
    done = subprocess.run(command, env=environment, cwd=CHECKOUT, stdout=subprocess.PIPE, check=True)
    return float(done.stdout)
