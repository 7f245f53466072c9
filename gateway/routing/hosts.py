"""What a host name says of the service: AWS's own endpoint names, and the same below `localhost`.

In: the `Host` header and the domains below which names mean something. Out: a service's name (one that RustStack may
not have: `lambda`), or None where the host says nothing (`localhost`, an address, a container's name). Pure.

https://docs.aws.amazon.com/general/latest/gr/rande.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-call-api.html
https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
"""

from __future__ import annotations

import re
from functools import lru_cache

DOMAINS = ("localhost.localstack.cloud", "localhost", "amazonaws.com.cn", "amazonaws.com", "api.aws", "on.aws")

_LONGEST_NAME = 261  # 255 and a port
_REGION = r"[a-z]{2,4}(?:-[a-z]+)+-\d"
_IS_REGION = re.compile(_REGION).fullmatch

# The labels in front of the domain, from their end. A bucket, or an account, may stand before S3's own.
_S3 = re.compile(
    rf"""(?:.+\.)?
    (?:s3|s3-fips|s3-control|s3-control-fips|s3-accesspoint|s3-accesspoint-fips|s3-accelerate|s3-external-1|s3-website|s3-global
      |s3express-[a-z0-9-]+)
    (?:\.dualstack)?
    (?:[.-]{_REGION}(?:\.vpce)?)?""",
    re.VERBOSE,
).fullmatch
_SERVICES = (
    ("sqs", re.compile(rf"(?:sqs(?:-fips)?(?:\.{_REGION})?)|(?:(?:{_REGION}\.)?queue)").fullmatch),
    ("sns", re.compile(rf"sns(?:-fips)?(?:\.{_REGION})?").fullmatch),
    (
        "dynamodb",
        re.compile(
            rf"(?:(?:streams\.)?dynamodb(?:-fips)?(?:\.{_REGION})?)|streams-dynamodb\.{_REGION}|\d{{12}}\.ddb(?:\.{_REGION})?"
        ).fullmatch,
    ),
    ("sts", re.compile(rf"sts(?:-fips)?(?:\.{_REGION})?").fullmatch),
    ("iam", re.compile(r"iam(?:-fips)?").fullmatch),
)
# An API's or a function's own host, with its id in front; by the name that requests to it are signed for.
_OF_AN_ID = re.compile(rf"[a-z0-9-]{{1,63}}\.(execute-api|lambda-url|appsync-api|appsync-realtime-api)(?:\.{_REGION})?")
_SIGNED_FOR = {"lambda-url": "lambda", "appsync-api": "appsync", "appsync-realtime-api": "appsync"}


def service_of_host(host: str, domains: tuple[str, ...] = DOMAINS) -> str | None:
    """See the module."""
    return _service_of_host(host, domains) if len(host) <= _LONGEST_NAME else None


@lru_cache(maxsize=1024)
def _service_of_host(host: str, domains: tuple[str, ...]) -> str | None:
    name = host.strip().lower()
    if name.startswith("["):
        return None
    name = name.partition(":")[0].rstrip(".")
    for domain in domains:
        if name.endswith(domain) and name[: -len(domain)].endswith("."):
            return _service_of_labels(name[: -len(domain) - 1], domain)
    return None


def _service_of_labels(labels: str, domain: str) -> str | None:
    for service, matches in _SERVICES:
        if matches(labels):
            return service
    if _S3(labels):
        return "s3"
    if (named := _OF_AN_ID.fullmatch(labels)) is not None:
        return _SIGNED_FOR.get(named[1], named[1])
    name, _, rest = labels.partition(".")
    if rest and _IS_REGION(rest):
        return name
    if domain.startswith("amazonaws") or domain in ("api.aws", "on.aws"):
        # cloudfront.amazonaws.com, runtime.lex.us-east-1.amazonaws.com: there, every bucket's name ends in S3's
        return labels.split(".")[-1] if not rest else name
    return "s3"  # a bucket: my.bucket.localhost
