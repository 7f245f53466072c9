"""What the pages' left side leads to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A link to `path`, below account and region, where `g` and `key` lead; `service` is the one whose state shows.

    `changes`: the page is there for its form alone.
    """

    label: str
    path: tuple[str, ...]
    key: str
    service: str = ""
    changes: bool = False


SECTIONS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    ("", (Entry("Overview", (), "o"),)),
    (
        "Services",
        (
            Entry("S3", ("s3", "buckets"), "s", "s3"),
            Entry("DynamoDB", ("dynamodb", "tables"), "d", "dynamodb"),
            Entry("SQS", ("sqs", "queues"), "q", "sqs"),
            Entry("SNS", ("sns", "topics"), "n", "sns"),
        ),
    ),
    (
        "What was asked",
        (
            Entry("Requests", ("requests",), "r"),
            Entry("Trace", ("trace",), "t"),
        ),
    ),
    (
        "What if",
        (
            Entry("Faults", ("faults",), "f"),
            Entry("Snapshots", ("snapshots",), "p"),
            Entry("Seed", ("seed",), "e", changes=True),
            Entry("Clock", ("clock",), "c"),
        ),
    ),
)


def sections(registered: frozenset[str], *, readonly: bool) -> tuple[tuple[str, tuple[Entry, ...]], ...]:
    """Those of `SECTIONS` whose pages there are; `registered` are the routes' paths below account and region."""
    found = []
    for title, entries in SECTIONS:
        kept = tuple(
            entry for entry in entries if "/" + "/".join(entry.path) in registered and not (readonly and entry.changes)
        )
        if kept:
            found.append((title, kept))
    return tuple(found)
