"""Events that end here, where nobody stands in for Lambda or EventBridge."""

from alembic import op

from awskit.sinks.store import sink_columns, sink_index

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("sink_messages", *sink_columns(), sink_index())
