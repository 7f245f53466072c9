"""Random sequences of versioned puts, deletes and lists against a model in memory."""

from __future__ import annotations

import contextlib
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.processes import running_service

KEYS = st.sampled_from(["a", "a/1", "a/b/2", "b", "ä"])
BODIES = st.binary(max_size=8)
Entry = tuple[str, bytes | None]


class Versions(RuleBasedStateMachine):
    """`model` holds each key's versions, newest first: (id, body), a delete marker's body being None."""

    client: Any

    @initialize()
    def start(self) -> None:
        self.bucket = f"model-{uuid.uuid4().hex}"
        self.client.create_bucket(Bucket=self.bucket)
        self.status = ""
        self.model: dict[str, list[Entry]] = {}

    @rule(status=st.sampled_from(["Enabled", "Suspended"]))
    def set_versioning(self, status: str) -> None:
        self.client.put_bucket_versioning(Bucket=self.bucket, VersioningConfiguration={"Status": status})
        self.status = status

    @rule(key=KEYS, body=BODIES)
    def put(self, key: str, body: bytes) -> None:
        answer = self.client.put_object(Bucket=self.bucket, Key=key, Body=body)
        self._add(key, answer.get("VersionId", "null"), body)

    @rule(key=KEYS)
    def delete(self, key: str) -> None:
        answer = self.client.delete_object(Bucket=self.bucket, Key=key)
        if self.status:
            assert answer["DeleteMarker"]
            self._add(key, answer["VersionId"], None)
        else:
            self.model.pop(key, None)

    @rule(key=KEYS, choice=st.integers(min_value=0, max_value=5))
    def delete_version(self, key: str, choice: int) -> None:
        versions = self.model.get(key, [])
        if versions:
            version_id, _ = versions.pop(choice % len(versions))
            self.client.delete_object(Bucket=self.bucket, Key=key, VersionId=version_id)
            if not versions:
                del self.model[key]

    @rule(key=KEYS)
    def get(self, key: str) -> None:
        versions = self.model.get(key, [])
        if versions and versions[0][1] is not None:
            assert self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read() == versions[0][1]
        else:
            with pytest.raises(ClientError):
                self.client.get_object(Bucket=self.bucket, Key=key)
        for version_id, body in versions:
            if body is not None:
                got = self.client.get_object(Bucket=self.bucket, Key=key, VersionId=version_id)
                assert got["Body"].read() == body

    @rule(page=st.integers(min_value=1, max_value=3))
    def list_versions(self, page: int) -> None:
        found: list[tuple[str, str, bool]] = []
        further: dict[str, str] = {}
        while True:
            answer = self.client.list_object_versions(Bucket=self.bucket, MaxKeys=page, **further)
            entries = answer.get("Versions", []) + answer.get("DeleteMarkers", [])
            assert len(entries) <= page
            found += [(entry["Key"], entry["VersionId"], entry["IsLatest"]) for entry in entries]
            if not answer["IsTruncated"]:
                break
            further = {"KeyMarker": answer["NextKeyMarker"], "VersionIdMarker": answer["NextVersionIdMarker"]}
        expected = [
            (key, version_id, index == 0)
            for key, versions in self.model.items()
            for index, (version_id, _) in enumerate(versions)
        ]
        assert sorted(found) == sorted(expected)

    @invariant()
    def current_objects_are_listed(self) -> None:
        if not hasattr(self, "model"):
            return
        answer = self.client.list_objects_v2(Bucket=self.bucket)
        listed = [entry["Key"] for entry in answer.get("Contents", [])]
        current = [key for key, versions in self.model.items() if versions[0][1] is not None]
        assert listed == sorted(current, key=str.encode)

    def _add(self, key: str, version_id: str, body: bytes | None) -> None:
        kept = [entry for entry in self.model.get(key, []) if entry[0] != version_id]
        self.model[key] = [(version_id, body), *kept]


@contextlib.contextmanager
def _client() -> Iterator[Any]:
    with tempfile.TemporaryDirectory() as folder, running_service("s3", Path(folder)) as service:
        client = service.client("s3")
        yield client
        client.close()


def test_versions_behave_as_the_model() -> None:
    with _client() as client:
        machine = type("BoundVersions", (Versions,), {"client": client})
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=25,
                stateful_step_count=25,
                deadline=None,
                derandomize=True,
                suppress_health_check=list(HealthCheck),
            ),
        )
