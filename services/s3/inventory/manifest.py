"""Where an inventory report's objects are, and what its manifests say. Pure.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/storage-inventory-location.html
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from services.s3.bodies.body_receiver import ReceivedBody
from services.s3.inventory.columns import destination_of
from services.s3.inventory.forms import form_of

_VERSION = "2016-11-30"


@dataclass(frozen=True, slots=True)
class Places:
    """The keys of one report's objects in the destination bucket."""

    data: str
    manifest: str
    checksum: str
    symlink: str

    @classmethod
    def of(cls, source: str, configuration: Mapping[str, Any], started_at: float) -> Places:
        """Those of a report whose scan of the bucket `source` began at that time."""
        prefix = destination_of(configuration).get("Prefix")
        folder = f"{source}/{configuration['Id']}"
        if prefix:
            folder = f"{prefix}/{folder}"
        moment = datetime.fromtimestamp(started_at, UTC)
        manifests = f"{folder}/{moment:%Y-%m-%dT%H-%MZ}"
        return cls(
            f"{folder}/data/{uuid.uuid4()}{form_of(configuration).extension}",
            f"{manifests}/manifest.json",
            f"{manifests}/manifest.checksum",
            f"{folder}/hive/dt={moment:%Y-%m-%d-%H-%M}/symlink.txt",
        )

    def all(self) -> tuple[str, ...]:
        return self.data, self.manifest, self.checksum, self.symlink


def manifest_json(
    source: str, configuration: Mapping[str, Any], started_at: float, data: str, body: ReceivedBody
) -> bytes:
    """`manifest.json`, which lists the file at the key `data`."""
    document = {
        "sourceBucket": source,
        "destinationBucket": destination_of(configuration)["Bucket"],
        "version": _VERSION,
        "creationTimestamp": str(int(started_at * 1000)),
        "fileFormat": destination_of(configuration)["Format"],
        "fileSchema": form_of(configuration).schema,
        "files": [{"key": data, "size": body.size, "MD5checksum": body.md5}],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def symlink_txt(destination: str, data: str) -> bytes:
    """Apache Hive's manifest: the files' addresses, a line each."""
    return f"s3://{destination}/{data}\n".encode()
