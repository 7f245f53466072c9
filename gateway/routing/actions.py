"""Which service a query-protocol `Action` belongs to, for requests that say so in no other way.

`Version` decides where it is given, as clients of the query protocol do; then the action's name.
"""

from __future__ import annotations

from collections.abc import Iterable

_VERSIONS = {
    "2012-11-05": "sqs",
    "2010-03-31": "sns",
    "2011-06-15": "sts",
    "2010-05-08": "iam",
    "2016-11-15": "ec2",
    "2010-12-01": "ses",
    "2010-05-15": "cloudformation",
    "2010-08-01": "monitoring",
    "2014-10-31": "rds",
    "2015-12-01": "elasticloadbalancing",
}

_ACTIONS = {
    "sqs": """
        AddPermission CancelMessageMoveTask ChangeMessageVisibility ChangeMessageVisibilityBatch CreateQueue
        DeleteMessage DeleteMessageBatch DeleteQueue GetQueueAttributes GetQueueUrl ListDeadLetterSourceQueues
        ListMessageMoveTasks ListQueueTags ListQueues PurgeQueue ReceiveMessage RemovePermission SendMessage
        SendMessageBatch SetQueueAttributes StartMessageMoveTask TagQueue UntagQueue""",
    "sns": """
        CheckIfPhoneNumberIsOptedOut ConfirmSubscription CreatePlatformApplication CreatePlatformEndpoint
        CreateSMSSandboxPhoneNumber CreateTopic DeleteEndpoint DeletePlatformApplication DeleteSMSSandboxPhoneNumber
        DeleteTopic GetDataProtectionPolicy GetEndpointAttributes GetPlatformApplicationAttributes GetSMSAttributes
        GetSMSSandboxAccountStatus GetSubscriptionAttributes GetTopicAttributes ListEndpointsByPlatformApplication
        ListOriginationNumbers ListPhoneNumbersOptedOut ListPlatformApplications ListSMSSandboxPhoneNumbers
        ListSubscriptions ListSubscriptionsByTopic ListTagsForResource ListTopics OptInPhoneNumber Publish PublishBatch
        PutDataProtectionPolicy SetEndpointAttributes SetPlatformApplicationAttributes SetSMSAttributes
        SetSubscriptionAttributes SetTopicAttributes Subscribe TagResource Unsubscribe UntagResource
        VerifySMSSandboxPhoneNumber""",
    "sts": """
        AssumeRole AssumeRoleWithSAML AssumeRoleWithWebIdentity AssumeRoot DecodeAuthorizationMessage GetAccessKeyInfo
        GetCallerIdentity GetDelegatedAccessToken GetFederationToken GetScopedCredentials GetSessionToken
        GetWebIdentityToken""",
    "iam": "GetUser ListRoles",
}
_SERVICE_OF_ACTION = {action: service for service, actions in _ACTIONS.items() for action in actions.split()}


def service_of_action(parameters: Iterable[tuple[str, str]]) -> str | None:
    """The service that the parameters' `Version` and `Action` name; None where there is no `Action` that is known."""
    given = dict(parameters)
    action = given.get("Action")
    if action is None:
        return None
    service = _VERSIONS.get(given.get("Version", "")) or _SERVICE_OF_ACTION.get(action)
    if service == "sqs" and "TopicArn" in given:
        return "sns"  # both have AddPermission and RemovePermission
    return service


def is_action_of(service: str, action: str) -> bool:
    """Whether `service` is the one that `action` is taken for."""
    return _SERVICE_OF_ACTION.get(action) == service
