"""The tokens of PartiQL statements.

In: the statement. Out: a list of tokens that ends with an `EOF`. Raised: `NotWellFormed`.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from services.dynamodb.partiql.keywords import KEYWORDS

NAME: Final = "NAME"
QUOTED: Final = "QUOTED"
STRING: Final = "STRING"
NUMBER: Final = "NUMBER"
ION: Final = "ION"
SYMBOL: Final = "SYMBOL"
KEYWORD: Final = "KEYWORD"
EOF: Final = "EOF"

_TOKEN: Final = re.compile(
    r"(?P<NAME>[A-Za-z_$][A-Za-z0-9_$]*)"
    r"|(?P<NUMBER>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<STRING>'(?:[^']|'')*')"
    r'|(?P<QUOTED>"(?:[^"]|"")*")'
    r"|(?P<ION>`[^`]*`)"
    r"|(?P<COMMENT>--[^\n]*|/\*.*?\*/|\s+)"
    r"|(?P<SYMBOL><<|>>|<=|>=|<>|!=|\|\||[=<>()\[\]{}.,:;?*+/%-])",
    re.DOTALL,
)


class NotWellFormed(Exception):
    """The statement is not PartiQL."""


class Token(NamedTuple):
    """`text` is a name or string without its quotes; `symbol` what grammars compare (keywords in upper case)."""

    kind: str
    text: str
    symbol: str
    start: int
    length: int


def tokenize(statement: str) -> list[Token]:
    """All tokens of `statement`."""
    tokens: list[Token] = []
    position = 0
    while position < len(statement):
        match = _TOKEN.match(statement, position)
        if match is None:
            raise NotWellFormed
        position = match.end()
        if match.lastgroup != "COMMENT":
            tokens.append(_token(str(match.lastgroup), match.group(), match.start()))
    tokens.append(Token(EOF, "", EOF, position, 0))
    return tokens


def _token(kind: str, text: str, start: int) -> Token:
    length = len(text)
    symbol = ""
    if kind == SYMBOL:
        symbol = text
    elif kind == NAME and text.upper() in KEYWORDS:
        kind, symbol = KEYWORD, text.upper()
    elif kind in {STRING, QUOTED}:
        quote = text[0]
        text = text[1:-1].replace(quote * 2, quote)
    return Token(kind, text, symbol, start, length)
