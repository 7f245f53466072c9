"""How values are shown."""

from __future__ import annotations

import pytest

from console.frame import texts
from console.frame.flashes import Flash, packed, unpacked


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.4, "now"),
        (5, "5 s ago"),
        (60, "1 minute ago"),
        (7200, "2 hours ago"),
        (86_400 * 40, "1 month ago"),
        (-90, "in 1 minute"),
    ],
)
def test_relative_times(seconds: float, said: str) -> None:
    assert texts.relative(1_000_000.0 - seconds, 1_000_000.0) == said


@pytest.mark.parametrize(
    ("size", "said"),
    [(None, "–"), (0, "0 B"), (1023, "1023 B"), (1024, "1.0 KB"), (5 << 30, "5.0 GB"), (1 << 60, "1,024.0 PB")],
)
def test_sizes(size: float | None, said: str) -> None:
    assert texts.size_in_bytes(size) == said


def test_what_cannot_be_seen_is_shown_and_what_could_run_is_escaped() -> None:
    assert texts.shown("<b>\x00\u202e\ud800") == '<bdi class="text short">&lt;b&gt;⟨U+0000⟩⟨U+202E⟩⟨U+D800⟩</bdi>'
    assert texts.shown("long enough", 4) == '<bdi class="text short">long…</bdi>'


def test_a_flash_outlives_its_cookie_and_no_other_sites_address_does() -> None:
    flashes = [Flash("error", "ü\ud800" * 900), Flash("success", "done", "/_ruststack/console/x")]
    found = unpacked(packed(flashes))
    assert [one.kind for one in found] == ["error", "success"]
    assert found[1].url == "/_ruststack/console/x"
    assert len(packed(flashes)) < 4000
    assert unpacked(packed([Flash("info", "x", "https://example.com/")]))[0].url == ""
    assert unpacked("nonsense") == []
