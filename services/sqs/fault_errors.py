"""SQS's errors that are made on purpose, in AWS's words.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html
"""

from __future__ import annotations

from awskit.faults.rules import KnownErrors

KNOWN = KnownErrors(
    "RequestThrottled",
    {
        "AccessDeniedException": (400, "You do not have sufficient access to perform this action."),
        "ExpiredTokenException": (403, "The security token included in the request is expired"),
        "InternalFailure": (
            500,
            "The request processing has failed because of an unknown error, exception or failure.",
        ),
        "InvalidAddress": (404, "The address is not valid for this endpoint."),
        "KmsThrottled": (400, "AWS KMS throttles requests for the following conditions."),
        "OverLimit": (403, "The specified action violates a limit."),
        "QueueDoesNotExist": (400, "The specified queue does not exist."),
        "RequestThrottled": (400, "The request was denied due to request throttling."),
        "ServiceUnavailable": (503, "The request has failed due to a temporary failure of the server."),
        "ThrottlingException": (400, "The request was denied due to request throttling."),
    },
)
