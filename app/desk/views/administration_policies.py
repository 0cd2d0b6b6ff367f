"""Policy versions: the list, one with its sources, two compared, and a new one made from an older one."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.casework.forms import Filled, refuse_unknown
from app.database import Missing, db, transaction
from app.desk.views.recorded import rule_words
from app.desk.views.terms import desk
from app.programmes.commands import (
    BAR,
    CONTRADICTION_LABELS,
    DrawPolicy,
    LineRefused,
    policy_drawn,
    rules_typed,
    typed_label,
)
from app.programmes.queries import PolicyRow, policies, policy_in_force, policy_of
from app.programmes.service import draw_policy, rules_changed
from app.refusals import FieldRefused
from app.security import clock, current_actor, may
from app.text import translated
from workflows.calendar import shanghai_date
from workflows.definition import Reason, because
from workflows.policy import SOURCES, OutOfRange, Policy, rules
from workflows.roles import SYSTEM_ADMIN

#: Rules that say which version it is.
NAMES = ("key", "effective_on")
#: Lists whose last parts are points that make up a hundred.
SUMS = frozenset({"score_items", "performance_groups"})
#: A rule, what it says in either version, and where the later one has it from.
Difference = tuple[str, Sequence[str], Sequence[str], tuple[str, str]]


@desk.get("/administration/policies")
@may("policy.read")
def policy_versions() -> str:
    """Every version with its first day, and how many calls and projects live by it."""
    session = db.session()
    in_force = policy_in_force(session, shanghai_date(clock().now()))
    return render_template(
        "registers/policies.html", rows=policies(session), in_force=in_force, today=shanghai_date(clock().now()),
        keeps=current_actor().holds(SYSTEM_ADMIN),
    )  # fmt: skip


@desk.get("/administration/policies/<int:ident>")
@may("policy.read")
def policy_version(ident: int) -> str:
    """Every rule of a version with its source."""
    row = _row(ident)
    lines = [
        (typed_label(rule.label), rule_words(rule.name, rule.value), _source(row, rule.name, rule.source))
        for rule in rules(policy_of(db.session(), ident))
        if rule.name not in NAMES
    ]
    return render_template(
        "registers/policy.html", row=row, lines=lines, rows=policies(db.session()), tags=SOURCES,
        keeps=current_actor().holds(SYSTEM_ADMIN),
    )  # fmt: skip


@desk.get("/administration/policies/compare")
@may("policy.read")
def compare_policies() -> str:
    """Two versions field by field, what differs on top."""
    session = db.session()
    rows = policies(session)
    one, other = (_chosen(rows, name) for name in ("one", "other"))
    lines: list[Difference] = []
    if one and other:
        lines = _differences(
            policy_of(session, one.id),
            policy_of(session, other.id),
            lambda rule: _source(other, rule.name, rule.source),
        )
    return render_template("registers/compare.html", rows=rows, one=one, other=other, lines=lines)


@desk.get("/administration/policies/<int:ident>/draw")
@may("policy.draw")
def ask_for_policy(ident: int) -> str:
    """A new version that begins as this one."""
    row = _row(ident)
    typed = rules_typed(policy_of(db.session(), ident))
    return _form(row, Filled(DrawPolicy, values={**typed, "effective_on": ""}))


@desk.post("/administration/policies/<int:ident>/draw")
@may("policy.draw")
def enter_policy(ident: int) -> str | Response | tuple[str, int]:
    """Show what would differ, or write it down once and for all; calls opened from its first day on are under it."""
    row, filled = _row(ident), Filled(DrawPolicy)
    command: Any = filled.read()
    refuse_unknown(filled, request.form)
    if command is not None:
        try:
            policy = _drawn(command)
            if request.form.get("preview"):
                rules_changed(db.session(), policy, drawn_from=ident, now=clock().now())
                before, document = policy_of(db.session(), ident), ("", command.document)
                return _form(row, filled, _differences(before, policy, lambda _rule: document))
            with transaction() as session:
                made = draw_policy(
                    session, policy, drawn_from=ident, document=command.document, actor=current_actor(),
                    now=clock().now(),
                )  # fmt: skip
        except FieldRefused as refusal:
            filled.blame(refusal)
        else:
            flash(_("已建立政策版本“%(key)s”。已申报的项目不受影响。", key=policy.key), "success")
            return redirect(url_for(".compare_policies", one=ident, other=made), 303)
    return _form(row, filled), 422


def _drawn(command: Any) -> Policy:
    try:
        return policy_drawn(command)
    except LineRefused as refused:
        raise FieldRefused(
            refused.rule, because("“{line}”的各部分须以竖线分隔，且不得缺少。", line=refused.line)
        ) from None
    except OutOfRange as refused:
        raise FieldRefused(
            refused.args[1] if refused.args[1] in DrawPolicy.model_fields else "new_key",
            _contradiction(refused.args[1], command),
        ) from None


def _contradiction(name: str, command: Any) -> Reason:
    """Which rule a value goes against."""
    if name in SUMS:
        total = sum(int(line.rpartition(BAR)[2]) for line in getattr(command, name))
        return because("各项分值合计须为 100，现在合计为 {total}。", total=total)
    return because(CONTRADICTION_LABELS.get(name) or CONTRADICTION_LABELS[""])


def _form(row: PolicyRow, filled: Filled[Any], differences: Sequence[Difference] = ()) -> str:
    return render_template("registers/draw_policy.html", row=row, filled=filled, differences=differences)


def _differences(before: Policy, after: Policy, source: Callable[[Any], tuple[str, str]]) -> list[Difference]:
    """The rules in which two versions differ, with the source of the later one's."""
    return [
        (typed_label(a.label), rule_words(a.name, a.value), rule_words(b.name, b.value), source(b))
        for a, b in zip(rules(before), rules(after), strict=True)
        if a.name not in NAMES and a.value != b.value
    ]


def _row(ident: int) -> PolicyRow:
    for row in policies(db.session()):
        if row.id == ident:
            return row
    raise Missing(f"policy {ident}")


def _chosen(rows: list[PolicyRow], name: str) -> PolicyRow | None:
    return next((row for row in rows if str(row.id) == request.args.get(name)), None)


def _source(row: PolicyRow, name: str, tag: str) -> tuple[str, str]:
    """The tag and the words of a rule's source: a document that was named, or where the built-in number is from."""
    document = row.sources.get(name)
    return ("", document) if document else (tag, translated(SOURCES[tag]))
