"""Timestamps in every format that AWS takes and writes."""

from __future__ import annotations

import pytest

from awskit.wire.timestamps import format_timestamp, parse_timestamp

MOMENT = 1255369830.0  # 2009-10-12T17:50:30Z, a Monday


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2009-10-12T17:50:30Z", MOMENT),
        ("2009-10-12T17:50:30.000Z", MOMENT),
        ("2009-10-12T17:50:30.25Z", MOMENT + 0.25),
        ("2009-10-12T17:50:30", MOMENT),
        ("2009-10-12 17:50:30Z", MOMENT),
        ("2009-10-12T19:50:30+02:00", MOMENT),
        ("20091012T175030Z", MOMENT),
        ("2009-10-12", MOMENT - (17 * 60 + 50) * 60 - 30),
        ("Mon, 12 Oct 2009 17:50:30 GMT", MOMENT),
        ("Mon, 12 Oct 2009 17:50:30 +0000", MOMENT),
        ("Mon, 12 Oct 2009 10:50:30 -0700", MOMENT),
        ("12 Oct 2009 17:50:30 GMT", MOMENT),
        ("Monday, 12-Oct-09 17:50:30 GMT", MOMENT),
        ("Mon Oct 12 17:50:30 2009", MOMENT),
        ("Sat, 01 Jan 0099 00:00:00 GMT", -59042995200.0),
        ("1255369830", MOMENT),
        ("1255369830.5", MOMENT + 0.5),
        ("1.25536983E9", MOMENT),
        (1255369830, MOMENT),
        (0.5, 0.5),
        ("-1", -1.0),
    ],
)
def test_what_is_taken(text: str | float, seconds: float) -> None:
    assert parse_timestamp(text) == seconds


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2009-13-12T00:00:00Z",
        "Mon, 32 Oct 2009 17:50:30 GMT",
        "12 Foo 2009 17:50:30 GMT",
        "nan",
        "1e300",
        "2009-10-12T",
        "Mon, 12 Oct 2009 25:50:30 GMT",
    ],
)
def test_what_is_no_timestamp(text: str) -> None:
    with pytest.raises(ValueError):
        parse_timestamp(text)


@pytest.mark.parametrize(
    ("seconds", "timestamp_format", "text"),
    [
        (MOMENT, "iso8601", "2009-10-12T17:50:30.000Z"),
        (MOMENT + 0.0015, "iso8601", "2009-10-12T17:50:30.002Z"),
        (MOMENT + 29.9999, "iso8601", "2009-10-12T17:51:00.000Z"),
        (-0.001, "iso8601", "1969-12-31T23:59:59.999Z"),
        (MOMENT, "rfc822", "Mon, 12 Oct 2009 17:50:30 GMT"),
        (MOMENT + 0.999, "rfc822", "Mon, 12 Oct 2009 17:50:30 GMT"),
        (MOMENT, "unixTimestamp", "1255369830"),
        (MOMENT + 0.25, "unixTimestamp", "1255369830.25"),
    ],
)
def test_what_is_written(seconds: float, timestamp_format: str, text: str) -> None:
    assert format_timestamp(seconds, timestamp_format) == text
