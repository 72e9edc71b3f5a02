"""When an officer may be told: quiet hours across midnight and across changed clocks, and one mail a day."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain import deliveries
from app.domain.deliveries import next_digest, quiet_until
from app.domain.errors import Refusals

SHANGHAI, BERLIN = ZoneInfo("Asia/Shanghai"), ZoneInfo("Europe/Berlin")
CLOCKS = st.times().map(lambda clock: f"{clock:%H:%M}")
MOMENTS = st.integers(1577836800, 1893456000).map(lambda second: datetime.fromtimestamp(second, UTC))  # 2020–2030
ZONES = st.sampled_from([SHANGHAI, BERLIN, ZoneInfo("America/St_Johns"), ZoneInfo("Pacific/Apia")])


def local(*given, zone=SHANGHAI) -> datetime:
    return datetime(*given, tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(("at", "over"), [
    (local(2026, 9, 14, 21, 59), None), (local(2026, 9, 14, 22, 0), local(2026, 9, 15, 7)),
    (local(2026, 9, 14, 23, 59), local(2026, 9, 15, 7)), (local(2026, 9, 15, 0, 0), local(2026, 9, 15, 7)),
    (local(2026, 9, 15, 6, 59, 59), local(2026, 9, 15, 7)), (local(2026, 9, 15, 7, 0), None),
    (local(2026, 12, 31, 23, 0), local(2027, 1, 1, 7)), (local(2028, 2, 28, 23, 0), local(2028, 2, 29, 7)),
])
def test_the_night_goes_across_midnight(at, over):
    assert quiet_until(at, "22:00", "07:00", SHANGHAI) == over


def test_quiet_hours_may_lie_within_a_day():
    assert quiet_until(local(2026, 9, 14, 12, 30), "12:00", "14:00", SHANGHAI) == local(2026, 9, 14, 14)
    assert quiet_until(local(2026, 9, 14, 14), "12:00", "14:00", SHANGHAI) is None


def test_a_night_in_which_clocks_change_ends_at_the_same_local_time():
    assert quiet_until(local(2026, 3, 28, 23, zone=BERLIN), "22:00", "07:00", BERLIN) == local(
        2026, 3, 29, 7, zone=BERLIN)
    assert quiet_until(local(2026, 10, 24, 23, zone=BERLIN), "22:00", "07:00", BERLIN) == local(
        2026, 10, 25, 7, zone=BERLIN)


@given(MOMENTS, CLOCKS, CLOCKS, ZONES)
def test_quiet_hours_end_and_never_again_within_themselves(at, since, until, zone):
    if since == until:
        return
    over = quiet_until(at, since, until, zone)
    if over is not None:
        assert at < over <= at + timedelta(hours=49)
        assert quiet_until(over, since, until, zone) is None or over.astimezone(zone).strftime("%H:%M") != until


@given(MOMENTS, CLOCKS, ZONES)
def test_the_one_mail_a_day_comes_within_a_day_and_not_before(after, clock, zone):
    at = next_digest(after, clock, zone)
    assert after <= at <= after + timedelta(hours=49)
    assert next_digest(at, clock, zone) == at or at.astimezone(zone).strftime("%H:%M") != clock


def test_everything_wrong_is_said_at_once(session):
    with pytest.raises(Refusals) as caught:
        deliveries.change(session, 1, at=local(2026, 9, 14), email="x", webhook="a b", by_email=True, by_webhook=True,
                          quiet_from="24:00", quiet_until="07:00", digest_at="8")
    assert {each.field for each in caught.value.refusals} == {"email", "webhook", "quiet_from", "digest_at"}
