"""What a policy is asked: may this principal do this with that resource, in these circumstances?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks. `account_id` is None for an anonymous caller; `service` names an AWS service acting by itself.

    `role_arn` is the role's whose session `arn` is.
    """

    account_id: str | None = None
    arn: str | None = None
    canonical_user_id: str | None = None
    user_name: str | None = None
    service: str | None = None
    role_arn: str | None = None


ANONYMOUS = Principal()


@dataclass(frozen=True, slots=True)
class Question:
    """`action` is qualified (`s3:GetObject`), `resource` an ARN.

    `keys` are the condition keys of the request with their values; the names are lower-case, since they are compared
    without regard to case.
    """

    principal: Principal
    action: str
    resource: str
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
