"""The pages that compare runs, in a real browser."""

import pytest

from reports import changes, history
from reports.runs import Judged, Run

from .made import ESCAPES, HOSTILE
from .test_page_in_browser import Tab


def run(verdict, day):
    judged = Judged(verdict, f"value of 'y': {ESCAPES} {'W' * 300}", "It `holds`.")
    return Run(HOSTILE, f"2026-11-0{day}T06:30:00Z", True, "catalog", {"made::case": judged})


@pytest.mark.parametrize("kind", ["changes", "history"])
def test_a_hostile_subject_shows_as_text_at_any_width(browser, tmp_path, kind):
    runs = [run("identical", 1), run("silent", 2)]
    page = changes.render(changes.Changes(*runs)) if kind == "changes" else history.render(runs)
    (tmp_path / "page.html").write_text(page, encoding="utf-8")
    tab = Tab(browser)
    tab.page.goto((tmp_path / "page.html").as_uri())
    assert tab.page.locator("script, img").count() == 0
    assert HOSTILE in tab.page.locator("h1").inner_text()
    assert tab.page.get_by_text("1 broken").count() > 0
    for width in (400, 700, 1600):
        tab.page.set_viewport_size({"width": width, "height": 900})
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.complaints == []
    tab.page.context.close()
