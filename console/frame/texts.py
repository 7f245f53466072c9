"""How values are shown: times relative and exact, sizes, numbers, and texts of which nothing may be hidden or run.

Filters of the templates: `moment|when`, `size|bytes`, `count|number`, `name|shown`, `seconds|duration`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import orjson
from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

_UNITS = ("KB", "MB", "GB", "TB", "PB")
_SPANS = ((86_400 * 365, "year"), (86_400 * 30, "month"), (86_400, "day"), (3_600, "hour"), (60, "minute"))
_SHORT = 24  # characters that a table's cell does not break
_FIRST, _LAST = -62_135_596_800.0, 253_402_300_799.0
_RESOURCE = re.compile(r'"(?:QueueUrl|TableName|TopicArn)": ?"[^"]*"(?:, ?)?|\b(?:QueueUrl|TopicArn)=\S+ ?')
# control characters, what turns the direction of a text, what has no width, halves of surrogate pairs
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def relative(moment: float, now: float) -> str:
    """`3 minutes ago`, `in 2 days`, `now`."""
    ahead, seconds = moment > now, abs(now - moment)
    if seconds < 1:
        return "now"
    for span, name in _SPANS:
        if seconds >= span:
            count = int(seconds // span)
            said = f"{count} {name}{'s' if count > 1 else ''}"
            return f"in {said}" if ahead else f"{said} ago"
    return f"in {int(seconds)} s" if ahead else f"{int(seconds)} s ago"


def exact(moment: float) -> str:
    """`2026-11-30 18:30:17 UTC`."""
    return f"{datetime.fromtimestamp(min(max(moment, _FIRST), _LAST), UTC):%Y-%m-%d %H:%M:%S} UTC"


def clock(moment: float) -> str:
    """`18:30:17.123`, UTC: for rows that come one after the other."""
    return f"{datetime.fromtimestamp(min(max(moment, _FIRST), _LAST), UTC):%H:%M:%S.%f}"[:-3]


@pass_context
def when(context: Context, moment: float | None) -> Markup:
    """A time, relative (to the fleet's clock) and exact; a dash where there is none."""
    if moment is None:
        return Markup("–")
    stamp = datetime.fromtimestamp(min(max(moment, _FIRST), _LAST), UTC).isoformat(timespec="milliseconds")
    text = Markup('<time datetime="{}"><span>{}</span> <small>{}</small></time>')
    return text.format(stamp, relative(moment, context["page"].now), exact(moment))


def moment(written: str) -> float | None:
    """The time that services write as `2026-11-30T22:56:47.690Z`, for `when`; None where it is none."""
    try:
        return datetime.fromisoformat(written).timestamp()
    except ValueError:
        return None


def size_in_bytes(size: float | None) -> str:
    """`1.2 MB`; a dash where it is not known."""
    if size is None:
        return "–"
    if size < 1024:
        return f"{size:.0f} B"
    power = next((power for power in range(1, len(_UNITS)) if size < 1024 ** (power + 1)), len(_UNITS))
    return f"{size / 1024**power:,.1f} {_UNITS[power - 1]}"


def number(count: float | None) -> str:
    """`1,234,567`; a dash where it is not known."""
    return "–" if count is None else f"{count:,}"


def duration(seconds: float | None) -> str:
    """`2 min 5 s`, `14 days`; a dash where there is none."""
    if seconds is None:
        return "–"
    left = int(seconds)
    parts = []
    for span, name in ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")):
        if left >= span:
            parts.append(f"{left // span} {name}")
            left %= span
    return " ".join(parts[:2]) or f"{seconds:g} s"


def visible(text: str) -> str:
    """`text` with a sign in the place of each character that is not seen, or turns what stands around it."""
    return _UNSEEN.sub(_sign, text)


def _sign(match: re.Match[str]) -> str:
    return f"⟨U+{ord(match[0]):04X}⟩"


def shown(text: Any, limit: int = 0) -> Markup:
    """A text of whoever's: in a direction of its own, with nothing hidden; cut after `limit` characters, if given."""
    said = str(text)
    cut = bool(limit) and len(said) > limit
    seen = visible(said[:limit] if cut else said)
    kind = "text short" if len(said) <= _SHORT and "\n" not in said else "text"
    return Markup('<bdi class="{}">{}{}</bdi>').format(kind, escape(seen), "…" if cut else "")


def without_resource(parameters: str) -> str:
    """A request's parameters without what names its resource, which stands beside them."""
    return _RESOURCE.sub("", parameters)


def pretty(text: str) -> str:
    """`text` indented where it is JSON; as it is where it is none, or is too large to be worth it."""
    if len(text) > 1_000_000 or not text.lstrip().startswith(("{", "[")):
        return text
    try:
        return orjson.dumps(orjson.loads(text), option=orjson.OPT_INDENT_2).decode()
    except (orjson.JSONDecodeError, UnicodeEncodeError):
        return text
