"""The replicas that share a PostgreSQL, on however many hosts: told things by LISTEN/NOTIFY, leases by advisory locks.

Each has two connections of its own beside its pool: one that listens, watched by the event loop, and one that a thread
tells and asks by. Whether there is another replica is asked every few seconds (`who`, answered by `here`): a lone one
tells nothing. A server without LISTEN or without advisory locks (some that speak PostgreSQL's protocol) costs nothing
but time: what is not told is found by looking, and every replica does the background work, whose rows it locks.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import zlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from awskit.replicas.replicas import Lease, Listener, Replicas

Connect = Callable[[], Any]
"""Opens a connection of psycopg's that commits each statement. Raises whatever the driver does."""

_CHANNEL = "ruststack_replicas"
_LISTEN = f"LISTEN {_CHANNEL}"
_NOTIFY = f"SELECT pg_notify('{_CHANNEL}', %s)"
_TRY_LOCK = "SELECT pg_try_advisory_lock(%s)"
_NOT_THERE = frozenset({"0A000", "42883"})  # feature_not_supported, undefined_function
_WHO, _HERE = "who", "here"
_LARGEST = 7_000  # bytes of one notification, of which PostgreSQL takes 8,000
_LOOK_SECONDS = 5.0
_AGAIN_SECONDS = 2.0
_LOG = logging.getLogger("ruststack.replicas")


class ServerLease(Lease):
    """An advisory lock of this process's session. It is held until it has been asked for, and where there are none."""

    def __init__(self, name: str) -> None:
        self.key = zlib.crc32(f"ruststack {name}".encode())
        self.is_held = True
        self.is_locked = False
        self.is_wanted = True

    def held(self) -> bool:
        return self.is_held

    def give_back(self) -> None:
        """It is free at the latest when this process's session ends."""
        self.is_wanted = self.is_held = False


class ReplicasOnServer(Replicas):
    """See the module. `connect` is called in threads; `telling` is a connection that it has opened already."""

    page: bytearray

    def __init__(self, connect: Connect, telling: Any = None) -> None:
        self.page = bytearray(1)
        self._connect = connect
        self._id = secrets.token_hex(6)
        self._listeners: dict[str, list[Listener]] = {}
        self._leases: dict[str, ServerLease] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="replicas")
        self._listening: Any = None
        self._descriptor = -1
        self._telling = telling
        self._lines: list[str] = []
        self._heard = False
        self._task: asyncio.Task[None] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def lease(self, name: str) -> ServerLease:
        return self._leases.setdefault(name, ServerLease(name))

    def tell(self, topic: str, *values: int) -> None:
        if self.page[0]:
            self._say(topic, *values)

    def subscribe(self, topic: str, listener: Listener) -> None:
        self._listeners.setdefault(topic, []).append(listener)

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task = asyncio.create_task(self._watch())

    def close(self) -> None:
        self._closed = True
        if self._task is not None:
            self._task.cancel()
        self._stop_listening()
        # Its locks are free once its session has ended.
        self._thread.submit(self._close_telling)
        self._thread.shutdown(wait=True)

    # What is told

    def _say(self, topic: str, *values: int) -> None:
        if self._closed or self._loop is None:
            return
        self._lines.append(" ".join(map(str, (topic, *values))))
        if len(self._lines) == 1:
            self._loop.call_soon(self._send)

    def _send(self) -> None:
        if self._closed:
            return
        lines, self._lines = list(dict.fromkeys(self._lines)), []
        text = ""
        for line in lines:
            if len(text) + len(line) > _LARGEST:
                self._thread.submit(self._notify, text)
                text = ""
            text += f"{line}\n"
        self._thread.submit(self._notify, text)

    def _notify(self, text: str) -> None:
        try:
            self._ask(_NOTIFY, f"{self._id}\n{text}")
        except Exception as error:
            _LOG.debug("the other replicas could not be told: %s", error)

    def _ask(self, statement: str, parameter: str | int) -> Any:
        """In the thread: one statement's answer, on a new connection where the last is lost."""
        if self._telling is None:
            self._telling = self._connect()
        try:
            return self._telling.execute(statement, (parameter,)).fetchone()[0]
        except Exception:
            self._close_telling()
            raise

    def _close_telling(self) -> None:
        connection, self._telling = self._telling, None
        if connection is not None:
            connection.close()

    # What is heard

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                if self._listening is None:
                    self._listening = await loop.run_in_executor(self._thread, self._listen)
                    self._descriptor = self._listening.fileno()  # a connection that is lost does not tell
                    loop.add_reader(self._descriptor, self._read)
                await loop.run_in_executor(self._thread, self._renew_leases)
            except Exception as error:
                _LOG.warning("replicas are not heard of, and found by looking: %s", error)
                await asyncio.sleep(_AGAIN_SECONDS)
            self._heard = False
            self._say(_WHO)
            await asyncio.sleep(_LOOK_SECONDS)
            self.page[0] = self._heard

    def _listen(self) -> Any:
        connection = self._connect()
        try:
            connection.execute(_LISTEN)
        except Exception:
            connection.close()
            raise
        return connection

    def _stop_listening(self) -> None:
        connection, self._listening = self._listening, None
        if connection is not None:
            assert self._loop is not None
            self._loop.remove_reader(self._descriptor)
            connection.close()

    def _read(self) -> None:
        server = self._listening.pgconn
        try:
            server.consume_input()
        except Exception:
            _LOG.info("the connection that listens to the other replicas is lost")
            self._stop_listening()
            return
        while (notification := server.notifies()) is not None:
            self._hear(notification.extra.decode())

    def _hear(self, text: str) -> None:
        sender, *lines = text.split("\n")
        if sender == self._id:
            return
        self._heard = True
        self.page[0] = 1
        for line in filter(None, lines):
            topic, *values = line.split(" ")
            if topic == _WHO:
                self._say(_HERE)
            for listener in self._listeners.get(topic, ()):
                try:
                    listener(tuple(map(int, values)))
                except Exception:
                    _LOG.exception("what a replica told could not be followed: %r", line)

    # Leases

    def _renew_leases(self) -> None:
        """In the thread: take those that are free; a new session has none of those that the lost one had."""
        for lease in tuple(self._leases.values()):
            if self._telling is None or not lease.is_locked:
                self._renew(lease)

    def _renew(self, lease: ServerLease) -> None:
        lease.is_locked = False
        if not lease.is_wanted:
            return
        try:
            lease.is_locked = lease.is_held = bool(self._ask(_TRY_LOCK, lease.key))
        except Exception as error:
            if getattr(error, "sqlstate", None) not in _NOT_THERE:
                raise
