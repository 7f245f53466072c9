"""Settings from the environment: conversion, aliases, origins, and one line for what cannot be used."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from awskit.settings import SettingsError, describe, load, setting


@dataclass(frozen=True)
class Example:
    port: int = setting(4566, "RUSTSTACK_PORT", "PORT", help="port")
    folder: Path = setting(Path("data"), "RUSTSTACK_FOLDER", help="folder")
    keep: bool = setting(True, "RUSTSTACK_KEEP", help="keep")
    url: str | None = setting(None, "RUSTSTACK_URL", help="url")
    services: tuple[str, ...] = setting((), "RUSTSTACK_SERVICES", help="services")


def test_defaults_and_conversion() -> None:
    assert load(Example, {}) == Example(4566, Path("data"), True, None, ())
    given = {"PORT": "1", "RUSTSTACK_FOLDER": "/x", "RUSTSTACK_KEEP": "no", "RUSTSTACK_SERVICES": "s3, sqs,"}
    assert load(Example, given) == Example(1, Path("/x"), False, None, ("s3", "sqs"))


def test_the_first_name_wins_and_a_given_value_wins_over_both() -> None:
    both = {"PORT": "1", "RUSTSTACK_PORT": "2"}
    assert load(Example, both).port == 2
    assert load(Example, both, port=3).port == 3
    assert load(Example, both, port=None).port == 2


@pytest.mark.parametrize(("name", "value"), [("RUSTSTACK_PORT", "many"), ("RUSTSTACK_KEEP", "perhaps")])
def test_a_value_that_cannot_be_used_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}: '{value}'"):
        load(Example, {name: value})


def test_the_origin_of_each_setting() -> None:
    origins = {entry.name: (entry.value, entry.origin) for entry in describe(Example, {"PORT": "1"})}
    assert origins["RUSTSTACK_PORT"] == (1, "PORT")
    assert origins["RUSTSTACK_KEEP"] == (True, "default")
