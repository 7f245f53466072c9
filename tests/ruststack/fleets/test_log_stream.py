from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ruststack.fleets.log_stream import LogStream


@pytest.fixture
def log_and_text(tmp_path: Path) -> Iterator[tuple[LogStream, Callable[[], str]]]:
    path = tmp_path / "log"
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
    yield LogStream(descriptor), path.read_text
    os.close(descriptor)


def test_every_line_has_its_process_in_front(log_and_text: tuple[LogStream, Callable[[], str]]) -> None:
    log, text = log_and_text
    log.feed("s3", b"one\ntwo\n")
    log.say("three")
    assert text() == "s3       | one\ns3       | two\nfleet    | three\n"


def test_a_line_in_pieces_is_written_once_it_is_whole(log_and_text: tuple[LogStream, Callable[[], str]]) -> None:
    log, text = log_and_text
    log.feed("sqs", b"half ")
    log.feed("sns", b"whole\n")
    log.feed("sqs", b"and half\n")
    assert text() == "sns      | whole\nsqs      | half and half\n"


def test_what_a_dead_process_left_unended_is_written(log_and_text: tuple[LogStream, Callable[[], str]]) -> None:
    log, text = log_and_text
    log.feed("dynamodb", b"last words")
    log.end("dynamodb")
    assert text() == "dynamodb | last words\n"
