"""Blobs: stretches of segments, leases, what is discarded."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from services.s3.bodies.blobs import BlobStore, Segment, cut, read


@given(
    st.lists(st.binary(max_size=20), max_size=6),
    st.integers(min_value=0, max_value=120),
    st.integers(min_value=0, max_value=120),
)
def test_cutting_a_stretch_out_of_segments(parts: list[bytes], start: int, end: int) -> None:
    segments = [Segment(len(part), data=part) for part in parts]
    found = b"".join((segment.data or b"")[first:last] for segment, first, last in cut(segments, start, end))
    assert found == b"".join(parts)[start:end]


async def test_a_blob_outlives_its_row_while_it_is_read(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    store.open()
    writer = store.create()
    content = os.urandom(1_500_000)
    writer.write(content)
    writer.commit()
    segment = Segment(len(content), writer.blob)
    lease = store.lease([writer.blob])
    stream = read(store, lease, [(segment, 0, len(content))], chunk=100_000)
    first = await anext(stream)
    store.remove([writer.blob])
    rest = b"".join([chunk async for chunk in stream])
    assert hashlib.sha256(first + rest).digest() == hashlib.sha256(content).digest()
    assert not store.path(writer.blob).exists()


def test_discarded_blobs_leave_nothing(tmp_path: Path) -> None:
    store = BlobStore(tmp_path)
    store.open()
    writer = store.create()
    writer.write(b"x")
    writer.discard()
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
