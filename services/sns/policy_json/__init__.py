"""The JSON of policies, read as AWS reads it and refused in its words. Stands on nothing."""

from services.sns.policy_json.nodes import Node, compact
from services.sns.policy_json.parser import JsonError, parse, parse_object

__all__ = ["JsonError", "Node", "compact", "parse", "parse_object"]
