"""How I am told outside the program: where to, when never, once a day; a test; and what was sent lately."""

from flask import Blueprint, current_app, redirect, request

from app.domain import deliveries, feeds, letters
from app.domain.deliveries import CHANNELS, EMAIL, QUIET, WEBHOOK, Delivery
from app.domain.errors import Refusal, Refused
from app.extensions import db
from app.office.delivery import OURS
from app.web import access, htmx
from app.web.forms import Form, Line
from app.web.speech import gettext as _
from workflows.grammar import N_

blueprint = Blueprint("delivery", __name__)


class Time(Line):
    """A time of day by the browser's own control."""

    input_type = "time"


class Settings(Form):
    email = Line(render_kw={"autocomplete": "email", "spellcheck": "false"})
    webhook = Line(render_kw={"autocomplete": "off", "spellcheck": "false"})
    quiet_from = Time()
    quiet_until = Time()
    digest_at = Time()


@blueprint.get("/delivery")
def show():
    return page()


@blueprint.post("/delivery")
def update():
    sent = {name: (request.form.get(name) or "").replace("\0", "")[:300] for name in Settings()._fields
            if name != "csrf_token"}
    access.begin_writing()
    try:
        deliveries.change(db.session, access.officer().id, at=access.now(), by_email="by_email" in request.form,
                          by_webhook="by_webhook" in request.form, **sent)
    except Refusal as refusal:
        db.session.rollback()
        return page(refusal=refusal, given=request.form, code=422)
    access.commit()
    return redirect("/delivery?kept=1", 303)


@blueprint.post("/delivery/tests")
def create():
    """A test message by one channel, to see whether it arrives."""
    channel = request.form.get("channel")
    access.begin_writing()
    mine = deliveries.of(db.session, access.officer().id)
    try:
        if mine is None or channel not in ways() or not getattr(mine, channel):
            raise Refused(N_("Please keep an address first."))
        if letters.write_test(db.session, mine, channel, at=access.now()) is None:
            raise Refused(N_("The last test is still on its way, or younger than a minute."))
    except Refusal as refusal:
        db.session.rollback()
        return page(refusal=refusal, code=422)
    access.commit()
    return redirect("/delivery?asked=1", 303)


def page(*, refusal: Refusal | None = None, given=None, code: int = 200, token: str | None = None):
    """`token`: the address of the feed just made, shown this once."""
    mine = deliveries.of(db.session, access.officer().id) or Delivery(
        quiet_from=QUIET[0], quiet_until=QUIET[1], by_email=False, by_webhook=False)
    form = _form(mine, given)
    if refusal is not None:
        form.blame(refusal)
    base = current_app.extensions["settings"].url.rstrip("/")
    return htmx.render(
        "pages/delivery/show.html", code=code, form=form, mine=mine, ways=ways(), email=EMAIL, webhook=WEBHOOK,
        wanted={way: f"by_{way}" in given if given is not None else getattr(mine, f"by_{way}") for way in CHANNELS},
        latest=db.session.scalars(letters.latest(access.officer().id)).all(), states=letters.STATES, channels=CHANNELS,
        ours=OURS, feed=feeds.of(db.session, access.officer().id), address=token and f"{base}/feed/{token}.ics")


def ways() -> list[str]:
    """The channels that are set up on this machine."""
    settings = current_app.extensions["settings"]
    return [name for name, address in ((EMAIL, settings.smtp_url), (WEBHOOK, settings.webhook_url)) if address]


def _form(mine: Delivery, given) -> Settings:
    names = ("email", "webhook", "quiet_from", "quiet_until", "digest_at")
    data = {name: (given.get(name) if given is not None else getattr(mine, name)) or "" for name in names}
    form = Settings(formdata=None, data=data)
    form.email.label.text = _("Mail address")
    form.webhook.label.text = _("Your account in the group, to be mentioned by the robot")
    form.quiet_from.label.text, form.quiet_until.label.text = _("Quiet from"), _("until")
    form.digest_at.label.text = _("One mail a day at")
    form.digest_at.description = _("Leave empty to get each message when it comes up.")
    form.digest_at.is_optional = True
    return form
