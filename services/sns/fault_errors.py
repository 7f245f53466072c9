"""SNS's errors that are made on purpose, in AWS's words.

https://docs.aws.amazon.com/sns/latest/api/CommonErrors.html and the errors of Publish.
"""

from __future__ import annotations

from awskit.faults.rules import KnownErrors

KNOWN = KnownErrors(
    "ThrottledException",
    {
        "AuthorizationErrorException": (
            403,
            "Indicates that the user has been denied access to the requested resource.",
        ),
        "ExpiredTokenException": (403, "The security token included in the request is expired"),
        "InternalErrorException": (500, "Indicates an internal service error."),
        "InternalFailure": (
            500,
            "The request processing has failed because of an unknown error, exception or failure.",
        ),
        "KMSThrottlingException": (400, "The request was denied due to request throttling."),
        "NotFoundException": (404, "Topic does not exist"),
        "ServiceUnavailable": (503, "The request has failed due to a temporary failure of the server."),
        "ThrottledException": (
            429,
            "Indicates that the rate at which requests have been submitted for this action exceeds the limit for your "
            "AWS account.",
        ),
        "Throttling": (400, "Rate exceeded"),
    },
)
