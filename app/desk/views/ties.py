"""Ties of people to organisations: one's own, and those that the offices keep; what of experts is compared."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.casework.forms import Filled, refuse_unknown
from app.database import Missing, db
from app.desk.views.administration import who
from app.desk.views.terms import desk
from app.organisations.commands import EndTie, RecordTie, WithdrawTie
from app.organisations.models import TIE_LABELS
from app.organisations.queries import ties_of
from app.organisations.service import end_tie, record_tie, withdraw_tie
from app.people.models import User
from app.people.queries import user_and_actor
from app.refusals import FieldRefused
from app.reviews.commands import KeepContacts
from app.reviews.queries.conflicts import contacts_kept
from app.reviews.service.conflicts import keep_contacts
from app.security import clock, current_actor, may
from workflows.calendar import shanghai_date
from workflows.conflicts import SHARED_LABELS
from workflows.roles import EXPERT, SECRETARY, SYSTEM_ADMIN


@desk.get("/ties")
@may("tie.state")
def own_ties() -> str:
    """What is entered about oneself, and the form to say more."""
    return _page(_myself(), own=True)


@desk.post("/ties")
@may("tie.state")
def declare_tie() -> Response | tuple[str, int]:
    """Enter a tie of one's own; somebody else ends it or takes it back."""
    return _enter(_myself(), own=True)


@desk.get("/people/<int(max=999999999999):ident>/ties")
@may("tie.keep")
def ties(ident: int) -> str:
    """What is entered about somebody: the secretary for experts, the administrator for everybody."""
    return _page(_person(ident))


@desk.post("/people/<int(max=999999999999):ident>/ties")
@may("tie.keep")
def enter_tie(ident: int) -> Response | tuple[str, int]:
    """Enter a tie."""
    return _enter(_person(ident))


@desk.post("/people/<int(max=999999999999):ident>/ties/<int(max=999999999999):tie>/end")
@may("tie.keep")
def finish_tie(ident: int, tie: int) -> Response | tuple[str, int]:
    """Say which day was the last one."""
    person, filled = _person(ident), Filled(EndTie)
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is not None:
        return _done(person, lambda: end_tie(tie, command, user_id=ident, by=who(current_actor()), now=clock().now()))
    return _page(person, refused=filled), 422


@desk.post("/people/<int(max=999999999999):ident>/ties/<int(max=999999999999):tie>/withdraw")
@may("tie.keep")
def take_back_tie(ident: int, tie: int) -> Response | tuple[str, int]:
    """Take out of account what was entered by mistake."""
    person, filled = _person(ident), Filled(WithdrawTie)
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is not None:
        by, now = who(current_actor()), clock().now()
        return _done(person, lambda: withdraw_tie(tie, command, user_id=ident, by=by, now=now))
    return _page(person, refused=filled), 422


@desk.post("/people/<int(max=999999999999):ident>/contacts")
@may("expert.keep_contacts")
def enter_contacts(ident: int) -> Response | tuple[str, int]:
    """Keep hashes of where an expert lives, is called and banks."""
    person, filled = _person(ident), Filled(KeepContacts)
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is not None:
        return _done(person, lambda: keep_contacts(ident, command, actor=current_actor(), now=clock().now()))
    return _page(person, refused=filled), 422


def _myself() -> User:
    return db.session.get_one(User, who(current_actor()))


def _person(ident: int) -> User:
    found = user_and_actor(db.session(), User.id == ident)
    if found is None or not (current_actor().holds(SYSTEM_ADMIN) or found[1].holds(EXPERT)):
        raise Missing(f"user {ident}")
    return found[0]


def _enter(person: User, *, own: bool = False) -> Response | tuple[str, int]:
    filled: Filled[RecordTie] = Filled(RecordTie)
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is not None:
        try:
            record_tie(person.id, command, by=who(current_actor()), now=clock().now())
        except FieldRefused as refusal:
            filled.blame(refusal)
        else:
            flash(_("已登记该关联，即时生效。"), "success")
            return redirect(url_for(".own_ties") if own else url_for(".ties", ident=person.id), 303)
    return _page(person, own=own, filled=filled), 422


def _done(person: User, change: Any) -> Response | tuple[str, int]:
    ident = person.id
    try:
        change()
    except FieldRefused as refusal:
        return _page(_person(ident), refusal=refusal), 422
    flash(_("已保存。"), "success")
    return redirect(url_for(".ties", ident=ident), 303)


def _page(
    person: User,
    *,
    own: bool = False,
    filled: Filled[RecordTie] | None = None,
    refused: Filled[Any] | None = None,
    refusal: FieldRefused | None = None,
) -> str:
    session, actor = db.session(), current_actor()
    return render_template(
        "registers/ties.html", person=person, own=own, filled=filled or Filled(RecordTie), refused=refused,
        refusal=refusal, kinds=TIE_LABELS, rows=ties_of(session, person.id), today=shanghai_date(clock().now()),
        may_end=not own and person.id != actor.user_id, shared=SHARED_LABELS,
        contacts=contacts_kept(session, person.id) if not own and actor.holds(SECRETARY) else None,
    )  # fmt: skip
