"""AWS's policy language: documents that say who may do what with a resource, read once and evaluated often.

    document = parse(text)                                          # PolicySyntaxError where it is not a policy
    decision = document.decide(Question(principal, action, resource, keys))

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
"""

from awskit.policy.document import Decision, Document, PolicySyntaxError, Statement, parse
from awskit.policy.publicness import is_public
from awskit.policy.question import ANONYMOUS, Principal, Question

__all__ = [
    "ANONYMOUS",
    "Decision",
    "Document",
    "PolicySyntaxError",
    "Principal",
    "Question",
    "Statement",
    "is_public",
    "parse",
]
