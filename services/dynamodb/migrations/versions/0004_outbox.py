"""Changes on their way to Kinesis, and those that end here."""

from alembic import op

from awskit.outbox import outbox_columns, outbox_indexes
from awskit.sinks.store import sink_columns, sink_index

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("outbox", *outbox_columns(), *outbox_indexes())
    op.create_table("sink_messages", *sink_columns(), sink_index())
