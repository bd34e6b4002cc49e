"""`python -m conformance.peers`: records the engines of `adapters/peers.txt`, and renders one report of all of them."""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from . import catalog, runner
from .progress import Progress
from .sources import SourceError, reference_source, refuse_unwritable
from .subject import SubjectError

PINNED = Path(__file__).parent / "adapters" / "peers.txt"
TIMEOUT = 180.0
"""Seconds for one case: an engine that compiles each small operation takes long, and is not stuck."""


@dataclass(frozen=True)
class Peer:
    """An engine: what is installed, for which Python, and whether it is run only when that is asked for."""

    name: str
    requirements: tuple[str, ...]
    python: str
    extra: bool


def pinned(text: str) -> list[Peer]:
    """The engines of a file like `peers.txt`."""
    found = []
    for line in text.splitlines():
        wanted, _, remark = line.partition("#")
        if wanted.strip():
            requirements = tuple(wanted.split())
            version = re.search(r"python (\S+?)(,|$)", remark.strip())
            name = requirements[0].partition("==")[0]
            found.append(Peer(name, requirements, version.group(1) if version else "3.11", "extra" in remark))
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Build, record and render; what cannot be built or run is told, and left out."""
    parser = argparse.ArgumentParser(prog="python -m conformance.peers", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these engines (all but the extra ones)")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("report/peers"),
        metavar="DIR",
        help="the report (report/peers)",
    )
    parser.add_argument(
        "--environments",
        type=Path,
        default=Path(".tox/engines"),
        metavar="DIR",
        help="where they are kept (.tox/engines)",
    )
    parser.add_argument("--fresh", action="store_true", help="build the environments anew")
    parser.add_argument("--extra", action="store_true", help="the large ones as well")
    parser.add_argument("--only", default="", metavar="TEXT", help="only cases in whose id this text stands")
    chosen = parser.parse_args(arguments)
    peers = [peer for peer in pinned(PINNED.read_text()) if peer.name in chosen.names or not chosen.names]
    peers = [peer for peer in peers if chosen.extra or chosen.names or not peer.extra]
    if not peers:
        parser.error(f"no engine of that name stands in {PINNED}")
    if not any(chosen.only in case.id for case in catalog.load()):
        parser.error(f"no case has {chosen.only!r} in its id; see: python -m conformance list")
    if shutil.which("uv") is None:
        parser.error("uv is not installed: pip install uv")
    if chosen.fresh:
        shutil.rmtree(chosen.environments, ignore_errors=True)
    return _run(peers, chosen)


def _run(peers: Sequence[Peer], chosen: argparse.Namespace) -> int:
    folder = chosen.output / "recordings"
    cases = [case.id for case in catalog.load() if chosen.only in case.id]
    try:
        refuse_unwritable(folder)
        folder.mkdir(parents=True, exist_ok=True)
        reference = _reference(folder, cases)
    except (SourceError, SubjectError) as error:
        print(f"peers: {error}", file=sys.stderr)
        return 2
    done, left = [], []
    for peer in peers:
        path = folder / f"{peer.name}.jsonl"
        try:
            _record(f"{peer.name}@{_built(peer, chosen.environments)}", cases, path)
            done.append(path)
        except (SubjectError, subprocess.CalledProcessError) as error:
            left.append(peer.name)
            print(f"peers: {peer.name} is left out: {error}", file=sys.stderr)
    if done:
        command = [sys.executable, "-m", "reports", str(reference), *map(str, done), "-o", str(chosen.output)]
        subprocess.run(command, check=True)
        print(f"Report: {chosen.output / 'index.html'}")
    return 1 if left or not done else 0


def _reference(folder: Path, cases: Sequence[str]) -> Path:
    source = reference_source("torch")
    if source.recording is not None and source.recording.path is not None:
        return source.recording.path
    path = folder / "torch.jsonl"
    _record("torch", cases, path)
    return path


def _built(peer: Peer, folder: Path) -> Path:
    """The interpreter of an engine's environment; this project is not installed there."""
    home = folder.absolute() / peer.requirements[0].replace("==", "-")
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    ready = home / "ready"
    if not ready.exists():
        print(f"{peer.name}: building {home}", file=sys.stderr, flush=True)
        subprocess.run(["uv", "venv", "-q", "--clear", "--python", peer.python, str(home)], check=True)
        command = ["uv", "pip", "install", "-q", "--python", str(python), *peer.requirements]
        subprocess.run(command, check=True)
        ready.touch()
    return python


def _record(spec: str, cases: Sequence[str], path: Path) -> None:
    with Progress(spec, len(cases)) as progress:
        runner.record(spec, cases, timeout=TIMEOUT, on_record=progress.advance, output=path)


if __name__ == "__main__":
    sys.exit(main())
