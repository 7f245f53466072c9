"""From a PartiQL parse tree and its parameters to conditions and updates of `services.dynamodb.expressions`.

Raised: `ValidationException` with DynamoDB's texts, and `ExpressionError` for what conditions and updates check.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-functions.html
"""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final, cast

from services.dynamodb.errors import ValidationException
from services.dynamodb.expressions.condition_parser import ParsedCondition
from services.dynamodb.expressions.syntax import (
    ActionNode,
    ArithmeticNode,
    BetweenNode,
    ComparisonNode,
    ConditionNode,
    FunctionNode,
    InNode,
    LogicalNode,
    NotNode,
    Operand,
    PathNode,
    ValueNode,
)
from services.dynamodb.expressions.update_parser import ParsedUpdate
from services.dynamodb.partiql.syntax import (
    Assignment,
    Between,
    Binary,
    Call,
    Expression,
    IonLiteral,
    Is,
    LiteralNode,
    Reference,
    SequenceNode,
    TupleNode,
    Unary,
)
from services.dynamodb.partiql.values import literal_value
from services.dynamodb.values.attribute_values import SET_TYPES, AttributeValue, normalize_value, type_of

_NOT_BOOLEAN: Final = "WHERE clause must contain an expression that resolves to a boolean"
_IN: Final = (
    "IN operator must have a left hand argument of type Variable Reference and right hand argument of type Seq "
    "with at least one member"
)
_MISSING: Final = "MISSING must be compared using IS operator"
_COMPARATORS: Final = frozenset({"=", "<>", "<", "<=", ">", ">="})
_CONDITIONS: Final = frozenset(
    {"attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains"}
)
_UPDATES: Final = frozenset({"if_not_exists", "list_append"})
_SETS: Final = MappingProxyType({"set_add": "ADD", "set_delete": "DELETE"})
_TYPES: Final = MappingProxyType(
    {
        "NULL": "NULL",
        "BOOL": "BOOL",
        "BOOLEAN": "BOOL",
        "STRING": "S",
        "VARCHAR": "S",
        "CHAR": "S",
        "CHARACTER": "S",
        "INT": "N",
        "INTEGER": "N",
        "SMALLINT": "N",
        "FLOAT": "N",
        "REAL": "N",
        "DECIMAL": "N",
        "NUMERIC": "N",
        "BLOB": "B",
        "LIST": "L",
        "STRUCT": "M",
        "TUPLE": "M",
    }
)


class Lowerer:
    """Lowers one statement. Gathers what compiled trees need: `names` by placeholder, `values` by key."""

    def __init__(self, parameters: Sequence[AttributeValue]) -> None:
        self.parameters = parameters
        self.names: dict[str, str] = {}
        self.values: dict[str, AttributeValue] = {}

    @property
    def types(self) -> dict[str, str]:
        return {key: type_of(value) for key, value in self.values.items()}

    def where(self, expression: Expression) -> list[ConditionNode]:
        """The conditions that AND joins at the top."""
        return [self.condition(part) for part in _joined(expression, "and")]

    @staticmethod
    def parsed(tree: ConditionNode) -> ParsedCondition:
        """`tree` as the compiler takes it; paths are the caller's matter."""
        return ParsedCondition(tree, ())

    def condition(self, expression: Expression) -> ConditionNode:
        """An expression that is true or false."""
        if isinstance(expression, Binary):
            return self._binary(expression)
        if isinstance(expression, Unary) and expression.operator == "not":
            return self._not(expression)
        if isinstance(expression, Between):
            return BetweenNode(
                self.operand(expression.operand), self.operand(expression.lower), self.operand(expression.upper)
            )
        if isinstance(expression, Is):
            return self._is(expression)
        if isinstance(expression, Call):
            node = self._call(expression)
            if node.name not in _CONDITIONS:
                raise ValidationException(_NOT_BOOLEAN)
            return node
        raise ValidationException(_NOT_BOOLEAN)

    def _binary(self, expression: Binary) -> ConditionNode:
        operator = expression.operator
        if operator in {"and", "or"}:
            terms = tuple(self.condition(part) for part in _joined(expression, operator))
            return LogicalNode("AND" if operator == "and" else "OR", terms)
        if operator in _COMPARATORS:
            return ComparisonNode(operator, self.operand(expression.left), self.operand(expression.right))
        if operator == "in":
            left, right = expression.left, expression.right
            if not isinstance(left, Reference) or not isinstance(right, SequenceNode) or not right.elements:
                raise ValidationException(_IN)
            return InNode(self.operand(left), tuple(self.operand(element) for element in right.elements))
        raise _unsupported_operator("Condition", operator)

    def _not(self, expression: Expression) -> ConditionNode:
        negations = 0
        while isinstance(expression, Unary) and expression.operator == "not":
            expression = expression.operand
            negations += 1
        found = self.condition(expression)
        for _ in range(negations):
            found = NotNode(found)
        return found

    def _is(self, expression: Is) -> ConditionNode:
        path = self.operand(expression.operand)
        if expression.type == "MISSING":
            return FunctionNode("attribute_not_exists", (path,))
        kind = _TYPES.get(expression.type)
        if kind is None:
            raise ValidationException(f"Unsupported operator in Condition Expression. Operator: {expression.type}")
        return FunctionNode("attribute_type", (path, self._constant({"S": kind})))

    def operand(self, expression: Expression) -> Operand:
        """A path, a value or a function."""
        if isinstance(expression, Reference):
            return self.path(expression)
        if isinstance(expression, Call):
            return self._call(expression)
        if isinstance(expression, Binary):
            raise _unsupported_operator("Condition", expression.operator)
        if isinstance(expression, LiteralNode) and expression.value is None:
            raise ValidationException(_MISSING)
        if isinstance(expression, Unary):
            raise ValidationException(
                "Incorrect number of operands for operator or function; "
                f"operator or function: {expression.operator}, number of operands: 1"
            )
        if isinstance(expression, Between | Is):
            raise ValidationException(_NOT_BOOLEAN)
        return self._constant(self.value(expression))

    def path(self, reference: Reference) -> PathNode:
        """The path with its names as placeholders, since a name may look like one."""
        elements: list[str | int] = []
        for step in reference.steps:
            if isinstance(step, int):
                elements.append(step)
            else:
                key = f"#{len(self.names)}"
                self.names[key] = step
                elements.append(key)
        return PathNode(tuple(elements))

    def value(self, expression: Expression) -> AttributeValue:
        """A literal or parameter as an attribute value in normal form."""
        return literal_value(expression, self.parameters)

    def _constant(self, value: AttributeValue) -> ValueNode:
        key = f":{len(self.values)}"
        self.values[key] = normalize_value(value)
        return ValueNode(key)

    def _call(self, call: Call) -> FunctionNode:
        if call.name not in _CONDITIONS and call.name != "size":
            if call.name in _UPDATES:
                raise ValidationException(
                    f"The function is not allowed in a condition expression; function: {call.name}"
                )
            raise ValidationException(f"Unrecognized function: {call.name}")
        return FunctionNode(call.name, tuple(self.operand(argument) for argument in call.arguments))

    # Updates

    def update(self, assignments: Sequence[Assignment]) -> ParsedUpdate:
        """SET and REMOVE as actions."""
        actions = tuple(self._action(assignment) for assignment in assignments)
        return ParsedUpdate(actions, tuple(action.path for action in actions))

    def _action(self, assignment: Assignment) -> ActionNode:
        value = assignment.value
        path = self.path(assignment.path)
        if value is None:
            return ActionNode("REMOVE", path, None)
        if isinstance(value, Call) and value.name in _SETS:
            return self._set_action(assignment.path, path, value)
        return ActionNode("SET", path, self._assigned(value))

    def _set_action(self, target: Reference, path: PathNode, call: Call) -> ActionNode:
        function = call.name.upper()
        if len(call.arguments) != 2:
            raise ValidationException(
                "Incorrect number of operands for operator or function; "
                f"operator or function: {call.name}, number of operands: {len(call.arguments)}"
            )
        first, second = call.arguments
        if not isinstance(first, Reference) or first.steps != target.steps:
            raise ValidationException(f"The first argument to {function} must equal the assignment value")
        problem = f"The second argument to {function} must be a value with type SET {first.place}"
        if isinstance(second, Reference | Call | Binary | Unary | IonLiteral | TupleNode):
            raise ValidationException(problem)
        value = self.value(second)
        if type_of(value) not in SET_TYPES:
            raise ValidationException(problem)
        return ActionNode("ADD" if call.name == "set_add" else "DELETE", path, self._constant(value))

    def _assigned(self, value: Expression) -> Operand | ArithmeticNode:
        if isinstance(value, Binary):
            if value.operator not in {"+", "-"}:
                raise _unsupported_operator("Update", value.operator)
            left, right = self._assigned(value.left), self._assigned(value.right)
            # A sum may be an operand here, which it may not in an UpdateExpression; the compiler takes both.
            return ArithmeticNode("+" if value.operator == "+" else "-", cast("Operand", left), cast("Operand", right))
        if isinstance(value, Call):
            if value.name not in _UPDATES:
                if value.name in _CONDITIONS or value.name == "size":
                    raise ValidationException(
                        f"The function is not allowed in an update expression; function: {value.name}"
                    )
                raise ValidationException(f"Unrecognized function: {value.name}")
            return FunctionNode(
                value.name, tuple(cast("Operand", self._assigned(argument)) for argument in value.arguments)
            )
        if isinstance(value, Unary) and value.operator == "not":
            raise _unsupported_operator("Update", "not")
        return self.operand(value)


def _unsupported_operator(kind: str, operator: str) -> ValidationException:
    return ValidationException(f"Unsupported operator in {kind} Expression. Operator: {operator}")


def _joined(expression: Expression, operator: str) -> list[Expression]:
    """What AND, or OR, joins, in the order of the text: the tree of a hundred of them is as deep."""
    found: list[Expression] = []
    left = [expression]
    while left:
        part = left.pop()
        if isinstance(part, Binary) and part.operator == operator:
            left += (part.right, part.left)
        else:
            found.append(part)
    return found
