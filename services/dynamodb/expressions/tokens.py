"""The tokens of expressions: one lexer for all five kinds.

In: the text. Out: a list of tokens that ends with an `EOF`. Nothing is raised: a character that no expression can hold
becomes a `JUNK` token, which no grammar accepts.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

NAME: Final = "NAME"
PLACEHOLDER: Final = "PLACEHOLDER"
VALUE: Final = "VALUE"
NUMBER: Final = "NUMBER"
SYMBOL: Final = "SYMBOL"
KEYWORD: Final = "KEYWORD"
JUNK: Final = "JUNK"
EOF: Final = "EOF"

KEYWORDS: Final = frozenset({"AND", "OR", "NOT", "BETWEEN", "IN", "SET", "REMOVE", "ADD", "DELETE"})

_TOKEN: Final = re.compile(
    r"(?P<NAME>[A-Za-z][A-Za-z0-9_]*)"
    r"|(?P<PLACEHOLDER>#[A-Za-z0-9_]+)"
    r"|(?P<VALUE>:[A-Za-z0-9_]+)"
    r"|(?P<SYMBOL><>|<=|>=|[=<>()\[\].,+-])"
    r"|(?P<NUMBER>0|[1-9][0-9]*)"
    r"|[ \t\r\n]+"
    r"|(?P<JUNK>.)",
    re.DOTALL,
)


class Token(NamedTuple):
    """`kind` is one of the constants above; `symbol` is what grammars compare: symbols, and keywords in upper case."""

    kind: str
    text: str
    symbol: str
    start: int
    end: int


def tokenize(text: str) -> list[Token]:
    """All tokens of `text`, with their positions."""
    tokens = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind is None:
            continue
        part = match.group()
        symbol = part if kind == SYMBOL else ""
        if kind == NAME:
            upper = part.upper()
            if upper in KEYWORDS:
                kind, symbol = KEYWORD, upper
        tokens.append(Token(kind, part, symbol, match.start(), match.end()))
    tokens.append(Token(EOF, "<EOF>", EOF, len(text), len(text)))
    return tokens
