"""A server's database is one fleet's at a time: its name is in every connection's `application_name`.

In: the database's URL, and the fleet's name. Out: a connection, which is the claim as long as it is open. Raised:
`AnotherFleets`. Who came first has it; of one that has just died the server may not know yet, so that it is waited for.
A server that does not tell who is connected (some that speak PostgreSQL's protocol) refuses nobody.
"""

from __future__ import annotations

import hashlib
import time
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa
from sqlalchemy.pool import NullPool

_PATIENCE_SECONDS = 10.0
_PAUSE_SECONDS = 0.2
_BEGINNING = "ruststack "
# Of a host that is gone without a word: https://www.postgresql.org/docs/current/libpq-connect.html (seconds; the last
# one milliseconds)
_PATIENCE = MappingProxyType(
    {
        "connect_timeout": "5",
        "keepalives_idle": "5",
        "keepalives_interval": "3",
        "keepalives_count": "3",
        "tcp_user_timeout": "15000",
    }
)
_LONGEST = 50  # characters; the server cuts off what is longer than 63
_OTHERS = """
    SELECT other.application_name FROM pg_stat_activity AS other, pg_stat_activity AS own
    WHERE own.pid = pg_backend_pid() AND other.datname = current_database() AND other.application_name <> %s
    AND other.application_name LIKE %s AND (other.backend_start, other.pid) < (own.backend_start, own.pid) LIMIT 1
"""


class AnotherFleets(Exception):
    """The database is in use by another fleet; the text is one line for who started this one."""


def name_of(fleet: str) -> str:
    """The `application_name` of a fleet's connections. What follows a `/` tells a fleet's runs apart, not fleets."""
    name = fleet.partition("/")[0]
    if len(name) > _LONGEST or not name.isascii():
        name = hashlib.sha256(name.encode()).hexdigest()[:32]
    return f"{_BEGINNING}{name}"


def claim(url: str, fleet: str, patience: float = _PATIENCE_SECONDS) -> Any:
    """See the module. None where the server cannot be reached or asked: whoever needs it next says so."""
    try:
        connection = own_connection(url, fleet)
    except Exception:
        return None
    until = time.monotonic() + patience
    while (other := _other(connection, fleet)) is not None:
        if time.monotonic() > until:
            connection.close()
            raise AnotherFleets(
                f"the database {sa.make_url(url).database} is in use by another fleet, {other}; replicas of one fleet"
                " name it by RUSTSTACK_FLEET"
            )
        time.sleep(_PAUSE_SECONDS)
    return connection


def own_connection(url: str, fleet: str) -> Any:
    """A connection of the driver's beside the pool, each of whose statements is a transaction."""
    engine = sa.create_engine(named(url, fleet), poolclass=NullPool)
    arguments, options = engine.dialect.create_connect_args(engine.url)
    return engine.dialect.connect(*arguments, **options, autocommit=True)


def named(url: str, fleet: str) -> sa.URL:
    """The URL for connections that say whose they are, and that learn of a server's end, as it may say otherwise."""
    given = sa.make_url(url)
    added = {name: value for name, value in _PATIENCE.items() if name not in given.query}
    return given.update_query_dict({**added, "application_name": name_of(fleet)})


def _other(connection: Any, fleet: str) -> str | None:
    try:
        row = connection.execute(_OTHERS, (name_of(fleet), f"{_BEGINNING}%")).fetchone()
    except Exception:
        return None
    return None if row is None else str(row[0]).removeprefix(_BEGINNING)
