"""A large object passes through the gateway and the service in little memory, in either direction."""

from __future__ import annotations

from typing import Any

from boto3.s3.transfer import TransferConfig

from benchmarks.s3_large_transfer import Comparison, stretch, transfer
from tests.processes import Running

_MEBIBYTE = 1024 * 1024
_PEAK_MB = 80


def test_a_large_upload_and_download_take_little_memory(own_fleet: Running, record_property: Any) -> None:
    result = transfer(own_fleet, 192, 64)
    record_property("figure", f"S3, 192 MiB up and down, peaks in MB: {result['peak_mb']}")
    assert all(peak < _PEAK_MB for peak in result["peak_mb"].values()), result


class _Source:
    """A file of so many mebibytes that are made when they are read."""

    def __init__(self, mebibytes: int) -> None:
        self._size = mebibytes * _MEBIBYTE
        self._position = 0

    def read(self, size: int = -1) -> bytes:
        left = self._size - self._position
        wanted = left if size < 0 else min(size, left)
        first, offset = divmod(self._position, _MEBIBYTE)
        count = (offset + wanted + _MEBIBYTE - 1) // _MEBIBYTE
        data = b"".join(stretch(number) for number in range(first, first + count))[offset : offset + wanted]
        self._position += wanted
        return data


class _Sink:
    """A file that compares what is written with what a `_Source` held."""

    def __init__(self) -> None:
        self._comparison = Comparison()
        self.size = 0

    def write(self, data: bytes) -> int:
        self._comparison(self.size, memoryview(data))
        self.size += len(data)
        return len(data)


def test_managed_transfers_of_boto3(fleet: Running, s3_client: Any, unique_name: str) -> None:
    s3_client.create_bucket(Bucket=unique_name)
    config = TransferConfig(multipart_threshold=8 * _MEBIBYTE, multipart_chunksize=6 * _MEBIBYTE, max_concurrency=4)
    extra = {"ContentType": "text/x-stretches", "Metadata": {"made": "here"}, "ChecksumAlgorithm": "CRC32C"}
    s3_client.upload_fileobj(_Source(20), unique_name, "up", ExtraArgs=extra, Config=config)
    s3_client.copy({"Bucket": unique_name, "Key": "up"}, unique_name, "copy", Config=config)
    for key in ("up", "copy"):
        head = s3_client.head_object(Bucket=unique_name, Key=key)
        assert (head["ContentLength"], head["ContentType"]) == (20 * _MEBIBYTE, "text/x-stretches")
        assert head["Metadata"] == {"made": "here"}
        assert head["ETag"].endswith('-4"')
        sink = _Sink()
        s3_client.download_fileobj(unique_name, key, sink, Config=config)
        assert sink.size == 20 * _MEBIBYTE
