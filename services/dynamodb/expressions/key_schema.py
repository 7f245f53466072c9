"""Fitting key conditions to a key schema."""

from __future__ import annotations

from collections.abc import Mapping

from services.dynamodb.expressions.model import KeyCondition, KeyTerm


def fit(
    terms: tuple[KeyTerm, ...], partition: tuple[str, ...], sort: tuple[str, ...], types: Mapping[str, str] | None
) -> KeyCondition:
    raise NotImplementedError
