"""How much is asked in a process, and of whom: the mode and the credentials file, as its settings have them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from awskit.access.credentials_file import load_identities
from awskit.access.identities import Identities
from awskit.access.modes import Mode, parse_mode


class Settings(Protocol):
    """The settings that say how much is asked, and of whom (`awskit.settings.EdgeSettings`)."""

    @property
    def auth(self) -> str: ...
    @property
    def credentials(self) -> str: ...
    @property
    def debug(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Access:
    """How much is asked in this process, and of whom. `debug`: answers say why they refuse."""

    mode: Mode
    identities: Identities
    debug: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Access:
        """As the settings say. Raises `SettingsError`."""
        mode = parse_mode(settings.auth, settings.credentials)
        return cls(mode, load_identities(settings.credentials), settings.debug)

    @property
    def verifies(self) -> bool:
        """Whether a wrong signature is refused."""
        return self.mode in ("signatures", "enforce")

    @property
    def is_open(self) -> bool:
        """Whether nobody is asked anything."""
        return self.mode == "off"
