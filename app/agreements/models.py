"""The table of agreements. Source: design "Forms" 4.5 and the invariant 一项目一协议."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base

#: Stages in which an agreement is over without having been fulfilled.
DEAD = ("ended", "lapsed")


class Agreement(Base):
    """The one agreement of a project. `data` is fixed when it begins, with the account by its token.

    `data_hash` is that of all it says, with the number of the account, and is printed on the paper.
    `document_hash` is the SHA-256 of the PDF, which both sides sign. `state` is the stage of the case,
    and the database compares the two at commit.
    """

    __tablename__ = "agreement"
    __table_args__ = (
        ForeignKeyConstraint(["case_id", "project_id"], ["case.id", "case.root_id"], name="fk_agreement_case"),
        CheckConstraint("data_hash ~ '^[0-9a-f]{64}$'", name="data_is_hashed"),
        CheckConstraint("document_hash ~ '^[0-9a-f]{64}$'", name="document_is_hashed"),
        CheckConstraint("(paper_id IS NULL) = (document_hash IS NULL)", name="text_is_a_paper"),
        CheckConstraint(
            "num_nulls(signed_by_fund_office_id, signed_by_fund_office_at, signed_by_fund_office_hash) IN (0, 3)",
            name="fund_office_signature_is_whole",
        ),
        CheckConstraint(
            "num_nulls(signed_by_applicant_id, signed_by_applicant_at, signed_by_applicant_hash) IN (0, 3)",
            name="applicant_signature_is_whole",
        ),
        CheckConstraint(
            "signed_by_fund_office_hash IS NULL OR signed_by_fund_office_hash IS NOT DISTINCT FROM document_hash",
            name="fund_office_signed_this_text",
        ),
        CheckConstraint(
            "signed_by_applicant_hash IS NULL OR signed_by_applicant_hash IS NOT DISTINCT FROM document_hash",
            name="applicant_signed_this_text",
        ),
        CheckConstraint(
            "signed_by_applicant_id IS NULL OR signed_by_fund_office_id IS NOT NULL", name="applicant_signs_second"
        ),
        CheckConstraint("signed_by_fund_office_id <> signed_by_applicant_id", name="two_people_sign"),
        CheckConstraint(
            "CASE state"
            " WHEN 'drawing_up' THEN paper_id IS NULL"
            " WHEN 'awaiting_fund_office' THEN paper_id IS NOT NULL AND signed_by_fund_office_id IS NULL"
            " WHEN 'awaiting_applicant' THEN signed_by_fund_office_id IS NOT NULL AND signed_by_applicant_id IS NULL"
            " WHEN 'in_force' THEN signed_by_applicant_id IS NOT NULL"
            " WHEN 'fulfilled' THEN signed_by_applicant_id IS NOT NULL"
            " WHEN 'lapsed' THEN signed_by_applicant_id IS NULL"
            " ELSE true END",
            name="state_is_what_was_signed",
        ),
        Index("uq_agreement_live", "project_id", unique=True, postgresql_where=text(f"state NOT IN {DEAD}")),
        Index("ix_agreement_project_id", "project_id"),
    )

    case_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    project_id: Mapped[int] = mapped_column(ForeignKey("project.case_id"))
    number: Mapped[str] = mapped_column(Text, unique=True)
    state: Mapped[str] = mapped_column(Text)
    data: Mapped[dict[str, Any]] = mapped_column(JSONB)
    data_hash: Mapped[str] = mapped_column(Text)
    paper_id: Mapped[int | None] = mapped_column(ForeignKey("paper.id"), unique=True)
    document_hash: Mapped[str | None] = mapped_column(Text)
    signed_by_fund_office_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    signed_by_fund_office_at: Mapped[datetime | None]
    signed_by_fund_office_hash: Mapped[str | None] = mapped_column(Text)
    signed_by_applicant_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    signed_by_applicant_at: Mapped[datetime | None]
    signed_by_applicant_hash: Mapped[str | None] = mapped_column(Text)
