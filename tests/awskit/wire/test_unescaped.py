"""Percent-encoding of long texts, which is read otherwise than that of short ones and means the same."""

from __future__ import annotations

import time
from urllib.parse import quote, quote_plus, unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from awskit.wire.http import unescaped

LONG = "x" * 2000


@given(st.text(max_size=40))
def test_what_was_encoded_comes_back(text: str) -> None:
    assert unescaped(quote_plus(text + LONG, errors="surrogatepass")) == unquote_plus(
        quote_plus(text + LONG, errors="surrogatepass")
    )
    assert unescaped(quote(LONG + text, safe="=+", errors="surrogatepass")) == LONG + unquote_plus(
        quote(text, safe="=+", errors="surrogatepass")
    )


@pytest.mark.parametrize(
    "text",
    [
        "%",
        "%4",
        "%zz",
        "%%41",
        "=",
        "==",
        "=41",
        "=\n",
        "%3D%0A",
        "a+b",
        "_",
        " ",
        "%0a",
        "%0D%0A",
        "%C3%28",
        "%ED%A0%80",
    ],
)
def test_odd_escapes_mean_what_they_mean_in_short_texts(text: str) -> None:
    assert unescaped(text + LONG) == unquote_plus(text) + LONG
    assert unescaped(LONG + text) == LONG + unquote_plus(text)


@pytest.mark.parametrize("text", ["%41", "%", "%zz", "%4", "%41\n", "%41%"])
def test_a_million_escapes_are_read_faster_than_python_reads_them(text: str) -> None:
    texts = text * 300_000
    started = time.process_time()
    read = unescaped(texts)
    between = time.process_time()
    assert read == unquote_plus(texts)
    assert between - started < (time.process_time() - between) * 0.7
