"""What a control path may be asked with: its own parameters, each once.

Whoever writes `reset?acount=111122223333` does not mean that every account be emptied.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from awskit.nearest import did_you_mean

_ACCOUNTS = frozenset({"account", "accountId"})
_OF_SIGNATURES = "x-amz-"
_is_account = re.compile(r"[0-9]{12}").fullmatch


def complaint(given: Iterable[tuple[str, str]], known: Collection[str], further: Collection[str] = ()) -> str | None:
    """What is wrong with the parameters that were `given`, for whoever gave them; None where nothing is.

    `further` are known, too, and their values nothing to be judged here.
    """
    names = (*known, *further)
    seen: set[str] = set()
    for name, value in given:
        if name.lower().startswith(_OF_SIGNATURES):
            continue
        if name not in names:
            there = f"; there are {', '.join(names)}" if names else "; there are none"
            return f"there is no parameter {name[:100]!r}{did_you_mean(name[:100], names) or there}"
        if name in seen:
            return f"{name} is given twice"
        if name in _ACCOUNTS and name in known and not _is_account(value):
            return f"an account has 12 digits, which {value[:100]!r} has not"
        seen.add(name)
    return None
