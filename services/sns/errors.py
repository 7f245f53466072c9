"""The errors SNS answers with, named by the service model's error shapes, worded as AWS words them."""

from __future__ import annotations

from awskit.errors import AwsError


def invalid_parameter(reason: str) -> AwsError:
    """`InvalidParameter`: the text AWS puts after `Invalid parameter: `."""
    return AwsError("InvalidParameterException", f"Invalid parameter: {reason}")


def missing_parameter(member: str) -> AwsError:
    """`InvalidParameter`, as AWS says it of an ARN that a request is about and does not have."""
    return invalid_parameter(f"{member} Reason: no value for required parameter")


def invalid_sms_parameter(message: str) -> AwsError:
    """`InvalidParameter` as the part of SNS words it that is about SMS: without `Invalid parameter: `."""
    return AwsError("InvalidParameterException", message)


def invalid_attribute_value(message: str) -> AwsError:
    """`ParameterValueInvalid`: what AWS answers to message attributes it cannot take."""
    return AwsError("InvalidParameterValueException", message)


def kms_not_found(key: str) -> AwsError:
    """`KMSNotFound`: what a topic's `KmsMasterKeyId` names is no key; AWS finds out when it is to encrypt a message."""
    return AwsError("KMSNotFoundException", f"Invalid keyId '{key}'")


def not_found(message: str) -> AwsError:
    """`NotFound`, 404."""
    return AwsError("NotFoundException", message, 404)


def topic_not_found() -> AwsError:
    return not_found("Topic does not exist")


def subscription_not_found() -> AwsError:
    return not_found("Subscription does not exist")


def resource_not_found() -> AwsError:
    """`ResourceNotFound`, 404: what tags are asked for is not there."""
    return AwsError("ResourceNotFoundException", "Resource does not exist", 404)


def authorization_error(message: str) -> AwsError:
    """`AuthorizationError`, 403."""
    return AwsError("AuthorizationErrorException", message, 403)
