"""What an operation on a queue needs the permission for, and the policy that may give it to others.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-creating-custom-policies.html
"""

from __future__ import annotations

from awskit.access.condition_keys import Keys
from awskit.access.decision import Permission, ResourcePolicy, resource_policy
from services.sqs.arns import QueueAddress
from services.sqs.queues.queue import Queue

# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-customer-managed-policy-examples.html
OWNER_ONLY = frozenset(
    {
        *("AddPermission", "CancelMessageMoveTask", "CreateQueue", "DeleteQueue", "ListMessageMoveTasks", "ListQueues"),
        *("ListQueueTags", "RemovePermission", "SetQueueAttributes", "StartMessageMoveTask", "TagQueue", "UntagQueue"),
    }
)
"""What no policy gives to another account."""


def permission(operation: str, address: QueueAddress, keys: Keys | None = None) -> Permission:
    """What an operation needs on a queue. Of a batch the permission is that of its entries."""
    action = operation.removesuffix("Batch")
    return Permission(f"sqs:{action}", address.arn, address.account_id, keys or {}, action in OWNER_ONLY)


def policy_of_queue(queue: Queue) -> ResourcePolicy | None:
    """The queue's policy."""
    text = queue.attributes.get("Policy")
    return resource_policy(f"the policy of {queue.address.arn}", text) if text else None
