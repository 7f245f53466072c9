"""DynamoDB's errors that several operations answer with."""

from __future__ import annotations

from awskit.errors import AwsError


class ValidationException(AwsError):
    """DynamoDB's `ValidationException`."""

    def __init__(self, message: str) -> None:
        super().__init__("ValidationException", message)


class UncountedException(ValidationException):
    """What every operation answers without a count of errors: limits of size and depth, values that have no type."""


class NestingException(UncountedException):
    """A value that is nested too deep."""

    def __init__(self) -> None:
        super().__init__(
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported "
            "limit"
        )


class ExpressionSizeException(ValidationException):
    """An expression of too many bytes; `kind` is its parameter's name."""

    def __init__(self, kind: str, size: int) -> None:
        super().__init__(f"Invalid {kind}: Expression size has exceeded the maximum allowed size;")
        self.size = size


class EmptyKeyException(ValidationException):
    """A key attribute that is an empty string or binary: in a transaction too, no reason to cancel but an error."""


def counted(error: ValidationException) -> ValidationException:
    """The error as PutItem, UpdateItem, DeleteItem and Query answer it where the request alone tells of it."""
    if isinstance(error, UncountedException):
        return error
    return ValidationException(f"1 validation error detected: {error.message}")


class ResourceNotFoundException(AwsError):
    """A table, index, stream or backup that is not there."""

    def __init__(self, message: str = "Requested resource not found") -> None:
        super().__init__("ResourceNotFoundException", message)


def table_not_found(name: str) -> ResourceNotFoundException:
    """What the control plane says of a table that is not there."""
    return ResourceNotFoundException(f"Requested resource not found: Table: {name} not found")


class ResourceInUseException(AwsError):
    """A table in a status that the operation does not go with."""

    def __init__(self, message: str) -> None:
        super().__init__("ResourceInUseException", message)


class LimitExceededException(AwsError):
    """Too much at the same time."""

    def __init__(self, message: str) -> None:
        super().__init__("LimitExceededException", message)


class TableNotFoundException(AwsError):
    """What the operations on backups say of a table that is not there."""

    def __init__(self, name: str) -> None:
        super().__init__("TableNotFoundException", f"Table not found: {name}")


class TableAlreadyExistsException(AwsError):
    """The name of the table to be restored is taken."""

    def __init__(self, name: str) -> None:
        super().__init__("TableAlreadyExistsException", f"Table already exists: {name}")


class PointInTimeRecoveryUnavailableException(AwsError):
    """The table does not keep its history."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "PointInTimeRecoveryUnavailableException", f"Point in time recovery is not enabled for table '{name}'"
        )


class BackupNotFoundException(AwsError):
    """There is no backup with that ARN."""

    def __init__(self, arn: str) -> None:
        super().__init__("BackupNotFoundException", f"Backup not found: {arn}")


class BackupInUseException(AwsError):
    """The backup's status does not go with the operation."""

    def __init__(self, message: str) -> None:
        super().__init__("BackupInUseException", message)


class PolicyNotFoundException(AwsError):
    """There is no policy, or not of the revision that the caller expects."""

    def __init__(self, message: str) -> None:
        super().__init__("PolicyNotFoundException", message)
