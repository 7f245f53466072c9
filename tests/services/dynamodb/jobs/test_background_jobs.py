"""Background jobs: who is at work on one, and what becomes of it when that ends."""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator

import pytest

from awskit.database import Database, Transaction, open_database
from services.dynamodb.jobs.background_jobs import JobRunner, Progress, begin
from services.dynamodb.runtime import DynamoDbRuntime
from services.dynamodb.store import history
from services.dynamodb.store import jobs as store
from tests.services.dynamodb.conftest import DynamoDb

ACCOUNT = "000000000000"


@pytest.fixture
def database(migrated_database_url: Callable[[str], str]) -> Iterator[Database]:
    opened = open_database(migrated_database_url("dynamodb"))
    yield opened
    opened.close()


def test_a_job_is_one_owners_until_its_claim_lapses(database: Database) -> None:
    job_id = database.write_now(lambda transaction: store.add(transaction, "kind", ACCOUNT, {"at": 0}, 7))

    def claim(owner: str, now: float) -> list[int]:
        found = database.write_now(lambda transaction: store.claim(transaction, owner, now, now + 60, 4))
        return [job.job_id for job in found]

    assert database.read_now(lambda transaction: store.are_free(transaction, 100.0))
    assert claim("one", 100.0) == [job_id]
    assert claim("two", 159.0) == []
    assert not database.read_now(lambda transaction: store.are_free(transaction, 159.0))
    assert claim("two", 160.0) == [job_id]
    # what the first owner still wants to write down is refused
    assert not database.write_now(lambda transaction: store.keep(transaction, job_id, "one", {"at": 1}, 300.0))
    assert database.write_now(lambda transaction: store.keep(transaction, job_id, "two", {"at": 2}, 300.0))
    mine = database.read_now(lambda transaction: store.mine(transaction, job_id, "two"))
    assert mine is not None
    assert (mine.document, mine.table_id) == ({"at": 2}, 7)
    assert database.read_now(lambda transaction: store.mine(transaction, job_id, "one")) is None
    assert database.read_now(store.held_tables) == {7}
    assert database.read_now(lambda transaction: store.count(transaction, "kind", ACCOUNT)) == 1
    database.write_now(lambda transaction: store.remove(transaction, job_id))
    assert database.read_now(store.held_tables) == frozenset()


def test_a_process_of_its_own_frees_what_it_left(database: Database) -> None:
    job_id = database.write_now(lambda transaction: store.add(transaction, "kind", ACCOUNT, {}))
    database.write_now(lambda transaction: store.claim(transaction, "one", 0.0, 60.0, 4))
    database.write_now(store.forget_claims)
    found = database.write_now(lambda transaction: store.claim(transaction, "two", 1.0, 61.0, 4))
    assert [job.job_id for job in found] == [job_id]


def test_history_tells_what_items_were(database: Database) -> None:
    first, second, third = (b"a", b""), (b"a", b"b"), (b"c", b"")

    def write(transaction: Transaction) -> None:
        history.append(transaction, 1, first, 10.0, None)
        history.append(transaction, 1, first, 20.0, b"first")
        history.append(transaction, 1, second, 15.0, b"second")
        history.append(transaction, 1, third, 5.0, b"third")
        history.append(transaction, 2, first, 12.0, b"other table")

    def since(moment: float, after: history.Place | None = None, last: history.Place | None = None) -> list[object]:
        found = database.read_now(lambda transaction: history.first_since(transaction, 1, moment, (after, last), 10))
        return [(bytes(past.hash), bytes(past.sort), past.item) for past in found]

    database.write_now(write)
    assert since(0.0) == [(*first, None), (*second, b"second"), (*third, b"third")]
    assert since(10.0) == [(*first, b"first"), (*second, b"second")]
    assert since(0.0, after=first, last=second) == [(*second, b"second")]
    changed = database.read_now(lambda transaction: history.changed_within(transaction, 1, (10.0, 20.0), None, 10))
    assert changed == [first, second]
    changes = database.read_now(lambda transaction: history.of_item(transaction, 1, first, 10.0))
    assert [past.item for past in changes] == [None, b"first"]
    database.write_now(lambda transaction: history.trim(transaction, 1, 10.0))
    assert since(0.0) == [(*first, b"first"), (*second, b"second")]


async def test_an_errand_that_fails_is_tried_again(dynamodb: DynamoDb) -> None:
    runtime = dynamodb.service.runtime
    attempts: list[int] = []

    async def errand(progress: Progress) -> None:
        attempts.append(progress.document["left"])
        await progress.step(lambda transaction, document: {"left": document["left"] - 1} if document["left"] else None)
        if len(attempts) < 3:
            raise RuntimeError("it breaks")

    def step(
        runtime: DynamoDbRuntime, transaction: Transaction, document: dict[str, int], limit: int
    ) -> dict[str, int] | None:
        return document if document["left"] else None

    def start(transaction: Transaction, left: int) -> bool:
        return begin(runtime, transaction, "kind", step, ACCOUNT, {"left": left})

    assert await runtime.database.write(lambda transaction: start(transaction, 0))
    assert not await runtime.database.write(lambda transaction: start(transaction, 2))
    runner = JobRunner(runtime, {"kind": errand})
    for _ in range(4):
        await runner.run_once()
        dynamodb.clock.advance(61)
    # what was written down before it broke stays
    assert attempts == [2, 1, 0]


async def test_a_job_that_always_fails_has_a_last_try(dynamodb: DynamoDb) -> None:
    runtime = dynamodb.service.runtime
    tries: list[str] = []

    async def errand(progress: Progress) -> None:
        tries.append(progress.job.kind)
        raise LookupError

    async def ending(progress: Progress) -> None:
        tries.append("end")
        await progress.step(lambda transaction, document: None)

    for kind in ("ends", "goes"):
        await runtime.database.write(lambda transaction, kind=kind: store.add(transaction, kind, ACCOUNT, {}))  # type: ignore[misc]
    runner = JobRunner(runtime, dict.fromkeys(("ends", "goes"), errand), {"ends": ending})
    for minutes in (0, 1, 2, 4, 8, 16, 32):
        dynamodb.clock.advance(minutes * 60 + 1)
        await runner.run_once()
    assert tries.count("ends") == 5
    assert tries.count("end") == 1
    assert tries.count("goes") == 5


async def test_a_full_disk_is_no_failure_of_a_job(dynamodb: DynamoDb) -> None:
    runtime = dynamodb.service.runtime
    tries: list[int] = []

    async def errand(progress: Progress) -> None:
        tries.append(len(tries))
        raise OSError(errno.ENOSPC, "No space left on device")

    async def ending(progress: Progress) -> None:
        raise AssertionError

    await runtime.database.write(lambda transaction: store.add(transaction, "kind", ACCOUNT, {}))
    runner = JobRunner(runtime, {"kind": errand}, {"kind": ending})
    for _ in range(10):
        await runner.run_once()
        dynamodb.clock.advance(61)
    assert len(tries) == 10
