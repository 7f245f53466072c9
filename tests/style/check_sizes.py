"""Small rooms: fails where a Python file or function is longer than DESIGN allows, and names each.

A file has at most 600 lines (400 is the aim), a function at most 80 (50 is the aim), its docstring not counted.
`python tests/style/check_sizes.py --aim` lists what is over the aims as well; only the limits fail the check.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("awskit", "console", "gateway", "services", "ruststack", "tests", "benchmarks", "tools")
FILE_LIMIT, FILE_AIM = 600, 400
FUNCTION_LIMIT, FUNCTION_AIM = 80, 50


def too_long(path: Path, file_lines: int, function_lines: int) -> Iterator[str]:
    """A line of text for the file at `path` and for each of its functions that is longer than given."""
    text = path.read_text()
    name = path.relative_to(ROOT)
    if (lines := text.count("\n")) > file_lines:
        yield f"{name}: {lines} lines, more than {file_lines}"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (lines := _length(node)) > function_lines:
            yield f"{name}:{node.lineno}: {node.name} has {lines} lines, more than {function_lines}"


def _length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    last = function.end_lineno or function.lineno
    docstring = function.body[0] if ast.get_docstring(function, clean=False) is not None else None
    in_docstring = (docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0
    return last - function.lineno + 1 - in_docstring


def main() -> int:
    files = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
    if "--aim" in sys.argv[1:]:
        print("\n".join(line for path in files for line in too_long(path, FILE_AIM, FUNCTION_AIM)))
    wrong = [line for path in files for line in too_long(path, FILE_LIMIT, FUNCTION_LIMIT)]
    print("\n".join(wrong) if wrong else f"{len(files)} files: none too long")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
