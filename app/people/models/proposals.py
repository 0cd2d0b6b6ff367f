"""Roles that one administrator proposes to give or to end, until another one confirms it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial
from workflows.roles import GRANTABLE

#: What is proposed, and what became of it, with the words users read. Without an outcome it waits.
KIND_LABELS = {"grant": "授予", "end": "终止"}
OUTCOME_LABELS = {"confirmed": "已核准", "refused": "不予核准", "withdrawn": "已撤回", "lapsed": "逾期失效"}


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class RoleProposal(Base):
    """A role that `user_id` is to be given or to lose; it counts from `decided_at` if another one confirms it.

    Who proposes, who confirms and whose role it is are three people. `grant_id` is the grant to be ended.
    What is decided stays as it is; triggers keep that, and that both hold the office they act in.
    """

    __tablename__ = "role_proposal"
    __table_args__ = (
        CheckConstraint(_one_of("kind", tuple(KIND_LABELS)), name="kind_is_known"),
        CheckConstraint(_one_of("role", GRANTABLE), name="role_is_known"),
        CheckConstraint(_one_of("outcome", tuple(OUTCOME_LABELS)), name="outcome_is_known"),
        CheckConstraint("(kind = 'end') = (grant_id IS NOT NULL)", name="an_end_names_its_grant"),
        CheckConstraint("btrim(reason) <> ''", name="reason_is_there"),
        CheckConstraint("expires_at > proposed_at", name="expires_after_it_begins"),
        CheckConstraint("proposed_by_id <> user_id", name="nobody_proposes_for_oneself"),
        CheckConstraint("decided_by_id <> user_id", name="nobody_decides_about_oneself"),
        CheckConstraint(
            "CASE outcome WHEN 'withdrawn' THEN decided_by_id = proposed_by_id WHEN 'lapsed' THEN"
            " decided_by_id IS NULL ELSE decided_by_id <> proposed_by_id END",
            name="another_one_decides",
        ),
        CheckConstraint(
            "(outcome IS NULL) = (decided_at IS NULL)"
            " AND (outcome IS NULL OR outcome = 'lapsed') = (decided_by_id IS NULL)",
            name="is_decided_whole",
        ),
        CheckConstraint("(outcome = 'refused') = (btrim(decided_reason) <> '')", name="a_refusal_says_why"),
        CheckConstraint("outcome <> 'confirmed' OR decided_at < expires_at", name="is_confirmed_in_time"),
        CheckConstraint("decided_at >= proposed_at", name="is_decided_after_it_begins"),
        # A grant names the proposal it came by, a proposal the grant it is to end: neither table comes first.
        ForeignKeyConstraint(["grant_id"], ["role_grant.id"], use_alter=True),
        Index(
            "uq_role_proposal_waiting",
            "user_id",
            "kind",
            "role",
            "unit_id",
            "organisation_id",
            unique=True,
            postgresql_nulls_not_distinct=True,
            postgresql_where=text("outcome IS NULL"),
        ),
        Index("ix_role_proposal_grant_id", "grant_id"),
    )

    id: Mapped[Serial]
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    kind: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    grant_id: Mapped[int | None]
    reason: Mapped[str] = mapped_column(Text)
    proposed_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    proposed_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(Text)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    decided_reason: Mapped[str] = mapped_column(Text, server_default="")
