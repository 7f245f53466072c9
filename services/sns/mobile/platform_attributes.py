"""Attributes of platform applications and endpoints, and what values they take.

https://docs.aws.amazon.com/sns/latest/api/API_SetPlatformApplicationAttributes.html
"""

from __future__ import annotations

from collections.abc import Mapping

from awskit.bounds.integers import is_natural
from services.sns.errors import invalid_parameter

PLATFORMS = frozenset(
    [
        *("ADM", "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "BAIDU", "GCM", "MACOS", "MACOS_SANDBOX"),
        *("MPNS", "WNS"),
    ]
)
MAX_USER_DATA_BYTES = 2048

_SECRETS = frozenset(["PlatformCredential", "PlatformPrincipal"])
_APPLICATION_ATTRIBUTES = _SECRETS | frozenset(
    [
        *("EventEndpointCreated", "EventEndpointDeleted", "EventEndpointUpdated", "EventDeliveryFailure"),
        *("SuccessFeedbackRoleArn", "FailureFeedbackRoleArn", "SuccessFeedbackSampleRate"),
        *("ApplePlatformTeamID", "ApplePlatformBundleID"),
    ]
)
_ARNS = frozenset(
    [
        *("EventEndpointCreated", "EventEndpointDeleted", "EventEndpointUpdated", "EventDeliveryFailure"),
        *("SuccessFeedbackRoleArn", "FailureFeedbackRoleArn"),
    ]
)
_ENDPOINT_ATTRIBUTES = frozenset(["CustomUserData", "Enabled", "Token", "ChannelId", "UserId"])


def check_application_attributes(attributes: Mapping[str, str]) -> None:
    """Raises InvalidParameter for an unknown attribute and for a value it cannot have."""
    for name, value in attributes.items():
        if name not in _APPLICATION_ATTRIBUTES:
            raise invalid_parameter(f"Attributes Reason: Invalid attribute name: {name}")
        if name in _ARNS and value and not value.startswith("arn:"):
            raise invalid_parameter(f"Attributes Reason: Invalid value for attribute: {name}: {value} is not an ARN")
        if name == "SuccessFeedbackSampleRate" and not is_natural(value, 0, 100):
            raise invalid_parameter(f"Attributes Reason: Invalid value for attribute: {name}: must be 0 to 100")


def check_credentials(platform: str, attributes: Mapping[str, str]) -> None:
    """A new application has to bring what its platform asks for."""
    needed = ["PlatformCredential"] if platform == "GCM" else ["PlatformPrincipal", "PlatformCredential"]
    given = [name for name in _SECRETS if name in attributes]
    if len(given) == 1 and given != needed:
        (missing,) = _SECRETS.difference(given)
        raise invalid_parameter(f"Attributes Reason: {given[0]} attribute provided without {missing}")
    for name in needed:
        if not attributes.get(name):
            raise invalid_parameter(f"Attributes Reason: Invalid value for attribute: {name}: cannot be empty")


def shown_application_attributes(attributes: Mapping[str, str]) -> dict[str, str]:
    """As GetPlatformApplicationAttributes shows them: without what was given in confidence."""
    return {"Enabled": "true", **{name: value for name, value in attributes.items() if name not in _SECRETS}}


def changed_endpoint_attributes(attributes: Mapping[str, str], given: Mapping[str, str]) -> dict[str, str]:
    """An endpoint's attributes after `given` are set. Raises InvalidParameter."""
    changed = dict(attributes)
    for name, value in given.items():
        if name not in _ENDPOINT_ATTRIBUTES:
            raise invalid_parameter(f"Attributes Reason: Invalid attribute name: {name}")
        if name == "Enabled" and value.lower() not in ("true", "false"):
            raise invalid_parameter("Attributes Reason: Invalid value for attribute: Enabled: must be true or false")
        if name == "Token" and not value:
            raise invalid_parameter("Attributes Reason: Invalid value for attribute: Token: cannot be empty")
        if name == "CustomUserData" and len(value.encode("utf-8")) > MAX_USER_DATA_BYTES:
            raise invalid_parameter(
                "Attributes Reason: Invalid value for attribute: CustomUserData: must be at most 2048 bytes long in "
                "UTF-8 encoding"
            )
        changed[name] = value.lower() if name == "Enabled" else value
    return changed
