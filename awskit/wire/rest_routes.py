"""Which operation of a REST model a request line and its headers mean.

In: method, raw path, query and headers. Out: the operation. Nothing falls through: where the query names a
sub-resource (`acl`, `uploadId`, ...) that the operation found does not take, the request is refused, so that
`DELETE /bucket?unknown` never deletes a bucket. Raises `AwsError` MethodNotAllowed, InvalidArgument,
NotImplemented or InvalidURI.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from awskit.errors import AwsError
from awskit.wire.http import HttpRequest
from awskit.wire.model import OperationModel, ServiceModel

# Query parameters by which the request is signed, or that only shape the answer. Whatever starts with "x-" too.
_BENIGN = frozenset(("awsaccesskeyid", "signature", "expires", "versionid", "partnumber", "action"))
# Parameters that make a request one of another operation although they are ordinary members of their own.
_DISCRIMINATING = frozenset(("uploadId",))
# Sub-resources of buckets that S3 answers of the bucket where a key is asked for them, and
_OF_BUCKETS = frozenset(
    "location versioning policy lifecycle cors website logging notification replication requestPayment"
    " accelerate".split()
)
# others whose methods it tells there, and
_NAMED_AT_KEYS = _OF_BUCKETS | {"uploads", "versions", "delete", "inventory"}
# others that it takes no notice of there.
NOT_OF_KEYS = frozenset(
    "abac analytics intelligent-tiering metadataConfiguration metadataTable metrics object-lock ownershipControls"
    " policyStatus publicAccessBlock session".split()
)
# The order in which `Allow` names a sub-resource's methods.
_ALLOWED = ("DELETE", "POST", "GET", "PUT")

# What tells an operation from a twin with the same request line.
_REQUIRED_QUERY: Mapping[str, frozenset[str]] = {"ListDirectoryBuckets": frozenset(("max-directory-buckets",))}


@dataclass(frozen=True, slots=True)
class Candidate:
    """An operation on a path: what the query and headers must have, and what of the query it takes."""

    operation: OperationModel
    constants: tuple[tuple[str, str], ...]
    required: frozenset[str]
    headers: tuple[str, ...]
    taken: frozenset[str]

    def matches(self, query: Mapping[str, str], headers: Mapping[str, str]) -> bool:
        for name, value in self.constants:
            if name not in query or (value and query[name] != value):
                return False
        if not all(name in query for name in self.required):
            return False
        # A presigned URL carries x-amz- headers in its query.
        return all(name in headers or name in query for name in self.headers)


# A path's test, the headers that the request must have, and the operation that it then means
_Plain = tuple[Callable[[str], re.Match[str] | None], frozenset[str], OperationModel]


@dataclass(frozen=True, slots=True)
class Route:
    """A path template with the operations on it, by method, the most particular first."""

    template: str
    match: re.Pattern[str]
    methods: Mapping[str, tuple[Candidate, ...]]


class Routes:
    """The request lines of one model."""

    def __init__(self, model: ServiceModel) -> None:
        self._known: set[str] = set()
        by_template: dict[str, dict[str, list[Candidate]]] = {}
        for operation in model.operations.values():
            template, _, query = operation.request_uri.partition("?")
            candidate = self._candidate(operation, query)
            by_template.setdefault(template, {}).setdefault(operation.http_method, []).append(candidate)
        self._routes = tuple(
            Route(template, path_pattern(template), {method: _ordered(found) for method, found in methods.items()})
            for template, methods in sorted(by_template.items(), key=_literal_first)
        )
        candidates = [
            candidate for route in self._routes for candidates in route.methods.values() for candidate in candidates
        ]
        self._plain = self._without_query()
        # A constant with a value (list-type=2) chooses between listings of the same thing: it names no sub-resource.
        self._sub_resources = _DISCRIMINATING | {
            name for candidate in candidates for name, value in candidate.constants if not value
        }

    def _candidate(self, operation: OperationModel, query: str) -> Candidate:
        pairs = [constant.partition("=") for constant in query.split("&") if constant]
        constants = tuple((name, value) for name, _, value in pairs)
        shape = operation.input
        members = shape.members if shape is not None else {}
        required = shape.required if shape is not None else ()
        taken = {name for name, _ in constants}
        needed, headers = set(_REQUIRED_QUERY.get(operation.name, ())), []
        for name, member in members.items():
            if member.location == "querystring":
                taken.add(member.wire_name)
                if name in required:
                    needed.add(member.wire_name)
            elif member.location == "header" and name in required and not constants:
                headers.append(member.wire_name.lower())
        self._known |= taken
        return Candidate(operation, constants, frozenset(needed), tuple(headers), frozenset(taken))

    def _without_query(self) -> Mapping[str, tuple[_Plain, ...]]:
        """By method: the operations that are meant without any query, with the headers that they need."""
        plain: dict[str, list[_Plain]] = {}
        for route in self._routes:
            for method, candidates in route.methods.items():
                plain.setdefault(method, []).extend(
                    (route.match.fullmatch, frozenset(candidate.headers), candidate.operation)
                    for candidate in candidates
                    if not candidate.constants and not candidate.required
                )
        return {method: tuple(found) for method, found in plain.items()}

    def resolve(self, request: HttpRequest) -> OperationModel:
        """The operation that the request means."""
        if not request.query_string:
            path, headers = request.path, request.headers
            for matches, needed, operation in self._plain.get(request.method, ()):
                if (not needed or needed <= headers.keys()) and matches(path) is not None:
                    return operation
        query = dict(request.query)
        self._refuse_conflict(query)
        on_path: Route | None = None
        path = _path(request, query)
        for route in self._routes:
            if route.match.fullmatch(path) is None:
                continue
            on_path = route
            for candidate in route.methods.get(request.method, ()):
                if candidate.matches(query, request.headers):
                    if query:
                        self._refuse_unknown(candidate, query, request, route)
                    return candidate.operation
        if on_path is None:
            raise AwsError("InvalidURI", "Couldn't parse the specified URI.", members={"URI": request.path})
        raise self._not_allowed(request, on_path, query)

    def _refuse_conflict(self, query: Mapping[str, str]) -> None:
        """One request is about one sub-resource."""
        named = sorted(name for name in query if name in self._sub_resources)
        if len(named) > 1:
            raise AwsError(
                "InvalidArgument",
                f"Conflicting query string parameters: {', '.join(named)}",
                members={"ArgumentName": "ResourceType", "ArgumentValue": named[0]},
            )

    def _refuse_unknown(
        self, candidate: Candidate, query: Mapping[str, str], request: HttpRequest, route: Route
    ) -> None:
        for name, value in query.items():
            if name in candidate.taken:
                continue
            reads_object = request.method in ("GET", "HEAD") and "+}" in route.template
            if name in NOT_OF_KEYS and (reads_object or (request.method == "HEAD" and name == "session")):
                continue
            if name in self._sub_resources:
                raise self._not_allowed(request, route, query)
            if name == "partNumber" and request.method == "PUT":
                # Else a part would become the object.
                raise AwsError(
                    "InvalidArgument",
                    "This operation does not accept partNumber without uploadId",
                    members={"ArgumentName": name, "ArgumentValue": name},
                )
            if value or name in self._known:
                continue
            lowered = name.lower()
            if (
                reads_object
                or request.method == "HEAD"
                or lowered in _BENIGN
                or lowered.startswith(("x-", "response-"))
            ):
                continue
            raise AwsError("NotImplemented", f"The sub-resource {name} is not implemented.", 501)

    def _not_allowed(self, request: HttpRequest, route: Route, query: Mapping[str, str]) -> AwsError:
        sub_resource = next((name for name in query if name in self._sub_resources), None)
        kind = _kind(sub_resource) if sub_resource else _resource_type(route.template)
        allowed = [
            method
            for method, candidates in route.methods.items()
            if any(
                sub_resource in candidate.taken and candidate.required <= query.keys() | {"id"}
                if sub_resource
                else not candidate.constants and not candidate.required
                for candidate in candidates
            )
        ]
        if sub_resource == "uploads":
            # To S3, those of a bucket and those of a key are one thing.
            allowed = ["POST", "GET"]
        elif sub_resource:
            allowed.sort(key=_ALLOWED.index)
        return AwsError(
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
            405,
            members={"Method": request.method, "ResourceType": kind},
            headers={"Allow": ", ".join(allowed)} if allowed else {},
        )


def _path(request: HttpRequest, query: Mapping[str, str]) -> str:
    """The path that is meant: a bucket's where a read of a key names what buckets have."""
    named = _NAMED_AT_KEYS if request.method == "HEAD" else _OF_BUCKETS if request.method == "GET" else frozenset[str]()
    if named.isdisjoint(query):
        return request.path
    return f"/{request.path.removeprefix('/').partition('/')[0]}"


def path_pattern(template: str) -> re.Pattern[str]:
    """The pattern of raw paths for a template: `{Bucket}` is one segment, `{Key+}` all the rest."""
    pattern = "".join(
        f"(?P<{label[:-1]}>.+)" if label.endswith("+") else f"(?P<{label}>[^/]+)" if label else re.escape(literal)
        for literal, label in re.findall(r"([^{}]++)|\{([^{}]++)\}", template)
    )
    return re.compile(pattern if pattern.endswith(("/", ".+)")) else pattern + "/?", re.DOTALL)


def _literal_first(item: tuple[str, object]) -> tuple[int, int]:
    template = item[0]
    return template.count("{"), -len(template)


def _ordered(candidates: Iterable[Candidate]) -> tuple[Candidate, ...]:
    return tuple(
        sorted(
            candidates,
            key=lambda candidate: -(len(candidate.constants) + len(candidate.required) + len(candidate.headers)),
        )
    )


def _kind(sub_resource: str) -> str:
    return "UPLOAD" if sub_resource == "uploadId" else sub_resource.upper().replace("-", "_")


def _resource_type(template: str) -> str:
    if "+}" in template:
        return "OBJECT"
    return "BUCKET" if "{" in template else "SERVICE"
