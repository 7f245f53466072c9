"""Who the console asks as."""

from __future__ import annotations

from dataclasses import dataclass

from awskit.sigv4.signing import SigningKey


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key with its secret, and of a session its token."""

    access_key_id: str
    secret_access_key: str
    session_token: str = ""

    @property
    def key(self) -> SigningKey:
        return SigningKey(self.access_key_id, self.secret_access_key)

    @property
    def headers(self) -> dict[str, str]:
        """What a request has beside its signature."""
        return {"x-amz-security-token": self.session_token} if self.session_token else {}


def credentials_of_account(account_id: str) -> Credentials:
    """Those by which one is the account, where nobody verifies them.

    The secret is the usual one of emulators' clients, by which S3 looks at presigned URLs all the same.
    """
    return Credentials(account_id, "test")
