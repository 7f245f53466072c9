"""DynamoDB's errors that are made on purpose, in AWS's words.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
"""

from __future__ import annotations

from awskit.faults.rules import KnownErrors

KNOWN = KnownErrors(
    "ThrottlingException",
    {
        "AccessDeniedException": (400, "Access denied."),
        "ConditionalCheckFailedException": (400, "The conditional request failed"),
        "InternalServerError": (500, "Internal server error"),
        "ItemCollectionSizeLimitExceededException": (400, "Collection size exceeded."),
        "LimitExceededException": (400, "Too many operations for a given subscriber."),
        "ProvisionedThroughputExceededException": (
            400,
            "The level of configured provisioned throughput for the table was exceeded. Consider increasing your "
            "provisioning level with the UpdateTable API.",
        ),
        "ReplicatedWriteConflictException": (
            400,
            "One or more items in this request are being modified by a request in another Region.",
        ),
        "RequestLimitExceeded": (
            400,
            "Throughput exceeds the current throughput limit for your account. Please contact AWS Support at "
            "https://aws.amazon.com/support request a limit increase",
        ),
        "ResourceInUseException": (400, "The resource which you are attempting to change is in use."),
        "ResourceNotFoundException": (400, "Requested resource not found"),
        "ServiceUnavailable": (503, "DynamoDB is currently unavailable"),
        "ThrottlingException": (400, "Rate of requests exceeds the allowed throughput."),
        "TransactionConflictException": (400, "Transaction is ongoing for the item"),
        "TransactionInProgressException": (400, "The transaction with the given request token is already in progress."),
        "UnrecognizedClientException": (400, "The security token included in the request is invalid."),
        "ExpiredTokenException": (400, "The security token included in the request is expired"),
    },
)
