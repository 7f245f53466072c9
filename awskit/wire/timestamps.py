"""Timestamps on the wire: epoch seconds (float, UTC) inside, every format that AWS takes outside.

Raises `ValueError` for a text that is no timestamp.
"""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from functools import lru_cache

_LONGEST = 100
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HTTP_DATE = re.compile(
    r"(?:[A-Za-z]{3,9},?\s+)?(\d{1,2})[ -]([A-Za-z]{3})[ -](\d{4}|\d{2})\s+(\d\d):(\d\d):(\d\d)(?:\.(\d+))?"
    r"\s*(?:GMT|UTC|Z|([+-])(\d\d):?(\d\d))?"
)
_ASCTIME = re.compile(r"[A-Za-z]{3} ([A-Za-z]{3})\s+(\d{1,2}) (\d\d):(\d\d):(\d\d) (\d{4})")


FIRST, LAST = -62_135_596_800.0, 253_402_300_799.999
"""The calendar: from the year 1 to the end of 9999."""


def parse_timestamp(value: str | float) -> float:
    """Epoch seconds of a number, an ISO 8601, an RFC 822 / RFC 850 / asctime date or a decimal text.

    ValueError, too, where that is no day of the calendar (`FIRST` to `LAST`).
    """
    moment = _parsed(value)
    if not FIRST <= moment <= LAST:
        raise ValueError(f"no timestamp: {str(value)[:100]}")
    return moment


def _parsed(value: str | float) -> float:
    if not isinstance(value, str):
        return float(value) if abs(value) <= LAST else LAST + 1
    text = value.strip()
    if text[:1].isdigit() and "-" in text[4:5]:
        return _parse_iso(text)
    try:
        number = float(text)
    except ValueError:
        return _parse_iso(text) if text[:8].isdigit() and "T" in text else _parse_http_date(text)
    return number


def _parse_iso(text: str) -> float:
    if len(text) > _LONGEST:
        raise ValueError("no timestamp")
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()


def _parse_http_date(text: str) -> float:
    if match := _HTTP_DATE.fullmatch(text):
        day, month, year, hour, minute, second, fraction, sign, zone_hours, zone_minutes = match.groups()
        offset = (int(zone_hours) * 3600 + int(zone_minutes) * 60) * (-1 if sign == "-" else 1) if sign else 0
    elif match := _ASCTIME.fullmatch(text):
        month, day, hour, minute, second, year = match.groups()
        fraction, offset = None, 0
    else:
        raise ValueError(f"no timestamp: {text}")
    number = int(year)
    if len(year) == 2:
        number += 2000 if number < 70 else 1900
    moment = datetime(
        number, _MONTHS.index(month.title()) + 1, int(day), int(hour), int(minute), min(int(second), 59), tzinfo=UTC
    )
    return moment.timestamp() - offset + (float(f"0.{fraction}") if fraction else 0.0)


_WHOLE = tuple(f"{second:02}.000Z" for second in range(60))


@lru_cache(maxsize=256)
def _minute(minute: int) -> str:
    moment = time.gmtime(minute * 60)
    return f"{moment[0]:04}-{moment[1]:02}-{moment[2]:02}T{moment[3]:02}:{moment[4]:02}:"


def iso8601_milliseconds(seconds: float) -> str:
    """2009-10-12T17:50:30.123Z, as SNS and STS write it."""
    minute, rest = divmod(round(seconds * 1000), 60_000)
    second, milliseconds = divmod(rest, 1000)
    if milliseconds == 0:
        return _minute(minute) + _WHOLE[second]
    return f"{_minute(minute)}{second:02}.{milliseconds:03}Z"


def iso8601_seconds(seconds: float) -> str:
    """2009-10-12T17:50:30.000Z, as S3 writes its times: a part of a second is cut off."""
    minute, second = divmod(int(seconds // 1), 60)
    return _minute(minute) + _WHOLE[second]


@lru_cache(maxsize=256)
def rfc822(seconds: float) -> str:
    """Mon, 12 Oct 2009 17:50:30 GMT; a part of a second is cut off."""
    moment = time.gmtime(seconds // 1)
    return (
        f"{_DAYS[moment[6]]}, {moment[2]:02} {_MONTHS[moment[1] - 1]} {moment[0]:04}"
        f" {moment[3]:02}:{moment[4]:02}:{moment[5]:02} GMT"
    )


def unix_number(seconds: float) -> float:
    """Epoch seconds with milliseconds, as the JSON protocols write them."""
    return round(seconds, 3)


def unix_text(seconds: float) -> str:
    return f"{seconds:.3f}".rstrip("0").rstrip(".")


def format_timestamp(seconds: float, timestamp_format: str) -> str:
    """`seconds` as text in the model's `iso8601`, `rfc822` or `unixTimestamp`."""
    if timestamp_format == "iso8601":
        return iso8601_milliseconds(seconds)
    if timestamp_format == "rfc822":
        return rfc822(seconds)
    return unix_text(seconds)
