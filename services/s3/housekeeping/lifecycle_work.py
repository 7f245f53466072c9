"""Lifecycle rules at work: every midnight (UTC) of the service's clock, and whenever the clock is moved.

A bucket is read through in pages; what is due is looked at again in the transaction that does it.
"""

from __future__ import annotations

from awskit.database import Transaction
from awskit.errors import AwsError
from services.s3.buckets.rule_filters import filter_of
from services.s3.housekeeping.midnight_work import MidnightWork
from services.s3.lifecycle.due_actions import Action, due_actions
from services.s3.lifecycle.expiration import DAY, next_midnight, rules_of
from services.s3.notifications import events
from services.s3.notifications.event_records import Cause
from services.s3.objects import object_lock, versions
from services.s3.ownership.canonical_ids import canonical_id
from services.s3.runtime import S3Runtime
from services.s3.store import buckets, objects, uploads
from services.s3.store.buckets import Bucket

_PAGE = 500
_PASSES = 3
_KEPT_COMPLETIONS = 7 * DAY


class LifecycleWork(MidnightWork):
    """The task that carries the rules out."""

    def __init__(self, runtime: S3Runtime) -> None:
        super().__init__(runtime, "lifecycle")

    async def run_once(self) -> bool:
        database = self._runtime.database
        now = self._runtime.clock.now()
        for bucket in await database.read(lambda transaction: buckets.with_configuration(transaction, "lifecycle")):
            try:
                await self._expire(bucket, now)
                await self._abort_uploads(bucket, now)
            except Exception:  # the other buckets' rules are carried out all the same
                self._log.exception("the lifecycle rules of bucket %s failed; the next run goes on", bucket.name)
        await database.write(lambda transaction: uploads.forget_completed(transaction, now - _KEPT_COMPLETIONS))
        return True

    async def _expire(self, bucket: Bucket, now: float) -> None:
        after = b""
        while True:
            start = after

            def due_keys(transaction: Transaction, start: bytes = start) -> tuple[list[bytes], bytes | None]:
                page, last = objects.versions_by_key(transaction, bucket.id, start, _PAGE)
                rules = rules_of(transaction, bucket)
                return [key for key, found in page if any(due_actions(rules, found, now))], last

            keys, last = await self._runtime.database.read(due_keys)
            for key in keys:
                await self._runtime.database.write(
                    lambda transaction, key=key: self._apply(transaction, bucket, key, now)  # type: ignore[misc]
                )
            if last is None:
                return
            after = last

    def _apply(self, transaction: Transaction, bucket: Bucket, key: bytes, now: float) -> None:
        current = buckets.find_by_id(transaction, bucket.id)
        if current is None:
            return
        rules = rules_of(transaction, current)
        # What is done may make more due: a marker goes once nothing is left under it.
        for _ in range(_PASSES):
            found = objects.versions_of(transaction, bucket.id, key)
            actions = list(due_actions(rules, found, now))
            for action in actions:
                self._do(transaction, current, action, now)
            if not actions:
                return

    def _do(self, transaction: Transaction, bucket: Bucket, action: Action, now: float) -> None:
        runtime = self._runtime
        version = action.version
        cause = Cause(now, "lifecycle", "s3.amazonaws.com", "s3.amazonaws.com")
        if action.kind == "transition":
            objects.set_storage_class(transaction, version, action.storage_class)
            events.note(transaction, runtime, cause, bucket, "LifecycleTransition", version)
            return
        if action.kind == "expire" and bucket.versioning:
            deleted = versions.delete_current(
                transaction, runtime.blobs, bucket, version.key, canonical_id(bucket.account_id), now
            )
            assert deleted.marker is not None
            events.note(transaction, runtime, cause, bucket, "LifecycleExpiration:DeleteMarkerCreated", deleted.marker)
            return
        try:
            object_lock.check_removal(version, now, bypass_governance=False)
        except AwsError:
            return
        versions.delete_version(transaction, runtime.blobs, bucket, version)
        events.note(transaction, runtime, cause, bucket, "LifecycleExpiration:Delete", version)

    async def _abort_uploads(self, bucket: Bucket, now: float) -> None:
        def work(transaction: Transaction) -> None:
            current = buckets.find_by_id(transaction, bucket.id)
            if current is None:
                return
            for rule in rules_of(transaction, current):
                days = (rule.get("AbortIncompleteMultipartUpload") or {}).get("DaysAfterInitiation")
                if days is None:
                    continue
                prefix = filter_of(rule).get("Prefix", "").encode()
                for upload in uploads.started_before(transaction, current.id, now - days * DAY):
                    if upload.key.startswith(prefix) and next_midnight(upload.initiated_at + days * DAY) <= now:
                        free = uploads.abort(transaction, upload)
                        transaction.after_commit(lambda free=free: self._runtime.blobs.remove(free))  # type: ignore[misc]

        await self._runtime.database.write(work)
