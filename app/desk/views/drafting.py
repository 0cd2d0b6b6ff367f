"""Saving as one types: a small endpoint that takes a few fields, and says what others did meanwhile."""

from typing import Any

from flask import Response, jsonify, request
from flask_wtf.csrf import generate_csrf

from app.database import db
from app.desk.views.sending import editable, known_step
from app.desk.views.terms import desk
from app.programmes.queries import policy_of
from app.projects.commands.steps import BY_KEY
from app.projects.commands.texts import fingerprint, read
from app.projects.queries import ProjectHead
from app.projects.queries.drafts import Draft, draft_of, others_present
from app.projects.queries.sums import sums_of
from app.projects.service import save_fields
from app.projects.service.drafting import Saved, Typed
from app.refusals import FieldRefused
from app.security import clock, current_actor, may
from app.security.fields import unknown
from app.text import SHANGHAI, moment, money, translated
from workflows.definition import because


@desk.get("/projects/<number>/declare/fields")
@may("project.declare")
def draft_token(number: str) -> Response:
    """Who is signed in now, and the word that this person's forms carry: for a page that outlived its session."""
    editable(number)
    return jsonify(person=current_actor().user_id, token=generate_csrf())


@desk.patch("/projects/<number>/declare/fields")
@may("project.declare")
def save_draft(number: str) -> Response:
    """Save `fields` (name → [text, base]) and tell what stands otherwise than the page `known` says."""
    head, body = editable(number), request.get_json()
    step, fields, known = _parts(body)
    now, actor, session = clock().now(), current_actor(), db.session()
    saved = save_fields(head.pid, fields, step=known_step(step).key, actor=actor, now=now)
    draft = draft_of(session, head.case_id)
    others = others_present(session, head.case_id, actor, now)
    return jsonify(
        at=now.astimezone(SHANGHAI).strftime("%H:%M:%S"),
        saved={name: fingerprint(_standing(draft, name)) for name in fields if name not in saved.clashes},
        clashes={name: _told(draft, name) for name in saved.clashes},
        changed=_changed(draft, known, fields),
        faults={name: saved.faults[name] for name in (*fields, *known) if name in saved.faults},
        others=[{"name": each.name, "step": translated(BY_KEY[each.step].label)} for each in others],
        sums=_sums(saved, head),
    )


def _parts(body: Any) -> tuple[str, dict[str, Typed], dict[str, str]]:
    """The parts of the request, or FieldRefused where it has another shape."""
    if isinstance(body, dict) and (strange := sorted(body.keys() - {"step", "fields", "known"})):
        raise unknown(strange[0])
    try:
        fields = {str(name): Typed(str(text), str(base)) for name, (text, base) in body.get("fields", {}).items()}
        known = {str(name): str(base) for name, base in body.get("known", {}).items()}
        return str(body.get("step", "")), fields, known
    except (AttributeError, TypeError, ValueError):
        raise FieldRefused("fields", because("格式不正确。")) from None


def _standing(draft: Draft, name: str) -> str:
    return draft.texts.get(name) or draft.answers.get(name, "")


def _told(draft: Draft, name: str) -> dict[str, str]:
    """A field as it stands: its text, and whose it is since when."""
    hand, text = draft.hands.get(name), _standing(draft, name)
    by = {"by": hand.name or "", "when": moment(hand.at)} if hand else {"by": "", "when": ""}
    return {"text": text, "base": fingerprint(text), **by}


def _changed(draft: Draft, known: dict[str, str], fields: dict[str, Typed]) -> dict[str, dict[str, str]]:
    """What others changed since the page last heard, among the fields it shows and did not send."""
    return {
        name: _told(draft, name)
        for name, base in known.items()
        if name not in fields and fingerprint(_standing(draft, name)) != base
    }


def _sums(saved: Saved, head: ProjectHead) -> dict[str, str]:
    """The sums as the server sees them, for the same places as the page has them."""
    policy = policy_of(db.session(), head.policy_id)
    sums = sums_of(read(saved.texts, title=head.title).declaration, policy)
    return {"planned": money(sums.planned), "lines": money(sums.lines), "limit": money(sums.limit)}
