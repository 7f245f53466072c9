"""What an access point's own policy says of a request that comes by it. Pure.

In: what is attempted in the bucket, and by which access point. Out: the permission that is needed there, and the
`Verdict`. The bucket has to allow it, too, by its own policy and ownership (`decision`), or to leave it to its access
points by a statement with the condition `s3:DataAccessPointAccount`.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
https://docs.aws.amazon.com/AmazonS3/latest/userguide/creating-access-points-vpc.html
"""

from __future__ import annotations

from collections.abc import Mapping

from awskit.access.decision import Permission, ResourcePolicy, Verdict, decide, resource_policy
from awskit.policy import is_public
from services.s3.access.decision import Attempt
from services.s3.access_points.arrival import Via
from services.s3.store.access_points import AccessPoint

SCOPE_PERMISSIONS = frozenset(
    (
        "GetObject GetObjectAttributes ListMultipartUploadParts ListBucket ListBucketMultipartUploads PutObject"
        " DeleteObject AbortMultipartUpload"
    ).split()
)
OBJECT_SEPARATOR = "/object/"
"""What stands between an access point's ARN and an object's key."""


def access_point_keys(via: Via) -> Mapping[str, tuple[str, ...]]:
    """The condition keys that a request has for coming by an access point."""
    point = via.point
    keys = {
        "s3:dataaccesspointarn": (point.arn,),
        "s3:dataaccesspointaccount": (point.account_id,),
        "s3:accesspointnetworkorigin": (network_origin(point),),
    }
    if via.vpc_endpoint:
        keys["aws:sourcevpce"] = (via.vpc_endpoint,)
        if point.vpc_id:
            keys["aws:sourcevpc"] = (point.vpc_id,)
    return keys


def network_origin(point: AccessPoint) -> str:
    return "VPC" if point.vpc_id else "Internet"


def decide_at_access_point(attempt: Attempt, via: Via, *, restricted: bool) -> tuple[Permission, Verdict]:
    """See the module. `restricted`: what a public policy allows is for the access point's own account alone."""
    point, name = via.point, attempt.action.named(attempt.version_id)
    resource = f"{point.arn}{OBJECT_SEPARATOR}{attempt.key}" if attempt.action.level == "object" else point.arn
    permission = Permission(name, resource, point.account_id)
    if point.vpc_id and not via.vpc_endpoint:
        reason = f"the access point {point.name} takes requests from {point.vpc_id} alone"
        return permission, Verdict(False, reason, "because the access point is bound to a VPC")
    policy = policy_of(point)
    if restricted and attempt.principal.account_id != point.account_id and attempt.principal.service is None:
        policy = _without_public(policy)
    return permission, decide(attempt.identity, permission, attempt.conditions or {}, policy)


def decide_by_scope(point: AccessPoint, action: str, key: str) -> Verdict:
    """Whether the scope of a directory bucket's access point has the action (`GetObject`) and the key, or prefix."""
    scope = point.scope or {}
    permissions, prefixes = scope.get("Permissions") or (), scope.get("Prefixes") or ()
    if (not permissions or action in permissions) and (not prefixes or key.startswith(tuple(prefixes))):
        return Verdict(True, f"within the scope of the access point {point.name}")
    reason = f"the scope of the access point {point.name} has no {action} of {key!r}"
    return Verdict(False, reason, "because the access point's scope does not allow it")


def policy_of(point: AccessPoint) -> ResourcePolicy | None:
    if point.policy is None:
        return None
    return resource_policy(f"the policy of the access point {point.name}", point.policy)


def _without_public(policy: ResourcePolicy | None) -> ResourcePolicy | None:
    if policy is None or policy.document is None or not is_public(policy.document):
        return policy
    return None
