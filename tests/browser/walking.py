"""A case on its way through many hands, each of them a person at a browser of his own."""

import re
from datetime import timedelta
from pathlib import Path

from tests.browser.city import KLASS, City
from tests.browser.visitor import Visitor

NUMBER = re.compile(r"/cases/([A-Z]{2}-\d{4}-\d{4,})")
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"

FACTS = "企业反映：新建装配车间于三月报验，联合验收反复退补，至今未出具意见书。\n每次补正后又提出新的缺项。"
TYPED = {
    "assign": {"request": "一次性列明缺项，限期办结。", "basis": "派单目录 3.2"},
    "sign": {"opinion": "情况属实，同意上报。"},
    "close": {"method": "documents", "opinion": "与企业核对属实，同意办结。"},
}
SUBMITTED = {
    "complaint": {"statement": "已出具联合验收意见书。", "result": "solved"},
    "finding": {"statement": "清单已修订。", "root_cause": "清单未随规定更新。", "same_kind": "另清查两处窗口。",
                "result": "done"},
    "task": {"statement": "十二个窗口已全覆盖。", "result": "done"},
    "accountability": {"document": "澜纪〔2026〕3号", "subject": "市住建局建管科", "responsibility": "direct",
                       "method": "admonition", "statement": "事实清楚，已听取申辩。"},
}


class Walk:
    """`people` come when they are first needed and stay at their browsers."""

    def __init__(self, city: City, visitor, **how):
        self.city, self._visitor, self.how = city, visitor, how
        self.people: dict[str, Visitor] = {}
        self.number = ""

    def by(self, username: str) -> Visitor:
        if username not in self.people:
            self.people[username] = self._visitor(self.city, username, **self.how)
        return self.people[username]

    def day(self, days: int) -> str:
        return (self.city.today + timedelta(days=days)).isoformat()

    def file(self, kind: str, by: str = "registrar", **more: str) -> None:
        """From the desk to the form of the kind, and onto the books."""
        clerk = self.by(by)
        clerk.open("/")
        clerk.press('.db-head a[href="/cases/new"]')
        if clerk.holds(f'.db-views a[href="/cases/new?kind={kind}"]:not([aria-current])'):
            clerk.press(f'.db-views a[href="/cases/new?kind={kind}"]')
        self._fill_in(clerk, {"klass": KLASS, "outside_number": f"BR{id(self)}"} | more)

    def raise_from(self, number: str, by: str = "supervisor", **more: str) -> None:
        """Accountability begins on the page of the case that it comes from."""
        clerk = self.by(by)
        self.number = number
        self._come_to_case(clerk)
        clerk.press('#case-steps a[href*="kind=accountability"]')
        assert clerk.value("origin") == number
        self._fill_in(clerk, more)

    def _fill_in(self, clerk: Visitor, more: dict[str, str]) -> None:
        clerk.answer({"title": "厂房竣工联合验收四个月未办结", "facts": FACTS, "source": "12345"} | more)
        clerk.press("main form.db-form button[type=submit]:not([formaction])")
        assert clerk.said() == ""
        self.number = NUMBER.search(clerk.page.url)[1]

    def open_step(self, by: str, step: str) -> Visitor:
        """To the form of the step: straight from the desk where it is the next one, else from the page of the case."""
        clerk, link = self.by(by), f'a[href="/cases/{self.number}/steps/{step}"]'
        self._come_near(clerk)
        if not clerk.holds(link):
            clerk.press(f'main a[href="/cases/{self.number}"]')
        clerk.press(link)
        return clerk

    def take(self, by: str, step: str, **answers: str) -> Visitor:
        clerk = self.open_step(by, step)
        clerk.answer(TYPED.get(step, {}) | answers)
        self.send(clerk)
        assert clerk.said() == "", f"{step} by {by}"
        return clerk

    def press(self, by: str, step: str) -> Visitor:
        """A step that asks nothing is a button."""
        clerk = self.by(by)
        self._come_to_case(clerk)
        clerk.press(f'#case-steps form:has([name=step][value="{step}"]) button')
        assert clerk.said() == ""
        return clerk

    def send(self, clerk: Visitor) -> None:
        clerk.press("#case-steps form button[type=submit]:not([formaction])")

    def attach(self, by: str, name: str, folder: Path, purpose: str = "evidence") -> None:
        (folder / name).write_bytes(PDF)
        clerk = self.by(by)
        self._come_to_case(clerk)
        clerk.page.locator("#case-files #file").set_input_files(folder / name)
        clerk.fill("#purpose", purpose)
        clerk.press("#case-files .db-attach button")
        assert clerk.said() == ""
        assert clerk.page.locator("#case-files .db-files a", has_text=name).count() == 1

    def submit_sign_and_close(self, kind: str) -> None:
        """The separated hands of a closing: who reports, who signs for it, who checks it."""
        self.take("liaison", "submit", **SUBMITTED[kind])
        self.take("principal", "sign")
        self.take("second_dispatcher", "close")

    def stage(self, by: str = "supervisor") -> int:
        """At which of the five stages the page shows it, from one."""
        clerk = self.by(by)
        self._come_to_case(clerk)
        stages = clerk.page.locator(".db-stages > li")
        return [stages.nth(n).get_attribute("aria-current") for n in range(stages.count())].index("step") + 1

    def _come_to_case(self, clerk: Visitor) -> None:
        self._come_near(clerk)
        if not clerk.holds("#case-panel"):
            clerk.press(f'main a[href="/cases/{self.number}"]')

    def _come_near(self, clerk: Visitor) -> None:
        """To the case by looking again at the page one is on, else to a link to it: on one's desk, or by searching."""
        if clerk.page.url.endswith(f"/cases/{self.number}"):
            clerk.open(clerk.page.url)
            return
        clerk.open("/")
        if not clerk.holds(f'main a[href="/cases/{self.number}"]'):
            clerk.fill("#find", self.number)
            with clerk.page.expect_navigation():
                clerk.page.locator("#find").press("Enter")
            clerk.arrived()
