"""The fleet's clock, moved by a test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from ruststack.control_client import ControlClient

_PATH = "/_ruststack/clock"


class FleetClock:
    """Every service's clock: time-outs, delays, retention, leases and TTL go by it. Other accounts see it move, too."""

    def __init__(self, endpoint_url: str) -> None:
        self._client = ControlClient(endpoint_url)

    def now(self) -> datetime:
        """The services' time, in UTC."""
        return _moment(self._client.ask("GET", _PATH))

    def advance(self, by: float | timedelta) -> datetime:
        """Move it forward, by seconds or a `timedelta`; what is due by then is done. The new time comes back."""
        seconds = by.total_seconds() if isinstance(by, timedelta) else by
        return self._move(advance=repr(float(seconds)))

    def set(self, to: datetime | str | float) -> datetime:
        """Move it, back as well: to a `datetime` with a zone, ISO 8601 or epoch seconds (2000 to 2199)."""
        if isinstance(to, datetime):
            if to.tzinfo is None:
                raise ValueError(f"{to!r} has no time zone: say datetime(..., tzinfo=UTC)")
            to = to.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return self._move(set=str(to))

    def reset(self) -> datetime:
        """Back to the machine's time."""
        return self._move(offset="0")

    def _move(self, **how: str) -> datetime:
        return _moment(self._client.ask("POST", _PATH, how))


def _moment(answer: dict[str, Any]) -> datetime:
    return datetime.fromtimestamp(answer["now"], UTC)
