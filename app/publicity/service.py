"""Publishers, recorders and the opening of objections: what the public reads and what stops its clock."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import select

from app.casework.models import Case
from app.casework.subjects import Act, Opening, describes, opens, publishes, records
from app.database import locked
from app.organisations.models import Organisation
from app.programmes.models import ProgrammeYear
from app.projects.models import Project
from app.publicity.commands import DecideObjection, Object, PublishNotice
from app.publicity.models import Notice, Objection
from app.refusals import FieldRefused
from app.registers.queries import calendar_in_force
from app.reviews.models import Panel
from workflows.calendar import NO_OVERRIDES, Overrides, shanghai_date, working_day_after, working_days_between
from workflows.definition import because

DAY = timedelta(days=1)

describes("aid_project", "publish_notice", PublishNotice)


def unserved(days: int, last_day: date, stopped_on: date, overrides: Overrides = NO_OVERRIDES) -> int:
    """How many working days of a run of `days` that ends on `last_day` are not fully served.

    The day on which the run is stopped is not served; a run that has not begun keeps all its days.
    """
    return min(days, working_days_between(stopped_on - DAY, last_day, overrides))


@publishes("notice")
def publish_notice(act: Act) -> None:
    """Show the project to the public for the policy's working days, the day of the act counted.

    The term was set by the workflow a moment ago; the notice repeats it and reckons nothing anew.
    """
    notice = _notice(act, "publicity", act.facts.suggested, act.command.contact)
    overrides = calendar_in_force(act.session).overrides
    notice.first_day = working_day_after(shanghai_date(act.now) - DAY, 1, overrides)
    notice.days_left = act.facts.policy.publicity_days
    _run(notice, act.case.due_at)
    act.session.add(notice)


@publishes("resumed_notice")
def resume_notice(act: Act) -> None:
    """Let the notice run again for the days it had left, from the next working day on."""
    notice = _publicity(act)
    _run(notice, act.case.due_at)
    notice.suspended_at = None


@publishes("announcement")
def announce(act: Act) -> None:
    """Publish the approved amount for good."""
    act.session.add(_notice(act, "announcement", act.facts.approved, _publicity(act).contact))


@publishes("result")
def publish_result(act: Act) -> None:
    """Publish what was paid in the end."""
    act.session.add(_notice(act, "result", act.facts.paid, _publicity(act).contact))


def _run(notice: Notice, closes_at: datetime | None) -> None:
    if closes_at is None:
        raise ValueError("a publicity has a term")
    notice.closes_at = closes_at
    notice.last_day = shanghai_date(closes_at) - DAY


def _notice(act: Act, kind: str, amount: int, contact: str) -> Notice:
    project, organisation, experts, year = act.session.execute(
        select(Project, Organisation.name, Panel.experts, ProgrammeYear.year)
        .join(Organisation, Organisation.id == Project.organisation_id)
        .join(Panel, Panel.project_id == Project.case_id)
        .join(ProgrammeYear, ProgrammeYear.case_id == act.root.programme_year_id)
        .where(Project.case_id == act.root.id, Panel.outcome.is_not(None))
    ).one()
    return Notice(
        kind=kind,
        project_id=act.root.id,
        number=project.number,
        title=project.title,
        organisation=organisation,
        place=project.place,
        amount=amount,
        year=year,
        field=project.field,
        area=act.facts.policy.area_prefix(project.area_code),
        organisation_id=project.organisation_id,
        social=project.own_funds + project.donated + project.other_funds,
        experts=experts,
        contact=contact,
        published_at=act.now,
    )


def _publicity(act: Act) -> Notice:
    """The publicity notice of the project, read afresh and held."""
    ident = select(Notice.id).where(Notice.project_id == act.root.id, Notice.kind == "publicity")
    return locked(act.session, Notice, act.session.scalars(ident).one())


@records("aid_project", "object", Object)
def stop_the_clock(act: Act) -> None:
    """The first objection stops the publicity; a further one finds it stopped."""
    notice = _publicity(act)
    if notice.suspended_at is not None:
        return
    overrides = calendar_in_force(act.session).overrides
    # A calendar published during the run may make holidays of its last days; the day of the stop stays unserved.
    notice.days_left = max(1, unserved(notice.days_left, notice.last_day, shanghai_date(act.now), overrides))
    notice.suspended_at = act.now
    notice.closes_at = notice.last_day = None


@opens("objection")
def receive(act: Act) -> Iterable[Opening]:
    """One objection, as it was raised."""
    command = act.command

    def write(case: Case) -> None:
        act.session.add(
            Objection(
                case_id=case.id,
                project_id=act.root.id,
                objector=command.objector,
                contact=command.contact,
                statement=command.statement,
                received_at=act.now,
            )
        )

    return [Opening(write=write)]


@records("aid_project", "decide_objection", DecideObjection)
def refuse_a_closed_choice(act: Act) -> None:
    """FieldRefused unless the chosen objection is one of this project and still open."""
    chosen = select(Case.id).where(Case.pid == act.command.objection, Case.root_id == act.root.id)
    if act.session.scalar(chosen.where(Case.life == "objection", Case.closed_at.is_(None))) is None:
        raise FieldRefused("objection", because("没有这项异议，或已经办结。"))


@records("objection", "uphold")
def uphold(act: Act) -> None:
    """The objection is right: the project ends."""
    _decide(act, "upheld", act.command.reason)


@records("objection", "refute")
def refute(act: Act) -> None:
    """The objection is not right."""
    _decide(act, "refuted", act.command.reason)


@records("objection", "drop")
def drop(act: Act) -> None:
    """The project ended for another reason, so nothing is left to decide."""
    _decide(act, "dropped", None)


def _decide(act: Act, outcome: str, reason: str | None) -> None:
    objection = locked(act.session, Objection, act.case.id)
    objection.outcome, objection.reason, objection.decided_at = outcome, reason, act.now
    objection.decided_by_id = act.actor.user_id if reason is not None else None
