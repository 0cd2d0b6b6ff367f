"""Telling a story: each act taken through the one service, at its moment, by the person whose act it is.

Every act carries an idempotency key made of the story's name and the act's number, so a telling that
was interrupted goes on where it stopped, and one that is complete is left alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from app.agreements.queries import agreement_of
from app.casework.models import Case
from app.casework.service import seen_of, take_action
from app.casework.subjects import command_of
from app.database import db
from app.demo.filing import add_paper, draw_up_agreement, spending
from app.demo.road import steps
from app.demo.story import SEAT, Step, Story
from app.evidence.models import Event
from app.payments.queries import orders_of, settlements_of
from app.people.permissions import PUBLIC_ACTOR, SYSTEM_ACTOR, Actor
from app.projects.models import Project
from app.reviews.queries.draws import draws_of
from app.reviews.service.draws import draw_panel
from workflows.calendar import SHANGHAI, is_working_day, months_after, shanghai_date
from workflows.money import yuan

PREFIX = "demo/"
MORNING, EVENING = time(9, 30), time(17, 30)
BREATH, QUARTER = timedelta(minutes=13), timedelta(minutes=15)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Cast:
    """Who acts: people by the part before the @ of their address, with e-mails; and by post."""

    actors: Mapping[str, Actor]
    emails: Mapping[str, str]
    owners: Mapping[str, str]
    posts: Mapping[int, str]

    def on(self, who: str, story: Story, root: Case) -> Actor:
        """The person behind a word of a step, for this project."""
        if who in {"system", "public"}:
            return SYSTEM_ACTOR if who == "system" else PUBLIC_ACTOR
        if who == "owner":
            return self.actors[self.owners[story.organisation]]
        if who == "accepting":
            return self.actors[self.posts[root.accepting_unit_id or 0]]
        if who == "front":
            return self.actors[self.posts[root.front_office_id or 0]]
        return self.actors[who]


def last_key(story: Story, place: int) -> str:
    """The key of the act with which a story is complete; of the opening when it has no other."""
    return f"{PREFIX}{story.key}/{len(steps(story, place)) - 1}"


def told_keys() -> set[str]:
    """The keys of all acts of stories that are told already."""
    keys = db.session.scalars(select(Event.request_key).where(Event.request_key.like(f"%:{PREFIX}%"))).all()
    db.session.rollback()
    return {key.partition(":")[2] for key in keys if key is not None}


class Telling:
    """One story being told to a project that was drafted before."""

    def __init__(self, story: Story, place: int, root_id: int, cast: Cast, *, today: datetime) -> None:
        self.story = story
        self._place = place
        self._steps = steps(story, place)
        self._root_id = root_id
        self._cast = cast
        self._today = today
        self._at = self._last_event()
        self._hour = 0

    def tell(self, told: set[str]) -> None:
        """Take every act that was not taken before."""
        left = sum(step.gap for step in self._steps)
        pace = (self.story.submitted - self.story.ago) / left if left else 0
        for number, step in enumerate(self._steps):
            left -= step.gap
            key = f"{PREFIX}{self.story.key}/{number}"
            # Offices do not do everything at half past nine.
            self._hour = (self._place * 5 + number * 7) % 23
            if key not in told:
                self._take(step, number, key, self.story.ago + pace * left)

    def _take(self, step: Step, number: int, key: str, days_ago: float) -> None:
        root = self._case(self._root_id)
        actor = self._seated(step.who) if step.who.startswith(SEAT) else self._cast.on(step.who, self.story, root)
        self._at = (root.due_at or self._at) if step.who == "system" else self._moment(days_ago)
        case = self._child(step.life, actor) if step.life else root
        filer = self._cast.on(step.filer, self.story, root) if step.filer else actor
        for place, kind in enumerate(step.papers):
            add_paper(self.story, case.id, kind, by=filer.user_id, number=10 * number + place, now=self._at)
        fields = step.fields(self) if callable(step.fields) else step.fields
        case = self._case(case.id)
        command = command_of(case.life, step.action).model_validate(fields)
        pid, seen = case.pid, None if actor in {SYSTEM_ACTOR, PUBLIC_ACTOR} else seen_of(case)
        db.session.rollback()
        take_action(pid, step.action, actor=actor, seen=seen, command=command, idempotency_key=key, now=self._at)

    def _moment(self, days_ago: float) -> datetime:
        """A working hour about so many days back, after everything that was told before."""
        planned = morning(self._today - days_ago * DAY) + self._hour * QUARTER
        if planned > self._at:
            return planned
        soon = self._at + BREATH
        local = soon.astimezone(SHANGHAI)
        if MORNING <= local.time() <= EVENING and is_working_day(local.date()):
            return soon
        day = local.date() if local.time() < MORNING else local.date() + DAY
        while not is_working_day(day):
            day += DAY
        return min(datetime.combine(day, MORNING, SHANGHAI).astimezone(UTC), max(soon, self._today - BREATH))

    def emails(self, who: Sequence[str]) -> list[str]:
        """The addresses by which experts are named; seats are filled by a draw."""
        if who[0].startswith(SEAT):
            number = db.session.get_one(Project, self._root_id).number
            db.session.rollback()
            draw = draw_panel(number, actor=self._cast.actors["secretary"], now=self._at)
            return [each.email for each in draw.seated]
        return [self._cast.emails[each] for each in who]

    @property
    def day(self) -> str:
        """The day of this act in Shanghai."""
        return shanghai_date(self._at).isoformat()

    def day_before(self, days: int) -> str:
        """A day before this act."""
        return (shanghai_date(self._at) - days * DAY).isoformat()

    @property
    def later_end(self) -> str:
        """The end of the work, put off by a month."""
        return months_after(working_period(self.story, self._today)[1], 1).isoformat()

    @property
    def agreement_hash(self) -> str:
        """What both sides sign; the text is drawn up when it is not there yet."""
        if not (agreement := agreement_of(db.session(), self._root_id)) or not agreement.document_hash:
            db.session.rollback()
            draw_up_agreement(self._root_id, self._at)
            self._at += BREATH
            agreement = agreement_of(db.session(), self._root_id)
        return (agreement and agreement.document_hash) or ""

    @property
    def settlement_hash(self) -> str:
        """What the checker of the settlement confirms."""
        return str(settlements_of(db.session(), self._root_id)[0].content_hash)

    @property
    def order_hash(self) -> str:
        """What the checker of the payment order approves."""
        return orders_of(db.session(), self._root_id)[-1].content_hash or ""

    @property
    def bank_reference(self) -> str:
        """The number of the bank's transfer, made up."""
        return f"DEMO-{self._root_id:06d}-{shanghai_date(self._at):%Y%m%d}"

    def child(self, life: str) -> UUID:
        """The public id of the life of this kind that is open."""
        return self._child(life, PUBLIC_ACTOR).pid

    def audit(self) -> dict[str, Any]:
        """The audit report, with figures as yuan."""
        story, lines = self.story, spending(self.story)
        columns = ("budget", "claimed", "disallowed", "audited")
        received = {"自有资金": story.given("own"), "社会捐赠": story.given("donated")}
        return {
            "number": f"演示审字〔{self._at.year}〕{self._root_id:04d}号",
            "licence": "31000000（演示）",
            "first_cpa": "甄审慎（演示）",
            "second_cpa": "季会通（演示）",
            "independence": "本所及签字注册会计师与项目主体、合作方无任何利害关系。",
            "period_from": working_period(story, self._today)[0].isoformat(),
            "period_until": max(self.day, working_period(story, self._today)[0].isoformat()),
            "received": [{"source": name, "amount": yuan(amount)} for name, amount in received.items() if amount],
            "lines": [
                {"item": line["item"], "reason": line["reason"], **{name: yuan(line[name]) for name in columns}}
                for line in lines
            ],
            **{name: yuan(sum(line[name] for line in lines)) for name in columns[1:]},
            "other_fiscal": "0.00",
            "opinion": story.opinion,
            "findings": "；".join(reason for _, _, reason in story.disallowed) or "无。",
        }

    def _seated(self, who: str) -> Actor:
        """Who was drawn for a seat, from 0."""
        (draw,) = draws_of(db.session(), self._root_id)
        person = draw.seated[int(who.removeprefix(SEAT))].id
        return next(actor for actor in self._cast.actors.values() if actor.user_id == person)

    def _case(self, ident: int) -> Case:
        return db.session.get_one(Case, ident, populate_existing=True)

    def _child(self, life: str, actor: Actor) -> Case:
        wanted = select(Case).where(Case.root_id == self._root_id, Case.life == life, Case.closed_at.is_(None))
        if life == "score_sheet":
            wanted = wanted.where(Case.assigned_user_id == actor.user_id)
        return db.session.scalars(
            wanted.order_by(Case.id).limit(1), execution_options={"populate_existing": True}
        ).one()

    def _last_event(self) -> datetime:
        last = db.session.scalar(select(func.max(Event.at)).where(Event.root_id == self._root_id))
        db.session.rollback()
        assert last is not None
        return last


def morning(moment: datetime) -> datetime:
    """The morning of this day in Shanghai, or of the last working day before it."""
    day = shanghai_date(moment)
    while not is_working_day(day):
        day -= DAY
    return datetime.combine(day, MORNING, SHANGHAI).astimezone(UTC)


def working_period(story: Story, today: datetime) -> tuple[Any, Any]:
    """The days from which and until which the work is declared to last."""
    starts_on = shanghai_date(today) - (story.submitted - 75) * DAY
    return starts_on, months_after(starts_on, story.months)
