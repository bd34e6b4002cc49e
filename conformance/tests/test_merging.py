"""Parts of a recording are put together, and mixtures are refused."""

import copy
from pathlib import Path
from types import SimpleNamespace

import pytest

from conformance.cli import main
from conformance.merging import MergeError, merged
from conformance.recording import Recording, read, validate, write
from conformance.tests.handmade import record, value

KNOWN = [f"a::{letter}" for letter in "abcdefghijklmnop"]


@pytest.fixture(autouse=True)
def _known_cases(monkeypatch):
    cases = [SimpleNamespace(id=case_id) for case_id in KNOWN]
    monkeypatch.setattr("conformance.catalog.load", lambda: cases)


def recorded(results, shard="", complete=True, catalog="made", **subject):
    """A recording of cases that each yield one number."""
    standing = {"spec": "mine", "name": "mine", "version": "1.0", "device": "cpu", "build": {}}
    header = {
        "record": "header",
        "format": 1,
        "subject": {**standing, **subject},
        "platform": {"python": "3.11.7", "numpy": None, "system": "Linux", "machine": "x86_64"},
        "catalog": catalog,
        "cases": list(results),
        **({"shard": shard} if shard else {}),
    }
    cases = {
        case_id: {"record": "case", **record(value("x", number)), "id": case_id, "seconds": 0.01}
        for case_id, number in results.items()
    }
    footer = {"record": "footer", "cases": len(cases)}
    return Recording(header, cases, footer if complete else None, Path("a.jsonl"))


def letters(text, number=1):
    return {f"a::{letter}": number for letter in text}


def held(recordings):
    return ["".join(case_id[-1] for case_id in one.cases) for one in recordings]


def test_shards_are_put_together_in_the_catalog_s_order():
    (one,), notes = merged([recorded(letters("bd"), "2/2"), recorded(letters("ac"), "1/2")])
    assert list(one.cases) == one.header["cases"] == ["a::a", "a::b", "a::c", "a::d"]
    assert one.footer == {"record": "footer", "cases": 4}
    assert "shard" not in one.header
    told, _, missing = notes[0].rpartition(": ")
    assert told == "mine 1.0: shard 2/2, 1/2; 12 of the catalog's 16 cases are missing"
    assert missing == "a::e, a::f, a::g, a::h, a::i, a::j, a::k, a::l, a::m, a::n and 2 more"


def test_nothing_is_missing_if_they_make_up_the_catalog():
    _, notes = merged([recorded(letters("abcdefgh"), "1/2"), recorded(letters("ijklmnop"), "2/2")])
    assert notes == ["mine 1.0: shard 1/2, 2/2, with all 16 cases of the catalog"]


def test_a_single_shard_tells_what_is_missing():
    (one,), notes = merged([recorded(letters("abcdefghijklmno"), "1/2")])
    assert one.header["shard"] == "1/2"
    assert notes == ["mine 1.0: shard 1/2; 1 of the catalog's 16 cases are missing: a::p"]


def test_cases_that_were_chosen_apart_are_put_together_too():
    found, notes = merged(
        [recorded(letters("ab")), recorded(letters("abc"), name="other"), recorded(letters("c"))]
    )
    assert held(found) == ["abc", "abc"]
    assert notes[0].startswith("mine 1.0: 2 recordings; 13 of the catalog's 16 cases are missing: a::d, a::e")


@pytest.mark.parametrize("shard", ["", "1/2"])
def test_another_run_of_the_same_cases_stands_for_itself(shard):
    again = recorded(letters("ab", 2), shard)
    assert held(merged([recorded(letters("ab"), shard), again])[0]) == ["ab", "ab"]


def test_two_runs_in_shards_are_two():
    runs = [
        recorded(letters(part), shard) for _ in range(2) for part, shard in (("ab", "1/2"), ("cd", "2/2"))
    ]
    assert held(merged(runs)[0]) == ["abcd", "abcd"]


def test_a_part_of_a_whole_recording_is_another_run():
    assert held(merged([recorded(letters("abc")), recorded(letters("b", 2))])[0]) == ["abc", "b"]


def test_a_whole_is_incomplete_if_a_part_is():
    broken = recorded(letters("ab"), "2/2", complete=False)
    del broken.cases["a::b"]
    (one,), notes = merged([recorded(letters("cd"), "1/2"), broken])
    assert (one.complete, held([one]), len(one.header["cases"])) == (False, ["acd"], 4)
    assert "13 of the catalog's 16 cases are missing: a::b, a::e" in notes[0]


def test_machines_that_differ_are_all_named():
    older = recorded(letters("ab"), "1/2", build={"cpu capability": "AVX2", "git": "1"})
    newer = recorded(letters("cd"), "2/2", build={"cpu capability": "AVX512", "git": "1"})
    newer.header["platform"]["numpy"] = "2.4"
    before = copy.deepcopy(older.header)
    (one,), _ = merged([older, newer])
    assert one.header["subject"]["build"] == {"cpu capability": "AVX2, AVX512", "git": "1"}
    assert one.header["platform"]["numpy"] == "None, 2.4"
    assert one.header["platform"]["python"] == "3.11.7"
    assert older.header == before


# --- what is no whole


def test_shards_that_share_a_case_and_agree_go_together():
    other = recorded(letters("bc"), "2/3")
    other.cases["a::b"]["seconds"] = 5
    assert held(merged([recorded(letters("ab"), "1/2"), other])[0]) == ["abc"]


def test_a_shard_that_is_there_twice_counts_once():
    parts = [recorded(letters("ab"), "1/2"), recorded(letters("ab"), "1/2"), recorded(letters("cd"), "2/2")]
    assert held(merged(parts)[0]) == ["abcd"]


@pytest.mark.parametrize("order", [1, -1])
def test_shards_that_share_a_case_and_do_not_agree_are_refused(order):
    parts = [
        recorded(letters("ab"), "1/2"),
        recorded(letters("ab", 2), "1/2"),
        recorded(letters("cd"), "2/2"),
    ]
    with pytest.raises(
        MergeError, match=r"^two shards of mine 1.0 hold a::a, and not the same of it: name those of"
    ):
        merged(parts[::order])


def test_shards_of_two_versions_are_refused():
    with pytest.raises(
        MergeError, match=r"is of mine 1.0, another of mine 2.0, and they share no case: record all"
    ):
        merged([recorded(letters("ab"), "1/2"), recorded(letters("cd"), "2/2", version="2.0")])


def test_two_versions_in_shards_are_two_subjects():
    parts = [
        recorded(letters(part), shard, version=version)
        for version in ("1.0", "2.0")
        for part, shard in (("ab", "1/2"), ("cd", "2/2"))
    ]
    assert held(merged(parts)[0]) == ["abcd", "abcd"]
    assert held(merged(parts[:-1])[0]) == ["abcd", "ab"]


def test_devices_are_not_mixed():
    parts = [recorded(letters("ab"), "1/2"), recorded(letters("cd"), "2/2", device="cuda")]
    assert held(merged(parts)[0]) == ["ab", "cd"]


def test_shards_of_two_catalogs_are_refused():
    with pytest.raises(
        MergeError, match=r"parts of mine 1.0 were made from different catalogs: record all with one"
    ):
        merged([recorded(letters("ab"), "1/2"), recorded(letters("cd"), "2/2", catalog="newer")])


# --- on the command line


def test_shards_are_written_as_one_recording(tmp_path, capsys):
    paths = [tmp_path / "1.jsonl", tmp_path / "2.jsonl"]
    for path, part, shard in zip(paths, ("ac", "bd"), ("1/2", "2/2")):
        write(path, recorded(letters(part), shard))
    whole = tmp_path / "whole.jsonl"
    assert main(["merge", *map(str, paths), "-o", str(whole)]) == 0
    assert capsys.readouterr().out.startswith(
        "mine 1.0: shard 1/2, 2/2; 12 of the catalog's 16 cases are missing"
    )
    validate(whole)
    assert (held([read(whole)]), read(whole).complete) == (["abcd"], True)


def test_recordings_of_two_runs_are_not_written_as_one(tmp_path, capsys):
    paths = [tmp_path / "1.jsonl", tmp_path / "2.jsonl"]
    for path, version in zip(paths, ("1.0", "2.0")):
        write(path, recorded(letters("ab"), version=version))
    assert main(["merge", *map(str, paths), "-o", str(tmp_path / "whole.jsonl")]) == 2
    told = capsys.readouterr().err
    assert told == (
        "conformance: these are no parts of one recording, but of mine 1.0 and mine 2.0: name those of one run\n"
    )
    assert not (tmp_path / "whole.jsonl").exists()
