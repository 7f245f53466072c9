"""When the clock was moved."""

from alembic import op

from awskit.control.kept_clock import moved_at

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clock", moved_at())
