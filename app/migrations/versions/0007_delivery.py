"""Agreements, delivery, audits, settlements, payment orders and closures."""

from pathlib import Path

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

#: The SQL of this revision, in the order of its numbers.
PARTS = Path(__file__).with_name("delivery")


def upgrade() -> None:
    """Create the tables, what guards them, and the least grants."""
    # The SQL holds percent signs and colons that are no parameters, so it goes to the driver as it is.
    connection = op.get_bind().connection.driver_connection
    for part in sorted(PARTS.glob("*.sql")):
        connection.execute(part.read_text(encoding="utf-8"))
