"""What RustStack does otherwise than DynamoDB Local on purpose, since the service itself does so; each with its reason.

Both sides' answers go through `comparable` before they are compared. What is not generated at all:

* `size` and `convert` as attribute names: DynamoDB Local takes them, the service's list of reserved words has them.
  https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ReservedWords.html
* `UPDATED_OLD` and `UPDATED_NEW` of nested changes: DynamoDB Local returns whole attributes, the service what changed.
  https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html#DDB-UpdateItem-request-ReturnValues
* The order of a scan, and among equal keys of an index.
* Updates that only take away, of items that are not there: DynamoDB Local makes an item of the key, the service none.
  https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/LegacyConditionalParameters.AttributeUpdates.html
"""

from __future__ import annotations

import re
from typing import Any

from services.dynamodb.values.numbers import normalize_number
from tests.services.dynamodb.differential.wire import Answer, Failure

CODES = {
    # The service's model has DuplicateItemException; DynamoDB Local leaves the suffix out.
    # https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html#API_ExecuteStatement_Errors
    "DuplicateItem": "DuplicateItemException",
}

TEXTS: list[tuple[str, str]] = [
    # Since mid-2026 the service counts what four operations find in a request, and does not name the value.
    # https://github.com/paritysuite/dynamodb-conformance/issues/75
    (r"^1 validation error detected: (?!Value (?:'|null|at ))", ""),
    (r"^ExpressionAttributeValues contains invalid value: (.*) for key :\S+$", r"\1"),
    (r"^The provided starting key is invalid: (.*)$", r"\1"),
    # Since then its sums overflow where they have too many digits, and it has no introduction about `Select`.
    (r"^One or more parameter values were invalid: ((?:Cannot|Must) specify the |ALL_PROJECTED_ATTRIBUTES )", r"\1"),
    # The service names the value, and has other words for it (recorded in dynalite's tests).
    (r"A value provided cannot be converted into a number", "The parameter cannot be converted to a numeric value"),
    (r"(The parameter cannot be converted to a numeric value): \S+", r"\1"),
    (
        r"DynamoDB only supports precision up to 38 digits",
        "Attempting to store more than 38 significant digits in a Number",
    ),
    # The service names the key attribute that is missing.
    (r"^(Query condition missed key schema element): .*$", r"\1"),
    # DynamoDB Local prints internal types; and the order of a Java set.
    (r"operand type: \{[A-Z,]*\}", "operand type: {}"),
    (r"valid types: \{[A-Z,]*\}", "valid types: {}"),
    # The order of a Java map.
    (r"unused in expressions: keys: \{(.*)\}", "unused in expressions: keys"),
    # Of several overlapping paths DynamoDB Local may name a path that overlaps with none.
    (r"(Two document paths) (?:overlap|conflict) with each other.*", r"\1 clash"),
    # Which of several things that do not fit the item is told depends on the order of a Java map.
    (r"^The document path provided in the update expression is invalid for update$", "The update does not fit"),
    (r"^The provided expression refers to an attribute that does not exist in the item$", "The update does not fit"),
    (r"^An operand in the update expression has an incorrect data type$", "The update does not fit"),
    # The service ends the sentence, and shows the binary set.
    (r"(Input collection).*contains duplicates\.?", r"\1 contains duplicates"),
    # The service says which table.
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
    (r"^Cannot do operations on a non-existent table$", "Requested resource not found"),
    (r"^Consistent read cannot be true when (?:scanning|querying) a GSI$", "Consistent reads are not supported"),
    (r"^(Consistent reads are not supported).*", r"\1"),
    # The service names attribute, types and index.
    (r"(Type mismatch for (?:Index Key|key)).*", r"\1"),
    (r"^(Number (?:over|under)flow)\..*", r"\1"),
]
_TEXTS = [(re.compile(pattern, re.DOTALL), replacement) for pattern, replacement in TEXTS]

NOT_COMPARED = frozenset(
    {
        # Opaque, or left out by DynamoDB Local.
        "NextToken",
        "ConsumedCapacity",
        "ItemCollectionMetrics",
        "CreationDateTime",
        "TableArn",
        "TableId",
        "IndexArn",
    }
)


def comparable(answer: Answer) -> Any:
    """The answer without what may differ."""
    if isinstance(answer, Failure):
        message = answer.message
        for pattern, replacement in _TEXTS:
            message = pattern.sub(replacement, message)
        return CODES.get(answer.code, answer.code), message, _plain(answer.members)
    return {name: _plain(value) for name, value in answer.items() if name not in NOT_COMPARED}


def is_told_otherwise(answers: tuple[Answer, Answer]) -> bool:
    """Both refuse, each in its way.

    A path into an index key is wrong for any item: RustStack says so before it has read one.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
    What does not fit its table cancels a transaction or is refused before; which, DynamoDB Local decides otherwise.
    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html#API_TransactWriteItems_Errors
    """
    ours, theirs = answers
    if not isinstance(ours, Failure) or not isinstance(theirs, Failure):
        return False
    if ours.message.startswith("Key attributes must be scalars"):
        return True
    return {ours.code, theirs.code} == {"ValidationException", "TransactionCanceledException"}


def takes_what_no_index_can_hold(operation: str, answers: tuple[Answer, Answer]) -> bool:
    """DynamoDB Local lets some updates give an index key a wrong type, or lead a path into it; the service does not.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
    """
    ours, theirs = answers
    if operation not in {"UpdateItem", "TransactWriteItems"} or not isinstance(ours, Failure):
        return False
    known = ("Key attributes must be scalars", "One or more parameter values were invalid: Type mismatch for Index Key")
    return ours.message.startswith(known) and not isinstance(theirs, Failure)


def _plain(value: Any) -> Any:
    """`value` with its sets in one order, which the service does not promise."""
    if isinstance(value, dict):
        if len(value) == 1:
            kind, content = next(iter(value.items()))
            if kind in {"SS", "NS", "BS"} and isinstance(content, list):
                return {kind: sorted(content)}
            if kind == "N" and isinstance(content, str):
                # DynamoDB Local keeps numbers within lists and maps as they were written.
                return {kind: normalize_number(content)}
        return {name: _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(element) for element in value]
    return value
