"""What a call that was not carried out raises."""

from __future__ import annotations


class AwsCallError(Exception):
    """AWS's own error: `code` and `message` as a service or the gateway says them, `status` that of the answer."""

    def __init__(self, service: str, operation: str, code: str, message: str, status: int) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.service = service
        self.operation = operation
        self.code = code
        self.message = message
        self.status = status


class FleetAway(Exception):
    """Nothing answers at the gateway's address, or the connection ended before the answer; the text says which."""


class ControlError(Exception):
    """A control path has refused; the text is its message, `status` the answer's."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status
