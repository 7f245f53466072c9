# ruff: noqa: E501 - the texts are as long as DynamoDB has them
"""The texts of what is wrong with an update, as DynamoDB gives them (compared with DynamoDB Local)."""

from __future__ import annotations

import pytest

from services.dynamodb.errors import ValidationException
from services.dynamodb.expressions import Placeholders, compile_update
from services.dynamodb.values.attribute_values import AttributeValue

VALUES: dict[str, AttributeValue] = {
    ":a": {"S": "a"},
    ":n": {"N": "1"},
    ":l": {"L": []},
    ":ss": {"SS": ["a"]},
    ":ns": {"NS": ["1"]},
    ":m": {"M": {}},
    ":b": {"BOOL": True},
}

UPDATE_ERRORS = [
    ("whatever", 'Syntax error; token: "whatever", near: "whatever"'),
    ("set", 'Syntax error; token: "<EOF>", near: "set"'),
    ("set a", 'Syntax error; token: "<EOF>", near: "a"'),
    ("add a", 'Syntax error; token: "<EOF>", near: "a"'),
    ("delete a", 'Syntax error; token: "<EOF>", near: "a"'),
    ("set a=set", 'Syntax error; token: "set", near: "=set"'),
    ("remove a = b", 'Syntax error; token: "=", near: "a = b"'),
    ("add a = b", 'Syntax error; token: "=", near: "a = b"'),
    ("delete a b", 'Syntax error; token: "b", near: "a b"'),
    ("set :a = b", 'Syntax error; token: ":a", near: "set :a ="'),
    ("add :a b", 'Syntax error; token: ":a", near: "add :a b"'),
    ("set a = b / c", 'Syntax error; token: "/", near: "b / c"'),
    ("set a[1] = 1", 'Syntax error; token: "1", near: "= 1"'),
    ("SET a = if_not_exist(a, 100)", 'Syntax error; token: "100", near: ", 100)"'),
    ("SET a = foo(b)", "Invalid function name; function: foo"),
    ("SET if_not_exist(a, b) = a", 'Syntax error; token: "(", near: "if_not_exist(a"'),
    ("set (a = (b + c))", 'Syntax error; token: "(", near: "set (a"'),
    ("set n4 = ((n))", "The expression has redundant parentheses;"),
    ("set a = (b.c).d + e", 'Syntax error; token: ".", near: ").d"'),
    ("set a = b + c + d", 'Syntax error; token: "+", near: "c + d"'),
    ("set n6 = n, ", 'Syntax error; token: "<EOF>", near: ", "'),
    ("set n6 = n n7 = n", 'Syntax error; token: "n7", near: "n n7 ="'),
    ("set n6 = n, set n7 = n", 'Syntax error; token: "set", near: ", set n7"'),
    ("set n6=n remove x, add y :n", 'Syntax error; token: "add", near: ", add y"'),
    ("remove x y", 'Syntax error; token: "y", near: "x y"'),
    ("remove", 'Syntax error; token: "<EOF>", near: "remove"'),
    ("add x", 'Syntax error; token: "<EOF>", near: "x"'),
    ("add x :n,", 'Syntax error; token: "<EOF>", near: ","'),
    ("add x :n y :n", 'Syntax error; token: "y", near: ":n y :n"'),
    ("SET n8 = -n", 'Syntax error; token: "-", near: "= -n"'),
    ("set abort = :a", "Attribute name is a reserved keyword; reserved keyword: abort"),
    ("set a.abort = :a", "Attribute name is a reserved keyword; reserved keyword: abort"),
    ("set x = foo(abort)", "Invalid function name; function: foo"),
    ("set x = :zz set y = n", 'The "SET" section can only be used once in an update expression;'),
    (
        "set n9 = list_append(l)",
        "Incorrect number of operands for operator or function; operator or function: list_append, number of operands: 1",
    ),
    (
        "set n9 = list_append(l,l,l)",
        "Incorrect number of operands for operator or function; operator or function: list_append, number of operands: 3",
    ),
    (
        "add l :l",
        "Incorrect operand type for operator or function; operator: ADD, operand type: LIST, typeSet: ALLOWED_FOR_ADD_OPERAND",
    ),
    ("set q = size(l)", "The function is not allowed in an update expression; function: size"),
    ("set q = attribute_exists(l)", "The function is not allowed in an update expression; function: attribute_exists"),
    ("set q = contains(l, :n)", "The function is not allowed in an update expression; function: contains"),
    ("set q = n + :a", "Incorrect operand type for operator or function; operator or function: +, operand type: S"),
    ("set #x = :a", "An expression attribute name used in the document path is not defined; attribute name: #x"),
    (
        "set x = :n, x = :n",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [x], path two: [x]",
    ),
    (
        "set x.y = :n, x = :n",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [x, y], path two: [x]",
    ),
    (
        "remove x, x",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [x], path two: [x]",
    ),
    (
        "set x = :n remove x",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [x], path two: [x]",
    ),
    (
        "set x[0] = :n, x.y = :n",
        "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [x, [0]], path two: [x, y]",
    ),
    ("add x :a, y :zz", "An expression attribute value used in expression is not defined; attribute value: :zz"),
    (
        "SET x = if_not_exists(:n, :n)",
        "Operator or function requires a document path; operator or function: if_not_exists",
    ),
    (
        "SET x = if_not_exists(n, n)",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: if_not_exists, first operand: [n]",
    ),
    (
        "SET x = list_append(l, :n)",
        "Incorrect operand type for operator or function; operator or function: list_append, operand type: N",
    ),
    ("SET x = :a + :n", "Incorrect operand type for operator or function; operator or function: +, operand type: S"),
    ("SET x = (:n + :n) - :n", 'Syntax error; token: "-", near: ") - :n"'),
    ("SET x = :n)", 'Syntax error; token: ")", near: ":n)"'),
    ("SET x = (n", 'Syntax error; token: "<EOF>", near: "n"'),
    ("SET x[0 = n", 'Syntax error; token: "=", near: "0 = n"'),
    ("SET x. = n", 'Syntax error; token: "=", near: ". = n"'),
    ("SET = n", 'Syntax error; token: "=", near: "SET = n"'),
    ("SET x n", 'Syntax error; token: "n", near: "x n"'),
    ("SET x == n", 'Syntax error; token: "=", near: "== n"'),
    (
        "DELETE x :n",
        "Incorrect operand type for operator or function; operator: DELETE, operand type: NUMBER, typeSet: ALLOWED_FOR_DELETE_OPERAND",
    ),
    (
        "DELETE x :m",
        "Incorrect operand type for operator or function; operator: DELETE, operand type: MAP, typeSet: ALLOWED_FOR_DELETE_OPERAND",
    ),
    ("ADD x x", 'Syntax error; token: "x", near: "x x"'),
    ("ADD x list_append(l,l)", 'Syntax error; token: "list_append", near: "x list_append("'),
    ("set x = :b + n", "Incorrect operand type for operator or function; operator or function: +, operand type: BOOL"),
    ("add m.new.x :n", "Attribute name is a reserved keyword; reserved keyword: new"),
    ("set l[1], l[2] = :n", 'Syntax error; token: ",", near: "], l"'),
    ("set x = ((n + n))", "The expression has redundant parentheses;"),
    ("set x = if_not_exists(n, n + n)", 'Syntax error; token: "+", near: "n + n"'),
    (
        "set x = if_not_exists((n), n)",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: if_not_exists, first operand: [n]",
    ),
    ("add y (:n)", 'Syntax error; token: "(", near: "y (:n"'),
    ("add (y) :n", 'Syntax error; token: "(", near: "add (y"'),
    ("remove (x)", 'Syntax error; token: "(", near: "remove (x"'),
    ("delete x (:ss)", 'Syntax error; token: "(", near: "x (:ss"'),
    ("set x = list_append(((l)), l)", "The expression has redundant parentheses;"),
    (
        "set x = :n + :a add y :zz",
        "An expression attribute value used in expression is not defined; attribute value: :zz",
    ),
    ("add y :a set x = :zz", "An expression attribute value used in expression is not defined; attribute value: :zz"),
    (
        "set x = :n + :a, y = :zz",
        "An expression attribute value used in expression is not defined; attribute value: :zz",
    ),
    (
        "add x :a, x :n",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [x], path two: [x]",
    ),
    (
        "set x = :n + :a, x = :n",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [x], path two: [x]",
    ),
    (
        "add x :a set y = :n, y = :n",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [y], path two: [y]",
    ),
    (
        "set x = if_not_exists(n), y[0] = :n, y.a = :n",
        "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [y, [0]], path two: [y, a]",
    ),
    (
        "delete x :a add y :b",
        "Incorrect operand type for operator or function; operator: ADD, operand type: BOOLEAN, typeSet: ALLOWED_FOR_ADD_OPERAND",
    ),
    (
        "add y :b delete x :a",
        "Incorrect operand type for operator or function; operator: DELETE, operand type: STRING, typeSet: ALLOWED_FOR_DELETE_OPERAND",
    ),
    (
        "add y :b remove y",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [y], path two: [y]",
    ),
    ("set x = if_not_exists(:n, n) set y = :n", 'The "SET" section can only be used once in an update expression;'),
    (
        "set x = list_append(l), y = list_append(:n, l)",
        "Incorrect operand type for operator or function; operator or function: list_append, operand type: N",
    ),
    (
        "set x = list_append(:n, l), y = list_append(l)",
        "Incorrect number of operands for operator or function; operator or function: list_append, number of operands: 1",
    ),
    (
        "set x = if_not_exists(:n, n), y = if_not_exists(n)",
        "Incorrect number of operands for operator or function; operator or function: if_not_exists, number of operands: 1",
    ),
    (
        "set x = n + :a, y = l + :b",
        "Incorrect operand type for operator or function; operator or function: +, operand type: BOOL",
    ),
    ("set x = :b + :a", "Incorrect operand type for operator or function; operator or function: +, operand type: BOOL"),
    ("set x = size(abort)", "The function is not allowed in an update expression; function: size"),
    ("set x = size(foo(n))", "The function is not allowed in an update expression; function: size"),
    ("set x = foo(size(n))", "Invalid function name; function: foo"),
    ("set x = :n set y = size(n)", "The function is not allowed in an update expression; function: size"),
    ("set abort = :n set y = :n", "Attribute name is a reserved keyword; reserved keyword: abort"),
    ("set x = size(n) set x = abort", "The function is not allowed in an update expression; function: size"),
    ("set y = :n set x = b[99999999999]", "List index is not within the allowable range; index: [99999999999]"),
    ("set x = b[99999999999]", "List index is not within the allowable range; index: [99999999999]"),
    ("set b[99999999999] = :n", "List index is not within the allowable range; index: [99999999999]"),
    ("set x = abort, y = b[99999999999]", "Attribute name is a reserved keyword; reserved keyword: abort"),
    ("set y = b[99999999999], x = abort", "List index is not within the allowable range; index: [99999999999]"),
    ("remove b[2147483648]", "List index is not within the allowable range; index: [2147483648]"),
    ("set x = if_not_exists(size(n), n)", "The function is not allowed in an update expression; function: size"),
    (
        "set x = list_append(list_append(l,:l),:l)",
        "The function is not allowed to be used this way in an expression; function: list_append",
    ),
    (
        "set x = list_append(l,l) + :n",
        "The function is not allowed to be used this way in an expression; function: list_append",
    ),
    (
        "set x = if_not_exists(list_append(l,l), n)",
        "The function is not allowed to be used this way in an expression; function: list_append",
    ),
    ("set x.:n = :n", "An expression attribute name used in the document path is not defined; attribute name: :n"),
    ("set set = :n", 'Syntax error; token: "set", near: "set set ="'),
    ("set x = and", 'Syntax error; token: "and", near: "= and"'),
    ("set x = y and z", 'Syntax error; token: "and", near: "y and z"'),
    ("set and = x", 'Syntax error; token: "and", near: "set and ="'),
    ("set x = not", 'Syntax error; token: "not", near: "= not"'),
    ("remove remove", 'Syntax error; token: "remove", near: "remove remove"'),
    ("REMOVE add", 'Syntax error; token: "add", near: "REMOVE add"'),
    ("SETx = :n", 'Syntax error; token: "SETx", near: "SETx ="'),
    ("SET#x = :n", "An expression attribute name used in the document path is not defined; attribute name: #x"),
    ("set x=:n,", 'Syntax error; token: "<EOF>", near: ","'),
    ("set ,x=:n", 'Syntax error; token: ",", near: "set ,x"'),
    ("set x=:n,,y=:n", 'Syntax error; token: ",", near: ",,y"'),
    ("set x=:n remove", 'Syntax error; token: "<EOF>", near: "remove"'),
    ("set x=:n remove x,", 'Syntax error; token: "<EOF>", near: ","'),
    ("set x=:n; remove y", 'Syntax error; token: ";", near: ":n; remove"'),
    ("remove x[0],", 'Syntax error; token: "<EOF>", near: ","'),
    ("remove x[", 'Syntax error; token: "<EOF>", near: "["'),
    ("remove x]", 'Syntax error; token: "]", near: "x]"'),
    ("add x :n :n", 'Syntax error; token: ":n", near: ":n :n"'),
    ("delete x", 'Syntax error; token: "<EOF>", near: "x"'),
    ("delete x :ss,", 'Syntax error; token: "<EOF>", near: ","'),
    ("x = :n", 'Syntax error; token: "x", near: "x ="'),
    ("= :n", 'Syntax error; token: "=", near: "= :n"'),
    (":n", 'Syntax error; token: ":n", near: ":n"'),
    (",", 'Syntax error; token: ",", near: ","'),
    ("set x = +n", 'Syntax error; token: "+", near: "= +n"'),
    ("set x = n +", 'Syntax error; token: "<EOF>", near: "+"'),
    ("set x = n + + n", 'Syntax error; token: "+", near: "+ + n"'),
    ("set x = n - -n", 'Syntax error; token: "-", near: "- -n"'),
    ("set x = n+n-n", 'Syntax error; token: "-", near: "n-n"'),
    ("set x = if_not_exists n", 'Syntax error; token: "n", near: "if_not_exists n"'),
    ("set x = if_not_exists(", 'Syntax error; token: "<EOF>", near: "("'),
    ("set x = if_not_exists()", 'Syntax error; token: ")", near: "()"'),
    ("set x = if_not_exists(n", 'Syntax error; token: "<EOF>", near: "n"'),
    ("set x = if_not_exists(n,", 'Syntax error; token: "<EOF>", near: ","'),
    ("set x = list_append(,)", 'Syntax error; token: ",", near: "(,)"'),
    ("set x = List_append(l,l)", "Invalid function name; function: List_append"),
    ("set x = IF_NOT_EXISTS(l,l)", "Invalid function name; function: IF_NOT_EXISTS"),
    ("set x <> n", 'Syntax error; token: "<>", near: "x <> n"'),
    ("set x = n = n", 'Syntax error; token: "=", near: "n = n"'),
    ("set x = n <> n", 'Syntax error; token: "<>", near: "n <> n"'),
    ("set x = n < n", 'Syntax error; token: "<", near: "n < n"'),
    ("set x = n and n", 'Syntax error; token: "and", near: "n and n"'),
    ("set x = n between n", 'Syntax error; token: "between", near: "n between n"'),
    (
        "set x=:n add x.y :n",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [x], path two: [x, y]",
    ),
    (
        "set x.y=:n add x[0] :n",
        "Two document paths conflict with each other; must remove or rewrite one of these paths; path one: [x, y], path two: [x, [0]]",
    ),
    (
        "add x :n remove x delete x :ss",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [x], path two: [x]",
    ),
    (
        "set z.y = :n add z :a",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [z, y], path two: [z]",
    ),
    (
        "set x = :n add x :a",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [x], path two: [x]",
    ),
    (
        "set y = l + :b, x = n + :a",
        "Incorrect operand type for operator or function; operator or function: +, operand type: S",
    ),
    (
        "set x = n + :a, y = l + :b, z = n + :l",
        "Incorrect operand type for operator or function; operator or function: +, operand type: L",
    ),
    (
        "set z = n + :l, y = l + :b, x = n + :a",
        "Incorrect operand type for operator or function; operator or function: +, operand type: S",
    ),
    (
        "set z = n + :l remove y add x :a",
        "Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND",
    ),
    (
        "add x :a delete y :b set z = n + :l",
        "Incorrect operand type for operator or function; operator or function: +, operand type: L",
    ),
    (
        "set z = n + :l add x :a",
        "Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND",
    ),
    (
        "add x :a set z = n + :l",
        "Incorrect operand type for operator or function; operator or function: +, operand type: L",
    ),
    (
        "delete y :b set z = n + :l add x :a",
        "Incorrect operand type for operator or function; operator: ADD, operand type: STRING, typeSet: ALLOWED_FOR_ADD_OPERAND",
    ),
    (
        "set x = :zz, x = :n",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [x], path two: [x]",
    ),
    (
        "set x = #u, x = :n",
        "Two document paths overlap with each other; must remove or rewrite one of these paths; path one: [x], path two: [x]",
    ),
    (
        "set x = :zz add #u :n",
        "An expression attribute name used in the document path is not defined; attribute name: #u",
    ),
    ("add #u :zz", "An expression attribute name used in the document path is not defined; attribute name: #u"),
    (
        "set x=:zz remove #u",
        "An expression attribute name used in the document path is not defined; attribute name: #u",
    ),
    (
        "remove #u set x=:zz",
        "An expression attribute name used in the document path is not defined; attribute name: #u",
    ),
    ("set #u = :zz", "An expression attribute name used in the document path is not defined; attribute name: #u"),
    (
        "set x = :zz, #u = :n",
        "An expression attribute name used in the document path is not defined; attribute name: #u",
    ),
    ("set x = #u.y + :zz", "An expression attribute name used in the document path is not defined; attribute name: #u"),
    ("set x = :zz + #u", "An expression attribute value used in expression is not defined; attribute value: :zz"),
    ("set x = #u + :zz", "An expression attribute name used in the document path is not defined; attribute name: #u"),
    (
        "add x :zz set y = #u",
        "An expression attribute name used in the document path is not defined; attribute name: #u",
    ),
    ("delete x :zz add y :yy", "An expression attribute value used in expression is not defined; attribute value: :yy"),
    ("add x :zz delete y :yy", "An expression attribute value used in expression is not defined; attribute value: :yy"),
    (
        "add x :zz remove #u",
        "An expression attribute name used in the document path is not defined; attribute name: #u",
    ),
    (
        "set x = list_append(:zz, :yy)",
        "An expression attribute value used in expression is not defined; attribute value: :zz",
    ),
    ("set x = :zz + :yy", "An expression attribute value used in expression is not defined; attribute value: :zz"),
    (
        "set x = if_not_exists(#u, :zz)",
        "An expression attribute name used in the document path is not defined; attribute name: #u",
    ),
    (
        "set x = if_not_exists(:zz, #u)",
        "An expression attribute value used in expression is not defined; attribute value: :zz",
    ),
    (
        "set #a = :n, #b = :n remove #c add #d :n",
        "An expression attribute name used in the document path is not defined; attribute name: #d",
    ),
    (
        "remove #c add #d :n",
        "An expression attribute name used in the document path is not defined; attribute name: #d",
    ),
    (
        "add #d :n remove #c",
        "An expression attribute name used in the document path is not defined; attribute name: #c",
    ),
    (
        "delete #d :n add #c :n",
        "An expression attribute name used in the document path is not defined; attribute name: #c",
    ),
    ("set x=y, z=list_append(abort) , z = :n", "Attribute name is a reserved keyword; reserved keyword: abort"),
]


@pytest.mark.parametrize(("text", "message"), UPDATE_ERRORS)
def test_error_text(text: str, message: str) -> None:
    with pytest.raises(ValidationException) as raised:
        compile_update(text, Placeholders(None, VALUES))
    assert raised.value.message == f"Invalid UpdateExpression: {message}"
