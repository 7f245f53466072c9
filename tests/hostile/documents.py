"""Documents within requests, by the members that hold them: policies, filter policies, expressions, PartiQL.

In: a source of randomness. Out: texts that are mostly as AWS has them, so that what is beyond their parsers is reached.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

_NAMES = ("a", "#n", "#m", "k", "a.b", "a[0]", "a.b[1].c", "attr", "size(a)")
_VALUES = (":v", ":w", ":x")
_TEXT = re.compile(r'"[^"\\]*+"')
_COMPARISONS = ("=", "<>", "<", "<=", ">", ">=")


class Documents:
    """Documents of one run."""

    def __init__(self, random: Random) -> None:
        self.random = random
        expression = lambda: self.condition(3)  # noqa: E731
        self._makers: Mapping[str, Callable[[], Any]] = {
            "Policy": self.policy,
            "ResourcePolicy": self.policy,
            "AccessPolicy": self.policy,
            "FilterPolicy": self.filter_policy,
            "RedrivePolicy": self.redrive_policy,
            "DeliveryPolicy": self.delivery_policy,
            "ConditionExpression": expression,
            "FilterExpression": expression,
            "KeyConditionExpression": self.key_condition,
            "UpdateExpression": self.update,
            "ProjectionExpression": lambda: ", ".join(self._several(lambda: self.random.choice(_NAMES))),
            "Statement": self.statement,
            "PartiQLStatement": self.statement,
            "N": self.number,
            "NumberAttributeValue": self.number,
            "Attributes": self.attribute,
            "AttributeValue": self.attribute,
        }

    def of(self, name: str) -> Callable[[], Any] | None:
        """What makes the documents of the member `name`; None for a member that holds none."""
        make = self._makers.get(name)
        return None if make is None else lambda: self._deepened(make())

    def _deepened(self, document: Any) -> Any:
        """A document of JSON, now and then with one of its texts deeper than it should be."""
        random = self.random
        if random.random() > 0.05 or not isinstance(document, str) or not document.startswith("{"):
            return document
        texts = list(_TEXT.finditer(document))
        if not texts:
            return document
        found = random.choice(texts)
        opening, closing = random.choice((("[", "]"), ('{"a":', "}"), ('{"a":[', "]}")))
        depth = random.choice((7, 33, 200, 254, 500, 900, 1020, 2000))
        return document[: found.start()] + opening * depth + found[0] + closing * depth + document[found.end() :]

    def _several(self, make: Callable[[], str], most: int = 4) -> list[str]:
        return [make() for _ in range(self.random.randint(1, most))]

    def number(self) -> str:
        random = self.random
        return random.choice(("0", "1", "-1.5", "1e10", "1e125", "-9.9e-130", "12345678901234567890.123", "9" * 38))

    def policy(self) -> str:
        random = self.random
        statements = [
            {
                "Sid": random.choice(("a", "b", "")),
                "Effect": random.choice(("Allow", "Deny")),
                "Principal": random.choice(
                    ("*", {"AWS": "*"}, {"AWS": ["000000000000"]}, {"Service": "s3.amazonaws.com"})
                ),
                "Action": random.choice(
                    ("*", "s3:*", "s3:Get*Object*", ["sqs:SendMessage"], "SNS:Publish", "dynamodb:*")
                ),
                "Resource": random.choice(
                    ("*", "arn:aws:s3:::hostile-bucket/*", "arn:aws:s3:::hostile-bucket", "*a" * 30)
                ),
                "Condition": random.choice(
                    (
                        {},
                        {"StringLike": {"aws:UserAgent": "*a" * random.choice((1, 20, 300))}},
                        {"IpAddress": {"aws:SourceIp": random.choice(("10.0.0.0/8", "::1/300", "é", "1.2.3.4/99"))}},
                        {"NumericLessThan": {"s3:max-keys": random.choice(("1", "9" * 5000, "²", "1e999", "NaN"))}},
                        {"DateLessThan": {"aws:CurrentTime": random.choice(("2026-13-01", "9" * 400, "1e300"))}},
                        {"BinaryEquals": {"aws:x": "é=="}},
                        {"ForAllValues:StringEquals": {"aws:TagKeys": ["a"] * random.choice((1, 3000))}},
                        {"Bool": {"aws:SecureTransport": "false"}},
                    )
                ),
            }
            for _ in range(random.choice((1, 1, 2, 200)))
        ]
        for statement in statements:
            if random.random() < 0.3:
                del statement[random.choice(list(statement))]
        return json.dumps({"Version": "2012-10-17", "Statement": statements})

    def filter_policy(self) -> str:
        random = self.random

        def leaf() -> Any:
            return random.choice(
                (
                    "v",
                    5,
                    10 ** random.choice((1, 30, 400)),
                    None,
                    True,
                    {"prefix": "a" * random.choice((1, 3000))},
                    {"suffix": "b"},
                    {"wildcard": "*a" * random.choice((1, 3, 100)) + "*"},
                    {"anything-but": random.choice((["a", "b"], {"prefix": "x"}, {"wildcard": "*a*"}, 5))},
                    {"numeric": random.choice((["=", 1], [">", 0, "<=", 5], ["<", 1e400], [">", 5, "<", 1], ["="]))},
                    {"exists": random.choice((True, False, "yes"))},
                    {"cidr": random.choice(("10.0.0.0/8", "::/300", "1.2.3.4/99999999999", "é/1"))},
                    {"equals-ignore-case": "ß" * 100},
                )
            )

        def level(depth: int) -> dict[str, Any]:
            made: dict[str, Any] = {}
            for _ in range(random.randint(1, 3)):
                name = random.choice(("a", "b", "c", "$or", "name"))
                if name == "$or":
                    made[name] = [level(depth + 1) for _ in range(random.choice((1, 2, 5)))] if depth < 4 else []
                elif depth < 4 and random.random() < 0.2:
                    made[name] = level(depth + 1)
                else:
                    made[name] = [leaf() for _ in range(random.choice((1, 1, 2, 5, 200)))]
            return made

        return json.dumps(level(0))

    def redrive_policy(self) -> str:
        random = self.random
        target = random.choice(("arn:aws:sqs:us-east-1:000000000000:hostile-dead", "arn:aws:sqs:::", "", 5, None))
        count = random.choice((1, "3", 0, -1, 1e400, 10**400, "²", "9" * 5000, [], None))
        return json.dumps({"deadLetterTargetArn": target, "maxReceiveCount": count})

    def delivery_policy(self) -> str:
        random = self.random

        def number() -> Any:
            return random.choice((1, 5, 0, -1, 10**400, 1e400, "5", "²", None, [], 3600, 10**12))

        retry = {
            name: number()
            for name in ("minDelayTarget", "maxDelayTarget", "numRetries", "numNoDelayRetries", "numMinDelayRetries")
            if random.random() < 0.7
        }
        function = random.choice(("linear", "exponential", "geometric", "x", 5))
        policy = {
            "healthyRetryPolicy": {**retry, "backoffFunction": function},
            "throttlePolicy": {"maxReceivesPerSecond": number()},
        }
        return json.dumps(random.choice((policy, {"http": {"defaultHealthyRetryPolicy": retry}})))

    def condition(self, depth: int) -> str:
        random = self.random
        chance = random.random()
        name = lambda: random.choice(_NAMES)  # noqa: E731
        value = lambda: random.choice((*_VALUES, *_NAMES))  # noqa: E731
        if depth and chance < 0.3:
            return f"({self.condition(depth - 1)}) {random.choice(('AND', 'OR', 'and'))} {self.condition(depth - 1)}"
        if depth and chance < 0.4:
            return f"NOT {self.condition(depth - 1)}"
        if chance < 0.5:
            return f"{name()} BETWEEN {value()} AND {value()}"
        if chance < 0.6:
            return f"{name()} IN ({', '.join(self._several(value, random.choice((3, 101))))})"
        if chance < 0.8:
            function = random.choice(
                ("attribute_exists", "attribute_not_exists", "begins_with", "contains", "attribute_type", "size")
            )
            return f"{function}({', '.join(self._several(value, 2))})"
        return f"{value()} {random.choice(_COMPARISONS)} {value()}"

    def key_condition(self) -> str:
        random = self.random
        further = random.choice(
            ("", " AND s > :w", " AND begins_with(s, :w)", " AND s BETWEEN :v AND :w", " AND k = :w")
        )
        return f"{random.choice(('k', '#n', 'g'))} = :v{further}"

    def update(self) -> str:
        random = self.random
        name = lambda: random.choice(_NAMES[:-1])  # noqa: E731

        def operand() -> str:
            return random.choice((*_VALUES, "a", "if_not_exists(a, :v)", "list_append(a, :v)", "list_append(:v, :v)"))

        clauses = (
            lambda: (
                "SET "
                + ", ".join(
                    self._several(
                        lambda: f"{name()} = {operand()}{random.choice(('', f' + {operand()}', f' - {operand()}'))}"
                    )
                )
            ),
            lambda: "REMOVE " + ", ".join(self._several(name)),
            lambda: f"ADD {name()} :v",
            lambda: f"DELETE {name()} :v",
        )
        return " ".join(make() for make in random.sample(clauses, random.randint(1, 3)))

    def statement(self) -> str:
        random = self.random
        table = random.choice(('"hostile-table"', '"hostile-table"."index"', "x"))
        literal = lambda: random.choice(  # noqa: E731
            (
                "'v'",
                "5",
                "?",
                "-1e400",
                "{'a': 1}",
                "[1, 'b']",
                "<<1, 2>>",
                "true",
                "null",
                "missing",
                "'" + "x" * 2000 + "'",
            )
        )
        where = lambda: random.choice(  # noqa: E731
            (
                f"k = {literal()}",
                f"k IN [{', '.join(self._several(literal, 60))}]",
                f"a = {literal()}" + random.choice((" AND ", " OR ")) + f"NOT b < {literal()}",
                f"contains(a, {literal()}) AND size(b) > 1",
                " OR ".join([f"a = {literal()}"] * random.choice((2, 60, 500))),
                f"({'(' * 30}a = 1{')' * 30})",
            )
        )
        return random.choice(
            (
                lambda: f"SELECT * FROM {table} WHERE {where()}",
                lambda: f"SELECT a, b.c[0] FROM {table} WHERE {where()} ORDER BY k DESC",
                lambda: f"INSERT INTO {table} VALUE {{'k': 'a', 'b': {literal()}}}",
                lambda: f"UPDATE {table} SET a = {literal()} REMOVE b WHERE {where()}",
                lambda: f"DELETE FROM {table} WHERE {where()} RETURNING ALL OLD *",
                lambda: f"EXISTS(SELECT * FROM {table} WHERE {where()})",
            )
        )()

    def attribute(self) -> str:
        """A value of SQS's and SNS's attribute maps, whichever it is for."""
        random = self.random
        return random.choice(
            (
                lambda: random.choice(
                    ("true", "false", "1", "0", "30", "86400", "262144", "queue", "perQueue", "MessageBody")
                ),
                self.policy,
                self.filter_policy,
                self.redrive_policy,
                self.delivery_policy,
            )
        )()
