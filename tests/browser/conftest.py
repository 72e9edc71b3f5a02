"""The system's Chromium, a served city on either database, and visitors to it."""

import os
import shutil

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.city import City
from tests.browser.inspection import Inspector
from tests.browser.visitor import Visitor
from tests.conftest import switch

CHROMIUMS = "chromium-headless-shell", "chromium", "chromium-browser"  # the first is the same without its windows


@pytest.fixture(scope="session")
def chromium():
    found = switch("DUBAN_CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if not found and switch("DUBAN_BROWSER_REQUIRED") == "1":
        pytest.fail("DUBAN_BROWSER_REQUIRED is set, and this machine has no Chromium.")
    if not found:
        pytest.skip("this machine has no Chromium")
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=sandbox)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def inspector(chromium):
    return Inspector(chromium)


@pytest.fixture
def visitor(chromium, inspector):
    """Give me somebody at a browser, in this city."""
    visitors = []

    def come(city: City, username: str | None = None, **how) -> Visitor:
        visitors.append(Visitor(chromium, inspector, city.base, **how))
        return visitors[-1].sign_in(username) if username else visitors[-1]

    yield come
    for each in visitors:
        each.context.close()
