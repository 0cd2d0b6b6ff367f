"""Panels with their score sheets, and the votes of the joint review with what came of them.

Source: design "Score sheet" (4.4) and "The stages" 4 and 6.
"""

from datetime import date, datetime

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial

#: All that is filled in when a panel closes; the amount comes with a recommendation only.
RESULT = "outcome, score_numerator, score_denominator, sheets, dropped, opinion, experts, closed_at, closed_by_id"
#: All that is filled in when a sheet is submitted.
SHEET = "scores, comments, total, recommendation, suggested_amount, comment, submitted_at"


class Panel(Base):
    """One panel of experts on a project, and what it came to.

    `entered_seq` is the event with which the project came to expert review: whoever sends a project
    back for correction will see another panel on what was corrected. The score is the exact trimmed
    mean as a fraction; `sheets` were submitted, `dropped` of them left out of it. Amounts are fen.
    """

    __tablename__ = "panel"
    __table_args__ = (
        UniqueConstraint("project_id", "entered_seq"),
        UniqueConstraint("id", "project_id"),
        CheckConstraint(f"num_nulls({RESULT}) IN (0, 9)", name="is_closed_with_a_whole_result"),
        CheckConstraint("outcome IN ('recommend', 'not_recommend')", name="outcome_is_known"),
        CheckConstraint(
            "(outcome IS NOT DISTINCT FROM 'recommend') = (suggested_amount IS NOT NULL)",
            name="a_recommendation_has_an_amount",
        ),
        CheckConstraint("suggested_amount > 0", name="amount_is_positive"),
        CheckConstraint(
            "score_denominator > 0 AND score_numerator BETWEEN 0 AND 100 * score_denominator", name="score_is_of_100"
        ),
        CheckConstraint(
            "cardinality(experts) = sheets AND dropped IN (0, 2) AND dropped < sheets", name="sheets_are_counted"
        ),
        Index("uq_panel_result", "project_id", unique=True, postgresql_where=text("outcome IS NOT NULL")),
    )

    id: Mapped[Serial]
    project_id: Mapped[int] = mapped_column(ForeignKey("project.case_id"))
    entered_seq: Mapped[int]
    session_on: Mapped[date]
    opened_at: Mapped[datetime]
    outcome: Mapped[str | None] = mapped_column(Text)
    score_numerator: Mapped[int | None]
    score_denominator: Mapped[int | None]
    sheets: Mapped[int | None] = mapped_column(SmallInteger)
    dropped: Mapped[int | None] = mapped_column(SmallInteger)
    suggested_amount: Mapped[int | None]
    opinion: Mapped[str | None] = mapped_column(Text)
    #: The names of those whose sheets count, for the publicity.
    experts: Mapped[list[str] | None] = mapped_column(ARRAY(Text))
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))


class ScoreSheet(Base):
    """One expert's sheet: conflict of interest first, then the scores; locked once it is submitted.

    `scores` and `comments` are by the item keys of the policy, `total` their sum of 100, the
    suggested amount fen. A recused expert's sheet keeps the statement and never gets a score.
    """

    __tablename__ = "score_sheet"
    __table_args__ = (
        ForeignKeyConstraint(["case_id", "project_id"], ["case.id", "case.root_id"], name="fk_score_sheet_case"),
        ForeignKeyConstraint(["panel_id", "project_id"], ["panel.id", "panel.project_id"], name="fk_score_sheet_panel"),
        UniqueConstraint("panel_id", "expert_id"),
        UniqueConstraint("panel_id", "position"),
        UniqueConstraint("case_id", "expert_id"),
        CheckConstraint("(conflict IS NULL) = (declared_at IS NULL)", name="declaration_has_a_time"),
        CheckConstraint("(conflict IS NULL) = (conflict_statement IS NULL)", name="declaration_has_a_statement"),
        CheckConstraint("NOT conflict OR btrim(conflict_statement) <> ''", name="a_conflict_is_explained"),
        CheckConstraint(f"num_nulls({SHEET}) IN (0, 7)", name="is_submitted_whole"),
        CheckConstraint("submitted_at IS NULL OR conflict IS FALSE", name="only_without_conflict_is_scored"),
        CheckConstraint("submitted_at >= declared_at", name="conflict_is_declared_first"),
        CheckConstraint(
            "voided_at IS NULL OR (submitted_at IS NULL AND conflict IS NOT TRUE)",
            name="only_a_running_sheet_is_voided",
        ),
        CheckConstraint("total BETWEEN 0 AND 100", name="total_is_of_100"),
        CheckConstraint("suggested_amount >= 0", name="amount_is_not_negative"),
        CheckConstraint("recommendation IN ('recommend', 'not_recommend')", name="recommendation_is_known"),
        CheckConstraint("position > 0", name="position_is_positive"),
        Index("ix_score_sheet_project_id", "project_id"),
        Index("ix_score_sheet_expert_id", "expert_id"),
    )

    case_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    project_id: Mapped[int]
    panel_id: Mapped[int]
    expert_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    position: Mapped[int] = mapped_column(SmallInteger)
    conflict: Mapped[bool | None]
    conflict_statement: Mapped[str | None] = mapped_column(Text)
    scores: Mapped[dict[str, int] | None] = mapped_column(JSONB(none_as_null=True))
    comments: Mapped[dict[str, str] | None] = mapped_column(JSONB(none_as_null=True))
    total: Mapped[int | None] = mapped_column(SmallInteger)
    recommendation: Mapped[str | None] = mapped_column(Text)
    suggested_amount: Mapped[int | None]
    comment: Mapped[str | None] = mapped_column(Text)
    declared_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]


class JointVote(Base):
    """One member's vote in one sitting of the joint review; written once, never changed."""

    __tablename__ = "joint_vote"
    __table_args__ = (
        CheckConstraint("vote IN ('for', 'against', 'abstain')", name="vote_is_known"),
        CheckConstraint("sitting > 0", name="sitting_is_positive"),
    )

    project_id: Mapped[int] = mapped_column(ForeignKey("project.case_id"), primary_key=True)
    sitting: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    vote: Mapped[str] = mapped_column(Text)
    comment: Mapped[str] = mapped_column(Text, server_default="")
    cast_at: Mapped[datetime]


class JointDecision(Base):
    """How one sitting of the joint review ended: approved with an amount in fen, or deferred.

    The votes are those cast at that moment; after a deferral the members vote anew. `minutes` are
    the minutes of an approval and the reason of a deferral.
    """

    __tablename__ = "joint_decision"
    __table_args__ = (
        CheckConstraint("outcome IN ('approved', 'deferred')", name="outcome_is_known"),
        CheckConstraint("(outcome = 'approved') = (amount IS NOT NULL)", name="an_approval_has_an_amount"),
        CheckConstraint("amount > 0", name="amount_is_positive"),
        CheckConstraint("least(votes_for, votes_against, votes_abstained) >= 0", name="votes_are_not_negative"),
        CheckConstraint("sitting > 0", name="sitting_is_positive"),
        Index("uq_joint_decision_approved", "project_id", unique=True, postgresql_where=text("outcome = 'approved'")),
    )

    project_id: Mapped[int] = mapped_column(ForeignKey("project.case_id"), primary_key=True)
    sitting: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    outcome: Mapped[str] = mapped_column(Text)
    amount: Mapped[int | None]
    votes_for: Mapped[int] = mapped_column(SmallInteger)
    votes_against: Mapped[int] = mapped_column(SmallInteger)
    votes_abstained: Mapped[int] = mapped_column(SmallInteger)
    minutes: Mapped[str] = mapped_column(Text)
    decided_by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime]
