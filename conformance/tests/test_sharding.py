"""Shards share out the cases: exactly, evenly, and in a way that outlasts a change of the catalog."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance import catalog, sharding
from conformance.cli import main
from conformance.recording import read, validate, write
from conformance.sharding import Durations, Shard, ShardError, measured, part, shard_of, share
from conformance.tests.test_merging import recorded

PLAIN = "conformance.tests.toy_catalog.fakes:plain"
IDS = st.sets(st.integers(0, 999), min_size=1, max_size=60).map(
    lambda found: {f"file::case_{n}" for n in found}
)
COUNTS = st.integers(1, 20)


@st.composite
def catalogs(draw):
    ids = draw(IDS)
    long = draw(st.dictionaries(st.sampled_from(sorted(ids)), st.integers(100, 20_000)))
    return ids, Durations(long, draw(st.integers(1, 99)))


def parts(ids, count, durations):
    return [part(ids, Shard(number, count), durations) for number in range(1, count + 1)]


@given(catalogs(), COUNTS, st.randoms(use_true_random=False))
def test_cases_are_shared_out_whole_and_evenly_and_in_whatever_order_they_come(made, count, shuffling):
    ids, durations = made
    found = parts(ids, count, durations)
    assert sorted(case_id for one in found for case_id in one) == sorted(ids)
    whole, longest = sum(map(durations.of, ids)), max(map(durations.of, ids))
    for one in found:
        assert sum(map(durations.of, one)) <= whole / count + longest
    shuffled = sorted(ids)
    shuffling.shuffle(shuffled)
    assert parts(shuffled, count, durations) == found


def test_a_long_case_weighs_as_much_as_many_short_ones():
    durations = Durations({"file::case_0": 90}, 10)
    assert (durations.of("file::case_0"), durations.of("file::new")) == (90, 10)
    sizes = [len(one) for one in parts([f"file::case_{number}" for number in range(200)], 2, durations)]
    assert sorted(sizes) == [96, 104]


def test_a_case_that_is_added_moves_few_others():
    ids, durations = [f"file::case_{number}" for number in range(2000)], Durations({}, 30)
    before = parts(ids, 16, durations)
    after = parts([*ids, "file::added"], 16, durations)
    moved = sum(len(one - other) for one, other in zip(before, after))
    assert moved <= 15  # one at each cut, of 2000


def test_the_order_has_nothing_to_do_with_files():
    ids = [f"{file}::case_{number}" for file in ("first", "second") for number in range(200)]
    found = part(ids, Shard(1, 2), Durations({}, 30))
    assert 70 < sum(case_id.startswith("first") for case_id in found) < 130


def test_a_shard_stays_what_it_is_from_machine_to_machine():
    ids = [f"file::case_{number}" for number in range(8)]
    assert part(ids, Shard(2, 3), Durations({}, 10)) == {"file::case_1", "file::case_6"}


def test_the_catalog_s_durations_come_along():
    durations = sharding.recorded_durations()
    ids = [case.id for case in catalog.load()]
    assert set(ids) & durations.long.keys()
    times = [sum(map(durations.of, one)) for one in parts(ids, 16, durations)]
    assert max(times) - min(times) <= max(durations.long.values())


@pytest.mark.parametrize(
    "text", ["", "3", "3/", "0/4", "5/4", "-1/4", "1/0", "a/b", "1/2/3", "1.0/2", "１/2 "]
)
def test_what_names_no_shard_is_refused_in_a_sentence(text):
    with pytest.raises(ShardError, match="is no shard: write the third of sixteen as 3/16"):
        shard_of(text)


def test_a_shard_without_cases_is_refused():
    cases = catalog.load()[:1]
    held = [number for number in (1, 2, 3) if part([cases[0].id], Shard(number, 3))]
    assert held == [2]
    with pytest.raises(ShardError, match="shard 1/3 of 1 cases has none: share them out among fewer"):
        share(cases, "1/3")


# --- durations


def test_durations_are_those_of_all_recordings_together():
    one, other = recorded({"a::a": 1, "a::b": 2, "a::c": 3}), recorded({"a::a": 1, "a::b": 2})
    for recording, seconds in ((one, (0.09, 0.011, 0.02)), (other, (0.08, 0.012))):
        for record, spent in zip(recording.cases.values(), seconds):
            record["seconds"] = spent
    assert measured([one, other]) == Durations({"a::a": 170}, 22)


def test_recordings_that_were_kept_without_times_are_refused():
    kept = recorded({"a::a": 1})
    del kept.cases["a::a"]["seconds"]
    with pytest.raises(ShardError, match="do not say how long"):
        measured([kept])


def test_durations_are_written_from_recordings(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(sharding, "DURATIONS", tmp_path / "durations.json")
    held = recorded({"a::a": 1, "a::b": 2})
    held.cases["a::b"]["seconds"] = 2.5
    write(tmp_path / "a.jsonl", held)
    assert sharding.main([str(tmp_path / "a.jsonl")]) == 0
    assert json.loads((tmp_path / "durations.json").read_text()) == {"long": {"a::b": 2500}, "others": 10}
    assert sharding.recorded_durations() == Durations({"a::b": 2500}, 10)
    assert sharding.main([str(tmp_path / "none.jsonl")]) == 2
    assert "cannot read" in capsys.readouterr().err


# --- on the command line


def test_shards_are_recorded_and_say_what_they_are(tmp_path):
    asked = ["--only", "graph::graph_of_a_*"]
    held = {}
    for number in (1, 2):
        path = tmp_path / f"{number}.jsonl"
        assert main(["record", PLAIN, *asked, "--shard", f"{number}/2", "-o", str(path)]) == 0
        validate(path)
        one = read(path)
        assert one.complete
        assert one.header["shard"] == f"{number}/2"
        held.update(one.cases)
    wanted = {case.id for case in catalog.load() if case.id.startswith("graph::graph_of_a_")}
    assert held.keys() == wanted


def test_a_wrong_shard_is_refused_before_anything_is_run(tmp_path, capsys):
    assert main(["record", "engine", "--shard", "3/2", "-o", str(tmp_path / "x.jsonl")]) == 2
    assert capsys.readouterr().err == "conformance: '3/2' is no shard: write the third of sixteen as 3/16\n"
    assert not list(tmp_path.iterdir())
