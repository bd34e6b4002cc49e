"""Processes that the toy catalog's cases leave to be looked for."""

from __future__ import annotations

import subprocess
import time


def gone(pid: str | int) -> bool:
    """Whether a process ends within a few seconds, or is dead and only not yet waited for."""
    for _ in range(200):
        command = ["ps", "-o", "stat=", "-p", str(pid)]
        state = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
        if not state or state.startswith("Z"):
            return True
        time.sleep(0.05)
    return False
