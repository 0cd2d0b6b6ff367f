"""The table of papers: what was handed in, by whom, where it lies and which act sealed it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Integer, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial
from app.grams import grams_column

STORED = "stored"
WITHDRAWN = "withdrawn"
LONGEST_NAME = 200


class Paper(Base):
    """One file on one case. `size` is bytes, `sha256` lower-case hex, `key` where the store has it.

    A paper is sealed by the event of the act that relied on it; from then on the row can be neither
    changed nor deleted. `uploaded_by_id` is null for papers that the system drew up. A withdrawn paper
    keeps its row; nobody can load it any more. `pages` is how many can be shown as pictures, null where none.
    """

    __tablename__ = "paper"
    __table_args__ = (
        ForeignKeyConstraint(["case_id", "root_id"], ["case.id", "case.root_id"], name="fk_paper_case"),
        CheckConstraint(f"state IN ('{STORED}', '{WITHDRAWN}')", name="state_is_known"),
        CheckConstraint(f"(state = '{WITHDRAWN}') = (withdrawn_at IS NOT NULL)", name="withdrawn_has_a_time"),
        CheckConstraint(f"sealed_event_id IS NULL OR state = '{STORED}'", name="only_a_stored_paper_is_sealed"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256_is_a_hash"),
        CheckConstraint("size > 0", name="is_not_empty"),
        CheckConstraint(f"btrim(name) <> '' AND char_length(name) <= {LONGEST_NAME}", name="name_is_there"),
        CheckConstraint("name !~ '[[:cntrl:]/\\\\]'", name="name_is_no_path"),
        CheckConstraint("kind ~ '^[a-z_]{1,40}$'", name="kind_is_a_word"),
        CheckConstraint("pages > 0", name="pages_are_counted"),
        Index("ix_paper_root_id", "root_id", "id"),
        Index("ix_paper_case_id", "case_id", "id"),
        Index("ix_paper_grams", "grams", postgresql_using="gin"),
        Index("ix_paper_sealed_event_id", "sealed_event_id", postgresql_where=text("sealed_event_id IS NOT NULL")),
        # The same file handed in for two claims raises a flag.
        Index("ix_paper_sha256", "sha256"),
    )

    id: Mapped[Serial]
    public_id: Mapped[UUID] = mapped_column(unique=True)
    case_id: Mapped[int]
    root_id: Mapped[int]
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(Text)
    key: Mapped[str] = mapped_column(Text, unique=True)
    state: Mapped[str] = mapped_column(Text)
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    uploaded_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]
    sealed_event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"))
    pages: Mapped[int | None] = mapped_column(Integer)
    grams: Mapped[Any] = grams_column("name")
