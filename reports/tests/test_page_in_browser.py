"""The page in a real browser."""

import pytest

from reports.model import build
from reports.page import render

from .made import CASES, faulty, hostile, reference, subject


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """The address of a page by the subjects that it shows."""
    folder = tmp_path_factory.mktemp("pages")
    shown = {"one": [faulty()], "two": [subject(), faulty("other")], "hostile": [hostile(), faulty()]}
    for name, subjects in shown.items():
        (folder / f"{name}.html").write_text(render(build([reference(), *subjects], CASES)), encoding="utf-8")
    return lambda name: (folder / f"{name}.html").as_uri()


class Tab:
    """A browser's tab that keeps what its pages ask for and complain of."""

    def __init__(self, browser, **options):
        self.page = browser.new_context(viewport={"width": 1200, "height": 900}, **options).new_page()
        self.requests, self.complaints = set(), []
        self.page.set_default_timeout(5000)
        self.page.on("request", lambda request: self.requests.add(request.url.partition("#")[0]))
        self.page.on("console", lambda message: self.complain(message.text))
        self.page.on("pageerror", lambda error: self.complain(str(error)))
        self.page.on("dialog", lambda dialog: (self.complain(dialog.message), dialog.dismiss()))

    def complain(self, text):
        self.complaints.append(text)


@pytest.fixture(scope="module")
def tab(browser):
    return Tab(browser)


@pytest.fixture
def visit(browser, tab, address):
    """Open a page afresh, and at the end make sure that it asked for nothing and complained of nothing."""
    tabs = []

    def open_page(name, fragment="", **options):
        tabs.append(Tab(browser, **options) if options else tab)
        tabs[-1].page.goto("about:blank")
        tabs[-1].page.goto(address(name) + fragment)
        return tabs[-1].page

    yield open_page
    for used in tabs:
        complaints, used.complaints = used.complaints, []
        assert complaints == []
        assert {url for url in used.requests if not url.endswith((".html", "about:blank"))} == set()
        if used is not tab:
            used.page.context.close()


def shown(page):
    """The names of the cases that can be seen, if only by scrolling."""
    return page.locator(".case:not([hidden]) > summary > code").all_text_contents()


def count(page):
    return page.locator("#count").text_content()


def fragment(page):
    return page.evaluate("location.hash")


def test_all_cases_are_shown_at_first(visit):
    page = visit("one")
    assert count(page) == "5 of 5 cases"
    assert shown(page) == [case.id for case in CASES]


def test_a_verdict_filters_and_stands_in_the_address(visit):
    page = visit("one")
    silent = page.locator("#filters button[value=silent]")
    silent.click()
    assert count(page) == "2 of 5 cases"
    assert shown(page) == ["made::accumulates", "made::refuses"]
    assert fragment(page) == "#verdict=silent"
    page.locator("#filters button[value=blocked]").click()
    assert count(page) == "3 of 5 cases"
    assert fragment(page) == "#verdict=silent,blocked"
    silent.click()
    assert shown(page) == ["made::draws"]
    assert silent.get_attribute("aria-pressed") == "false"


def test_a_query_filters_and_stands_in_the_address(visit):
    page = visit("one")
    page.get_by_label("Search", exact=True).fill("made verdict:silent !leaf")
    assert shown(page) == ["made::accumulates", "made::refuses"]
    assert fragment(page) == "#q=made%20verdict:silent%20!leaf"
    page = visit("one", "#q=aspect:text%20verdict:different")
    assert shown(page) == ["made::prints"]
    assert page.get_by_label("Search", exact=True).input_value() == "aspect:text verdict:different"


def test_a_query_s_fault_is_pointed_at(visit):
    page = visit("one", "#q=verdict:silent%20verdict:loud")
    assert shown(page) == []
    told = page.locator("#fault").text_content().split("\n")
    assert told[0] == "verdict:silent verdict:loud"
    assert told[1].index("^") == told[0].index("loud")
    assert 'there is no verdict "loud"' in told[2]
    page.get_by_label("Search", exact=True).fill("verdict:silent")
    assert page.locator("#fault").text_content() == ""
    assert len(shown(page)) == 2


def test_document_topic_and_aspect_filter_together(visit):
    page = visit("one")
    page.get_by_label("Topic", exact=True).select_option("made")
    assert len(shown(page)) == 5
    page.get_by_label("Topic", exact=True).select_option("any")
    page.get_by_label("Document", exact=True).select_option("B")
    assert shown(page) == ["made::refuses", "made::agrees"]
    page.get_by_label("Aspect", exact=True).select_option("error type")
    assert shown(page) == ["made::refuses"]
    assert fragment(page) == "#aspect=error%20type&document=B"


def test_an_aspect_and_a_verdict_mean_that_aspect_s_verdict(visit):
    page = visit("one", "#aspect=text&verdict=different")
    assert shown(page) == ["made::accumulates", "made::prints"]


def test_filters_that_match_nothing_say_so_and_are_cleared(visit):
    page = visit("one", "#q=no+such+thing")
    assert count(page) == "0 of 5 cases"
    assert page.get_by_text("No case matches").is_visible()
    page.get_by_role("button", name="Show all").click()
    assert count(page) == "5 of 5 cases"


def test_an_address_with_filters_opens_filtered(visit):
    page = visit("one", "#verdict=silent&document=B")
    assert shown(page) == ["made::refuses"]
    assert page.get_by_label("Document", exact=True).input_value() == "B"
    page.goto(page.url.partition("#")[0] + "#row=A12")
    assert shown(page) == ["made::draws"]
    assert page.locator("#row").inner_text() == "for row A12"


def test_with_several_subjects_one_can_be_chosen(visit):
    page = visit("two", "#verdict=silent&subject=1")
    assert shown(page) == []
    page.get_by_label("Subject", exact=True).select_option("2")
    assert shown(page) == ["made::accumulates", "made::refuses"]
    page.get_by_label("Subject", exact=True).select_option("any")
    assert len(shown(page)) == 2


def test_an_address_with_a_case_opens_its_panel(visit):
    page = visit("one", "#case=made::draws")
    panel = page.locator('[id="case=made::draws"]')
    panel.locator("svg").nth(1).wait_for()
    assert panel.locator("svg").count() == 2
    assert page.locator(".case[open]").count() == 1
    top = page.locator(".case[open]").bounding_box()["y"]
    assert -1 <= top <= 900
    panel.get_by_role("link", name="made::accumulates").click()
    assert page.locator('[id="case=made::accumulates"]').is_visible()


def test_a_case_that_a_filter_hides_is_shown_when_asked_for(visit):
    page = visit("one", "#verdict=silent&case=made::agrees")
    assert page.locator('[id="case=made::agrees"]').is_visible()
    assert count(page) == "2 of 5 cases"


def test_an_id_alone_is_an_address_too(visit):
    page = visit("one", "#made::draws")
    page.locator('[id="case=made::draws"] svg').first.wait_for()


def test_a_case_has_a_square_for_each_subject(visit):
    page = visit("two", "#case=made::accumulates")
    squares = page.locator('.case:has([id="case=made::accumulates"]) .strip i')
    squares.first.wait_for()
    titles = [squares.nth(at).get_attribute("title") for at in range(squares.count())]
    assert titles == ["engine 0.1: identical", "other 0.1: silent"]


def test_a_topic_leads_to_its_cases(visit):
    page = visit("two")
    page.locator(".sums > summary").nth(1).click()
    page.locator("table.matrix").nth(1).get_by_role("link", name="0/5").click()
    assert fragment(page) == "#topic=made&subject=2"
    assert count(page) == "5 of 5 cases"


def test_a_fault_leads_to_its_lines_to_paste(visit):
    page = visit("two")
    page.locator(".faults > summary").nth(1).click()
    page.locator(".faults").nth(1).get_by_role("link", name="made::refuses").click()
    lines = page.locator('[id="case=made::refuses"] .repro[open] code')
    lines.wait_for()
    assert "import other as torch" in lines.text_content()
    assert fragment(page) == "#case=made::refuses&reproduce=2"
    page.get_by_role("button", name="Lines for PyTorch").click()
    assert "\nimport torch\n" in lines.text_content()


def test_later_subjects_lines_are_completed(visit):
    page = visit("hostile", "#case=made::accumulates&reproduce=2")
    lines = page.locator('[id="case=made::accumulates"] .repro[open] code')
    lines.wait_for()
    assert "import engine as torch" in lines.text_content()
    assert "for label, value in accumulates(torch):" in lines.text_content()


def heads(page):
    return page.locator("table.matrix").first.locator("thead th").all_text_contents()[1:]


def test_subjects_and_rows_are_sorted_worst_first_on_demand(visit):
    page = visit("two")
    rows = page.locator("table.matrix").first.locator("tbody th")
    assert heads(page) == ["engine 0.1", "other 0.1"]
    before = rows.all_text_contents()
    page.get_by_role("button", name="Worst subjects first").click()
    assert heads(page) == ["other 0.1", "engine 0.1"]
    assert page.locator("table.matrix td").first.inner_text().startswith("0/1")
    page.get_by_role("button", name="Worst subjects first").click()
    assert heads(page) == ["engine 0.1", "other 0.1"]
    page.get_by_role("button", name="Worst rows first").click()
    assert sorted(rows.all_text_contents()) == sorted(before)


def test_cases_are_sorted_worst_first_on_demand(visit):
    page = visit("one", "#order=worst")
    worst = ["made::accumulates", "made::refuses", "made::prints", "made::agrees", "made::draws"]
    assert shown(page) == worst
    page.get_by_label("Order").select_option("of the catalog")
    assert shown(page) == [case.id for case in CASES]


def test_going_back_restores_the_filters(visit):
    page = visit("one", "#verdict=silent")
    page.evaluate("location.hash = '#verdict=blocked'")
    page.wait_for_function("document.getElementById('count').textContent.startsWith('1 ')")
    page.go_back()
    page.wait_for_function("document.getElementById('count').textContent.startsWith('2 ')")


def test_a_subject_s_texts_run_no_script(visit):
    page = visit("hostile", "#case=made::draws")
    for case in CASES:
        page.evaluate("name => (location.hash = name)", f"#case={case.id}")
        page.locator(f'[id="case={case.id}"] .code').first.wait_for()
    assert page.locator("img").count() == 0
    assert page.locator("script:not([type])").count() == 1
    assert page.locator('[id="case=made::draws"] svg').count() > 0
    assert "<script>alert(1)</script>" in page.locator("h1").inner_text()


@pytest.mark.parametrize("name", ["one", "two", "hostile"])
def test_no_width_makes_the_page_scroll_sideways(visit, name):
    page = visit(name)
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    for width in (400, 700, 1600):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_every_case_tells_its_verdict_and_why(visit):
    page = visit("one", java_script_enabled=False)
    assert not page.locator("#filters").is_visible()
    assert len(shown(page)) == 5
    page.locator(".case > summary").first.click()
    whys = page.locator('[id="case=made::accumulates"] dd')
    assert whys.is_visible()
    assert whys.inner_text().endswith("2.0 instead of 4.0 at [1]")
    page.locator(".faults").get_by_role("link", name="made::refuses").click()
    page.locator('[id="case=made::refuses"] dd').wait_for()


def test_without_scripts_the_tables_of_several_subjects_can_be_opened(visit):
    page = visit("two", java_script_enabled=False)
    page.locator(".faults > summary").last.click()
    assert page.locator(".faults[open] .roots a").first.is_visible()
    page.locator(".sums > summary").last.click()
    assert page.locator(".sums").last.locator("td a").first.is_visible()


def test_what_is_closed_at_first_is_made_when_it_is_opened(visit):
    page = visit("two")
    assert page.locator(".faults .roots").count() == 0
    page.locator(".faults > summary").last.focus()
    page.keyboard.press("Enter")
    page.locator(".faults[open] .roots a").first.wait_for()
    page.locator("#sort-rows").click()
    page.locator(".sums > summary").last.click()
    rows = page.locator(".sums").last.locator("tbody tr")
    shares = rows.evaluate_all("rows => rows.map((row) => Number(row.dataset.share))")
    assert shares == sorted(shares) != []


def test_the_keyboard_reaches_everything(visit):
    page = visit("one")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the cases"
    assert page.locator(":focus").evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "q"
    summary = page.locator(".case > summary").nth(2)
    summary.focus()
    page.keyboard.press("Enter")
    assert page.locator('[id="case=made::refuses"]').is_visible()


def test_the_reproduction_is_copied(visit):
    page = visit("one", "#case=made::accumulates", permissions=["clipboard-read", "clipboard-write"])
    panel = page.locator('[id="case=made::accumulates"]')
    panel.get_by_text("Reproduce on engine 0.1").click()
    panel.get_by_role("button", name="Copy").click()
    panel.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == panel.locator(".repro code").text_content()
    assert copied.startswith("# made::accumulates")


def test_dark_and_light_are_two_looks(visit):
    page = visit("one", color_scheme="light")
    grounds = []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(250, 250, 248)", "rgb(19, 22, 26)"]
