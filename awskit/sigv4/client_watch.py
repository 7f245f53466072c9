"""What time it is for a signature, where the clock has been moved and the clients' own watches have not."""

from __future__ import annotations

import math
from datetime import UTC, datetime

from awskit.clock import Clock
from awskit.sigv4.authorization import Signature
from awskit.sigv4.verification import MAX_SKEW_SECONDS

# Up to so many seconds, lifetimes are usually multiples of so many.
_USUAL_STEPS = ((5, 1), (60, 5), (600, 10), (3_600, 60), (86_400, 300), (math.inf, 3_600))


def now_for(signature: Signature, clock: Clock) -> float:
    """The epoch seconds to verify `signature` at.

    Signed headers are as old as the client's watch says. A presigned URL ages with the clock: by what the clock has
    been moved forward since it was signed, too, and not by what it had been moved before. Where the client's own watch
    goes with the clock (both were moved), the clock it is. Version 2's URLs do not say when they were signed: of the
    lifetimes that are usual, the shortest that fits is taken for theirs.
    """
    now = clock.source_now
    if clock.moments_are_plain:
        return now
    signed_at = _signed_at(signature) if signature.version == "v4" else _signed_at_by_expiry(signature, now)
    if signed_at is None:
        return now
    if signed_at - now > MAX_SKEW_SECONDS:
        return max(now, clock.now())
    if signature.place != "query":
        return now
    return max(now, now + clock.offset - (clock.moment_of(signed_at) - signed_at))


def _signed_at(signature: Signature) -> float | None:
    try:
        return datetime.strptime(signature.timestamp, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _signed_at_by_expiry(signature: Signature, now: float) -> float | None:
    left = (signature.expires or 0) - now
    if left <= 0:
        return None
    step = next(step for limit, step in _USUAL_STEPS if left <= limit)
    return now + left - math.ceil(left / step) * step
