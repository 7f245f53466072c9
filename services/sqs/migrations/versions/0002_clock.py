"""How far the clock is moved."""

from alembic import op

from awskit.control.kept_clock import clock_columns

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("clock", *clock_columns())
