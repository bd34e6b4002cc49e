"""The browser in which pages are tested: one for all files, as each takes seconds to start."""

import os
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


@pytest.fixture(scope="package")
def browser():
    """Chromium; tests are skipped where it or Playwright is missing (see the room's README)."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="pages are tested in a browser with Playwright: pip install playwright"
    )
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium is installed, nor named by the environment variable CHROMIUM")
    with playwright.sync_playwright() as running:
        browser = running.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
