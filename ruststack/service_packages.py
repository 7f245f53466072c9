"""What the fleet knows of its services: where each one's settings class, migrations and database are.

By convention, so that a service is added without editing this: `services.<name>.settings` holds one subclass of
`ServiceSettings`, with a `database_url`; `services/<name>/migrations` its schema.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from awskit.settings import ServiceSettings, load
from ruststack.packages import module_name


def service_settings_type(service: str) -> type[ServiceSettings]:
    """The settings class of `service`."""
    module = importlib.import_module(module_name(f"services.{service}.settings"))
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, ServiceSettings) and value.__module__ == module.__name__:
            return value
    raise LookupError(f"{module.__name__} defines no settings")


def migrations_of(service: str) -> Path:
    """The folder of `service`'s migrations."""
    package = importlib.import_module(module_name(f"services.{service}"))
    return Path(next(iter(package.__path__))) / "migrations"


def migrate_databases(services: tuple[str, ...], environ: Mapping[str, str]) -> None:
    """Bring the database of each service to this code's schema. Raises `StartError`, `SettingsError`."""
    from awskit.service.service_process import migrate_service_database

    for service in services:
        settings: Any = load(service_settings_type(service), environ)
        folder = migrations_of(service)
        migrate_service_database(service, settings, settings.database_url, folder, in_child=False)
