"""The console's own addresses: `/_ruststack/console/ACCOUNT/REGION/sqs/queues/orders?...`, and what is remembered.

Account and region are in the address, so that a link shows to others what it shows to oneself, and in a cookie, for
whoever comes without.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

BASE = "/_ruststack/console"
SCOPE_COOKIE = "ruststack-console-scope"
DEFAULT_ACCOUNT = "000000000000"
DEFAULT_REGION = "us-east-1"

_ACCOUNT = re.compile(r"\d{12}", re.ASCII)
_REGION = re.compile(r"[a-z]{2,4}(?:-[a-z]{1,12}){1,3}-\d{1,2}", re.ASCII)

Value = str | int | None


@dataclass(frozen=True, slots=True)
class Scope:
    """The account and the region that a page is about."""

    account: str = DEFAULT_ACCOUNT
    region: str = DEFAULT_REGION

    @classmethod
    def of(cls, account: str, region: str) -> Scope | None:
        """None where one of them cannot be."""
        return cls(account, region) if _ACCOUNT.fullmatch(account) and _REGION.fullmatch(region) else None

    @classmethod
    def remembered(cls, cookies: Mapping[str, str]) -> Scope:
        """That of the last page; else the usual one."""
        account, _, region = cookies.get(SCOPE_COOKIE, "").partition(":")
        return cls.of(account, region) or cls()

    @property
    def cookie(self) -> str:
        return f"{self.account}:{self.region}"

    def url(self, *parts: str, **query: Value) -> str:
        """The address of a page: `url("sqs", "queues", name, token=token)`. What is None is left out."""
        path = "/".join((BASE, self.account, self.region, *(quote(part, safe=_SAFE) for part in parts)))
        return with_query(path if parts else f"{path}/", query)


_SAFE = "-_.~$!*'(),:@"  # what a segment of a path may hold as it is


def with_query(path: str, query: Mapping[str, Value]) -> str:
    """`path` with those of `query` that are not None."""
    given = {name: value for name, value in query.items() if value is not None}
    return f"{path}?{urlencode(given, quote_via=quote, errors='surrogatepass')}" if given else path


def is_own(path: str) -> bool:
    """Whether one may be led to `path`: a page of the console's, and no other site's address."""
    return path.startswith(f"{BASE}/") and "\\" not in path and path.isprintable() and " " not in path
