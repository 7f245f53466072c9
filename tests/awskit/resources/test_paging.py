"""Next-page tokens: there and back, and what is none."""

from __future__ import annotations

import pytest

from awskit.resources.paging import InvalidToken, page_of, position_of, token_of


@pytest.mark.parametrize("position", ["", "queue", "42", "ünïcödé", "a/b?c>d~e"])
def test_a_position_comes_back_and_its_token_needs_no_escaping(position: str) -> None:
    token = token_of(position)
    assert position_of(token) == position
    assert not set(token) & set("+/ %&?#")


@pytest.mark.parametrize("token", ["!", "abc", "YQ", "ä", "_w==", "YQBi", token_of("a") + "\n"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidToken):
        position_of(token)


def test_there_is_a_next_page_where_more_was_found_than_fits() -> None:
    assert page_of([1, 2, 3], 2) == ([1, 2], 2)
    assert page_of([1, 2], 2) == ([1, 2], None)
    assert page_of([], 2) == ([], None)
