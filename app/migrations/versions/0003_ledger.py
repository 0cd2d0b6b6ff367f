"""The fund ledger: accounts, postings, transfers, the rules between them, and payment attempts."""

from pathlib import Path

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: The SQL of this revision, in the order of its numbers.
PARTS = Path(__file__).with_name("ledger")


def upgrade() -> None:
    """Create the ledger."""
    # The SQL holds percent signs and colons that are no parameters, so it goes to the driver as it is.
    connection = op.get_bind().connection.driver_connection
    for part in sorted(PARTS.glob("*.sql")):
        connection.execute(part.read_text(encoding="utf-8"))
