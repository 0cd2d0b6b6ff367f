"""Row-level security: the database itself shows nobody what is not theirs."""

from pathlib import Path

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

#: The SQL of this revision, in the order of its numbers.
PARTS = Path(__file__).with_name("barrier")


def upgrade() -> None:
    """Create what says who asks, and the policies."""
    # The SQL holds percent signs and colons that are no parameters, so it goes to the driver as it is.
    connection = op.get_bind().connection.driver_connection
    for part in sorted(PARTS.glob("*.sql")):
        connection.execute(part.read_text(encoding="utf-8"))
