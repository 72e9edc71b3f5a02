"""One person at a browser: signs in through the page and uses only what the pages offer."""

from contextlib import contextmanager

from playwright.sync_api import expect

from tests.browser.inspection import HEIGHT, WIDE, Inspector, Watch
from tests.conftest import PASSWORD

IN_HTMX = "e => Boolean(e.closest('[hx-get], [hx-post]'))"
UNDER_WAY = ".htmx-request, .htmx-swapping, .htmx-settling"


class Visitor:
    def __init__(self, browser, inspector: Inspector, base: str, *, scripts=True, language="zh", width=WIDE):
        self.base, self.inspector, self.scripts, self.language = base, inspector, scripts, language
        self.context = browser.new_context(
            java_script_enabled=scripts, viewport={"width": width, "height": HEIGHT}, locale="zh-CN", base_url=base)
        self.watch = Watch(self.context, base)
        self.page = self.context.new_page()
        self.looking_at = ""  # what is to be seen at an address besides what the address says

    def sign_in(self, username: str) -> "Visitor":
        self.open("/login")
        if self.language == "en":
            self.press("a[lang=en]")
        self.fill("#username", username)
        self.fill("#password", PASSWORD)
        self.press("button[type=submit]")
        assert self.page.locator(".db-me").count() == 1, self.said()
        return self

    def open(self, address: str) -> None:
        self.page.goto(address)
        self.arrived()

    def press(self, selector: str) -> None:
        """Press a link or a button, and wait for where it leads."""
        target = self.page.locator(selector).first
        if self.scripts and target.evaluate(IN_HTMX):
            with self.page.expect_response(lambda answer: "hx-request" in answer.request.headers) as answered:
                target.click()
            if "hx-redirect" in answered.value.headers:
                self.page.wait_for_url("**" + answered.value.headers["hx-redirect"])
            expect(self.page.locator(UNDER_WAY)).to_have_count(0)
        else:
            with self.page.expect_navigation():
                target.click()
        self.arrived()

    def fill(self, selector: str, value: str) -> None:
        """Type into a field or choose from a list."""
        field = self.page.locator(selector)
        if field.evaluate("e => e.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)

    def answer(self, answers: dict[str, str]) -> None:
        for name, value in answers.items():
            self.fill(f'main form[data-draft] [name="{name}"]:not([type=hidden])', value)

    def value(self, name: str) -> str:
        return self.page.locator(f'main form[data-draft] [name="{name}"]:not([type=hidden])').input_value()

    def holds(self, selector: str) -> bool:
        return self.page.locator(selector).count() > 0

    def said(self) -> str:
        """The sentences by which the page refuses something."""
        return " ".join(self.page.locator("main [role=alert]").all_inner_texts())

    @contextmanager
    def expecting(self, *codes: int):
        """The browser notes a refused request in its console; these are the refusals that the story wants."""
        self.watch.expected = set(codes)
        yield
        self.watch.expected = set()

    @contextmanager
    def second_tab(self):
        first, self.page = self.page, self.context.new_page()
        yield first
        self.page.close()
        self.page = first

    def arrived(self) -> None:
        faults = self.inspector.faults(self.page, scripts=self.scripts, mark=self.looking_at)
        assert not faults, f"{self.page.url}: {faults}"
        assert not self.watch.complaints, f"{self.page.url}: {self.watch.complaints}"
