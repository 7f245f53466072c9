"""Who has logged in, where the fleet asks who asks: kept in this process's memory, not in the browser."""

from __future__ import annotations

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from console.interfaces.credentials import Credentials

SESSION_COOKIE = "ruststack-console-session"
_SECONDS = 12 * 3600.0
_MOST = 256


@dataclass(frozen=True, slots=True)
class Session:
    """A visitor's credentials, with what they are: the account and the identity's ARN."""

    credentials: Credentials
    account: str
    arn: str
    until: float


class Sessions:
    """See the module. The oldest goes where there are too many."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def begin(self, credentials: Credentials, account: str, arn: str) -> str:
        """The new session's id, for the visitor's cookie."""
        session_id = secrets.token_urlsafe(32)
        self._sessions[session_id] = Session(credentials, account, arn, self._now() + _SECONDS)
        while len(self._sessions) > _MOST:
            self._sessions.popitem(last=False)
        return session_id

    def find(self, session_id: str | None) -> Session | None:
        """The session; None where there is none, or none any more."""
        session = self._sessions.get(session_id or "")
        if session is not None and session.until < self._now():
            self.end(session_id)
            return None
        return session

    def end(self, session_id: str | None) -> None:
        self._sessions.pop(session_id or "", None)
