"""A bucket's policy: AWS's checks of its text beyond the policy language, and its publicness.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
"""

from __future__ import annotations

from functools import lru_cache

from awskit.errors import AwsError
from awskit.policy import Document, PolicySyntaxError, Statement, is_public, parse
from awskit.policy.patterns import matches
from services.s3.access.actions import ACTIONS, BUCKET_ACTIONS, OBJECT_ACTIONS, OTHER_ACTIONS
from services.s3.access.directory_bucket_requests import REGIONAL

LIMIT = 20 * 1024
"""Bytes of a policy's text."""

_OBJECT_ACTIONS = OBJECT_ACTIONS | OTHER_ACTIONS
_EXPRESS_ACTIONS = frozenset(f"s3express:{ACTIONS[name].name}".lower() for name in REGIONAL if name != "CreateBucket")
_NO_ACTIONS: frozenset[str] = frozenset()


def check_policy(text: str, arn: str, separator: str = "/") -> Document:
    """The policy that `text` is; `MalformedPolicy` where it is none, or speaks of something else than the bucket.

    `arn` is the bucket's, or an access point's. `separator` stands between it and an object's key.
    """
    if len(text.encode()) > LIMIT:
        raise _malformed("Normalized policy document exceeds the maximum allowed size of 20480 bytes")
    try:
        document = read_policy(text)
    except PolicySyntaxError as error:
        raise _malformed(str(error)) from None
    for statement in document.statements:
        _check_statement(statement, arn, separator)
    return document


@lru_cache(maxsize=256)
def read_policy(text: str) -> Document:
    """A kept policy, read. Raises `PolicySyntaxError` where `text` is none."""
    return parse(text)


def is_public_policy(text: str) -> bool:
    """Whether a kept policy makes its bucket public."""
    return is_public(read_policy(text))


def _check_statement(statement: Statement, arn: str, separator: str) -> None:
    if statement.effect == "Allow" and statement.not_principals is not None:
        raise _malformed("Allow with NotPrincipal is not allowed.")
    actions = statement.actions if statement.actions is not None else statement.not_actions or ()
    on_bucket = on_object = False
    bucket_actions, object_actions = BUCKET_ACTIONS, _OBJECT_ACTIONS
    if ":s3express:" in arn:
        bucket_actions, object_actions = _EXPRESS_ACTIONS, _NO_ACTIONS
    for action in dict.fromkeys(actions):
        lowered = action.lower()
        fits_bucket = any(matches(name, lowered) for name in bucket_actions)
        fits_object = any(matches(name, lowered) for name in object_actions)
        if not (fits_bucket or fits_object):
            raise _malformed("Policy has invalid action")
        on_bucket, on_object = on_bucket or fits_bucket, on_object or fits_object
    resources = statement.resources if statement.resources is not None else statement.not_resources or ()
    of_bucket = [resource for resource in resources if _speaks_of_bucket(resource, arn)]
    of_objects = [resource for resource in resources if _speaks_of_objects(resource, arn, separator)]
    if any(resource not in of_bucket and resource not in of_objects for resource in resources):
        raise _malformed("Policy has invalid resource")
    if statement.actions is None or statement.resources is None:
        return
    if not ((on_bucket and of_bucket) or (on_object and of_objects)):
        raise _malformed("Action does not apply to any resource(s) in statement")


def _speaks_of_bucket(resource: str, arn: str) -> bool:
    return resource == "*" or matches(arn, resource)


def _speaks_of_objects(resource: str, arn: str, separator: str) -> bool:
    if resource == "*":
        return True
    head, slash, _ = resource.partition(separator)
    return matches(arn, head) if slash else matches(f"{arn}{separator}", resource)


def _malformed(message: str) -> AwsError:
    return AwsError("MalformedPolicy", message, 400)
