"""What a large object costs in memory: a multipart upload through the gateway and the download of the whole.

`python -m benchmarks.s3_large_transfer [--gibibytes 6] [--part-mebibytes 512] [--no-record]`

The bytes are made as they are sent and compared as they come, so that the client keeps nothing; the fleet keeps them on
disk until the end. The peaks are the kernel's (VmHWM), from each process's start on.
"""

from __future__ import annotations

import argparse
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks import fleet_cost
from benchmarks.record import machine, write_page
from benchmarks.s3_client import S3Connection
from tests.processes import Running, running_fleet

_MEBIBYTE = 1024 * 1024
_GOAL_MB = 80
_TARGET = "/large/object"
_UPLOAD_ID = re.compile(rb"<UploadId>(.*?)</UploadId>")


def stretch(number: int) -> bytes:
    """The object's mebibyte of this number: no two are alike."""
    return number.to_bytes(8, "big") * (_MEBIBYTE // 8)


def stretches(first: int, count: int) -> Iterator[bytes]:
    for number in range(first, first + count):
        yield stretch(number)


class Comparison:
    """A download's sink that raises where a byte is not the one that was sent."""

    def __init__(self) -> None:
        self._number = -1
        self._expected = b""

    def __call__(self, position: int, data: memoryview) -> None:
        while data:
            number, offset = divmod(position, _MEBIBYTE)
            if number != self._number:
                self._number, self._expected = number, stretch(number)
            length = min(len(data), _MEBIBYTE - offset)
            if data[:length] != self._expected[offset : offset + length]:
                raise RuntimeError(f"other bytes came back at {position}")
            data = data[length:]
            position += length


def transfer(fleet: Running, mebibytes: int, part_mebibytes: int) -> dict[str, Any]:
    """Upload so much in parts of that size, download it, delete it: MB a second each way, peaks in MB by process."""
    pids = fleet_cost.process_ids(fleet)
    with S3Connection(fleet.url) as connection:
        connection.call("PUT", "/large")
        found = _UPLOAD_ID.search(connection.call("POST", f"{_TARGET}?uploads")[1])
        assert found is not None
        upload_id = found[1].decode()
        started = time.monotonic()
        parts = []
        for index, first in enumerate(range(0, mebibytes, part_mebibytes), 1):
            count = min(part_mebibytes, mebibytes - first)
            target = f"{_TARGET}?partNumber={index}&uploadId={upload_id}"
            etag = connection.upload(target, stretches(first, count), count * _MEBIBYTE)["ETag"]
            parts.append(f"<Part><PartNumber>{index}</PartNumber><ETag>{etag}</ETag></Part>")
        completion = f"<CompleteMultipartUpload>{''.join(parts)}</CompleteMultipartUpload>"
        connection.call("POST", f"{_TARGET}?uploadId={upload_id}", completion.encode())
        uploaded = time.monotonic()
        size = connection.download(_TARGET, Comparison())
        if size != mebibytes * _MEBIBYTE:
            raise RuntimeError(f"{size} bytes came back of {mebibytes * _MEBIBYTE}")
        downloaded = time.monotonic()
        connection.call("DELETE", _TARGET)
    return {
        "mebibytes": mebibytes,
        "part_mebibytes": part_mebibytes,
        "upload_mb_per_second": round(size / (uploaded - started) / 1e6),
        "download_mb_per_second": round(size / (downloaded - uploaded) / 1e6),
        "peak_mb": {name: _peak_mb(pids[name]) for name in ("gateway", "s3")},
    }


def _peak_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return round(int(status.partition("VmHWM:")[2].split()[0]) / 1024, 1)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.s3_large_transfer")
    parser.add_argument("--gibibytes", type=int, default=6)
    parser.add_argument("--part-mebibytes", type=int, default=512)
    parser.add_argument("--no-record", action="store_true", help="print, but leave benchmarks/results as it is")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, running_fleet(Path(folder), "--services", "s3") as fleet:
        result = transfer(fleet, options.gibibytes * 1024, options.part_mebibytes)
    print("  ".join(f"{name} {value}" for name, value in result.items()))
    if not options.no_record:
        lines = [
            f"{options.gibibytes} GiB up in parts of {options.part_mebibytes} MiB, down as a whole, by the gateway:",
            f"{result['upload_mb_per_second']} MB/s up, {result['download_mb_per_second']} MB/s down.",
            "The client makes and compares the bytes on the same cores.",
            "",
            f"| process | peak, MB (goal: below {_GOAL_MB}) |",
            "|---|--:|",
            *(f"| {name} | {peak} |" for name, peak in result["peak_mb"].items()),
        ]
        print(f"recorded in {write_page('s3-large-transfer', {'machine': machine(), **result}, lines)}")
    return int(any(peak >= _GOAL_MB for peak in result["peak_mb"].values()))


if __name__ == "__main__":
    raise SystemExit(main())
