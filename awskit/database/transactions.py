"""One service's database: SQLite on the event loop, or PostgreSQL beside it (`pooled`), behind the same two calls.

    row = await database.read(lambda transaction: store.find(transaction, name))
    await database.write(lambda transaction: store.add(transaction, name))

In: a function over a `Transaction`. Out: what it returns, after the commit. An exception it raises undoes its work, and
its alone, and is raised to the caller.

SQLite: one connection, held open; nothing else opens the file but replicas of the service. Writes that wait at the same
turn of the event loop share one `BEGIN IMMEDIATE` ... `COMMIT`, each in a savepoint of its own (group commit: 2-4 times
the throughput). While there are replicas each transaction, once it has its lock or its snapshot, asks SQLite whether
another process has committed anything, and if so calls those who keep something in memory (`changed_elsewhere`) first.
PostgreSQL: a connection each, of a pool. What reads sees one moment's state (REPEATABLE READ). What writes is
SERIALIZABLE or, where the service locks the rows that matter (`row_locks`), READ COMMITTED: then nobody does work in
vain. It is run again where the server reports a serialisation failure or a deadlock; so a function may run more than
once, and its effects outside the transaction belong in `after_commit`.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.pool import NullPool, StaticPool

from awskit.database import copies
from awskit.database.engines import EngineCapabilities, capabilities_of
from awskit.database.kept_numbers import KeptNumbers
from awskit.eager_task import Outcome
from awskit.errors import unavailable
from awskit.replicas import Replicas
from awskit.replicas.writing_turn import WritingTurn

T = TypeVar("T")
Work = Callable[["Transaction"], T]

VERSIONS = "alembic_version"
"""The table that says at which version the schema is."""

_BUSY_TIMEOUT_MS = 5_000
_TURN_SECONDS = 10.0
_STEPS_UNSEEN = 100_000  # of SQLite's, a few milliseconds


class Transaction:
    """What a handler's database work goes through.

    Only stores use `connection`, only their `Statement`s use `driver`, the same connection as the driver knows it.
    `engine` tells what the database can do (upsert, skip locked). `numbers` are those that are kept in memory, if any.
    """

    __slots__ = ("_callbacks", "_changes", "_numbers", "connection", "driver", "engine")

    def __init__(
        self, connection: sa.Connection, driver: Any, engine: EngineCapabilities, numbers: KeptNumbers | None = None
    ) -> None:
        self.connection = connection
        self.driver = driver
        self.engine = engine
        self._numbers = numbers
        self._callbacks: list[Callable[[], None]] | None = None
        self._changes: dict[int, int] | None = None

    @property
    def dialect(self) -> sa.Dialect:
        """The database's, for what is compiled."""
        return self.connection.dialect

    @property
    def own_driver(self) -> Any:
        """The connection as the driver's own, with all that it can, for what is copied in bulk."""
        return self.driver

    def execute_last(self, text: str, values: Sequence[Any]) -> Any:
        """The driver's answer to the statement that is the work's last, and is committed with it.

        Where it is not the last after all, what follows is a transaction of its own.
        """
        return self.driver.execute(text, values)

    def expected(self, otherwise: Callable[[], None]) -> None:
        """The work relies on something that a server is asked about together with what comes next.

        Where it is not so `otherwise` is called, and the work is done again, whatever came of it (`Statement.expect`).
        """
        raise NotImplementedError

    def after_commit(self, callback: Callable[[], None]) -> None:
        """Call `callback` on the event loop once this work is committed; never if it is undone."""
        if self._callbacks is None:
            self._callbacks = []
        self._callbacks.append(callback)

    def counted(self, key: int, more: int) -> None:
        """So many rows more, or fewer, are what `number_of` tells of `key`. To be said of every change to them."""
        numbers = self._numbers
        if numbers is not None and numbers.follows(key, self):
            if self._changes is None:
                self._changes = {key: more}
            else:
                self._changes[key] = self._changes.get(key, 0) + more

    def is_counted(self, key: int) -> bool:
        """Whether anybody wants to know by `counted` what changes the number of this key."""
        return self._numbers is not None and self._numbers.is_followed(key)

    def uncounted(self, key: int) -> None:
        """Nobody knows by how much this work changes the number of this key."""
        numbers = self._numbers
        if numbers is not None and numbers.is_followed(key):
            numbers.loses(key)
            self.after_commit(lambda: numbers.lost(key))

    def number_of(self, key: int, take: Callable[[], int]) -> int:
        """How many rows there are by this key; `take` asks the database, which takes longer the more there are."""
        numbers = self._numbers
        if numbers is None:
            return take()
        changed = 0 if self._changes is None else self._changes.get(key, 0)
        known = numbers.known(key)
        if known is not None and not numbers.is_changed_by_others(key, self):
            return known + changed
        numbers.takes(key)
        number = take()

        def keep() -> None:
            later = 0 if self._changes is None else self._changes.get(key, 0) - changed
            numbers.keep(key, number + later)

        self.after_commit(keep)
        return number

    def run_callbacks(self) -> None:
        if self._changes is not None and self._numbers is not None:
            self._numbers.committed(self._changes)
        for callback in self._callbacks or ():
            callback()


class Database:
    """See the module. Made by `awskit.database.open_database`."""

    engine: EngineCapabilities
    replicas: Replicas

    @property
    def is_shared(self) -> bool:
        """Whether another process may be at work on the database now."""
        return self.engine.several_processes or not self.replicas.alone

    def changed_elsewhere(self, forget: Callable[[], None]) -> None:
        """Call `forget` at the start of a transaction that may find what another process has written since the last.

        Never where `engine.several_processes`: there nothing may be kept in memory.
        """

    async def read(self, work: Work[T]) -> T:
        """Run `work` against committed state; it must not write."""
        raise NotImplementedError

    async def write(self, work: Work[T]) -> T:
        """Run `work`, commit, call its `after_commit` callbacks, and return its result."""
        raise NotImplementedError

    async def replace(self, work: Work[T]) -> T:
        """`write` for work that takes long: what only reads goes on meanwhile, where it can, and sees none of it.

        What is kept in memory is looked at again afterwards (`changed_elsewhere`).
        """
        raise NotImplementedError

    async def read_beside(self, work: Work[T]) -> T:
        """`read` for work that takes long: of what is committed when it is called, while others read and write."""
        raise NotImplementedError

    async def count_beside(self, take: Work[Mapping[int, int]]) -> None:
        """Take numbers that `Transaction.number_of` tells, by key, while others read and write; then they are known.

        Nothing where none are kept.
        """

    async def save_to(self, path: Path, tables: Sequence[sa.Table]) -> None:
        """Copy what is committed into the SQLite file `path`, as it was at one moment, while others write.

        A server's rows of `tables` go into the schema that the file has already (`engine.several_processes`); an SQLite
        database is copied with its own, whole.
        """
        raise NotImplementedError

    def copy_schema(self, path: Path) -> bool:
        """Make an SQLite file of the database's schema; False where that is a server's, in whose terms it is stated."""
        return False

    def read_now(self, work: Work[T]) -> T:
        """`read`, blocking: for start-up and for tests."""
        raise NotImplementedError

    def write_now(self, work: Work[T]) -> T:
        """`write`, blocking: for start-up and for tests."""
        raise NotImplementedError

    def close(self) -> None:
        """Give the connections back. What was not committed is gone."""
        raise NotImplementedError


def database_file(url: str) -> Path | None:
    """The file of an SQLite database; None for a server's."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:  # whoever opens it says so
        return None
    is_file = parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:")
    return Path(parsed.database or "") if is_file else None


class SqliteDatabase(Database):
    """SQLite on the event loop: each call is short, since AWS's own page limits bound it."""

    def __init__(
        self, url: str, *, synchronous: str, durable: bool, replicas: Replicas, turn: WritingTurn | None
    ) -> None:
        self._url = url
        self._durable = durable
        self._held = False
        self._replacing: asyncio.Event | None = None
        self._sa_engine = sa.create_engine(
            url,
            poolclass=StaticPool,
            isolation_level="AUTOCOMMIT",
            query_cache_size=1500,
            connect_args={"isolation_level": None, "check_same_thread": False, "cached_statements": 512},
        )
        self.engine = capabilities_of(self._sa_engine)
        self._connection = self._sa_engine.connect()
        driver: Any = self._connection.connection.driver_connection
        self._driver = driver
        self._execute: Callable[[str], Any] = driver.execute
        self._set_up(synchronous, durable, sa.make_url(url).database)
        self._waiting: list[tuple[Work[Any], Outcome[Any]]] = []
        self.replicas = replicas
        self._page = replicas.page
        self._turn = turn
        self._turn_timer: asyncio.TimerHandle | None = None
        self._numbers = KeptNumbers()
        self._forgetful: list[Callable[[], None]] = [self._numbers.forget]
        self._version = self._data_version()
        replicas.when_alone(self._look_for_changes)

    def changed_elsewhere(self, forget: Callable[[], None]) -> None:
        self._forgetful.append(forget)

    def _data_version(self) -> int:
        """A number that changes with what other processes commit, not with what this one does."""
        version: int = self._execute("PRAGMA data_version").fetchone()[0]
        return version

    def _look_for_changes(self) -> None:
        version = self._data_version()
        if version != self._version:
            self._version = version
            self._forget()

    def _forget(self) -> None:
        for forget in self._forgetful:
            forget()

    def _set_up(self, synchronous: str, durable: bool, path: str | None) -> None:
        self._execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
        if durable:
            self._execute("PRAGMA journal_mode=WAL")
            self._execute(f"PRAGMA synchronous={'FULL' if synchronous.upper() == 'FULL' else 'NORMAL'}")
        else:
            self._execute("PRAGMA locking_mode=EXCLUSIVE")
            self._execute("PRAGMA journal_mode=MEMORY")
            self._execute("PRAGMA synchronous=OFF")
        self._execute("PRAGMA foreign_keys=ON")
        self._execute("PRAGMA temp_store=MEMORY")
        self._execute("PRAGMA cache_size=-2048")
        self._execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not durable and path:
            Path(path).unlink(missing_ok=True)

    async def read(self, work: Work[T]) -> T:
        if self._replacing is not None:
            await self._replacing.wait()
        return self.read_now(work)

    def read_now(self, work: Work[T]) -> T:
        transaction = Transaction(self._connection, self._driver, self.engine, self._numbers)
        if not self._page[0] or self._driver.in_transaction:
            return work(transaction)
        self._execute("BEGIN")
        try:
            self._look_for_changes()
            return work(transaction)
        finally:
            if self._driver.in_transaction:
                self._execute("COMMIT")

    async def write(self, work: Work[T]) -> T:
        loop = asyncio.get_running_loop()
        outcome: Outcome[T] = Outcome(loop)
        self._waiting.append((work, outcome))
        if len(self._waiting) == 1:
            loop.call_soon(self._commit_waiting)
        return await outcome

    def write_now(self, work: Work[T]) -> T:
        self._execute("BEGIN IMMEDIATE")
        self._numbers.settle()
        transaction = Transaction(self._connection, self._driver, self.engine, self._numbers)
        try:
            if self._page[0]:
                self._look_for_changes()
            result = work(transaction)
            self._execute("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        transaction.run_callbacks()
        self._numbers.settle()
        return result

    async def replace(self, work: Work[T]) -> T:
        """Beside the loop, by a connection of its own; writes wait, as they would for another process's.

        Where nothing is kept there is but one connection, so that reads wait, too.
        """
        await self.write(self._hold)
        try:
            if not self._durable:
                self._replacing = asyncio.Event()
            turn = await self._own_turn() if self._page[0] else None
            try:
                transaction, result = await asyncio.to_thread(self._run_beside, work)
            finally:
                if turn is not None:
                    turn.give()
            self._version = self._data_version()
            self._forget()
        finally:
            self._held = False
            if self._replacing is not None:
                self._replacing.set()
                self._replacing = None
            if self._waiting:
                asyncio.get_running_loop().call_soon(self._commit_waiting)
        transaction.run_callbacks()
        return result

    def _hold(self, _: Transaction) -> None:
        self._held = True

    async def _own_turn(self) -> WritingTurn | None:
        turn = self._turn
        if turn is not None and not turn.take():
            comes: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            turn.when_it_comes(lambda: comes.set_result(None))
            await comes
        return turn

    def _run_beside(self, work: Work[T]) -> tuple[Transaction, T]:
        if not self._durable:
            return self._run(work, self._connection)
        engine = sa.create_engine(self._url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            for pragma in (f"busy_timeout={_BUSY_TIMEOUT_MS}", "foreign_keys=ON", "temp_store=MEMORY"):
                driver.execute(f"PRAGMA {pragma}")
            driver.isolation_level = None
            return self._run(work, connection)

    def _run(self, work: Work[T], connection: sa.Connection) -> tuple[Transaction, T]:
        driver: Any = connection.connection.driver_connection
        driver.execute("BEGIN IMMEDIATE")
        transaction = Transaction(connection, driver, self.engine)
        try:
            result = work(transaction)
            driver.execute("COMMIT")
        except BaseException:
            if driver.in_transaction:
                driver.execute("ROLLBACK")
            raise
        return transaction, result

    async def read_beside(self, work: Work[T]) -> T:
        if not self._durable:
            return await self.read(work)
        engine = sa.create_engine(
            self._url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args={"check_same_thread": False}
        )
        connection = engine.connect()
        driver: Any = connection.connection.driver_connection
        driver.isolation_level = None
        ended = threading.Event()
        driver.set_progress_handler(ended.is_set, _STEPS_UNSEEN)
        driver.execute("BEGIN")
        driver.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here on it sees this moment
        working = asyncio.ensure_future(asyncio.to_thread(work, Transaction(connection, driver, self.engine)))
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            ended.set()
            await asyncio.wait([working])
            raise
        finally:
            connection.close()

    async def count_beside(self, take: Work[Mapping[int, int]]) -> None:
        if self.is_shared:
            return
        self._numbers.begins_beside()
        found: Mapping[int, int] = {}
        try:
            found = await self.read_beside(take)
        finally:
            self._numbers.ended_beside(found)

    async def save_to(self, path: Path, tables: Sequence[sa.Table]) -> None:
        file = database_file(self._url)
        if self._durable and file is not None:
            await asyncio.to_thread(copies.copy_file, file, path)
        else:
            copies.copy(self._driver, path)

    def copy_schema(self, path: Path) -> bool:
        copies.copy_schema(self._driver, path, VERSIONS)
        return True

    def _commit_waiting(self) -> None:
        if self._held:
            return
        if self._page[0] and (turn := self._turn) is not None:
            if turn.take():
                self._commit_in_turn()
            else:
                self._turn_timer = asyncio.get_running_loop().call_later(_TURN_SECONDS, self._turn_is_late)
                turn.when_it_comes(self._commit_in_turn)
        else:
            self._commit()

    def _commit_in_turn(self) -> None:
        assert self._turn is not None
        if self._turn_timer is not None:
            self._turn_timer.cancel()
            self._turn_timer = None
        try:
            self._commit()
        finally:
            self._turn.give()

    def _turn_is_late(self) -> None:
        """A replica holds the database up (it has been stopped in the middle): nobody waits for it for ever."""
        for _, outcome in tuple(self._waiting):
            outcome.set_exception(unavailable("another replica holds the database up"))
        loop = asyncio.get_running_loop()
        self._turn_timer = loop.call_later(_TURN_SECONDS, self._turn_is_late)

    def _commit(self) -> None:
        waiting, self._waiting = self._waiting, []
        # A caller that went away before its turn asked for nothing any more.
        waiting = [entry for entry in waiting if not entry[1].done()]
        if len(waiting) == 1:
            self._commit_one(*waiting[0])
        elif waiting:
            self._commit_many(waiting)

    def _commit_one(self, work: Work[Any], outcome: Outcome[Any]) -> None:
        try:
            result = self.write_now(work)
        except Exception as error:
            outcome.set_exception(error)
        else:
            outcome.set_result(result)

    def _commit_many(self, waiting: list[tuple[Work[Any], Outcome[Any]]]) -> None:
        done: list[tuple[Outcome[Any], Transaction, Any]] = []
        failed: list[tuple[Outcome[Any], Exception]] = []
        try:
            self._execute("BEGIN IMMEDIATE")
            self._numbers.settle()
            if self._page[0]:
                self._look_for_changes()
            for work, outcome in waiting:
                transaction = Transaction(self._connection, self._driver, self.engine, self._numbers)
                self._execute("SAVEPOINT one")
                try:
                    result = work(transaction)
                except Exception as error:
                    if not self._driver.in_transaction:
                        raise  # a full or failing disk has undone it all
                    self._execute("ROLLBACK TO one")
                    failed.append((outcome, error))
                else:
                    done.append((outcome, transaction, result))
                self._execute("RELEASE one")
            self._execute("COMMIT")
        except Exception as error:
            self._roll_back()
            done.clear()
            told = {id(outcome) for outcome, _ in failed}
            failed.extend((outcome, error) for _, outcome in waiting if id(outcome) not in told)
        for outcome, transaction, _ in tuple(done):
            try:
                transaction.run_callbacks()
            except Exception as error:
                failed.append((outcome, error))
        self._numbers.settle()
        # Whoever is told goes on at once: neither within the transaction nor before all know what it has changed.
        for outcome, reason in failed:
            outcome.set_exception(reason)
        for outcome, _, result in done:
            if not outcome.done():
                outcome.set_result(result)

    def _roll_back(self) -> None:
        if self._driver.in_transaction:
            self._execute("ROLLBACK")

    def close(self) -> None:
        self._connection.close()
        self._sa_engine.dispose()
        self.replicas.close()
