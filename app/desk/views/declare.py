"""The declaration in steps: its task list, a page for each step, and the answers to check before it is handed in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from json import dumps

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.database import db
from app.desk.views.boxes import Shown, bases, controls, names_of
from app.desk.views.rows import from_lines, money_is_blank, operate, pasted, suggested
from app.desk.views.sending import (
    editable,
    keep_what_was_sent,
    known_step,
    refuse_strangers,
    sent_base,
    sent_texts,
    ticket,
)
from app.desk.views.terms import desk
from app.documents.queries import papers_of
from app.documents.service import TYPES
from app.organisations.models import DISTRICTS, KINDS, YEARLY_CHECK_RESULTS
from app.organisations.queries import organisation as organisation_of
from app.people.permissions import Grant
from app.people.queries.links import owners_of
from app.programmes.queries import policy_of
from app.projects.commands import SOURCE_LABELS
from app.projects.commands.steps import BY_KEY, LABELS, STEPS, Step
from app.projects.commands.texts import ROWS, fingerprint, is_answer, read
from app.projects.queries import ProjectHead
from app.projects.queries.bounds import out_of_bounds
from app.projects.queries.differences import since_submission
from app.projects.queries.drafts import draft_of, kept_form, others_present
from app.projects.queries.progress import STATE_LABELS, progress_of
from app.projects.queries.sums import sums_of
from app.projects.service import forget_kept, save_fields
from app.projects.service.drafting import Clash, Typed
from app.refusals import FieldRefused
from app.security import clock, current_actor, may
from app.security.access import when_lapsed
from app.text import say
from workflows.aid_project import AID_PROJECT
from workflows.policy import Policy
from workflows.roles import APPLICANT_OWNER


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a step is shown otherwise than it is saved: what was typed, what clashes, what was refused."""

    typed: Mapping[str, str] = field(default_factory=dict)
    base: Mapping[str, str] | None = None
    clashes: Mapping[str, Clash] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    restored: bool = False
    more_rows: int = 0


@desk.get("/projects/<number>/declare")
@may("project.declare")
def declare_steps(number: str) -> str:
    """The steps, how far each has come, and what lacks."""
    head = editable(number)
    session, actor, now = db.session(), current_actor(), clock().now()
    draft = draft_of(session, head.case_id)
    return render_template(
        "projects/declare/tasks.html", head=head, workflow=AID_PROJECT, draft=draft, states=STATE_LABELS,
        progress=progress_of(session, actor, head.case_id, draft, now), steps=BY_KEY,
        others=others_present(session, head.case_id, actor, now),
    )  # fmt: skip


@desk.get("/projects/<number>/declare/<step>")
@may("project.declare")
def declare_step(number: str, step: str) -> str:
    """One step as it was last saved, or as it was sent after the session had ended."""
    head, found = editable(number), known_step(step)
    kept = kept_form(db.session(), head.case_id, found.key, current_actor(), clock().now())
    if kept is not None:
        return _page(head, found, Look(typed=kept.body["texts"], base=kept.body["base"], restored=True))
    return _page(head, found, Look(more_rows=int("rows" in request.args)))


@desk.post("/projects/<number>/declare/<step>")
@may("project.declare")
@when_lapsed(keep_what_was_sent)
def save_step(number: str, step: str) -> Response | tuple[str, int]:
    """Save what was typed, field by field, then do what the button said."""
    head, found = editable(number), known_step(step)
    refuse_strangers()
    do = request.form.get("do", "next")
    if do == "forget":
        forget_kept(head.case_id, found.key, actor=current_actor())
        return redirect(url_for(".declare_step", number=number, step=step), 303)
    texts, base = sent_texts(found), sent_base()
    texts |= _operated(do, texts, head)
    try:
        saved = save_fields(
            head.pid, _chosen(texts, base), step=found.key, actor=current_actor(), now=clock().now()
        )  # fmt: skip
    except FieldRefused as refusal:
        return _page(head, found, Look(typed=texts, base=base, refused={refusal.field: say(refusal.reason)})), 422
    forget_kept(head.case_id, found.key, actor=current_actor())
    if saved.clashes:
        mine = {name: clash.mine for name, clash in saved.clashes.items()}
        return _page(head, found, Look(typed=mine, base=base, clashes=saved.clashes)), 409
    return redirect(_onward(number, found, do, wrong=bool(set(saved.faults) & texts.keys())), 303)


@desk.get("/projects/<number>/declare/check")
@may("project.declare")
def declare_check(number: str) -> str:
    """Every answer with the way to change it, what still lacks, and the button that hands it in."""
    head = editable(number)
    session, actor, now = db.session(), current_actor(), clock().now()
    draft, policy = draft_of(session, head.case_id), policy_of(session, head.policy_id)
    found = read(draft.texts, title=head.title)
    return render_template(
        "projects/declare/check.html", head=head, workflow=AID_PROJECT, steps=STEPS, labels=LABELS, policy=policy,
        progress=progress_of(session, actor, head.case_id, draft, now), declaration=found.declaration,
        sums=sums_of(found.declaration, policy), papers=papers_of(session, head.case_id, actor=actor),
        changes=since_submission(session, head.case_id, policy), sources=SOURCE_LABELS, tables=ROWS,
        owners=_owners(head), wrong={name: draft.texts.get(name, "") for name in found.faults},
    )  # fmt: skip


def _owners(head: ProjectHead) -> list[str] | None:
    """Who hands in where the reader only fills in; None for one who hands in."""
    if Grant(APPLICANT_OWNER, organisation_id=head.organisation_id) in current_actor().grants:
        return None
    return owners_of(db.session(), head.organisation_id)


def _operated(do: str, texts: dict[str, str], head: ProjectHead) -> dict[str, str]:
    """What a button changes beside what was typed: `table:action` or `table:action:row`."""
    policy = policy_of(db.session(), head.policy_id)
    match do.split(":"):
        case [table, "paste"] if table in ROWS:
            rows = pasted(texts, table, request.form.get(f"paste-{table}", ""), policy)
            fill = table == "budget" and rows and money_is_blank(texts)
            return rows | (_sources(texts | rows, head, policy) if fill else {})
        case ["budget", "sources"]:
            return _sources(texts, head, policy)
        case ["targets", "suggest"]:
            return suggested(texts, policy)
        case [table, action, key] if table in ROWS:
            return operate(texts, action, table, key)
    return {}


def _sources(texts: Mapping[str, str], head: ProjectHead, policy: Policy) -> dict[str, str]:
    return from_lines(read(texts, title=head.title).declaration, policy)


def _chosen(texts: Mapping[str, str], base: Mapping[str, str]) -> dict[str, Typed]:
    """Each field with what its page was looking at; of a clash that was shown, what the person chose."""
    typed = {}
    for name, text in texts.items():
        choice, _colon, theirs = request.form.get(f"choose-{name}", "").partition(":")
        if choice != "theirs":
            typed[name] = Typed(text, theirs if choice == "mine" else base.get(name, ""))
    return typed


def _onward(number: str, step: Step, do: str, *, wrong: bool) -> str:
    """Where a button leads: on, back to the list, or to the same page where something is wrong or was asked of it."""
    here = url_for(".declare_step", number=number, step=step.key)
    if ":" in do:
        table, action = do.split(":")[:2]
        return f"{here}?rows=1#{table}" if action == "add" else f"{here}#{table}"
    if do == "later":
        flash(_("已保存，可随时回来继续。"), "success")
        return url_for(".declare_steps", number=number)
    place = STEPS.index(step)
    if do == "previous" and place:
        return url_for(".declare_step", number=number, step=STEPS[place - 1].key)
    if wrong:
        return f"{here}#errors"
    if place + 1 < len(STEPS):
        return url_for(".declare_step", number=number, step=STEPS[place + 1].key)
    return url_for(".declare_check", number=number)


def _page(head: ProjectHead, step: Step, look: Look) -> str:
    session, actor, now = db.session(), current_actor(), clock().now()
    draft, policy = draft_of(session, head.case_id), policy_of(session, head.policy_id)
    texts = {**draft.texts, **look.typed}
    found = read(texts, title=head.title)
    beyond = out_of_bounds(session, head.case_id, found.declaration, policy)
    boxes = controls(
        step,
        Shown(
            texts=texts, policy=policy, faults={**beyond, **found.faults, **look.refused}, clashes=look.clashes,
            more_rows=look.more_rows,
        ),
    )  # fmt: skip
    progress = progress_of(session, actor, head.case_id, draft, now)
    answers = [name for name in draft.answers if is_answer(name)]
    standing = bases([*names_of(boxes), *answers], {**draft.texts, **draft.answers})
    # Where a page is shown again with what was typed, it was looking at what it was looking at before.
    base = {**standing, **(look.base or {})} if look.base is not None else standing
    if look.clashes:
        base = {**standing, **{name: (look.base or {}).get(name, "") for name in look.clashes}}
    place = STEPS.index(step)
    return render_template(
        "projects/declare/step.html", head=head, step=step, steps=STEPS, workflow=AID_PROJECT, boxes=boxes,
        base=dumps(base, ensure_ascii=False), ticket=ticket(head, step), progress=progress, row=progress.row(step.key),
        others=others_present(session, head.case_id, actor, now), draft=draft, policy=policy, look=look,
        sums=sums_of(found.declaration, policy) if step.key == "budget" else None, fingerprint=fingerprint,
        papers=papers_of(session, head.case_id, actor=actor) if step.key == "papers" else (),
        organisation=organisation_of(session, actor, head.uscc) if step.key == "organisation" else None,
        most=current_app.extensions["aidflow"].settings.max_upload_bytes, accept=",".join(f".{each}" for each in TYPES),
        kinds=KINDS, districts=DISTRICTS, results=YEARLY_CHECK_RESULTS, by_key=BY_KEY, tables=ROWS,
        previous=STEPS[place - 1] if place else None, following=STEPS[place + 1] if place + 1 < len(STEPS) else None,
    )  # fmt: skip
