"""Access control lists: canned ones, those in headers and in bodies, and how they are kept and shown.

Kept as JSON `{"Owner": ID, "Grants": [{"Grantee": {...}, "Permission": ...}]}`, None meaning `private`.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from awskit.errors import AwsError
from services.s3.errors import invalid_argument, invalid_request, malformed_acl
from services.s3.ownership.identities import Identities

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED_USERS = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"

Acl = dict[str, Any]
Names = Callable[[str], str | None]
"""The display name of a canonical user id, where it has one."""
ByEmail = Callable[[str], str | None]
"""The canonical user id of an e-mail address."""

_GROUPS = frozenset({ALL_USERS, AUTHENTICATED_USERS, LOG_DELIVERY})
PERMISSIONS = frozenset({"FULL_CONTROL", "READ", "WRITE", "READ_ACP", "WRITE_ACP"})
_HEADERS = {
    "GrantFullControl": "FULL_CONTROL",
    "GrantRead": "READ",
    "GrantWrite": "WRITE",
    "GrantReadACP": "READ_ACP",
    "GrantWriteACP": "WRITE_ACP",
}
_SETTING = frozenset(("ACL", *_HEADERS))
_BUCKET_CANNED = frozenset({"private", "public-read", "public-read-write", "authenticated-read", "log-delivery-write"})
_OBJECT_CANNED = frozenset(
    {
        "private",
        "public-read",
        "public-read-write",
        "authenticated-read",
        "aws-exec-read",
        "bucket-owner-read",
        "bucket-owner-full-control",
    }
)
_GRANT_LIMIT = 100
# The display name of an initiator that none is known of, an account's root user.
_NAMELESS = "root"


def private(owner: str) -> Acl:
    """The ACL that grants its owner full control, and nobody else anything."""
    return {"Owner": owner, "Grants": [_grant(_user(owner), "FULL_CONTROL")]}


def has_acl(input: Mapping[str, Any]) -> bool:
    """Whether a request's headers set an ACL."""
    return not _SETTING.isdisjoint(input)


def of_headers(input: Mapping[str, Any], owner: str, bucket_owner: str | None, by_email: ByEmail) -> Acl | None:
    """The ACL that a request's headers set, None for `private`. `bucket_owner` is given for an object's."""
    canned = input.get("ACL")
    grants = [name for name in _HEADERS if name in input]
    if canned is not None and grants:
        raise invalid_request("Specifying both Canned ACLs and Header Grants is not allowed")
    if canned is not None:
        return of_canned(canned, owner, bucket_owner)
    if not grants:
        return None
    listed = [
        _grant(grantee, _HEADERS[name]) for name in grants for grantee in _header_grantees(input[name], name, by_email)
    ]
    return {"Owner": owner, "Grants": listed}


def of_canned(canned: str, owner: str, bucket_owner: str | None) -> Acl | None:
    """A canned ACL's grants, None for `private`. `bucket_owner` is None for a bucket's own ACL."""
    if canned not in (_BUCKET_CANNED if bucket_owner is None else _OBJECT_CANNED):
        raise invalid_argument("", "x-amz-acl", canned)
    acl = private(owner)
    grants = acl["Grants"]
    match canned:
        case "public-read":
            grants.append(_grant(_group(ALL_USERS), "READ"))
        case "public-read-write":
            grants.append(_grant(_group(ALL_USERS), "READ"))
            grants.append(_grant(_group(ALL_USERS), "WRITE"))
        case "authenticated-read":
            grants.append(_grant(_group(AUTHENTICATED_USERS), "READ"))
        case "log-delivery-write":
            grants.append(_grant(_group(LOG_DELIVERY), "WRITE"))
            grants.append(_grant(_group(LOG_DELIVERY), "READ_ACP"))
        case "bucket-owner-read" if bucket_owner not in (None, owner):
            grants.append(_grant(_user(str(bucket_owner)), "READ"))
        case "bucket-owner-full-control" if bucket_owner not in (None, owner):
            grants.append(_grant(_user(str(bucket_owner)), "FULL_CONTROL"))
        case _:
            return None
    return acl


def of_body(policy: Mapping[str, Any], owner: str, by_email: ByEmail) -> Acl:
    """The ACL of an `AccessControlPolicy`, whose owner has to be the resource's."""
    stated = (policy.get("Owner") or {}).get("ID")
    if not stated or "Grants" not in policy:
        raise malformed_acl()
    _checked_user(stated)
    if stated != owner:
        raise AwsError("AccessDenied", "Access Denied", 403)
    grants = [_body_grant(grant, by_email) for grant in policy.get("Grants") or ()]
    if len(grants) > _GRANT_LIMIT:
        raise malformed_acl()
    return {"Owner": owner, "Grants": grants}


def shown(acl: Acl | None, owner: str, names: Names) -> dict[str, Any]:
    """`Owner` and `Grants` as GetBucketAcl and GetObjectAcl give them back."""
    kept = acl if acl is not None else private(owner)
    grants = kept["Grants"]
    if names(owner) is not None:
        # In the days when S3 gave display names it gave the groups first.
        grants = sorted(grants, key=lambda grant: grant["Grantee"]["Type"] != "Group")
    return {
        "Owner": owner_shown(owner, names),
        "Grants": [
            {"Grantee": _grantee_shown(grant["Grantee"], names), "Permission": grant["Permission"]} for grant in grants
        ],
    }


def owner_shown(owner: str, names: Names) -> dict[str, str]:
    """`Owner` as answers show it: with a display name only where one is known."""
    name = names(owner)
    return {"ID": owner} if name is None else {"DisplayName": name, "ID": owner}


def initiator_shown(initiator: str, names: Names) -> dict[str, str]:
    """Who began an upload: unlike an owner, always with a display name."""
    return {"DisplayName": names(initiator) or _NAMELESS, "ID": initiator}


def check_users(acl: Acl, identities: Identities) -> None:
    """Where the accounts are known, a grant to one that is not is refused."""
    if not identities.enforced:
        return
    for grant in acl["Grants"]:
        canonical = grant["Grantee"].get("ID")
        if canonical is not None and not identities.is_known(canonical):
            raise invalid_argument("Invalid id", "CanonicalUser/ID", canonical)


def is_public(acl: Acl | None) -> bool:
    """Whether an ACL grants anything to everybody, or to everybody with an AWS account."""
    return acl is not None and any(
        grant["Grantee"].get("URI") in (ALL_USERS, AUTHENTICATED_USERS) for grant in acl["Grants"]
    )


def gives_only_owner_control(acl: Acl | None, bucket_owner: str) -> bool:
    """Whether an ACL amounts to the bucket owner's full control, all that BucketOwnerEnforced accepts."""
    if acl is None:
        return True
    return all(
        grant["Grantee"].get("ID") == bucket_owner and grant["Permission"] == "FULL_CONTROL" for grant in acl["Grants"]
    )


def _grant(grantee: dict[str, str], permission: str) -> dict[str, Any]:
    return {"Grantee": grantee, "Permission": permission}


def _user(canonical: str) -> dict[str, str]:
    return {"Type": "CanonicalUser", "ID": canonical}


def _group(uri: str) -> dict[str, str]:
    return {"Type": "Group", "URI": uri}


def _grantee_shown(grantee: Mapping[str, str], names: Names) -> dict[str, str]:
    if grantee["Type"] == "Group":
        return dict(grantee)
    name = names(grantee["ID"])
    return dict(grantee) if name is None else {"DisplayName": name, **grantee}


def _body_grant(grant: Mapping[str, Any], by_email: ByEmail) -> dict[str, Any]:
    permission = grant.get("Permission")
    grantee = grant.get("Grantee") or {}
    if permission not in PERMISSIONS:
        raise malformed_acl()
    kind = grantee.get("Type")
    if kind == "Group" or (kind is None and "URI" in grantee):
        return _grant(_checked_group(grantee.get("URI", "")), permission)
    if kind == "AmazonCustomerByEmail" or (kind is None and "EmailAddress" in grantee):
        return _grant(_user_by_email(grantee.get("EmailAddress", ""), by_email), permission)
    if kind not in (None, "CanonicalUser"):
        raise malformed_acl()
    return _grant(_checked_user(grantee.get("ID", "")), permission)


def _header_grantees(value: str, member: str, by_email: ByEmail) -> list[dict[str, str]]:
    """`id="...", uri="...", emailAddress="..."`"""
    grantees = []
    for part in value.split(","):
        kind, separator, quoted = part.strip().partition("=")
        text = quoted.strip().strip("\"'")
        match kind.strip().lower() if separator else "":
            case "id":
                grantees.append(_checked_user(text, "id"))
            case "uri":
                grantees.append(_checked_group(text, "uri"))
            case "emailaddress":
                grantees.append(_user_by_email(text, by_email))
            case _:
                header = f"x-amz-grant-{_HEADERS[member].lower().replace('_', '-')}"
                raise invalid_argument("Argument format not recognized", header, value)
    return grantees


def _checked_user(canonical: str, argument: str = "CanonicalUser/ID") -> dict[str, str]:
    if len(canonical) != 64 or not all(digit in "0123456789abcdef" for digit in canonical):
        raise invalid_argument("Invalid id", argument, canonical)
    return _user(canonical)


def _checked_group(uri: str, argument: str = "Group/URI") -> dict[str, str]:
    if uri not in _GROUPS:
        raise invalid_argument("Invalid group uri", argument, uri)
    return _group(uri)


def _user_by_email(email: str, by_email: ByEmail) -> dict[str, str]:
    canonical = by_email(email)
    if canonical is None:
        raise AwsError(
            "UnresolvableGrantByEmailAddress",
            "The e-mail address you provided does not match any account on record.",
            members={"EmailAddress": email},
        )
    return _user(canonical)
