"""The pytest plugin: every case of the catalog is an item, and its verdict is the item's outcome.

    pytest conformance --subject my_engine -n auto

Nothing of the suite is imported before a case is collected, as this is loaded in every run of pytest.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .judging import Judge, Side

ROOM = Path(__file__).resolve().parent
CATALOG = ROOM / "catalog"
JUDGE = pytest.StashKey["Judge"]()
CONCERNED = pytest.StashKey[bool]()


def pytest_load_initial_conftests(
    early_config: pytest.Config, parser: pytest.Parser, args: list[str]
) -> None:
    """Add what a run of the catalog needs to know, unless this can be none.

    A project that has the suite installed may well have a `--device` of its own, which must not clash.
    """
    folder = early_config.invocation_params.dir
    words = [word for before, word in zip(["", *args], args) if before not in ("-k", "-m")]
    named = [*words, *(str(early_config.rootpath / path) for path in early_config.getini("testpaths"))]
    if not any(_is_of_the_suite(_path(_located(argument, folder), folder)) for argument in named):
        return
    early_config.stash[CONCERNED] = True
    group = parser.getgroup("conformance", "conformance with PyTorch's autograd")
    group.addoption("--subject", default="engine", help="the engine: module, or module:attribute (engine)")
    group.addoption("--reference", default="torch", help="PyTorch, or the path of a recording of it (torch)")
    group.addoption("--device", default="cpu", help="the subject's device (cpu)")
    group.addoption("--select", default="", metavar="QUERY", help="the cases that a query means")
    group.addoption("--shard", default="", metavar="N/COUNT", help="a share of the cases, such as 3/16")
    group.addoption("--expectations", metavar="FILE", help="cases that are expected to depart, with reasons")
    group.addoption("--report", metavar="DIR", help="write recordings and a report of this run")
    group.addoption("--case-timeout", type=float, default=20.0, metavar="SECONDS", help="for one case (20)")
    group.addoption("--case-memory", type=float, default=2.0, metavar="GIB", help="for one case (2)")


def pytest_configure(config: pytest.Config) -> None:
    """Find the cases that are named by id alone, and refuse options that cannot be used."""
    if CONCERNED not in config.stash:
        return
    config.args[:] = [_located(argument, config.invocation_params.dir) for argument in config.args]
    if config.option.case_timeout <= 0:
        raise pytest.UsageError(
            f"--case-timeout {config.option.case_timeout:g}: a case needs more than no time"
        )
    if config.option.case_memory <= 0:
        raise pytest.UsageError(
            f"--case-memory {config.option.case_memory:g}: a case needs more than no memory"
        )
    if config.option.shard:
        _check_shard(config.option.shard)
    if _asked_for(config) and not _is_xdist_worker(config):
        judge = _judge(config)
        if getattr(config.option, "dist", "no") != "no":  # a process of xdist cannot refuse a run
            _check(judge.subject)
    if config.option.report and not _is_xdist_worker(config):
        config.pluginmanager.register(ReportWriter(config), "conformance-report")


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the workers."""
    if JUDGE in config.stash:
        config.stash[JUDGE].close()


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what is compared with what."""
    return config.stash[JUDGE].introduction() if JUDGE in config.stash else []


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave the suite's own tests out where its folder is named to run the catalog."""
    if collection_path != ROOM / "tests":
        return None
    named = [_path(argument, config.invocation_params.dir) for argument in config.args]
    inside = any(path.is_relative_to(collection_path) for path in named)
    return True if ROOM in named and not inside else None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave what the query does not mean, and what another shard has of the cases that were chosen otherwise."""
    if CONCERNED not in config.stash or not (config.option.select or config.option.shard):
        return
    from .sharding import part, shard_of

    ours = {item.nodeid for item in items if isinstance(item, CaseItem)} & _judge(config).chosen
    if config.option.shard:
        ours = part(ours, shard_of(config.option.shard))
    config.hook.pytest_deselected(items=[item for item in items if not _stays(item, ours)])
    items[:] = [item for item in items if _stays(item, ours)]


def _stays(item: pytest.Item, ours: set[str]) -> bool:
    return item.nodeid in ours or not isinstance(item, CaseItem)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> Generator[None, list[pytest.Collector], list[pytest.Collector]]:
    """Collect a module of the catalog as cases, and as nothing else."""
    collectors = yield
    if file_path.parent != CATALOG or file_path.suffix != ".py" or file_path.name == "__init__.py":
        return collectors
    if CONCERNED not in parent.config.stash:
        return []
    return [CatalogModule.from_parent(parent, name=file_path.name, path=file_path, nodeid=file_path.stem)]


class CatalogModule(pytest.Collector):
    """A module of the catalog; no `pytest.File`, as `--lf` leaves out those that do not lie at their id."""

    def collect(self) -> Iterator[CaseItem]:
        """The cases of the module, in the order in which they stand there."""
        from . import catalog

        judge = _judge(self.config)
        for case in catalog.of_file(self.path.stem):
            item = CaseItem.from_parent(self, name=case.id.partition("::")[2], case=case)
            if reason := judge.expected.get(case.id):
                item.add_marker(pytest.mark.xfail(reason=reason, raises=pytest.fail.Exception, strict=True))
            yield item


class CaseItem(pytest.Item):
    """A case as an item of pytest; its node id is the case's."""

    def __init__(self, *, case: Any, **options: Any):
        """Keep the case."""
        super().__init__(**options)
        self.case = case

    def runtest(self) -> None:
        """Fail unless the subject agrees; skip where PyTorch disagrees with itself."""
        judge = _judge(self.config)
        judged = judge.verdict(self.case)
        if judged.verdict == "unspecified":
            pytest.skip(judged.reason)
        if not judged.agrees:
            stderr = judge.subject.record(self.case.id)["stderr"]
            if stderr:
                self.add_report_section("call", "stderr of the subject", stderr)
            pytest.fail(judge.explanation(self.case, judged), pytrace=False)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> Any:  # type: ignore[override]
        """One sentence for what is the user's to change, as usual for everything else."""
        from .judging import REFUSALS

        return str(excinfo.value) if isinstance(excinfo.value, REFUSALS) else super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the case stands."""
        return self.path, self.case.line - 1, self.nodeid


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Send the records of a case along with its report, which xdist brings to where they are written."""
    report = yield
    if isinstance(item, CaseItem) and call.when == "call" and item.config.option.report:
        luggage = _judge(item.config).luggage(item.case)
        if luggage:
            report.__dict__["conformance"] = luggage
    return report


def pytest_collection_finish(session: pytest.Session) -> None:
    """Refuse a side that cannot be run before the first case."""
    if session.config.option.collectonly or _is_xdist_worker(session.config):
        return
    if any(isinstance(item, CaseItem) for item in session.items):
        judge = _judge(session.config)
        _check(judge.subject)
        _check(judge.reference)


class ReportWriter:
    """Gathers what the cases of a run recorded and has the report made; it lives in one process."""

    def __init__(self, config: pytest.Config):
        """Write nothing yet."""
        from .judging import Gathering

        self.config = config
        self.gathering = Gathering(Path(config.option.report), config.option.shard)
        self.outcome = ""

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note which cases are going to run."""
        self.gathering.asked += [item.nodeid for item in session.items]

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Note which cases are going to run in another process."""
        self.gathering.asked = ids

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Keep the records of a case, whichever process ran it."""
        if hasattr(report, "conformance"):
            self.gathering.add(report.conformance)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the report; a run that cannot write it does not succeed."""
        from .judging import REFUSALS

        judge = _judge(self.config)
        try:
            self.outcome = self.gathering.publish(list(judge.cases), judge.notes())
        except REFUSALS as error:
            self.outcome = str(error)
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say where the report is."""
        terminalreporter.write_sep("-", f"conformance {self.outcome}")


def _judge(config: pytest.Config) -> Judge:
    """What judges the cases in this process; made when it is first needed."""
    if JUDGE not in config.stash:
        from .judging import REFUSALS, Judge

        try:
            config.stash[JUDGE] = Judge(config.option)
        except REFUSALS as error:
            raise pytest.UsageError(str(error)) from error
    return config.stash[JUDGE]


def _check(side: Side) -> None:
    """Refuse the run if a side cannot be run."""
    from .judging import REFUSALS

    try:
        side.header  # noqa: B018 - it is there to raise
    except REFUSALS as error:
        raise pytest.UsageError(str(error)) from error


def _check_shard(text: str) -> None:
    from .sharding import ShardError, shard_of

    try:
        shard_of(text)
    except ShardError as error:
        raise pytest.UsageError(str(error)) from error


def _is_xdist_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _asked_for(config: pytest.Config) -> bool:
    """Whether an argument names the suite, the catalog or something in it."""
    paths = [_path(argument, config.invocation_params.dir) for argument in config.args]
    return any(map(_is_of_the_suite, paths))


def _is_of_the_suite(path: Path) -> bool:
    return path in (ROOM.parent, ROOM) or path.is_relative_to(CATALOG)


def _path(argument: str, folder: Path) -> Path:
    return (folder / argument.partition("::")[0]).resolve()


def _located(argument: str, folder: Path) -> str:
    """A case's id, or the suite by its name, as an argument that pytest can find; any other argument as it is."""
    file, colons, name = argument.partition("::")
    if argument == ROOM.name and not (folder / argument).exists():
        return str(ROOM)
    module = CATALOG / f"{file}.py"
    if colons and file.isidentifier() and module.is_file() and not (folder / file).exists():
        return f"{module}::{name}"
    return argument
