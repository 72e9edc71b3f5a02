"""What is held against every page that somebody comes to: axe-core, both phone widths, the console, other hosts."""

import re
from urllib.parse import urlsplit

from axe_playwright_python.base import AXE_SCRIPT

TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
AXE = {"resultTypes": ["violations"], "runOnly": {"type": "tag", "values": TAGS}}
IS_THERE, ASK = "() => typeof axe !== 'undefined'", "([part, options]) => axe.run(part, options)"
WIDE, PHONE, NARROW = 1440, 360, 320
HEIGHT = 900

# Whose page it is, in which language; and the form on it, with or without something wrong.
READER = "() => [document.documentElement.lang, document.querySelector('.db-me__post')?.textContent ?? '']"
FORM = """() => [
  [...document.querySelectorAll('main [name]')].map(e => e.name).filter(n => !/\\d/.test(n)).join(' '),
  document.querySelectorAll('main [role=alert], main .govuk-error-message').length > 0,
]"""
STEPS = "#case-steps"  # where the form of a step stands on the page of its case
OPEN = "() => document.querySelectorAll('main details').forEach(each => each.open = true)"
SHUT = "() => document.querySelectorAll('main details').forEach(each => each.open = false)"

# Whatever is wider than the page, and whatever scrolls sideways though no keyboard can come to it.
TOO_WIDE = """() => {
  const page = document.scrollingElement, found = [];
  if (page.scrollWidth > innerWidth) {
    found.push(`the page is ${page.scrollWidth} wide`);
    for (const e of document.querySelectorAll('body *')) {
      const box = e.getBoundingClientRect();
      const isOut = box.width && box.right > innerWidth + 1 && !e.closest('[tabindex="0"], nav');
      if (isOut) found.push(e.outerHTML.slice(0, 120));
    }
  }
  for (const e of document.querySelectorAll('main *, header *')) {
    const scrolls = /auto|scroll/.test(getComputedStyle(e).overflowX) && e.scrollWidth > e.clientWidth + 1;
    const reached = e.matches('[tabindex="0"]') && (e.ariaLabel || e.getAttribute('aria-labelledby'));
    const strip = e.closest('nav[aria-label]')?.querySelector('a');
    const isField = e.matches('textarea, input, select');
    if (scrolls && !reached && !strip && !isField) found.push(`scrolls unreached: ${e.outerHTML.slice(0, 120)}`);
  }
  return found.slice(0, 6);
}"""


class Inspector:
    """Looks at each place once for every reader, and at each form that stands there; axe is asked about the page of
    each post and of each language at its full width, and about each language once more as a phone shows it, and no page
    is ever too wide for one. A page without scripts is looked at through a window of its own."""

    def __init__(self, browser):
        self.browser, self.seen = browser, set()
        self.window = None

    def faults(self, page, *, scripts: bool, mark: str = "") -> list[str]:
        place = re.sub(r"/steps.*", "", re.sub(r"[0-9a-f]{64}|\d+", "0", urlsplit(page.url).path))
        language, post = page.evaluate(READER)
        read, filled = (place, mark, language, post), (place, *page.evaluate(FORM))
        is_new = read not in self.seen
        if not is_new and filled in self.seen:
            return []
        self.seen |= {read, filled}
        looked_at = page if scripts else self._window_on(page)
        looked_at.evaluate(OPEN)
        part = STEPS if not is_new and looked_at.locator(STEPS).count() else "html"
        told, spoken = (place, mark, "to", post), (place, mark, "in", language)
        audited = {WIDE} if not is_new or not {told, spoken} <= self.seen else set()
        audited |= set() if spoken in self.seen else {PHONE}
        self.seen |= {told, spoken}
        found = [fault for width in (PHONE, NARROW, WIDE)
                 for fault in self._faults_at(looked_at, width, part if width in audited else None)]
        if looked_at is page:
            page.evaluate(SHUT)
        return found

    def _faults_at(self, page, width: int, part: str | None) -> list[str]:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        found = page.evaluate(TOO_WIDE)
        if part:
            if not page.evaluate(IS_THERE):  # it stays until another page comes
                page.evaluate(AXE_SCRIPT)
            found += _told(page.evaluate(ASK, [part, AXE])["violations"])
        return [f"at {width} {fault}" for fault in found]

    def _window_on(self, page):
        """axe needs scripts; so the same markup is shown in a page of the same origin that has them."""
        if self.window is None:
            self.window = self.browser.new_context().new_page()
        site = urlsplit(page.url)
        self.window.goto(f"{site.scheme}://{site.netloc}/login")
        self.window.set_content(page.content(), wait_until="load")
        return self.window


def _told(violations: list) -> list[str]:
    return [f"{each['id']}: {node['html'][:160]} ({node.get('failureSummary', '')[:200]})"
            for each in violations for node in each["nodes"][:4]]


class Watch:
    """Everything a browser complains of while one person uses it."""

    def __init__(self, context, base: str):
        self.base, self.complaints, self.expected = base, [], set()
        context.on("console", self._console)
        context.on("weberror", lambda error: self.complaints.append(f"page error: {error.error}"))
        context.on("request", self._request)
        context.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective, e.blockedURI))")

    def _console(self, message) -> None:
        refused = re.search(r"responded with a status of (\d+)", message.text)
        if refused and int(refused[1]) in self.expected:
            return
        if message.type == "error":
            self.complaints.append(f"console: {message.text}")

    def _request(self, request) -> None:
        if not request.url.startswith((self.base, "data:", "blob:")):
            self.complaints.append(f"another host: {request.url}")
