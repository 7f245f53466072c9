"""DynamoDB's expressions and the legacy parameters that came before them.

How an operation uses it (each step raises `ValidationException` with DynamoDB's text, none needs a table):

    check_parameters(input, legacy=("AttributeUpdates", "Expected"), expressions=("UpdateExpression", ...))
    ...  # the operation's own checks of Item or Key
    placeholders = Placeholders.of(input)  # ExpressionAttributeNames and ExpressionAttributeValues
    update = compile_update(input["UpdateExpression"], placeholders)
    condition = compile_condition("ConditionExpression", input["ConditionExpression"], placeholders)
    placeholders.check_all_used()

then, with the item: `condition.evaluate(item)`, `update.apply(item)`, `projection.apply(item)`; with the table:
`key_conditions.for_schema(...)`. The legacy parameters compile to the same objects.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.html
"""

from services.dynamodb.expressions.compiled import Condition, KeyConditions, Projection, Update, UpdateAction
from services.dynamodb.expressions.condition_compiler import compile_condition
from services.dynamodb.expressions.key_conditions import compile_key_condition
from services.dynamodb.expressions.key_schema import KeyCondition, KeyTerm
from services.dynamodb.expressions.legacy_parameters import (
    check_conditional_operator,
    compile_attribute_updates,
    compile_attributes_to_get,
    compile_expected,
    compile_key_conditions,
    compile_legacy_filter,
)
from services.dynamodb.expressions.placeholders import Placeholders, check_parameters
from services.dynamodb.expressions.projections import compile_projection
from services.dynamodb.expressions.syntax import Path
from services.dynamodb.expressions.update_compiler import compile_update

__all__ = [
    "Condition",
    "KeyCondition",
    "KeyConditions",
    "KeyTerm",
    "Path",
    "Placeholders",
    "Projection",
    "Update",
    "UpdateAction",
    "check_conditional_operator",
    "check_parameters",
    "compile_attribute_updates",
    "compile_attributes_to_get",
    "compile_condition",
    "compile_expected",
    "compile_key_condition",
    "compile_key_conditions",
    "compile_legacy_filter",
    "compile_projection",
    "compile_update",
]
