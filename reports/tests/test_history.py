import re
from dataclasses import replace

import pytest

from conformance.recording import write
from reports.__main__ import main
from reports.history import ordered, picture, render
from reports.runs import Judged, Run

from . import made

AGREES, DEPARTS = Judged("identical", "", "It holds."), Judged("silent", "a reason", "It holds.")


def run(agreeing, total, started="", **changes):
    cases = {f"made::case{place}": AGREES if place < agreeing else DEPARTS for place in range(total)}
    return replace(Run("engine 0.1", started, True, "catalog", cases), **changes)


def test_runs_are_put_in_order_by_their_dates():
    dates = ["2026-11-03T06:30:12Z", "2026-11-01T06:30:12+00:00", "2026-11-02T06:30:12Z"]
    assert [each.started[9] for each in ordered([run(1, 2, date) for date in dates])] == ["1", "2", "3"]
    undated = [run(1, 2, dates[0]), run(1, 2), run(1, 2, dates[1])]
    assert ordered(undated) == undated


def test_the_picture_shows_time_from_left_to_right_and_agreement_upwards():
    days = [run(count, 10, f"2026-11-{day:02}T00:00:00Z") for count, day in ((2, 1), (4, 2), (10, 11))]
    first, second, last = picture(days).points
    assert (second.x - first.x) * 9 == pytest.approx(last.x - second.x)
    assert (first.y - second.y) * 3 == pytest.approx(second.y - last.y)
    labels = [label for _, label in picture(days).scale]
    assert labels == ["0%", "25%", "50%", "75%", "100%"]


@pytest.mark.parametrize("counts", [(5, 5), (0, 0), (10, 10), (0, 10), (3, 4)])
def test_every_run_is_inside_the_picture(counts):
    shown = picture([run(count, 10) for count in counts])
    assert all(shown.left <= point.x <= shown.right for point in shown.points)
    assert all(0 < point.y <= shown.bottom for point in shown.points)
    assert all(0 < y <= shown.bottom for y, _ in shown.scale)


def test_small_changes_are_seen_on_a_scale_of_their_own():
    shown = picture([run(2990, 3000), run(2991, 3000)])
    assert shown.points[0].y - shown.points[1].y > 10
    assert len(shown.scale) <= 8


def test_the_page_has_a_row_for_each_run_and_what_changed_between_them():
    page = render([run(1, 3), run(2, 3, complete=False), run(3, 3)])
    assert re.findall(r'<tr id="(run\d)"', page) == ["run3", "run2", "run1"]
    assert page.count("<b>incomplete</b>") == 1
    assert page.count('class="cut"') == 1
    assert re.findall(r'href="#(since\d)">([^<]*)<', page) == [("since3", "1 fixed"), ("since2", "1 fixed")]
    assert re.findall(r'<section aria-labelledby="(since\d)"', page) == ["since3", "since2"]


def test_a_hostile_name_is_no_markup():
    page = render([run(1, 2, name=made.HOSTILE), run(2, 2, name=made.ESCAPES)])
    assert "<script" not in page
    assert "<img" not in page
    assert "\x1b" not in page


def test_a_history_is_written_from_recordings(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("conformance.catalog.load", lambda: made.CASES)
    monkeypatch.setattr("conformance.catalog.digest", lambda: made.CATALOG)
    paths = [str(tmp_path / f"{name}.jsonl") for name in "abc"]
    for path, recording in zip(paths, (made.reference(), made.faulty(), made.subject()), strict=True):
        write(path, recording)
    assert main(["history", *paths, "-o", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'history.html'}\n"
    assert "From 0 of 5 cases that agree" in (tmp_path / "history.html").read_text()
    assert main(["history", *paths[:2], "-o", str(tmp_path)]) == 2
    assert "two runs or more" in capsys.readouterr().err
