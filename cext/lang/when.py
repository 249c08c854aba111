"""Time of the shop: the business day of an instant. Order is by `seq`, never by time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local_time(at_ms: int, zone: str) -> datetime:
    """The wall-clock time in `zone` (an IANA name) of the UTC instant `at_ms`."""
    seconds, rest_ms = divmod(at_ms, 1000)
    whole = datetime.fromtimestamp(seconds, tz=UTC)
    return (whole + timedelta(milliseconds=rest_ms)).astimezone(_zone(zone))


def instant_ms(wall: datetime, zone: str) -> int:
    """The UTC instant of a naive wall-clock time in `zone`; the earlier one where it is doubled."""
    aware = wall.replace(tzinfo=_zone(zone))
    delta = aware.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * 1000 + delta.microseconds // 1000


def business_day(at_ms: int, zone: str, *, day_change_hour: int = 0) -> date:
    """The business day of `at_ms`: a shop open past midnight changes day at `day_change_hour`."""
    return (local_time(at_ms, zone) - timedelta(hours=day_change_hour)).date()


def utc_offset_min(at_ms: int, zone: str) -> int:
    """How many minutes the clock in `zone` is ahead of UTC at `at_ms`, rounded down."""
    offset = local_time(at_ms, zone).utcoffset() or timedelta(0)
    return offset // timedelta(minutes=1)


def business_hour(at_ms: int, zone: str) -> int:
    """The local hour 0..23 of `at_ms`."""
    return local_time(at_ms, zone).hour
