"""How casework learns about lives it does not know: features register here what each one needs.

A feature imports casework and never the other way round. What is registered: the workflow and how
its facts are built, the columns that feed the facts, the fields of an action and what to write when
it is taken, how lives inside a project begin, and how something is published.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import BigInteger, ColumnElement, DateTime, Select, any_, bindparam, select
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased

from app.casework.commands import Command, NoFields
from app.casework.models import Case, Duty
from app.casework.permissions import tied
from app.evidence.service import Written
from app.people.permissions import Actor
from workflows.definition import Transition, Workflow

Facts = Any
FactsBuilder = Callable[[Mapping[str, Any], Mapping[str, Any], datetime], Facts]

#: The case that a column is about; contributions correlate with it.
subject_case = aliased(Case, name="subject_case")


@dataclass(frozen=True, slots=True)
class Ids:
    """What a contributed column may name: the case, its project, who asks, and when."""

    case: Any = subject_case.id
    root: Any = subject_case.root_id
    actor: Any = field(default_factory=lambda: bindparam("actor_id", type_=BigInteger))
    now: Any = field(default_factory=lambda: bindparam("now", type_=DateTime(timezone=True)))


Column = Callable[[Ids], ColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class Subject:
    """A life: its workflow, and how a row of columns becomes the facts its guards look at.

    `figures` answers what the decision rests on (amounts, hashes of papers), to be kept in the
    private half of the event. `heading` names a root case in a message: number and title. `bound` gives
    the fields of an action that name the very content the reader has in front of them (the hash of
    the agreement's text, of the figures): pages and answers carry it, and the act sends it back.
    """

    workflow: Workflow
    facts: FactsBuilder
    figures: Callable[[Facts, str], Mapping[str, Any]] = lambda _facts, _action: {}
    heading: Callable[[Session, int], str] = lambda _session, _case_id: ""
    bound: Callable[[Facts, str], Mapping[str, str]] = lambda _facts, _action: {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act under way, inside its transaction: what a recorder, an opener and a publisher get."""

    session: Session
    case: Case
    root: Case
    command: Command
    actor: Actor
    role: str
    now: datetime
    facts: Facts
    transition: Transition
    event: Written


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A life to begin inside the project: who is to work on it, and the row that goes with it."""

    write: Callable[[Case], None]
    assigned_user_id: int | None = None
    assigned_unit_id: int | None = None


class UnknownLife(LookupError):
    """No feature has registered this life."""


#: A person by the id of the user, or the column that holds it.
Somebody = ColumnElement[int] | int | None

_subjects: dict[str, Subject] = {}
_columns: dict[str, dict[str, Column]] = {}
_commands: dict[tuple[str, str], type[Command]] = {}
_recorders: dict[tuple[str, str], Callable[[Act], None]] = {}
_openers: dict[str, Callable[[Act], Iterable[Opening]]] = {}
_publishers: dict[str, Callable[[Act], None]] = {}
_desks: dict[tuple[str, str], Callable[[Somebody], ColumnElement[bool]]] = {}

Recorder = Callable[[Act], None]
Opener = Callable[[Act], Iterable[Opening]]
#: What reads the fields of an act, once it is known what kind of case it is about.
Reads = Callable[[Case], Command]


def register(subject: Subject) -> None:
    """Make a life known; a second registration of the same key replaces nothing and is refused."""
    if subject.workflow.key in _subjects:
        raise ValueError(f"{subject.workflow.key} is registered twice")
    _subjects[subject.workflow.key] = subject


def contribute(life: str, **columns: Column) -> None:
    """Add columns to the one statement that gathers the facts of a life."""
    known = _columns.setdefault(life, {})
    if twice := known.keys() & columns.keys():
        raise ValueError(f"{life}: {', '.join(sorted(twice))} contributed twice")
    known.update(columns)
    facts_statement.cache_clear()


def waits_for(role: str, held_by: str, condition: Callable[[Somebody], ColumnElement[bool]]) -> None:
    """Say which of the cases that the desk of `held_by` holds wait for a person of `role`, given by id.

    For the desk's own role this leaves out what the person has done already; another role finds
    there what its own acts have become open on.
    """
    _desks[role, held_by] = condition


def desks_kept(role: str, somebody: Somebody) -> dict[str, ColumnElement[bool] | None]:
    """The city-wide desks on which cases may wait for a person of this role, each with what they must meet."""
    named = {held_by: condition(somebody) for (each, held_by), condition in _desks.items() if each == role}
    return {role: None, **named}


def describes(life: str, action: str, command: type[Command]) -> None:
    """Say which fields an action carries."""
    if _commands.setdefault((life, action), command) is not command:
        raise ValueError(f"{life}.{action} is described twice")


def records(life: str, action: str, command: type[Command] = NoFields) -> Callable[[Recorder], Recorder]:
    """The decorated function writes the feature's rows whenever this action is taken."""

    def remember(recorder: Recorder) -> Recorder:
        describes(life, action, command)
        _recorders[life, action] = recorder
        return recorder

    return remember


def opens(life: str) -> Callable[[Opener], Opener]:
    """The decorated function says which lives of this kind an act begins."""

    def remember(opener: Opener) -> Opener:
        _openers[life] = opener
        return opener

    return remember


def publishes(what: str) -> Callable[[Recorder], Recorder]:
    """The decorated function shows something to the public."""

    def remember(publisher: Recorder) -> Recorder:
        _publishers[what] = publisher
        return publisher

    return remember


def subject_of(workflow_key: str) -> Subject:
    """The subject of a workflow key; `UnknownLife` when no feature brought it."""
    try:
        return _subjects[workflow_key]
    except KeyError:
        raise UnknownLife(workflow_key) from None


def subjects() -> tuple[Subject, ...]:
    """Every life that is known."""
    return tuple(_subjects.values())


def command_of(life: str, action: str) -> type[Command]:
    """The fields of an action; an action nobody described has none."""
    return _commands.get((life, action), NoFields)


def recorder_of(life: str, action: str) -> Recorder | None:
    """What writes the feature's rows for an action, if anything."""
    return _recorders.get((life, action))


def opener_of(life: str) -> Opener:
    """What begins lives of this kind."""
    return _openers[life]


def publisher_of(what: str) -> Recorder:
    """What shows this to the public."""
    return _publishers[what]


@cache
def facts_statement(life: str) -> Select[Any]:
    """One statement for the facts of any number of cases of a life: parameters cases, actor_id, now."""
    ids = Ids()
    columns = [column(ids).label(name) for name, column in _columns.get(life, {}).items()]
    duty = select(Duty.duty).where(Duty.root_id == ids.root, Duty.user_id == ids.actor).scalar_subquery().label("duty")
    # A sub-select hides how many cases there are, so that the plan made once is kept: planning this
    # statement anew would take longer than running it.
    wanted = cast_to(select(bindparam("cases", type_=ARRAY(BigInteger))).scalar_subquery(), ARRAY(BigInteger))
    tie = tied(ids.root, ids.actor, ids.now).label("tie")
    return select(subject_case.id.label("case_id"), duty, tie, *columns).where(subject_case.id == any_(wanted))


def gather(
    session: Session, life: str, case_ids: list[int], actor: Actor, now: datetime
) -> dict[int, Mapping[str, Any]]:
    """The columns every feature contributes about these cases of one life, in one statement."""
    rows = session.execute(facts_statement(life), {"cases": case_ids, "actor_id": actor.user_id, "now": now}).mappings()
    return {row["case_id"]: cast("Mapping[str, Any]", row) for row in rows}
