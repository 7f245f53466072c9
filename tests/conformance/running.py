"""One case put to one target: its steps in turn, and where an answer differs from AWS's."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from tests.conformance import raw_http, sqs_query_model
from tests.conformance.cases import Case, Step
from tests.conformance.cleaning import Cleaner
from tests.conformance.matching import Difference, Matcher
from tests.conformance.scope import MissingMemberError, Scope
from tests.conformance.target import Target

_POLL_SECONDS, _POLL_SECONDS_ON_AWS = 0.1, 1.0


@dataclass
class Outcome:
    """What became of a case: the differences by step, and every answer for whoever records them."""

    case: Case
    differences: list[tuple[str, Difference]] = field(default_factory=list)
    answers: dict[str, Any] = field(default_factory=dict)
    scope: Scope | None = None

    def report(self) -> str:
        lines = [f"{self.case.full_id}: {self.case.title}", f"  {self.case.source}, {self.case.answered}"]
        at = ""
        for step, difference in self.differences:
            lines += [f"  {step}"] if step != at else []
            lines.append(f"    {difference}")
            at = step
        if self.case.settings:
            lines.append(f"  wants the settings {self.case.settings}")
        return "\n".join(lines)


def run(case: Case, target: Target) -> Outcome:
    """Put the case to the target, then remove what it made. NotHereError where it cannot be put to it."""
    runner = _Runner(case, target)
    try:
        for step in case.steps:
            if not runner.take(step):
                break
    finally:
        runner.clean()
    return runner.outcome


class _Runner:
    def __init__(self, case: Case, target: Target) -> None:
        self.outcome = Outcome(case)
        self._case, self._target = case, target
        self._matcher = Matcher()
        self._accounts: dict[str, str] = {}
        self._account = target.new_account()
        self._cleaner = Cleaner()
        caller = {
            "account": self._account,
            "region": target.region,
            "partition": target.partition,
            "endpoint": target.url or "",
            "host": (target.url or "").partition("://")[2],
        }
        self._scope = Scope(
            caller, self._account_of, target.now, dict(case.variables), case.variant, lambda: self._matcher.bound
        )
        self.outcome.scope = self._scope

    def clean(self) -> None:
        self._cleaner.clean(self._target)
        for account in (self._account, *self._accounts.values()):
            self._target.forget(account)

    def take(self, step: Step) -> bool:
        """Do the step; whether those after it make sense."""
        each = step.given.get("each")
        if each is None:
            return self._try(step)
        for value in self._scope.sent(each):
            self._scope.variables["each"] = value
            if not self._try(step):
                return False
        return True

    def _try(self, step: Step) -> bool:
        until = time.monotonic() + float(step.given.get("within", 0))
        poll = _POLL_SECONDS_ON_AWS if self._target.is_aws else _POLL_SECONDS
        while True:
            try:
                found = self._do(step)
            except MissingMemberError as error:
                found = [Difference("-", str(error))]
            if not found or time.monotonic() >= until:
                break
            time.sleep(poll)
        name = f"step {step.number}, {step.given.get('as') or ''} {step.of}".replace(",  ", ", ")
        self.outcome.differences += [(name, difference) for difference in found]
        return step.name in self._scope.answers or step.action == "advance"

    def _do(self, step: Step) -> list[Difference]:
        match step.action:
            case "advance":
                self._target.advance(float(step.of))
                return []
            case "call":
                return self._call(step)
            case "http":
                return self._http(step)
        self._keep(step, self._presign(step))
        return []

    def _call(self, step: Step) -> list[Difference]:
        params = self._scope.sent(step.given.get("params", {}))
        client, operation = self._client(step, validate=step.given.get("validate", "error" not in step.given))
        method = _method(client, operation)
        try:
            raw = method(**params)
        except ClientError as refused:
            answer = _plain(refused.response)
            self._keep(step, answer)
            return self._compare_error(step, answer)
        answer = _plain(raw)
        self._cleaner.made(client, operation, params, answer)
        self._keep(step, answer)
        if "error" in step.given:
            return [Difference("-", "an error", self._scope.expected(step.given["error"]), answer)]
        return self._compare_answer(step, answer)

    def _compare_error(self, step: Step, answer: dict[str, Any]) -> list[Difference]:
        error = answer["Error"]
        if "error" not in step.given:
            return [Difference("+", "an error", actual=error)]
        found = self._matcher.differences(self._scope.expected(step.given["error"]), error, "Error")
        rest = {name: value for name, value in answer.items() if name != "Error"}
        return found + self._compare_answer(step, rest)

    def _compare_answer(self, step: Step, answer: dict[str, Any]) -> list[Difference]:
        given, metadata = step.given, answer.get("ResponseMetadata", {})
        members = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
        found: list[Difference] = []
        if "answer" in given:
            found += self._matcher.differences(self._scope.expected(given["answer"]), members)
        if "contains" in given:
            found += self._matcher.differences(self._scope.expected(given["contains"]), members, partial=True)
        found += self._compare_status(given, metadata.get("HTTPStatusCode"))
        if "headers" in given:
            wanted = {name.lower(): value for name, value in self._scope.expected(given["headers"]).items()}
            headers = metadata.get("HTTPHeaders", {})
            found += self._matcher.differences(wanted, headers, "headers", partial=True)
        return found + self._compare_absent(given, members)

    def _compare_status(self, given: Mapping[str, Any], status: Any) -> list[Difference]:
        wanted = self._scope.expected(given.get("status", status))
        return self._matcher.differences(wanted, status, "status")

    def _compare_absent(self, given: Mapping[str, Any], answer: Any) -> list[Difference]:
        found = []
        for path in given.get("absent", []):
            at = answer
            names = str(path).split(".")
            for name in names:
                at = at.get(name, _MISSING) if isinstance(at, dict) else _MISSING
            found += [] if at is _MISSING else [Difference("+", "/" + "/".join(names), actual=at)]
        return found

    def _http(self, step: Step) -> list[Difference]:
        method, _, written = str(step.of).partition(" ")
        send = self._scope.sent(step.given.get("send", {}))
        target = str(self._scope.sent(written))
        service = str(send.get("service", self._case.service))
        region = self._region(step)
        host = send.get("host")
        if not target.startswith("http"):
            at = f"https://{host}" if host and self._target.is_aws else self._target.endpoint(service, region)
            target = at + target
        headers = {str(name): str(value) for name, value in send.get("headers", {}).items()}
        body = send.get("body", b"")
        if "form" in send:
            headers["Content-Type"], body = raw_http.multipart_form(_fields(send["form"]))
        signs_by = send.get("sign", "none" if "form" in send or "X-Amz-Signature" in target else service)
        signer = (self._target.credentials(self._by(step)), signs_by, region) if signs_by != "none" else None
        content = body if isinstance(body, bytes) else str(body).encode()
        answer = raw_http.exchange(method, target, headers, content, signer=signer, host=host)
        self._keep(step, answer.as_answer())
        return self._compare_raw(step, answer)

    def _compare_raw(self, step: Step, answer: raw_http.RawAnswer) -> list[Difference]:
        given, whole = step.given, answer.as_answer()
        found = self._compare_status(given, answer.status)
        if "headers" in given:
            wanted = self._scope.expected(given["headers"])
            found += self._matcher.differences(wanted, whole["headers"], "headers", partial=True)
        if "body" in given:
            found += self._matcher.differences(self._scope.expected(given["body"]), answer.body.decode(), "body")
        for form in ("json", "xml"):
            if form in given:
                found += self._matcher.differences(self._scope.expected(given[form]), whole.get(form), form)
        return found + self._compare_absent(given, whole.get("json", whole.get("xml", {})))

    def _presign(self, step: Step) -> Any:
        if " " in str(step.of):
            return {"Url": self._presigned_path(step)}
        params = self._scope.sent(step.given.get("params", {}))
        client, operation = self._client(step, validate=True)
        if step.action == "presign":
            name = _python_name(client, operation)
            expires = int(step.given.get("expires", 3600))
            url = client.generate_presigned_url(
                name, Params=params, ExpiresIn=expires, HttpMethod=step.given.get("method")
            )
            return {"Url": url}
        return client.generate_presigned_post(**params)

    def _presigned_path(self, step: Step) -> str:
        method, _, path = str(self._scope.sent(step.of)).partition(" ")
        service, region = self._case.service, self._region(step)
        return raw_http.presigned(
            method,
            self._target.endpoint(service, region) + path,
            self._scope.sent(step.given.get("headers", {})),
            int(step.given.get("expires", 3600)),
            (self._target.credentials(self._by(step)), service, region),
        )

    def _client(self, step: Step, *, validate: bool) -> tuple[Any, str]:
        service, _, operation = str(step.of).partition(".")
        options = self._options(step)
        protocol = options.get("protocol", self._case.protocol)
        if service == "sqs" and protocol == "query":
            service = sqs_query_model.SERVICE_NAME
        config = {**self._case.config, **options.get("config", {}), **step.given.get("config", {})}
        client = self._target.client(
            service,
            account=self._by(step),
            region=self._region(step),
            config=config,
            validate=bool(validate),
            anonymous=bool(options.get("anonymous", False)),
        )
        return client, operation

    def _options(self, step: Step) -> dict[str, Any]:
        return self._case.clients.get(step.given.get("by", ""), {})

    def _region(self, step: Step) -> str:
        return str(self._options(step).get("region", self._target.region))

    def _by(self, step: Step) -> str:
        label = self._options(step).get("account")
        return self._account_of(str(label)) if label is not None else self._account

    def _account_of(self, label: str) -> str:
        if label not in self._accounts:
            self._accounts[label] = label if label.isdigit() else self._target.second_account()
        return self._accounts[label]

    def _keep(self, step: Step, answer: Any) -> None:
        self._scope.answers[step.name] = answer
        self.outcome.answers[step.name] = answer


_MISSING = object()


def _python_name(client: Any, operation: str) -> str:
    names = {of: name for name, of in client.meta.method_to_api_mapping.items()}
    if operation not in names:
        raise LookupError(f"{client.meta.service_model.service_name} has no operation {operation}")
    return str(names[operation])


def _method(client: Any, operation: str) -> Any:
    return getattr(client, _python_name(client, operation))


def _plain(value: Any) -> Any:
    """A boto3 answer as text, numbers, lists and members: times in ISO form, bodies read, event streams as lists."""
    if isinstance(value, dict):
        return {name: _plain(of) for name, of in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(of) for of in value]
    if isinstance(value, datetime):
        text = value.astimezone(UTC).isoformat(timespec="milliseconds" if value.microsecond else "seconds")
        return text.replace("+00:00", "Z")
    if hasattr(value, "read"):
        value = value.read()
    elif hasattr(value, "close") and hasattr(value, "__iter__"):
        return [_plain(event) for event in value]
    if isinstance(value, (bytes, bytearray)):
        try:
            return bytes(value).decode()
        except UnicodeDecodeError:
            return bytes(value)
    return value


def _fields(form: Any) -> list[tuple[str, Any]]:
    """A form's fields in order: of a mapping, or of a list of mappings."""
    return [(str(name), value) for part in (form if isinstance(form, list) else [form]) for name, value in part.items()]
