"""AssumeRoleWithSAML: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html

What the assertion says of itself is passed on, unverified: no identity provider is known here. Where signatures are
verified, no assertion is taken.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator

from awskit.errors import AwsError
from awskit.resources.arns import parse_arn
from awskit.service.operation import Input, Output, async_operation
from awskit.wire.timestamps import parse_timestamp
from awskit.wire.xml_reader import Element, XmlError, parse_document
from gateway.sts.principal import StsContext
from gateway.sts.role_sessions import assume

_ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"
_NAME_FORMAT = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
_SESSION_NAME = re.compile(r"[\w+=,.@-]{2,64}").fullmatch
_DURATIONS = range(900, 43_201)


@async_operation("AssumeRoleWithSAML")
async def assume_role_with_saml(context: StsContext, input: Input) -> Output:
    """Credentials of a role for whom an assertion, any, speaks; its session is named by the assertion."""
    if context.access is not None and context.access.verifies:
        text = "RustStack verifies signatures, and knows no SAML provider."
        raise AwsError("InvalidIdentityTokenException", text)
    assertion = _Assertion(input["SAMLAssertion"])
    if assertion.ends is not None and assertion.ends <= context.clock.now():
        raise AwsError("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance")
    pairs = [set(pair.split(",")) for pair in assertion.attribute("Role")]
    if pairs and {input["RoleArn"], input["PrincipalArn"]} not in pairs:
        raise AwsError("AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML", 403)
    (session_name,) = assertion.attribute("RoleSessionName") or ("",)
    if not _SESSION_NAME(session_name):
        raise AwsError("InvalidIdentityTokenException", "RoleSessionName is required in AuthnResponse")
    seconds = next(iter(assertion.attribute("SessionDuration")), "")
    duration = int(seconds) if seconds.isdecimal() and int(seconds[:9]) in _DURATIONS else None
    source = next(iter(assertion.attribute("SourceIdentity")), "")
    given = {**input, "SourceIdentity": source} if source else input
    output = assume(context, given, session_name, duration)
    for member, value in (
        ("Subject", assertion.subject),
        ("SubjectType", assertion.subject_type),
        ("Issuer", assertion.issuer),
        ("Audience", assertion.recipient),
    ):
        if value:
            output[member] = value
    output["NameQualifier"] = _name_qualifier(assertion.issuer, input["PrincipalArn"])
    return output


class _Assertion:
    """What a response's assertion says. Raises InvalidIdentityToken where it is none."""

    def __init__(self, text: str) -> None:
        try:
            root = parse_document(base64.b64decode("".join(text.split()), validate=True))
        except (binascii.Error, ValueError, XmlError):
            raise AwsError("InvalidIdentityTokenException", "Invalid base64 SAMLResponse") from None
        found = next(_named(root, "Assertion"), None)
        if found is None:
            raise AwsError("InvalidIdentityTokenException", "The response has no assertion that can be read")
        self._assertion = found
        name = next(_named(found, "NameID"), None)
        self.subject = name.text.strip() if name is not None else ""
        self.subject_type = name.attributes.get("Format", "").removeprefix(_NAME_FORMAT) if name is not None else ""
        issuer = next((child for child in found.children if child.name == "Issuer"), None)
        self.issuer = issuer.text.strip() if issuer is not None else ""
        confirmation = next(_named(found, "SubjectConfirmationData"), None)
        said = confirmation.attributes if confirmation is not None else {}
        self.recipient = said.get("Recipient", "")
        self.ends = _moment(said.get("NotOnOrAfter", ""))

    def attribute(self, name: str) -> tuple[str, ...]:
        """The values of one of AWS's attributes."""
        return tuple(
            value.text.strip()
            for attribute in _named(self._assertion, "Attribute")
            if attribute.attributes.get("Name") == _ATTRIBUTES + name
            for value in attribute.children
            if value.name == "AttributeValue"
        )


def _named(element: Element, name: str) -> Iterator[Element]:
    """The element and those in it that are called so, in the order of the document."""
    if element.name == name:
        yield element
    for child in element.children:
        yield from _named(child, name)


def _moment(text: str) -> float | None:
    try:
        return parse_timestamp(text) if text else None
    except ValueError:
        raise AwsError("InvalidIdentityTokenException", "NotOnOrAfter is no time") from None


def _name_qualifier(issuer: str, provider_arn: str) -> str:
    provider = parse_arn(provider_arn)
    account_id, name = (provider.account_id, provider.resource.rpartition("/")[2]) if provider else ("", "")
    digest = hashlib.sha1(f"{issuer}{account_id}/{name}".encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode("ascii")
