"""What is kept by its text: a number of short ones, a few long ones, and none that is longer."""

from __future__ import annotations

from awskit.bounds.text_cache import text_cache


def test_texts_by_their_lengths() -> None:
    made: list[str] = []

    @text_cache(2, longest=3, long_ones=1, longest_of_all=5)
    def upper(text: str, end: str = "") -> str:
        """Its text in capitals."""
        made.append(text + end)
        return text.upper() + end

    for text in ("a", "a", "b", "long", "long", "longer", "longer"):
        assert upper(text) == text.upper()
    assert made == ["a", "b", "long", "longer", "longer"]
    assert upper("a", "!") == "A!"
    assert upper("b") == "B"
    assert made[5:] == ["a!"]
    upper("a")  # two others were used after it
    assert made[6:] == ["a"]
    assert upper.__doc__ == "Its text in capitals."


def test_no_text_is_a_short_one() -> None:
    made: list[str | None] = []

    @text_cache(2, longest=3)
    def length(text: str | None) -> int:
        made.append(text)
        return len(text or "")

    assert [length(None), length(None), length("ab"), length("abcd"), length("abcd")] == [0, 0, 2, 4, 4]
    assert made == [None, "ab", "abcd", "abcd"]
