"""A database server: each transaction has a connection of its own, and the event loop goes on while it waits.

In: the same as for any `Database`. Work runs in a greenlet on the event loop, not in a thread: its statements wait for
the server without anybody else waiting. What needs no answer is sent with what does: the BEGIN with the first
statement, writes that nobody asks the outcome of with the COMMIT (all at once, where nothing was asked before); the end
of what only read is not waited for.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import psycopg
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from awskit.database import copies
from awskit.database.engines import EngineCapabilities, capabilities_of
from awskit.database.loop_connection import LoopConnection, in_greenlet
from awskit.database.pipeline import Answer, Pipeline
from awskit.database.server_claim import named, own_connection
from awskit.database.transactions import Database, Transaction, Work
from awskit.replicas.on_server import ReplicasOnServer

T = TypeVar("T")

_ATTEMPTS = 25
_CONNECTIONS = 12
_LONGEST_PAUSE_SECONDS = 0.25
_TRUSTED_SECONDS = 1.0  # for so long after its last use a connection is not asked whether it lives
_READ = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_WRITE_BY_LOCKS = "BEGIN ISOLATION LEVEL READ COMMITTED"
_WRITE = "BEGIN ISOLATION LEVEL SERIALIZABLE"
_BY_LOCKS = "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED"  # without BEGIN, too
# Every statement of a store has an index. One that is prepared while its table is nearly empty would be planned to read
# all of it, and so it would be done for as long as the connection lasts. A server without these settings needs none.
_BY_INDEX = ("SET enable_seqscan = off", "SET enable_bitmapscan = off")
_PING = "SELECT 1"
_NOT_AS_EXPECTED = "22012"  # division_by_zero: see `Statement.expect`
# read_only_sql_transaction: it has become a standby; admin_shutdown, crash_shutdown, cannot_connect_now: it stops
_NOT_A_PRIMARY = frozenset({"25006"})
_ENDED = frozenset({"57P01", "57P02", "57P03"})
_LOG = logging.getLogger("ruststack.database")


class ServerTransaction(Transaction):
    """A transaction that begins with its first statement."""

    __slots__ = ("_begin", "_sa_connection", "expectations", "is_committing")

    def __init__(self, sa_connection: sa.Connection, driver: Pipeline, engine: EngineCapabilities, begin: str) -> None:
        self._sa_connection = sa_connection
        self._begin = begin
        self.is_committing = False
        self.driver = driver
        self.engine = engine
        self._numbers = self._callbacks = self._changes = None  # others write, too: no number is kept
        self.expectations: list[Callable[[], None]] = []
        driver.later(begin)

    @property
    def connection(self) -> sa.Connection:  # type: ignore[override]
        self.driver.leave()
        return self._sa_connection

    @property
    def dialect(self) -> sa.Dialect:
        return self._sa_connection.dialect

    def execute_last(self, text: str, values: Sequence[Any]) -> Answer:
        self.driver.later(text, values)
        answer = self.commit()
        assert answer is not None
        self.driver.later(self._begin)
        return answer

    def commit(self) -> Answer | None:
        """Have everything done and committed. What comes afterwards has to begin anew."""
        self.is_committing = True
        answer: Answer | None = self.driver.commit(self._begin, at_once=self._begin is _WRITE_BY_LOCKS)
        self.is_committing = False
        return answer

    def expected(self, otherwise: Callable[[], None]) -> None:
        self.expectations.append(otherwise)

    @property
    def own_driver(self) -> Any:
        return self.connection.connection.driver_connection


class _Connection:
    """One of the pool's: the driver's connection, and SQLAlchemy's around it."""

    def __init__(self, sa_connection: sa.Connection, engine: EngineCapabilities, begin_write: str) -> None:
        self._sa_connection = sa_connection
        driver: Any = sa_connection.connection.driver_connection
        self._driver = Pipeline(driver)
        self._engine = engine
        self._used_at = time.monotonic()
        self.may_have_committed = False
        self.expected_wrongly = False
        if begin_write is _WRITE_BY_LOCKS:
            self._driver.execute(_BY_LOCKS)
        for setting in _BY_INDEX:
            with contextlib.suppress(psycopg.DatabaseError):
                self._driver.execute(setting)

    @property
    def is_lost(self) -> bool:
        return self._driver.is_lost

    def run(self, begin: str, work: Work[T]) -> tuple[Transaction, T]:
        """One attempt at a transaction. `may_have_committed` says, where it failed, whether nobody knows of that."""
        driver = self._driver
        self.may_have_committed = self.expected_wrongly = False
        if time.monotonic() - self._used_at > _TRUSTED_SECONDS:
            driver.execute(_PING)
        transaction = ServerTransaction(self._sa_connection, driver, self._engine, begin)
        try:
            result = work(transaction)
            if begin is _READ:
                self._end_reading(transaction)
            else:
                transaction.commit()
        except BaseException as error:
            self.may_have_committed = transaction.is_committing
            self.expected_wrongly = self._look_whether_as_expected(transaction, error)
            self._undo(begin, error)
            raise
        finally:
            self._used_at = time.monotonic()
        return transaction, result

    def _look_whether_as_expected(self, transaction: ServerTransaction, error: BaseException) -> bool:
        """Whether work has failed for what it expected (`Statement.expect`); who expected it is told."""
        if not transaction.expectations or not isinstance(error, Exception):
            return False
        if not isinstance(error, psycopg.Error) and self._driver.has_later and not self._driver.is_lost:
            try:
                self._driver.finish()  # its own error, which may follow of what it expected
            except psycopg.Error as found:
                error = found
        if getattr(error, "sqlstate", None) != _NOT_AS_EXPECTED:
            return False
        for otherwise in transaction.expectations:
            otherwise()
        return True

    def _end_reading(self, transaction: ServerTransaction) -> None:
        if transaction.expectations and self._driver.has_later:
            self._driver.finish()
        if not self._driver.forget_later():
            self._driver.leave_off("COMMIT")

    def _undo(self, begin: str, error: BaseException) -> None:
        driver = self._driver
        if driver.is_lost:
            return
        state = getattr(getattr(error, "orig", error), "sqlstate", None)
        if state in _NOT_A_PRIMARY or state in _ENDED:
            self.may_have_committed &= state in _ENDED
            driver.close()
            return
        self.may_have_committed = False  # it has answered that it has not
        if begin in driver.forget_later():
            return
        try:
            driver.leave_off("ROLLBACK")
        except Exception as error:
            _LOG.info("a connection to the database is given up: %s", error)
            driver.close()

    def close(self) -> None:
        self._driver.close()
        self._sa_connection.invalidate()
        self._sa_connection.close()


class PooledDatabase(Database):
    """See the module. Transactions are repeated where the server says so."""

    def __init__(self, url: str, *, row_locks: bool, fleet: str = "", claim: Any = None) -> None:
        self.replicas = ReplicasOnServer(partial(own_connection, url, fleet), claim)
        self._sa_engine = _engine(named(url, fleet))
        self.engine = capabilities_of(self._sa_engine)
        self._begin_write = _WRITE_BY_LOCKS if row_locks else _WRITE
        self._idle: list[_Connection] = []
        self._open = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="database")
        self._closed = False

    async def read(self, work: Work[T]) -> T:
        return (await self._run(_READ, work))[1]

    async def write(self, work: Work[T]) -> T:
        # Its caller may be cancelled while it goes on and commits: who cleans up after it has to know how it ended.
        return (await self._run(self._begin_write, work, Transaction.run_callbacks))[1]

    async def replace(self, work: Work[T]) -> T:
        transaction, result = await self._aside(self._begin_write, work)
        transaction.run_callbacks()
        return result

    async def read_beside(self, work: Work[T]) -> T:
        return (await self._aside(_READ, work))[1]

    async def save_to(self, path: Path, tables: Sequence[sa.Table]) -> None:
        def copy(transaction: Transaction) -> None:
            copies.copy_rows(transaction.own_driver, self.engine, tables, path)

        await self._aside(_READ, copy)

    async def _aside(self, begin: str, work: Work[T]) -> tuple[Transaction, T]:
        """`_run_blocking`, in a thread, for work that has much to do beside waiting."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._run_blocking, begin, work)

    def _run_blocking(self, begin: str, work: Work[T]) -> tuple[Transaction, T]:
        """On a connection of its own, of which the event loop knows nothing; in any thread."""
        for attempt in range(1, _ATTEMPTS + 1):
            connection = self._new_connection()
            try:
                return connection.run(begin, work)
            except Exception as error:
                self._raise_unless_again(connection, attempt, error)
            finally:
                connection.close()
            time.sleep(_pause(attempt))
        raise AssertionError("unreachable")

    def read_now(self, work: Work[T]) -> T:
        return self._run_blocking(_READ, work)[1]

    def write_now(self, work: Work[T]) -> T:
        transaction, result = self._run_blocking(self._begin_write, work)
        transaction.run_callbacks()
        return result

    async def _run(
        self, begin: str, work: Work[T], then: Callable[[Transaction], None] | None = None
    ) -> tuple[Transaction, T]:
        attempt = 1
        while True:
            connection = await self._take()
            done: list[tuple[Transaction, T]] = []
            try:
                await in_greenlet(lambda: done.append(connection.run(begin, work)))  # noqa: B023
            except asyncio.CancelledError:
                if done and then is not None:
                    then(done[0][0])
                raise
            except Exception as error:
                self._raise_unless_again(connection, attempt, error)
            else:
                if then is not None:
                    then(done[0][0])
                return done[0]
            finally:
                self._give(connection)
            await asyncio.sleep(_pause(attempt))
            attempt += 1

    def _raise_unless_again(self, connection: _Connection, attempt: int, error: Exception) -> None:
        """Within the handling of `error`: raise it unless the same work may succeed now."""
        was_lost = connection.is_lost and not connection.may_have_committed
        again = was_lost or connection.expected_wrongly or self.engine.is_transient(error)
        if attempt == _ATTEMPTS or not again:
            raise error

    # The pool

    async def _take(self) -> _Connection:
        while True:
            while self._idle:
                connection = self._idle.pop()
                if not connection.is_lost:
                    return connection
                self._open -= 1
                connection.close()
            if self._open < _CONNECTIONS:
                return await self._connect_aside()
            future = asyncio.get_running_loop().create_future()
            self._waiting.append(future)
            try:
                await future
            except asyncio.CancelledError:
                if future.done() and not future.cancelled():
                    self._wake_next()
                raise

    async def _connect_aside(self) -> _Connection:
        self._open += 1
        connecting = asyncio.get_running_loop().run_in_executor(self._threads, self._new_connection)
        try:
            return await asyncio.shield(connecting)
        except asyncio.CancelledError:
            connecting.add_done_callback(self._give_connected)
            raise
        except BaseException:
            self._open -= 1
            self._wake_next()
            raise

    def _give_connected(self, connecting: asyncio.Future[_Connection]) -> None:
        """Nobody waits for it any more."""
        if connecting.cancelled() or connecting.exception() is not None:
            self._open -= 1
            self._wake_next()
        else:
            self._give(connecting.result())

    def _new_connection(self) -> _Connection:
        sa_connection = self._sa_engine.connect()
        try:
            return _Connection(sa_connection, self.engine, self._begin_write)
        except BaseException:
            sa_connection.invalidate()
            sa_connection.close()
            raise

    def _give(self, connection: _Connection) -> None:
        if self._closed or connection.is_lost:
            self._open -= 1
            connection.close()
        else:
            self._idle.append(connection)
        self._wake_next()

    def _wake_next(self) -> None:
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(None)
                return

    def close(self) -> None:
        self._closed = True
        self._threads.shutdown(wait=True)
        while self._idle:
            self._idle.pop().close()
        self._sa_engine.dispose()
        self.replicas.close()


def _pause(attempt: int) -> float:
    """Seconds before work is done again: the longer the oftener it was in vain, since so much else is at work."""
    return random.uniform(0, min(0.002 * 2.0**attempt, _LONGEST_PAUSE_SECONDS))


def _engine(url: sa.URL) -> sa.Engine:
    """SQLAlchemy's engine whose connections are `LoopConnection`s and leave transactions to whoever has them."""
    dialect: Any = url.get_dialect()()
    arguments, options = dialect.create_connect_args(url)

    def connect() -> LoopConnection:
        return LoopConnection.connect(*arguments, **options)

    return sa.create_engine(
        url, creator=connect, poolclass=NullPool, isolation_level="AUTOCOMMIT", query_cache_size=1500
    )
