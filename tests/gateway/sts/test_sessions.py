"""STS's rarer sessions: by SAML, of a root user, delegated, scoped down; and tokens that others can verify."""

from __future__ import annotations

import base64
import hashlib
import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from xml.etree import ElementTree

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa, utils
from cryptography.hazmat.primitives.hashes import SHA256, SHA384

from tests.gateway.servers import running_gateway
from tests.gateway.sts.test_sts import ROLE, as_session, client, jwt

PROVIDER = "arn:aws:iam::111122223333:saml-provider/MySAMLIdP"
TASKS = "arn:aws:iam::aws:policy/root-task"
ATTRIBUTES = "https://aws.amazon.com/SAML/Attributes/"


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with running_gateway(tls_dir=str(tmp_path_factory.mktemp("tls"))) as found:
        yield found


@pytest.fixture
def sts(port: int) -> Iterator[Any]:
    made = client(port)
    yield made
    made.close()


def code_of(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return str(caught.value.response["Error"]["Code"])


def assertion(ends: str = "2199-01-01T00:00:00Z", **attributes: str) -> str:
    given = {"Role": f"{PROVIDER},{ROLE}", "RoleSessionName": "ann@example.com", **attributes}
    listed = "".join(
        f'<saml:Attribute Name="{ATTRIBUTES}{name}"><saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute>'
        for name, value in given.items()
        if value
    )
    document = f"""<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
      xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"><saml:Issuer>https://not.this</saml:Issuer><saml:Assertion>
      <saml:Issuer>https://example.com/saml</saml:Issuer><saml:Subject>
      <saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">ann</saml:NameID>
      <saml:SubjectConfirmation><saml:SubjectConfirmationData NotOnOrAfter="{ends}"
        Recipient="https://signin.aws.amazon.com/saml"/></saml:SubjectConfirmation></saml:Subject>
      <saml:AttributeStatement>{listed}</saml:AttributeStatement></saml:Assertion></samlp:Response>"""
    return base64.b64encode(document.encode()).decode()


def test_assume_role_with_saml_is_not_signed(port: int) -> None:
    made = client(port, config=Config(signature_version=UNSIGNED))
    given = {"RoleArn": ROLE, "PrincipalArn": PROVIDER}
    answer = made.assume_role_with_saml(**given, SAMLAssertion=assertion(SourceIdentity="ann", SessionDuration="1800"))
    told = {name: answer[name] for name in ("Subject", "SubjectType", "Issuer", "Audience", "SourceIdentity")}
    assert told == {
        "Subject": "ann",
        "SubjectType": "persistent",
        "Issuer": "https://example.com/saml",
        "Audience": "https://signin.aws.amazon.com/saml",
        "SourceIdentity": "ann",
    }
    named = hashlib.sha1(b"https://example.com/saml111122223333/MySAMLIdP").digest()
    assert answer["NameQualifier"] == base64.b64encode(named).decode()
    session = as_session(port, answer["Credentials"])
    assert session.get_caller_identity()["Arn"].endswith(":assumed-role/Deploy/ann@example.com")
    session.close()
    other = {"RoleArn": ROLE.replace("Deploy", "Other"), "PrincipalArn": PROVIDER}
    assert code_of(made.assume_role_with_saml, **other, SAMLAssertion=assertion()) == "AccessDenied"
    for broken in ("%%%%", base64.b64encode(b"<a><b/></a>").decode(), assertion(RoleSessionName="")):
        assert code_of(made.assume_role_with_saml, **given, SAMLAssertion=broken) == "InvalidIdentityToken"
    late = assertion("2020-01-01T00:00:00Z")
    assert code_of(made.assume_role_with_saml, **given, SAMLAssertion=late) == "ExpiredTokenException"
    made.close()


def test_assume_root(port: int, sts: Any) -> None:
    task = {"TaskPolicyArn": {"arn": f"{TASKS}/S3UnlockBucketPolicy"}}
    answer = sts.assume_root(TargetPrincipal="444455556666", **task)
    session = as_session(port, answer["Credentials"])
    identity = session.get_caller_identity()
    assert (identity["Account"], identity["Arn"]) == ("444455556666", "arn:aws:sts::444455556666:assumed-root")
    session.close()
    of_arn = sts.assume_root(TargetPrincipal="arn:aws:iam::444455556666:root", **task)
    key = of_arn["Credentials"]["AccessKeyId"]
    assert sts.get_access_key_info(AccessKeyId=key)["Account"] == "444455556666"
    unknown = {"arn": f"{TASKS}/DoAnything"}
    assert code_of(sts.assume_root, TargetPrincipal="444455556666", TaskPolicyArn=unknown) == "ValidationError"
    assert code_of(sts.assume_root, TargetPrincipal="x" * 12, **task) == "ValidationError"


def test_get_delegated_access_token(port: int, sts: Any) -> None:
    assert sts.get_delegated_access_token(TradeInToken="any")["AssumedPrincipal"] == "arn:aws:iam::000000000000:root"
    arn = "arn:aws:iam::444455556666:role/Partner"
    answer = sts.get_delegated_access_token(TradeInToken=jwt(sub=arn))
    assert answer["AssumedPrincipal"] == arn
    session = as_session(port, answer["Credentials"])
    assert session.get_caller_identity()["Arn"] == arn
    session.close()
    late = jwt(sub=arn, exp=1_000_000_000)
    assert code_of(sts.get_delegated_access_token, TradeInToken=late) == "ExpiredTradeInTokenException"


class Scoped(Exception):
    """The code of an error of GetScopedCredentials, which the pinned boto3 does not know."""


def scoped(port: int, given: dict[str, Any], **parameters: str) -> dict[str, str]:
    """What GetScopedCredentials answers to these credentials: the texts of its elements. Raises `Scoped`."""
    scope = f"Credential={given['AccessKeyId']}/20260101/us-east-1/sts/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"}
    if "SessionToken" in given:
        headers["X-Amz-Security-Token"] = given["SessionToken"]
    form = urlencode({"Action": "GetScopedCredentials", "Version": "2011-06-15", **parameters}).encode()
    asked = urllib.request.Request(f"http://127.0.0.1:{port}/", form, headers)
    try:
        with urllib.request.urlopen(asked, timeout=30) as answer:
            root = ElementTree.fromstring(answer.read())
    except HTTPError as error:
        found = ElementTree.fromstring(error.read()).find(".//{*}Code")
        assert found is not None
        raise Scoped(found.text) from None
    return {element.tag.rpartition("}")[2]: element.text or "" for element in root.iter()}


def test_get_scoped_credentials(port: int, sts: Any) -> None:
    policy = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"}]}'
    with pytest.raises(Scoped, match="InvalidSubjectCredentials"):
        scoped(port, {"AccessKeyId": "test"}, Policy=policy)
    assumed = sts.assume_role(RoleArn=ROLE, RoleSessionName="ci", DurationSeconds=900, SourceIdentity="ann")
    given = assumed["Credentials"]
    wrong = {"ValidationError": {}, "InsufficientSessionLifetime": {"DurationSeconds": "1000"}}
    for code, parameters in {**wrong, "MalformedPolicyDocument": {"Policy": "{}x"}}.items():
        with pytest.raises(Scoped, match=code):
            scoped(port, given, **parameters)
    for number_of_policies in ("1", "2", "3"):
        answer = scoped(port, given, Policy=policy)
        assert answer["ScopedPoliciesCount"] == number_of_policies
        assert answer["Expiration"] == assumed["Credentials"]["Expiration"].strftime("%Y-%m-%dT%H:%M:%S.000Z")
        assert answer["Arn"] == assumed["AssumedRoleUser"]["Arn"]
        assert answer["SourceIdentity"] == "ann"
        given = answer
    with pytest.raises(Scoped, match="AccessDenied"):
        scoped(port, given, Policy=policy)
    shorter = scoped(port, given, DurationSeconds="60")
    assert shorter["ScopedPoliciesCount"] == "3"
    assert shorter["Expiration"] < answer["Expiration"]


def decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(text: str) -> int:
    return int.from_bytes(decoded(text), "big")


def fetched(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=30) as answer:
        return json.loads(answer.read())


def verify(token: str) -> dict[str, Any]:
    """The claims, verified as a relying party would: by what is found at the issuer. Raises InvalidSignature."""
    head, payload, signature = token.split(".")
    claims: dict[str, Any] = json.loads(decoded(payload))
    discovered = fetched(f"{claims['iss']}/.well-known/openid-configuration")
    assert discovered["issuer"] == claims["iss"]
    said = json.loads(decoded(head))
    (key,) = [one for one in fetched(discovered["jwks_uri"])["keys"] if one["kid"] == said["kid"]]
    signed, given = f"{head}.{payload}".encode(), decoded(signature)
    if said["alg"] == "RS256":
        public = rsa.RSAPublicNumbers(number(key["e"]), number(key["n"])).public_key()
        public.verify(given, signed, padding.PKCS1v15(), SHA256())
        return claims
    curve = ec.EllipticCurvePublicNumbers(number(key["x"]), number(key["y"]), ec.SECP384R1()).public_key()
    halves = (int.from_bytes(half, "big") for half in (given[:48], given[48:]))
    curve.verify(utils.encode_dss_signature(*halves), signed, ec.ECDSA(SHA384()))
    return claims


@pytest.mark.parametrize("algorithm", ["RS256", "ES384"])
def test_a_web_identity_token_can_be_verified(port: int, sts: Any, algorithm: str) -> None:
    assumed = sts.assume_role(RoleArn=ROLE, RoleSessionName="ci", DurationSeconds=900)
    session = as_session(port, assumed["Credentials"])
    given = {"SigningAlgorithm": algorithm, "Tags": [{"Key": "team", "Value": "blue"}]}
    answer = session.get_web_identity_token(Audience=["https://api.example.com"], **given)
    claims = verify(answer["WebIdentityToken"])
    assert claims["aud"] == "https://api.example.com"
    assert claims["sub"] == "arn:aws:iam::111122223333:role/Deploy"
    assert claims["exp"] - claims["iat"] == 300
    assert claims["https://sts.amazonaws.com/"]["request_tags"] == {"team": "blue"}
    assert claims["https://sts.amazonaws.com/"]["aws_account"] == "111122223333"
    forged = answer["WebIdentityToken"][:-8] + "AAAAAAAA"
    with pytest.raises(InvalidSignature):
        verify(forged)
    too_long = {"Audience": ["a"], "SigningAlgorithm": algorithm, "DurationSeconds": 3600}
    assert code_of(session.get_web_identity_token, **too_long) == "SessionDurationEscalationException"
    assert code_of(sts.get_web_identity_token, Audience=["a"], SigningAlgorithm="HS256") == "ValidationError"
    session.close()


def test_the_keys_outlive_the_gateway(tmp_path: Path) -> None:
    issued = []
    for _ in range(2):
        with running_gateway(tls_dir=str(tmp_path)) as port:
            made = client(port)
            issued.append(made.get_web_identity_token(Audience=["a"], SigningAlgorithm="RS256")["WebIdentityToken"])
            made.close()
    heads = [json.loads(decoded(token.partition(".")[0])) for token in issued]
    assert heads[0]["kid"] == heads[1]["kid"]
    assert (tmp_path / "sts-tokens-RS256.pem").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("issuer", ["http://[", "http://[::1/x", "", "a\u0000b", "https://accounts.example.com/x"])
def test_a_token_may_say_anything_of_its_issuer(sts: Any, issuer: str) -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"iss": issuer, "sub": "a"}).encode()).decode().rstrip("=")
    answer = sts.assume_role_with_web_identity(
        RoleArn=ROLE, RoleSessionName="ci", WebIdentityToken=f"e30.{claims}.c2ln"
    )
    assert answer["SubjectFromWebIdentityToken"] == "a"
    assert answer["Credentials"]["AccessKeyId"].startswith("ASIA")
