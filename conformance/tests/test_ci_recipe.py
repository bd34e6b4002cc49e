"""The workflow in `docs/ci.md` is run here: each job's commands in a folder of its own, with two shards and a few cases.

What GitHub does is imitated: artefacts are copied, and what is installed is told by an environment variable, since the place of
PyTorch is taken by a stand-in with the version that the job installs.
"""

import itertools
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

pytest_plugins = ["conformance.tests.warm"]
ROOT = Path(__file__).resolve().parents[2]
CASES = "graph::graph_of_a_*"
STAND_IN = """\
def torch_subject(device="cpu"):
    import engine, os, re
    from conformance.subject import Subject
    version = re.search("torch==(.*)", os.environ["INSTALLED"]).group(1)
    return Subject(engine, "torch", "torch", version, device)
"""


def workflow():
    yaml = pytest.importorskip("yaml")
    fenced = re.search(r"```yaml\n(.*?)```", (ROOT / "docs" / "ci.md").read_text("utf-8"), re.DOTALL)
    return yaml.safe_load(fenced.group(1))


def expanded(job):
    """What the expressions of each run of a job stand for, by the matrix with two shards."""
    matrix = {**job.get("strategy", {}).get("matrix", {})}
    if "shard" in matrix:
        matrix["shard"] = ["1/2", "2/2"]
    for index, values in enumerate(itertools.product(*matrix.values())):
        yield {f"matrix.{name}": value for name, value in zip(matrix, values)} | {
            "strategy.job-index": str(index)
        }


def filled(text, values):
    return re.sub(r"\$\{\{ (.+?) \}\}", lambda found: values[found.group(1)], text)


class Runner:
    """Runs the steps of a job where it stands."""

    def __init__(self, folder, environment):
        self.folder, self.environment = folder, environment
        self.artefacts = folder.parent / "artefacts"

    def step(self, step, values):
        action = step.get("uses", "").partition("@")[0]
        options = {name: filled(text, values) for name, text in step.get("with", {}).items()}
        if action == "actions/upload-artifact":
            self.upload(self.folder / options["path"], self.artefacts / options["name"])
        elif action == "actions/download-artifact":
            shutil.copytree(self.artefacts, self.folder / options["path"])
        elif step.get("name") == "Install":
            self.environment["INSTALLED"] = filled(step["run"], values)
        elif "run" in step:
            self.run(filled(step["run"], values))

    def upload(self, path, artefact):
        assert not artefact.exists(), f"two jobs give {artefact.name}"
        if path.is_dir():
            shutil.copytree(path, artefact)
        else:
            artefact.mkdir(parents=True)
            shutil.copy(path, artefact)

    def run(self, command):
        done = subprocess.run(
            ["bash", "-eo", "pipefail", "-c", command],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"


@pytest.fixture
def environment(tmp_path, programs):
    beside = tmp_path / "beside"
    (beside / "reference").mkdir(parents=True)
    (beside / "reference" / "__init__.py").write_text(STAND_IN)
    (beside / "sitecustomize.py").write_text("import reference\n")
    return {
        **os.environ,
        "PATH": os.pathsep.join([str(programs), os.environ["PATH"]]),
        "PYTHONPATH": os.pathsep.join(map(str, [beside, ROOT])),
        "GITHUB_STEP_SUMMARY": str(tmp_path / "summary.md"),
    }


def test_the_recipe_makes_one_report_of_all_shards_and_versions(tmp_path, environment):
    recipe = workflow()
    environment |= {name: str(value) for name, value in recipe["env"].items()} | {"CASES": CASES}
    done = set()
    for name, job in recipe["jobs"].items():
        assert done.issuperset(job.get("needs", ()))
        done.add(name)
        for number, values in enumerate(expanded(job)):
            folder = tmp_path / f"{name}-{number}"
            folder.mkdir()
            runner = Runner(folder, {**environment})
            for step in job["steps"]:
                runner.step(step, values)

    report = json.loads((tmp_path / "artefacts" / "report" / "report.json").read_text())
    subjects = [report["reference"], *report["subjects"]]
    told = [f"{each['subject']['name']} {each['subject']['version'][:6]}" for each in subjects]
    assert told == ["torch 2.13.0", told[1], "torch 2.14.1"]
    assert told[1].startswith("engine ")
    assert all(case["id"].startswith("graph::graph_of_a_") for case in report["cases"])
    assert len(report["cases"]) > 1
    assert {each["verdict"] for case in report["cases"] for each in case["subjects"]} == {"identical"}
    assert (tmp_path / "summary.md").read_text()


def test_all_shards_of_the_recipe_belong_together():
    for job in workflow()["jobs"].values():
        shards = job.get("strategy", {}).get("matrix", {}).get("shard", [])
        assert shards == [f"{number}/{len(shards)}" for number in range(1, len(shards) + 1)]
