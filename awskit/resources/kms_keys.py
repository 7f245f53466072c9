"""Names of KMS keys: ids, aliases, ARNs. There is no KMS here; a name is told by its form alone.

An alias of AWS's (`alias/aws/dynamodb`) is that of a key which is always the same for an account and region.

https://docs.aws.amazon.com/kms/latest/developerguide/concepts.html#key-id
"""

from __future__ import annotations

import re
import uuid
from typing import Final, NamedTuple

from awskit.resources.arns import build_arn, parse_arn

AWS_ALIASES: Final = "alias/aws/"
"""The beginning of the names of AWS's own aliases."""

_KEY_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|mrk-[0-9a-f]{32}")
_ALIAS: Final = re.compile(r"alias/[a-zA-Z0-9:/_-]{1,250}")


class KeyName(NamedTuple):
    """What a text names: a key by its id, or by an alias; the other of the two is empty."""

    region: str
    account_id: str
    key_id: str
    alias: str

    @property
    def key_arn(self) -> str:
        """The ARN of the key, that of an alias being made of its name."""
        named = f"arn:aws:kms:{self.region}:{self.account_id}:{self.alias}"
        key_id = self.key_id or str(uuid.uuid5(uuid.NAMESPACE_URL, named))
        return build_arn("kms", self.region, self.account_id, f"key/{key_id}")


def aws_key_arn(service: str, account_id: str, region: str) -> str:
    """The ARN of the key that AWS itself has for a service's data in an account and region."""
    return KeyName(region, account_id, "", f"{AWS_ALIASES}{service}").key_arn


def read_key_name(text: str, account_id: str, region: str) -> KeyName | None:
    """What `text`, of a caller in that account and region, names; None where it has none of the forms of a name."""
    resource = text
    if text.startswith("arn:"):
        arn = parse_arn(text)
        if arn is None or arn.service != "kms" or not arn.region or not arn.account_id:
            return None
        region, account_id, resource = arn.region, arn.account_id, arn.resource
        if resource.startswith("key/"):
            resource = resource.removeprefix("key/")
        elif not resource.startswith("alias/"):
            return None
    if _KEY_ID.fullmatch(resource):
        return KeyName(region, account_id, resource, "")
    return KeyName(region, account_id, "", resource) if _ALIAS.fullmatch(resource) else None
