"""The services that the gateway answers itself: STS, and what clients ask of IAM and KMS at their start.

In: a `Request` with its whole body. Out: an `Answer`, errors included. Imported at the first request for them: the
wire code and STS's model are 2 MB of memory.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from awskit.access.identities import Identity
from awskit.access.process_access import Access
from awskit.access.refusals import QUERY, Refused
from awskit.access.signatures import Verifier
from awskit.clock import Clock
from awskit.errors import AwsError, internal_failure, not_implemented
from awskit.service.operation import Operation, discover
from awskit.sigv4.authorization import credential_of
from awskit.wire.aws_query import AwsQuery
from awskit.wire.http import HttpRequest, HttpResponse
from awskit.wire.model import OperationModel, load_model
from awskit.wire.xml_writer import escape
from gateway import kms, sts
from gateway.errors import Answer, GatewayError, Protocol, render
from gateway.errors import answer as own_answer
from gateway.proxy.request import Request
from gateway.sts.access import permit, require_signature
from gateway.sts.issuer import PATH, TokenKeys
from gateway.sts.principal import Principal, StsContext, principal_of, principal_of_identity, region_of

_IAM_NAMESPACE = "https://iam.amazonaws.com/doc/2010-05-08/"
_log = logging.getLogger("ruststack.gateway")


class LocalServices:
    """STS, IAM and KMS. `clock` gives the expiry of credentials; `access` is None where nobody is asked who asks."""

    def __init__(self, clock: Clock, access: Access | None, keys: Path | None) -> None:
        """`keys` is the folder of the keys that sign tokens; None where they are gone with the process."""
        self._clock = clock
        self._token_keys = TokenKeys(keys)
        self._access = access
        self._protocol = AwsQuery(load_model("sts"))
        self._operations: Mapping[tuple[str | None, str], Operation] = discover(sts)

    async def answer(self, service: str, request: Request, body: bytes) -> Answer:
        """The answer of `sts`, `iam` or `kms`."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in request.headers.items()}
        asked = HttpRequest(
            request.method,
            request.path.decode("latin-1"),
            request.query.decode("latin-1"),
            headers,
            body,
            id=request.id,
        )
        scheme = "https" if request.exchange.secure else "http"
        endpoint = f"{scheme}://{headers.get('host', 'localhost')}"
        if asked.path.startswith(PATH) and request.method in ("GET", "HEAD"):
            return await self._key_document(asked, endpoint)
        credential = credential_of(headers.get("authorization"), asked.query_string)
        token = headers.get("x-amz-security-token") or dict(asked.query).get("X-Amz-Security-Token")
        identity: Identity | None = None
        try:
            if self._access is not None:
                identity = Verifier(self._access.identities, service).identity_of(asked, self._clock)
                if identity is None and service != "sts":
                    raise QUERY.of_anonymous(Refused("denied", "", "the request is not signed"))
        except Refused as refused:
            error = self._refused(refused, request.id)
            if error is not None:
                rendered = GatewayError(error.status, error.code, error.message)
                protocol: Protocol = "json" if service == "kms" else "query"
                return render(rendered, protocol, service, request.id, request.headers)
        principal = principal_of(credential, token) if identity is None else principal_of_identity(identity)
        if service == "iam":
            return _iam(asked, principal, request)
        region = region_of(credential)
        if service == "kms":
            return _kms(asked, principal, region, request)
        context = StsContext(principal, region, self._clock, self._token_keys, endpoint, self._access, identity)
        return _answer_of(await self._sts(asked, context, request.id))

    async def _key_document(self, asked: HttpRequest, endpoint: str) -> Answer:
        found = await asyncio.to_thread(self._token_keys.documents, asked, endpoint)
        if found is None:
            return own_answer(404, b"application/json", b'{"message":"there is nothing here"}', asked.id)
        return own_answer(200, b"application/json", orjson.dumps(found), asked.id)

    def _let_in(self, context: StsContext, shape: OperationModel, request: HttpRequest) -> dict[str, Any]:
        """The input of a request that may be made."""
        try:
            require_signature(context, shape.name)
            input = self._protocol.parse(shape, request)
            permit(context, shape.name, input, request)
        except Refused as refused:
            error = self._refused(refused, request.id)
            if error is not None:
                raise error from None
            input = self._protocol.parse(shape, request)
        return input

    def _refused(self, refused: Refused, request_id: str) -> AwsError | None:
        """The error to answer; None where it is only logged."""
        assert self._access is not None
        if self._access.mode == "soft":
            _log.warning("request %s would be refused: %s", request_id, refused.reason)
            return None
        _log.warning("request %s refused: %s", request_id, refused.reason)
        return QUERY.error(refused, debug=self._access.debug)

    async def _sts(self, request: HttpRequest, context: StsContext, request_id: str) -> HttpResponse:
        protocol = self._protocol
        shape = None
        try:
            shape = protocol.resolve(request)
            input = self._let_in(context, shape, request)
            operation = self._operations.get((None, shape.name))
            if operation is None:
                raise not_implemented("sts", shape.name)
            output: Mapping[str, Any] = await operation.handler(context, input)
            return protocol.serialize(shape, output, request_id)
        except AwsError as error:
            return protocol.serialize_error(error, request, shape, request_id)
        except Exception:
            _log.exception("request %s failed", request_id)
            return protocol.serialize_error(internal_failure(), request, shape, request_id)


def _answer_of(response: HttpResponse) -> Answer:
    body = response.body
    assert isinstance(body, bytes)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers]
    return Answer(response.status, [*headers, (b"Content-Length", str(len(body)).encode())], body)


def _kms(request: HttpRequest, principal: Principal, region: str, asked: Request) -> Answer:
    found = kms.answer(request.header("x-amz-target"), request.body, principal.account_id, region)
    if isinstance(found, GatewayError):
        return render(found, "json", "kms", asked.id, asked.headers)
    return own_answer(200, b"application/x-amz-json-1.1", orjson.dumps(found), asked.id)


def _iam(request: HttpRequest, principal: Principal, asked: Request) -> Answer:
    given = dict(request.form)
    action = given.get("Action", "")
    error: GatewayError | None = None
    if action != "GetUser":
        name = action[:64] or "(none)"
        error = GatewayError(400, "UnsupportedOperation", f"Of IAM, RustStack has GetUser alone, not {name}.")
    elif "UserName" in given:
        error = GatewayError(404, "NoSuchEntity", f"The user with name {given['UserName'][:64]} cannot be found.")
    elif not principal.arn.endswith(":root"):
        error = GatewayError(400, "ValidationError", "Must specify userName when calling with non-User credentials")
    if error is not None:
        return render(error, "query", "iam", asked.id, asked.headers)
    created = "1970-01-01T00:00:00Z"
    body = (
        f'<GetUserResponse xmlns="{_IAM_NAMESPACE}"><GetUserResult><User><Path>/</Path>'
        f"<UserName>root</UserName><UserId>{escape(principal.user_id)}</UserId><Arn>{escape(principal.arn)}</Arn>"
        f"<CreateDate>{created}</CreateDate></User></GetUserResult>"
        f"<ResponseMetadata><RequestId>{asked.id}</RequestId></ResponseMetadata></GetUserResponse>"
    )
    return own_answer(200, b"text/xml", body.encode(), asked.id)
