"""How much is asked of who asks: `RUSTSTACK_AUTH`.

* `off`: nothing; any credentials do
* `signatures`: every signature is verified, and who signs may do anything; who does not, what is public
* `soft`: nothing is refused, but what `enforce` would refuse is logged
* `enforce`: signatures, and what policies allow
"""

from __future__ import annotations

from typing import Literal, get_args

from awskit.settings import SettingsError

Mode = Literal["off", "signatures", "soft", "enforce"]


def parse_mode(auth: str, credentials: str) -> Mode:
    """The mode that RUSTSTACK_AUTH asks for. Raises `SettingsError`, also where the credentials file is missing."""
    name = auth.strip().lower() or "off"
    for mode in get_args(Mode):
        if name == mode:
            if mode != "off" and not credentials:
                raise SettingsError(f"RUSTSTACK_AUTH={mode} needs RUSTSTACK_CREDENTIALS, a credentials file")
            found: Mode = mode
            return found
    raise SettingsError(f"RUSTSTACK_AUTH: {auth!r} is none of {', '.join(get_args(Mode))}")
