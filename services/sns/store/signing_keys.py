"""The signing key, made with the schema."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from awskit.database import Transaction
from services.sns.store.tables import signing_keys

_CERTIFICATE_PATH_PREFIX = "/_aws/sns/SimpleNotificationService-"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """`private_key` and `certificate` are PEM. `id` names the certificate in its URL."""

    id: str
    private_key: bytes
    certificate: bytes

    @property
    def certificate_path(self) -> str:
        return f"{_CERTIFICATE_PATH_PREFIX}{self.id}.pem"


_NEWEST = (
    sa.select(signing_keys.c.id, signing_keys.c.private_key, signing_keys.c.certificate)
    .order_by(signing_keys.c.created_at.desc())
    .limit(1)
)


def newest(transaction: Transaction) -> SigningKey:
    """The key to sign with."""
    row = transaction.connection.execute(_NEWEST).one()
    return SigningKey(row.id, row.private_key, row.certificate)
