"""Cases: everything that moves along a workflow, and who is bound to it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    ForeignKeyConstraint,
    Identity,
    Index,
    LargeBinary,
    Text,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Serial


def _of_projects(name: str, *parts: str) -> Index:
    return Index(name, *map(text, parts), postgresql_where=text("life = 'aid_project'"))


class Case(Base):
    """One thing on its way: a project, a programme-year, or a life inside a project.

    A root case is its own `root_id` and carries the head of its event chain. `life` is the
    workflow key without its version. The scope columns say whose business the case is; a child
    repeats those of its root, so that a list needs no join. The holder columns say on whose desk the
    case lies; the assigned ones who works on it whenever it is theirs to hold. `due_at` is when the present term ends
    and `due_action` what the clock then does.
    """

    __tablename__ = "case"
    __table_args__ = (
        UniqueConstraint("id", "root_id"),
        # The stage and the head of the chain are what the last event says, or nothing commits.
        ForeignKeyConstraint(
            ["id", "last_seq", "stage"],
            ["event.case_id", "event.seq", "event.case_to"],
            name="fk_case_stage_is_recorded",
            deferrable=True,
            initially="DEFERRED",
            use_alter=True,
        ),
        ForeignKeyConstraint(
            ["id", "chain_seq", "chain_hash"],
            ["event.root_id", "event.seq", "event.hash"],
            name="fk_case_head_of_chain",
            deferrable=True,
            initially="DEFERRED",
            use_alter=True,
        ),
        CheckConstraint("(id = root_id) = (chain_seq IS NOT NULL)", name="a_root_heads_a_chain"),
        CheckConstraint("life <> 'aid_project' OR id = root_id", name="a_project_is_a_root"),
        CheckConstraint("(chain_seq IS NULL) = (chain_hash IS NULL)", name="head_is_hashed"),
        CheckConstraint("life = split_part(workflow, '/', 1)", name="life_is_the_workflow"),
        CheckConstraint("due_action IS NULL OR due_at IS NOT NULL", name="a_due_action_has_a_time"),
        Index("ix_case_root_id", "root_id"),
        # One index for each kind of desk, so that an inbox costs the same whatever lies elsewhere.
        Index(
            "ix_case_queue_role",
            "holder_role",
            "urgent_at",
            "id",
            postgresql_where=text("holder_role IS NOT NULL AND holder_unit_id IS NULL AND holder_user_id IS NULL"),
        ),
        Index(
            "ix_case_queue_unit",
            "holder_unit_id",
            "holder_role",
            "urgent_at",
            "id",
            postgresql_where=text("holder_unit_id IS NOT NULL"),
        ),
        Index(
            "ix_case_queue_user",
            "holder_user_id",
            "urgent_at",
            "id",
            postgresql_where=text("holder_user_id IS NOT NULL"),
        ),
        Index(
            "ix_case_queue_organisation",
            "organisation_id",
            "urgent_at",
            "id",
            postgresql_where=text("holder_role IN ('applicant_owner', 'applicant_member')"),
        ),
        Index("ix_case_clock", "due_at", postgresql_where=text("due_at IS NOT NULL AND closed_at IS NULL")),
        # Lists of projects, newest first: all of them, those in one stage, those of one organisation or unit; by term.
        _of_projects("ix_case_projects", "id DESC"),
        *(
            _of_projects(f"ix_case_projects_{column}", column, "id DESC")
            for column in ("stage", "organisation_id", "accepting_unit_id", "front_office_id")
        ),
        _of_projects("ix_case_projects_due_at", "due_at", "id"),
        _of_projects("ix_case_projects_due_at_down", "due_at DESC NULLS LAST", "id DESC"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    root_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    pid: Mapped[UUID] = mapped_column(unique=True)
    workflow: Mapped[str] = mapped_column(Text)
    life: Mapped[str] = mapped_column(Text)
    stage: Mapped[str] = mapped_column(Text)
    entered_at: Mapped[datetime]
    entered_seq: Mapped[int]
    last_seq: Mapped[int]
    content_hash: Mapped[str] = mapped_column(Text, server_default="")
    assigned_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    assigned_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    holder_role: Mapped[str | None] = mapped_column(Text)
    holder_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    holder_user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    due_at: Mapped[datetime | None]
    due_action: Mapped[str | None] = mapped_column(Text)
    urgent_at: Mapped[datetime] = mapped_column(
        Computed("coalesce(due_at, timestamptz '9999-12-31 00:00:00+00')", persisted=True)
    )
    reminded_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    chain_seq: Mapped[int | None]
    chain_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"))
    accepting_unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    front_office_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    programme_year_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))


#: The own case of a project. In these words and not as a parameter, so that the indexes of the lists serve any plan.
IS_PROJECT = Case.life == literal_column("'aid_project'")


class Duty(Base):
    """The one duty a person holds on a project, taken with the first act and kept for ever."""

    __tablename__ = "duty"
    __table_args__ = (UniqueConstraint("root_id", "user_id", "duty"),)

    root_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    duty: Mapped[str] = mapped_column(Text)


class CaseParty(Base):
    """A person or unit drawn into a project by assignment: an expert, an audit firm.

    A recused expert or a replaced firm has `ended_at` and sees nothing of the project any more.
    """

    __tablename__ = "case_party"
    __table_args__ = (
        CheckConstraint("num_nonnulls(user_id, unit_id) = 1", name="is_a_person_or_a_unit"),
        Index("uq_case_party_user", "root_id", "user_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("uq_case_party_unit", "root_id", "unit_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_case_party_user_id", "user_id", "root_id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_case_party_unit_id", "unit_id", "root_id", postgresql_where=text("ended_at IS NULL")),
    )

    id: Mapped[Serial]
    root_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    role: Mapped[str] = mapped_column(Text)
    since: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Recusal(Base):
    """A person who declared a conflict on a project: from then on it does not exist for him or her.

    Whatever other role is held, the project is in no list, search, message or paper of that person.
    """

    __tablename__ = "recusal"

    root_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True, autoincrement=False)
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True, autoincrement=False, index=True)
    event_id: Mapped[int] = mapped_column(ForeignKey("event.id"))
