"""ProjectionExpression."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from awskit.bounds.text_cache import text_cache
from services.dynamodb.expressions.compiled import Projection
from services.dynamodb.expressions.document_paths import check_overlaps, path_tree, project_tree, resolve
from services.dynamodb.expressions.parser import parse_projection
from services.dynamodb.expressions.placeholders import Placeholders
from services.dynamodb.expressions.syntax import ExpressionError, Path, invalid_expression
from services.dynamodb.values.attribute_values import AttributeValue, Item


@dataclass(frozen=True, slots=True)
class _Compiled:
    projection: Projection
    used_names: frozenset[str]


def compile_projection(text: str, placeholders: Placeholders) -> Projection:
    """Compile a ProjectionExpression."""
    try:
        compiled = (_compile if placeholders.kept else _compile_anew)(text, placeholders.signature[0])
    except ExpressionError as error:
        raise invalid_expression("ProjectionExpression", error) from None
    placeholders.mark_used(compiled.used_names, frozenset())
    return compiled.projection


def _compile_anew(text: str, names: tuple[tuple[str, str], ...]) -> _Compiled:
    used: set[str] = set()
    by_key = dict(names)
    paths = tuple(resolve(node, by_key, used) for node in parse_projection(text))
    check_overlaps(paths)
    return _Compiled(projection_of(paths), frozenset(used))


_compile = text_cache(512, long_ones=32, longest_of_all=4096)(_compile_anew)


def projection_of(paths: tuple[Path, ...]) -> Projection:
    """The projection to `paths`, which do not overlap."""
    return Projection(_projector(paths), paths)


def _projector(paths: tuple[Path, ...]) -> Callable[[Mapping[str, AttributeValue]], Item]:
    if all(len(path) == 1 for path in paths):
        names = tuple(str(path[0]) for path in paths)
        return lambda item: {name: item[name] for name in names if name in item}
    tree = path_tree(paths)
    return lambda item: project_tree(item, tree)
