"""S3's errors that are made on purpose, in AWS's words.

https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
"""

from __future__ import annotations

from awskit.faults.rules import KnownErrors

KNOWN = KnownErrors(
    "SlowDown",
    {
        "AccessDenied": (403, "Access Denied"),
        "BadDigest": (400, "The Content-MD5 you specified did not match what we received."),
        "ExpiredToken": (400, "The provided token has expired."),
        "InternalError": (500, "We encountered an internal error. Please try again."),
        "NoSuchBucket": (404, "The specified bucket does not exist"),
        "NoSuchKey": (404, "The specified key does not exist."),
        "NoSuchUpload": (
            404,
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
            "completed.",
        ),
        "OperationAborted": (
            409,
            "A conflicting conditional operation is currently in progress against this resource. Please try again.",
        ),
        "PreconditionFailed": (412, "At least one of the pre-conditions you specified did not hold"),
        "RequestTimeTooSkewed": (
            403,
            "The difference between the request time and the current time is too large.",
        ),
        "RequestTimeout": (
            400,
            "Your socket connection to the server was not read from or written to within the timeout period. Idle "
            "connections will be closed.",
        ),
        "ServiceUnavailable": (503, "Service is unable to handle request."),
        "SignatureDoesNotMatch": (
            403,
            "The request signature we calculated does not match the signature you provided. Check your key and signing "
            "method.",
        ),
        "SlowDown": (503, "Please reduce your request rate."),
    },
)
