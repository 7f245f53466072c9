"""Several statements sent to PostgreSQL at once.

    pipeline = Pipeline(connection)                         # of psycopg's, that commits each statement
    pipeline.later("BEGIN")                                 # nothing is sent yet
    answer = pipeline.execute("SELECT ... $1", [7])         # sends both, and waits once
    pipeline.later("UPDATE ... $1", [8])
    pipeline.execute("COMMIT")                              # sends both, and waits once

In: a statement's text, with `$1`, `$2`, and their values. Each text is prepared once for a connection.
Out: an `Answer`. Raised: psycopg's errors, of the first statement that failed; what was sent behind it is not done.

A statement takes a round trip, which costs either side more than most statements do: what needs no answer waits for
what does. psycopg's own cursors may be used in between, after `leave`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg import pq
from psycopg.abc import PQGen
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.waiting import Ready, Wait

Values = Sequence[Any]

_COMMIT = "COMMIT"
_UNKNOWN, _BYTEA = 0, 17  # of the first the server finds out itself what it is
_TEXT, _BINARY = 0, 1
_ERRORS = (pq.ExecStatus.FATAL_ERROR, pq.ExecStatus.BAD_RESPONSE)
_SYNCED = pq.ExecStatus.PIPELINE_SYNC
_ABORTED = pq.ExecStatus.PIPELINE_ABORTED
_OFF = pq.PipelineStatus.OFF
_BROKEN = pq.ConnStatus.BAD


class Answer:
    """What a statement has answered, as a cursor of the driver's shows it."""

    __slots__ = ("_result", "_transformer")

    def __init__(self, result: pq.abc.PGresult, transformer: Any) -> None:
        self._result = result
        self._transformer = transformer

    @property
    def rowcount(self) -> int:
        return self._result.command_tuples or 0

    @property
    def description(self) -> list[tuple[None, int]]:
        """Of each column its type's number, in the second place."""
        return [(None, self._result.ftype(column)) for column in range(self._result.nfields)]

    def fetchall(self) -> list[tuple[Any, ...]]:
        self._transformer.set_pgresult(self._result)
        rows: list[tuple[Any, ...]] = self._transformer.load_rows(0, self._result.ntuples, tuple)
        return rows

    def fetchone(self) -> tuple[Any, ...] | None:
        rows = self.fetchall()
        return rows[0] if rows else None


class Pipeline:
    """See the module."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._server = connection.pgconn
        self._later: list[tuple[str, Values]] = []
        self._prepared: dict[str, bytes] = {}
        self._names = itertools.count()
        self._transformer = Transformer(connection)
        self._owed = 0

    @property
    def is_lost(self) -> bool:
        return self._server.status == _BROKEN

    def close(self) -> None:
        self._connection.close()

    def later(self, text: str, values: Values = ()) -> None:
        """Have this done before what comes next."""
        self._later.append((text, values))

    def executemany(self, text: str, several: Sequence[Values]) -> None:
        """`later`, for each."""
        self._later.extend([(text, values) for values in several])

    def execute(self, text: str, values: Values = ()) -> Answer:
        """The answer of a statement."""
        self._later.append((text, values))
        return self.finish()

    def finish(self) -> Answer:
        """Have everything done; the answer of the last."""
        commands, self._later = self._later, []
        return Answer(self._exchange(commands)[-1], self._transformer)

    @property
    def has_later(self) -> bool:
        """Whether something is to be done later."""
        return bool(self._later)

    def commit(self, begin: str, *, at_once: bool) -> Answer | None:
        """Have everything done and committed; the answer of the last, None where there was nothing to do.

        `at_once`: what has not begun yet is sent without `begin` and COMMIT. What is sent together is one transaction
        of the server's where there is no other:
        https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
        """
        commands, self._later = self._later, []
        if at_once and commands and commands[0][0] is begin:
            return Answer(self._exchange(commands[1:])[-1], self._transformer) if len(commands) > 1 else None
        after = 1 if _COMMIT in self._prepared else 2  # it is prepared first
        results = self._exchange([*commands, (_COMMIT, ())])
        return Answer(results[-1 - after], self._transformer) if commands else None

    def forget_later(self) -> list[str]:
        """Nothing of what was to be done later is done; what that was."""
        commands, self._later = self._later, []
        return [text for text, _ in commands]

    def leave_off(self, text: str) -> None:
        """Have this done without waiting for it: nobody needs to know how it ends."""
        commands, self._later = [*self._later, (text, ())], []
        if self._server.pipeline_status == _OFF:
            self._server.enter_pipeline_mode()
        self._send(commands)
        if self._server.flush():
            self._connection.wait(self._sent())

    def leave(self) -> None:
        """Have done what is to be done, and let psycopg's own cursors be used."""
        if self._later:
            self.finish()
        elif self._owed:
            self._connection.wait(self._results([]))
        if self._server.pipeline_status != _OFF:
            self._server.exit_pipeline_mode()

    def _exchange(self, commands: list[tuple[str, Values]]) -> list[pq.abc.PGresult]:
        if self._server.pipeline_status == _OFF:
            self._server.enter_pipeline_mode()
        prepared = self._send(commands)
        results: list[pq.abc.PGresult] = []
        try:
            self._connection.wait(self._results(results))
        except BaseException:
            self._forget(prepared)
            raise
        for result in results:
            if result.status in _ERRORS:
                self._forget(prepared)
                raise error_from_result(result, encoding=self._connection.info.encoding)
        return results

    def _send(self, commands: list[tuple[str, Values]]) -> list[str]:
        """Hand statements to the driver; the texts that had to be prepared."""
        server = self._server
        prepared: list[str] = []
        arguments = [[self._written(value) for value in values] for _, values in commands]
        for (text, values), written in zip(commands, arguments, strict=True):
            name = self._prepared.get(text)
            formats = [_BINARY if type(value) is bytes else _TEXT for value in values]
            if name is None:
                name = self._prepared[text] = f"s{next(self._names)}".encode()
                prepared.append(text)
                types = [_BYTEA if format_ else _UNKNOWN for format_ in formats]
                server.send_prepare(name, text.encode(), types)
            server.send_query_prepared(name, written, formats, _BINARY)
        server.pipeline_sync()
        self._owed += 1
        return prepared

    def _forget(self, prepared: list[str]) -> None:
        """Of what was just to be prepared nobody knows whether it is; it gets another name."""
        for text in prepared:
            del self._prepared[text]

    def _sent(self) -> PQGen[None]:
        while self._server.flush():
            if (yield Wait.RW) & Ready.R:
                self._server.consume_input()

    def _results(self, results: list[pq.abc.PGresult]) -> PQGen[None]:
        """Read until nothing is owed any more; the results of what was sent last, but for preparations."""
        server = self._server
        yield from self._sent()
        while self._owed:
            while server.is_busy():
                yield Wait.R
                server.consume_input()
            result = server.get_result()
            if result is None:
                continue
            if result.status == _SYNCED:
                self._owed -= 1
                if self._owed:
                    results.clear()
            elif result.status != _ABORTED:
                results.append(result)

    def _written(self, value: Any) -> Any:
        """A value as the server reads it."""
        if value is None:
            return None
        kind = type(value)
        if kind is str:
            if "\0" in value:
                raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
            return value.encode()
        if kind is bytes:
            return value
        if kind is int or kind is float:
            return repr(value).encode()
        return self._transformer.get_dumper(value, PyFormat.TEXT).dump(value)
