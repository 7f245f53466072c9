"""Which database this is: the folder of the objects says whose it is."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    table = op.create_table("database_identity", sa.Column("id", sa.Text, primary_key=True))
    op.bulk_insert(table, [{"id": uuid.uuid4().hex}])
