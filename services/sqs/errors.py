"""SQS's errors, with the wording AWS gives them.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html and each action's page. Codes
that the model defines are named by their shape (`QueueDoesNotExist`); the wire layer knows their older query names.
"""

from __future__ import annotations

from awskit.errors import AwsError

NOT_FOR_THIS_QUEUE_TYPE = "The request include parameter that is not valid for this queue type."
VALID_CHARACTERS = "#x9 | #xA | #xD | [#x20-#xD7FF] | [#xE000-#xFFFD] | [#x10000-#x10FFFF]"


def queue_does_not_exist() -> AwsError:
    return AwsError("QueueDoesNotExist", "The specified queue does not exist.")


def queue_name_exists(difference: str) -> AwsError:
    return AwsError("QueueNameExists", f"A queue already exists with the same name and {difference}")


def queue_deleted_recently() -> AwsError:
    return AwsError(
        "QueueDeletedRecently",
        "You must wait 60 seconds after deleting a queue before you can create another with the same name.",
    )


def purge_queue_in_progress(name: str) -> AwsError:
    return AwsError(
        "PurgeQueueInProgress", f"Only one PurgeQueue operation on {name} is allowed every 60 seconds.", 403
    )


def invalid_address(url: str) -> AwsError:
    return AwsError("InvalidAddress", f"The address {url} is not valid for this endpoint.", 404)


def kms_not_found(key: str) -> AwsError:
    """What a queue's `KmsMasterKeyId` names is no key; AWS finds out when it is to encrypt a message."""
    return AwsError("KmsNotFound", f"Invalid keyId '{key}'")


def missing_parameter(name: str) -> AwsError:
    return AwsError("MissingParameter", f"The request must contain the parameter {name}.")


def invalid_parameter(message: str) -> AwsError:
    """`InvalidParameterValue` in words of its own."""
    return AwsError("InvalidParameterValue", message)


def invalid_value(value: object, parameter: str, reason: str) -> AwsError:
    """AWS's form for a parameter's value that is out of bounds; `reason` is a sentence."""
    return AwsError("InvalidParameterValue", f"Value {value} for parameter {parameter} is invalid. Reason: {reason}")


def no_deduplication_id() -> AwsError:
    return invalid_parameter(
        "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided explicitly"
    )


def invalid_attribute_value(name: str) -> AwsError:
    return AwsError("InvalidAttributeValue", f"Invalid value for the parameter {name}.")


def queue_type_is_fixed() -> AwsError:
    return AwsError(
        "InvalidAttributeValue",
        "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.",
    )


def invalid_attribute_name(name: str) -> AwsError:
    return AwsError("InvalidAttributeName", f"Unknown Attribute {name}.")


def invalid_message_contents(message: str) -> AwsError:
    return AwsError("InvalidMessageContents", message)


def receipt_handle_of_another_queue(handle: str) -> AwsError:
    return AwsError("ReceiptHandleIsInvalid", f'The receipt handle "{handle}" is not valid for this queue.', 404)


def receipt_handle_is_invalid(handle: str) -> AwsError:
    return AwsError(
        "ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not a valid receipt handle.', 404
    )


class UnusableReceiptHandle(AwsError):
    """A receipt handle whose message cannot be had by it. An entry of a batch gives the bare `reason` for it."""

    def __init__(self, handle: str, reason: str) -> None:
        message = f"Value {handle} for parameter ReceiptHandle is invalid. Reason: {reason}."
        super().__init__("InvalidParameterValue", message)
        self.reason = reason


def receipt_handle_expired(handle: str) -> AwsError:
    """A FIFO queue's message whose visibility timeout is over, or that was received again."""
    return UnusableReceiptHandle(handle, "The receipt handle has expired")


def message_does_not_exist(handle: str) -> AwsError:
    reason = "Message does not exist or is not available for visibility timeout change"
    return UnusableReceiptHandle(handle, reason)


def over_limit(maximum: int) -> AwsError:
    """A standard queue has `maximum` messages in flight; of a FIFO queue AWS says nothing."""
    return AwsError(
        "OverLimit", f"Too many messages in flight: a queue holds at most {maximum} received and undeleted ones.", 403
    )


def resource_not_found(message: str) -> AwsError:
    """404, as the operations of move tasks answer."""
    return AwsError("ResourceNotFoundException", message, 404)


def unsupported_operation(message: str) -> AwsError:
    return AwsError("UnsupportedOperation", message)
