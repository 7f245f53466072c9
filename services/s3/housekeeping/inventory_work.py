"""Inventory reports: written at midnight (UTC) of the service's clock, and when it is moved past one.

A bucket is read through in pages, and its lines are written by a thread; the last transaction puts the report's objects
in place and marks that it is there. A process that is killed before has left nothing but a file that nobody refers to,
and the report is made again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import takewhile

from awskit.database import Transaction
from awskit.process.failures import Failures
from services.s3.housekeeping.midnight_work import MidnightWork
from services.s3.inventory import delivery, schedule
from services.s3.inventory.delivery import Report, Undeliverable
from services.s3.inventory.forms import form_of
from services.s3.inventory.manifest import Places
from services.s3.inventory.report_file import ReportFile, to_the_end
from services.s3.inventory.report_rows import ReportRows
from services.s3.lifecycle.expiration import DAY, Rule, rules_of
from services.s3.runtime import S3Runtime
from services.s3.store import buckets, objects
from services.s3.store.buckets import Bucket
from services.s3.store.objects import ObjectVersion

_PAGE = 500
_BEFORE_ALL = -(2**63)


class InventoryWork(MidnightWork):
    """The task that writes the reports."""

    def __init__(self, runtime: S3Runtime) -> None:
        super().__init__(runtime, "inventory")
        self._failures = Failures(self._log)

    async def run_once(self) -> bool:
        database = self._runtime.database
        done = True
        for bucket in await database.read(lambda transaction: buckets.with_configuration(transaction, "inventory")):
            reports = await database.write(lambda transaction, bucket=bucket: list(self._due(transaction, bucket)))  # type: ignore[misc]
            for report in reports:
                tried = (bucket.id, report.name, report.started_at // DAY)
                if self._failures.is_given_up(tried):
                    continue
                try:
                    done = await self._write(report) and done
                except Exception as error:  # the other reports are written all the same
                    what = f"the inventory {report.name} of bucket {bucket.name}"
                    done = self._failures.note(tried, what, error) and done
        return done

    def _due(self, transaction: Transaction, bucket: Bucket) -> Iterator[Report]:
        now = self._runtime.clock.now()
        for name, configuration in list(buckets.configurations_of(transaction, bucket, "inventory")):
            mark = schedule.due_mark(transaction, bucket, name, configuration, now)
            if mark is not None:
                yield Report(bucket, name, configuration, mark, now, Places.of(bucket.name, configuration, now))

    async def _write(self, report: Report) -> bool:
        """Whether it is delivered or left out. False: the configuration has changed meanwhile, or is gone."""
        database, runtime = self._runtime.database, self._runtime
        file = ReportFile(runtime.blobs, runtime.settings.inline_limit)
        try:
            rules = await database.read(lambda transaction: self._begin(transaction, report))
            await self._scan(report, rules, file)
            body = await file.finish()

            def deliver(transaction: Transaction) -> bool:
                delivered = delivery.deliver(transaction, runtime, report, body)
                if delivered:
                    transaction.after_commit(file.keep)
                return delivered

            return await to_the_end(asyncio.ensure_future(database.write(deliver)))
        except Undeliverable as reason:
            self._log.warning("no inventory %s of bucket %s is written: %s", report.name, report.bucket.name, reason)
            await database.write(lambda transaction: delivery.leave_out(transaction, report))
            return True
        finally:
            file.discard()

    def _begin(self, transaction: Transaction, report: Report) -> list[Rule]:
        """The bucket's lifecycle rules, where the report may be delivered as things stand."""
        delivery.destination(transaction, self._runtime, report)
        return list(rules_of(transaction, report.bucket))

    async def _scan(self, report: Report, rules: list[Rule], file: ReportFile) -> None:
        rows = ReportRows(report.bucket.name, report.configuration, rules)
        form = form_of(report.configuration)
        prefix = ((report.configuration.get("Filter") or {}).get("Prefix") or "").encode()
        key, order = prefix, _BEFORE_ALL
        while True:
            page = await self._page(report.bucket.id, key, order)
            wanted = list(takewhile(lambda version: version.key.startswith(prefix), page))
            if wanted:
                await file.append(lambda wanted=wanted: form.add(rows.rows(wanted)))  # type: ignore[misc]
            if len(wanted) < _PAGE:
                break
            key, order = wanted[-1].key, wanted[-1].version_order
        await file.append(form.end)

    async def _page(self, bucket_id: int, key: bytes, order: int) -> list[ObjectVersion]:
        return await self._runtime.database.read(
            lambda transaction: objects.versions_beyond(transaction, bucket_id, key, order, _PAGE)
        )
