# ruff: noqa: E501 - the texts are as long as DynamoDB has them
"""The texts of what is wrong with a condition, as DynamoDB gives them (compared with DynamoDB Local)."""

from __future__ import annotations

import pytest

from services.dynamodb.errors import ValidationException
from services.dynamodb.expressions import Placeholders, compile_condition
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

CONDITION_ERRORS = [
    ("a b c", 'Syntax error; token: "b", near: "a b c"'),
    ("a =", 'Syntax error; token: "<EOF>", near: "="'),
    ("= a", 'Syntax error; token: "=", near: "= a"'),
    ("a = b =", 'Syntax error; token: "=", near: "b ="'),
    ("(a = b", 'Syntax error; token: "<EOF>", near: "b"'),
    ("a = b)", 'Syntax error; token: ")", near: "b)"'),
    ("a = :a and", 'Syntax error; token: "<EOF>", near: "and"'),
    ("not", 'Syntax error; token: "<EOF>", near: "not"'),
    ("a in ()", 'Syntax error; token: ")", near: "()"'),
    ("a in (:a", 'Syntax error; token: "<EOF>", near: ":a"'),
    ("a between :a", 'Syntax error; token: "<EOF>", near: ":a"'),
    ("a between :a and", 'Syntax error; token: "<EOF>", near: "and"'),
    ("a between :a or :a", 'Syntax error; token: "or", near: ":a or :a"'),
    ("attribute_exists(a", 'Syntax error; token: "<EOF>", near: "a"'),
    ("attribute_exists()", 'Syntax error; token: ")", near: "()"'),
    ("attribute_exists", 'Syntax error; token: "<EOF>", near: "attribute_exists"'),
    ("a.b.", 'Syntax error; token: "<EOF>", near: "."'),
    ("a[", 'Syntax error; token: "<EOF>", near: "["'),
    ("a[x]", 'Syntax error; token: "x", near: "[x]"'),
    ("a[1", 'Syntax error; token: "<EOF>", near: "1"'),
    ("a[01]", 'Syntax error; token: "1", near: "01]"'),
    ("a[99999999999]", 'Syntax error; token: "<EOF>", near: "]"'),
    ("a..b", 'Syntax error; token: ".", near: "..b"'),
    ("a == :a", 'Syntax error; token: "=", near: "== :a"'),
    ("a != :a", 'Syntax error; token: "!", near: "a !="'),
    ("a < > :a", 'Syntax error; token: ">", near: "< > :a"'),
    ("a & b", 'Syntax error; token: "&", near: "a & b"'),
    ("a = 'x'", 'Syntax error; token: "\'", near: "= \'x"'),
    ('a = "x"', 'Syntax error; token: """, near: "= "x"'),
    ("a = 5", 'Syntax error; token: "5", near: "= 5"'),
    ("#", 'Syntax error; token: "#", near: "#"'),
    ("a = :", 'Syntax error; token: ":", near: "= :"'),
    ("a = #", 'Syntax error; token: "#", near: "= #"'),
    ("a = b $", 'Syntax error; token: "$", near: "b $"'),
    ("1a = b", 'Syntax error; token: "1", near: "1a"'),
    ("_a = b", 'Syntax error; token: "_", near: "_a"'),
    ("a-b = c", 'Syntax error; token: "-", near: "a-b"'),
    ("a = b\nand\tc", 'Syntax error; token: "<EOF>", near: "c"'),
    ("a = b c = d", 'Syntax error; token: "c", near: "b c ="'),
    ("é = b", 'Syntax error; token: "é", near: "é ="'),
    ("set a = b", 'Syntax error; token: "set", near: "set a"'),
    ("AND a", 'Syntax error; token: "AND", near: "AND a"'),
    ("a and b", 'Syntax error; token: "and", near: "a and b"'),
    ("a", 'Syntax error; token: "<EOF>", near: "a"'),
    ("(a)", 'Syntax error; token: "<EOF>", near: ")"'),
    ("((a = b))", "The expression has redundant parentheses;"),
    ("(((a = b)))", "The expression has redundant parentheses;"),
    ("(a).b = c", 'Syntax error; token: ".", near: ").b"'),
    ("(a.b).c = d", 'Syntax error; token: ".", near: ").c"'),
    ("(a = b) = c", 'Syntax error; token: "=", near: ") = c"'),
    ("not ((a = b))", "The expression has redundant parentheses;"),
    ("foo(a)", "Invalid function name; function: foo"),
    ("foo(a) = b", "Invalid function name; function: foo"),
    ("size(a)", "The function is not allowed to be used this way in an expression; function: size"),
    (
        "size(a,b) = c",
        "Incorrect number of operands for operator or function; operator or function: size, number of operands: 2",
    ),
    (
        "attribute_exists(size(a))",
        "Operator or function requires a document path; operator or function: attribute_exists",
    ),
    (
        "begins_with(a, :n)",
        "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
    ),
    (
        "contains(a, a)",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: contains, first operand: [a]",
    ),
    (
        "a.b = a.b",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a, b]",
    ),
    (
        "a = a",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]",
    ),
    (
        "a between a and b",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: BETWEEN, first operand: [a]",
    ),
    (
        "a in (a, b)",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: IN, first operand: [a]",
    ),
    (":l < a", "Incorrect operand type for operator or function; operator or function: <, operand type: L"),
    ("a < :l", "Incorrect operand type for operator or function; operator or function: <, operand type: L"),
    (
        "a between :l and :n",
        "Incorrect operand type for operator or function; operator or function: BETWEEN, operand type: L",
    ),
    (
        "a between :n and :a",
        "The BETWEEN operator requires same data type for lower and upper bounds; lower bound operand: AttributeValue: {N:1}, upper bound operand: AttributeValue: {S:a}",
    ),
    (
        "attribute_type(a,:n)",
        "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: N",
    ),
    ("attribute_type(a,:a)", "Invalid attribute type name found; type: a, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}"),
    ("attribute_exists(:a)", "Operator or function requires a document path; operator or function: attribute_exists"),
    (
        "attribute_exists(a,b)",
        "Incorrect number of operands for operator or function; operator or function: attribute_exists, number of operands: 2",
    ),
    ("abort = :a", "Attribute name is a reserved keyword; reserved keyword: abort"),
    ("#x = :a", "An expression attribute name used in the document path is not defined; attribute name: #x"),
    ("a = :zz", "An expression attribute value used in expression is not defined; attribute value: :zz"),
    ("a = b or", 'Syntax error; token: "<EOF>", near: "or"'),
    ("aaaa.#b.c = d", "An expression attribute name used in the document path is not defined; attribute name: #b"),
    ("a = b and and c = d", 'Syntax error; token: "and", near: "and and c"'),
    ("a  =   b   c   d e", 'Syntax error; token: "c", near: "b   c   d"'),
    ("a b ", 'Syntax error; token: "b", near: "a b "'),
    (" = a", 'Syntax error; token: "=", near: " = a"'),
    ("  a b", 'Syntax error; token: "b", near: "a b"'),
    ("a = ((b)) c d", "The expression has redundant parentheses;"),
    ("((a = b)) c", "The expression has redundant parentheses;"),
    ("foo(a) = b c", 'Syntax error; token: "c", near: "b c"'),
    ("foo(abort) = b", "Invalid function name; function: foo"),
    ("size(a) and abort = :a", "The function is not allowed to be used this way in an expression; function: size"),
    ("size(a) and foo(a)", "The function is not allowed to be used this way in an expression; function: size"),
    ("abort = ((a))", "The expression has redundant parentheses;"),
    ("a = b\x0cand c = d", 'Syntax error; token: "\x0c", near: "b\x0cand"'),
    ("a = b\x0band c = d", 'Syntax error; token: "\x0b", near: "b\x0band"'),
    ("a = b\xa0and c=d", 'Syntax error; token: "\xa0", near: "b\xa0and"'),
    ("a = b\u2003and c=d", 'Syntax error; token: "\u2003", near: "b\u2003and"'),
    ("a = #x and foo(a)", "Invalid function name; function: foo"),
    ("a = #x and size(a)", "The function is not allowed to be used this way in an expression; function: size"),
    ("a[99999999999] = b", "List index is not within the allowable range; index: [99999999999]"),
    ("b[2147483648] = b", "List index is not within the allowable range; index: [2147483648]"),
    ("b[999999] = abort", "Attribute name is a reserved keyword; reserved keyword: abort"),
    ("b[99999999999] = abort", "List index is not within the allowable range; index: [99999999999]"),
    ("b[99999999999] = #q", "List index is not within the allowable range; index: [99999999999]"),
    (
        "begins_with(size(a), b)",
        "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
    ),
    (
        "begins_with(:n, size(a))",
        "Incorrect operand type for operator or function; operator or function: begins_with, operand type: N",
    ),
    ("size(:n) = b", "Incorrect operand type for operator or function; operator or function: size, operand type: N"),
    (
        "attribute_type(a, b)",
        "Incorrect operand type for operator or function; operator or function: attribute_type, operand type: {NS,SS,L,BS,N,M,B,BOOL,NULL,S}",
    ),
    (
        "attribute_type(:n, :a)",
        "Invalid attribute type name found; type: a, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
    ),
    (
        "attribute_type(size(b), :a)",
        "Invalid attribute type name found; type: a, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}",
    ),
    (
        "attribute_exists(begins_with(a,b))",
        "The function is not allowed to be used this way in an expression; function: begins_with",
    ),
    (
        "begins_with(attribute_exists(a), b)",
        "The function is not allowed to be used this way in an expression; function: attribute_exists",
    ),
    (
        "a = attribute_exists(b)",
        "The function is not allowed to be used this way in an expression; function: attribute_exists",
    ),
    (
        "size(a) = attribute_exists(b)",
        "The function is not allowed to be used this way in an expression; function: attribute_exists",
    ),
    ("a in (((b)))", "The expression has redundant parentheses;"),
    (
        "size(a) = size(b) and a = a",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [a]",
    ),
    (
        "b = b or a = :zz",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [b]",
    ),
    ("a = :zz or b = b", "An expression attribute value used in expression is not defined; attribute value: :zz"),
    (
        "(b = b) and foo = :zz",
        "The first operand must be distinct from the remaining operands for this operator or function; operator: =, first operand: [b]",
    ),
    ("not (a)", 'Syntax error; token: "<EOF>", near: ")"'),
    ("not a", 'Syntax error; token: "<EOF>", near: "a"'),
    ("(not a = b) = c", 'Syntax error; token: "=", near: ") = c"'),
    ("a = not b", 'Syntax error; token: "not", near: "= not b"'),
    ("a = b between c and d", 'Syntax error; token: "between", near: "b between c"'),
    ("a in (b) = c", 'Syntax error; token: "=", near: ") = c"'),
    ("a.#b[1] = c", "An expression attribute name used in the document path is not defined; attribute name: #b"),
    ("a.:b = c", "An expression attribute name used in the document path is not defined; attribute name: :b"),
    ("a. b", 'Syntax error; token: "<EOF>", near: "b"'),
    ("a = b.", 'Syntax error; token: "<EOF>", near: "."'),
    ("a = [1]", 'Syntax error; token: "[", near: "= [1"'),
    ("[1] = a", 'Syntax error; token: "[", near: "[1"'),
    ("a.1 = b", 'Syntax error; token: "1", near: ".1 ="'),
    ("a[-1] = b", 'Syntax error; token: "-", near: "[-1"'),
    ("a[1.5] = b", 'Syntax error; token: ".", near: "1.5"'),
    ("#a.#b = c", "An expression attribute name used in the document path is not defined; attribute name: #a"),
    (
        "begins_with(a, b) = c",
        "The function is not allowed to be used this way in an expression; function: begins_with",
    ),
    (
        "not begins_with(a, b) = c",
        "The function is not allowed to be used this way in an expression; function: begins_with",
    ),
    ("a = (b", 'Syntax error; token: "<EOF>", near: "b"'),
    ("a = (b c)", 'Syntax error; token: "c", near: "b c)"'),
    ("a = (b = c)", 'Syntax error; token: "=", near: "b = c"'),
    ("f((a = b))", 'Syntax error; token: "=", near: "a = b"'),
    ("f(a = b)", 'Syntax error; token: "=", near: "a = b"'),
    ("contains(a,,b)", 'Syntax error; token: ",", near: ",,b"'),
    ("contains(a b)", 'Syntax error; token: "b", near: "a b)"'),
    ("contains(,a)", 'Syntax error; token: ",", near: "(,a"'),
    ("a => b", 'Syntax error; token: ">", near: "=> b"'),
    ("a =< b", 'Syntax error; token: "<", near: "=< b"'),
    ("a < b > c", 'Syntax error; token: ">", near: "b > c"'),
    ("a=b=c", 'Syntax error; token: "=", near: "b=c"'),
    ("a = b,", 'Syntax error; token: ",", near: "b,"'),
    ("a, b", 'Syntax error; token: ",", near: "a, b"'),
    ("a in b", 'Syntax error; token: "b", near: "in b"'),
    ("a in b, c", 'Syntax error; token: "b", near: "in b,"'),
    ("a in (b, c", 'Syntax error; token: "<EOF>", near: "c"'),
    ("a in (b c)", 'Syntax error; token: "c", near: "b c)"'),
    ("a in (b,)", 'Syntax error; token: ")", near: ",)"'),
    ("and", 'Syntax error; token: "and", near: "and"'),
    ("or", 'Syntax error; token: "or", near: "or"'),
    ("a or", 'Syntax error; token: "or", near: "a or"'),
    ("between a and b", 'Syntax error; token: "between", near: "between a"'),
    ("a not in (b)", 'Syntax error; token: "not", near: "a not in"'),
    ("a = b not c", 'Syntax error; token: "not", near: "b not c"'),
    ("a not between b and c", 'Syntax error; token: "not", near: "a not between"'),
    ("a between b, c", 'Syntax error; token: ",", near: "b, c"'),
    ("a between b and c d", 'Syntax error; token: "d", near: "c d"'),
    ("a is b", 'Syntax error; token: "is", near: "a is b"'),
    ("not not", 'Syntax error; token: "<EOF>", near: "not"'),
    ("size", 'Syntax error; token: "<EOF>", near: "size"'),
    ("size(", 'Syntax error; token: "<EOF>", near: "("'),
    ("size()", 'Syntax error; token: ")", near: "()"'),
    ("size(a", 'Syntax error; token: "<EOF>", near: "a"'),
    ("size(a,", 'Syntax error; token: "<EOF>", near: ","'),
    ("attribute_exists(a) b", 'Syntax error; token: "b", near: ") b"'),
    ("attribute_exists a", 'Syntax error; token: "a", near: "attribute_exists a"'),
    ("(", 'Syntax error; token: "<EOF>", near: "("'),
    (")", 'Syntax error; token: ")", near: ")"'),
    ("()", 'Syntax error; token: ")", near: "()"'),
    ("(()", 'Syntax error; token: ")", near: "()"'),
    ("())", 'Syntax error; token: ")", near: "())"'),
    ("(a", 'Syntax error; token: "<EOF>", near: "a"'),
    ("(a =", 'Syntax error; token: "<EOF>", near: "="'),
    ("((a)", 'Syntax error; token: "<EOF>", near: ")"'),
    ("(a)) = b", 'Syntax error; token: ")", near: ")) ="'),
    ("(a = b))", 'Syntax error; token: ")", near: "))"'),
    ("(a = b) and", 'Syntax error; token: "<EOF>", near: "and"'),
    ("(a = b) c", 'Syntax error; token: "c", near: ") c"'),
    ("a AnD b", 'Syntax error; token: "AnD", near: "a AnD b"'),
    ("if_not_exists(a, b) = c", "The function is not allowed in a condition expression; function: if_not_exists"),
    ("list_append(a,b) = c", "The function is not allowed in a condition expression; function: list_append"),
    ("Size(a) = b", "Invalid function name; function: Size"),
    ("SIZE(a) = :n", "Invalid function name; function: SIZE"),
    ("ATTRIBUTE_EXISTS(a)", "Invalid function name; function: ATTRIBUTE_EXISTS"),
]


@pytest.mark.parametrize(("text", "message"), CONDITION_ERRORS)
def test_error_text(text: str, message: str) -> None:
    with pytest.raises(ValidationException) as raised:
        compile_condition("ConditionExpression", text, Placeholders(None, VALUES))
    assert raised.value.message == f"Invalid ConditionExpression: {message}"


def test_kind_is_named() -> None:
    with pytest.raises(ValidationException, match=r"^ValidationException: Invalid FilterExpression: Syntax error"):
        compile_condition("FilterExpression", "a b", Placeholders())


def limit_error(text: str) -> str:
    with pytest.raises(ValidationException) as raised:
        compile_condition("ConditionExpression", text, Placeholders())
    return raised.value.message.removeprefix("Invalid ConditionExpression: ")


def test_expression_size() -> None:
    compile_condition("ConditionExpression", "a = b" + " " * 4091, Placeholders())
    assert limit_error("a = b" + " " * 4092) == "Expression size has exceeded the maximum allowed size;"


def test_number_of_operators() -> None:
    message = "The expression contains too many operators; operator count: 301"
    compile_condition("ConditionExpression", " or ".join(["a = b"] * 150), Placeholders())
    assert limit_error(" or ".join(["a = b"] * 151)) == message
    compile_condition("ConditionExpression", "not " * 299 + "a = b", Placeholders())
    assert limit_error("not " * 300 + "a = b") == message
    assert limit_error("b in (c) and " * 150 + "a.b = c") == message


def test_operands_of_in() -> None:
    compile_condition("ConditionExpression", f"a in ({','.join(f'b{i}' for i in range(100))})", Placeholders())
    assert limit_error(f"a in ({','.join(f'b{i}' for i in range(101))})") == (
        "The IN operator is provided with too many operands; number of operands: 101"
    )


def test_depth_of_paths() -> None:
    compile_condition("ConditionExpression", "a" + ".b" * 31 + " = b", Placeholders())
    assert limit_error("a" + ".b" * 32 + " = b") == (
        "The document path has too many nesting levels; nesting levels: 33"
    )


def test_deep_parentheses() -> None:
    nested = "(a=b and " * 149 + "a=b" + ")" * 149
    compile_condition("ConditionExpression", nested, Placeholders())
    assert limit_error("(" * 4000) == 'Syntax error; token: "<EOF>", near: "("'
    assert limit_error("a = " + "(" * 3000) == 'Syntax error; token: "<EOF>", near: "("'
    assert limit_error("size(" * 500 + "a" + ")" * 500 + " = b").startswith("The expression has too many nesting")
