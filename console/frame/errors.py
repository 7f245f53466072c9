"""Why a page is not shown."""

from __future__ import annotations


class LoginNeeded(Exception):
    """The fleet asks who asks, and nobody has logged in."""


class OtherAccount(Exception):
    """The address is of an account that the visitor's key is not of; `url` is that of their own."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


class Forged(Exception):
    """A post without its visitor's token."""


class NoSuchPage(Exception):
    """The address is none of the console's; the text says what is wrong with it."""


class ReadOnly(Exception):
    """The page is there to change something, which this console does not."""


class TooLarge(Exception):
    """A form larger than this takes."""

    def __init__(self, most: int) -> None:
        super().__init__(f"A form may have {most // (1024 * 1024)} MB at most, and has to say how large it is.")
