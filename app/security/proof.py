"""Who is still there: what must not be done on an open screen asks for the password, a code or a passkey again.

What that is stands here and nowhere else. The API is not asked: a token is no open screen.
"""

from collections.abc import Callable, Mapping

from flask import Flask, Response, current_app, flash, g, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_security import verify_password
from werkzeug.datastructures import ImmutableMultiDict

from app.database import db
from app.people.queries.sessions import Sitting, factor_state
from app.people.service.factors import take_code
from app.people.service.sessions import note_proof
from app.security import limits, passkeys, sessions
from app.security.access import WRITING, for_api, rule_of
from app.security.lapsed import SECRET

#: The field of the form that asks again, and where a list says that it is to be a file.
FIELD, AS_FILE = "proof", "as"
#: Acts by which money is granted, promised, set, paid or claimed back.
ACTS = frozenset(
    {
        "approve",
        "announce",
        "sign_agreement",
        "sign_fund_office",
        "sign_applicant",
        "accept_audit",
        "confirm_settlement",
        "approve_payment",
    }
    | {"record_sent", "record_paid", "record_failed", "appropriate", "cut_appropriation", "close_year", "terminate"}
    | {"open_clawback", "reverse_settlement"}
)
ALWAYS: Callable[[], bool] = lambda: True  # noqa: E731 -- one of several conditions of the table below


def _secret_waits() -> bool:
    """Whether the page of the second factor shows a secret that was begun and not confirmed."""
    sitting = sessions.sitting()
    state = factor_state(db.session(), sitting.user.id) if sitting else None
    return state is not None and state.secret is not None and state.confirmed_at is None


#: Endpoint → when asking it needs a password or a code that was given just now.
GUARDED: Mapping[str, Callable[[], bool]] = {
    "desk.act": lambda: (request.view_args or {}).get("action") in ACTS,
    "desk.chosen": lambda: request.form.get("do") in {"csv", "xlsx"},
    "desk.give_role": ALWAYS,
    "desk.take_role": ALWAYS,
    "desk.confirm_role": ALWAYS,
    "desk.new_password": ALWAYS,
    "desk.forget_factor": ALWAYS,
    "desk.unlink_outside_account": ALWAYS,
    "documents.take_all": ALWAYS,
    "people.new_token": ALWAYS,
    "accounts.take_own_data": ALWAYS,
    "accounts.ask_erasure": ALWAYS,
    "desk.show_organisation_account": ALWAYS,
    "desk.show_payee_account": ALWAYS,
    "security.change_password": ALWAYS,
    "people.begin_factor": ALWAYS,
    "people.confirm_factor": ALWAYS,
    "people.factor": _secret_waits,
    "people.begin_passkey": ALWAYS,
    "people.remove_passkey": ALWAYS,
    "people.renew_recovery_codes": ALWAYS,
}


def is_right(sitting: Sitting, typed: str) -> bool:
    """Whether this is the passkey's answer or the code of whoever has a second factor, or else the password."""
    if sitting.has_passkey and typed.startswith("{"):
        return passkeys.answered_by(typed, sitting=sitting) is not None
    if sitting.has_factor:
        return take_code(sitting.user.id, typed, vault=current_app.extensions["aidflow"].vault)
    return bool(sitting.user.password) and bool(verify_password(typed, sitting.user.password))


def by_provider(sitting: Sitting) -> bool:
    """Whether the outside provider's word proves who this is: that of whoever came by it and has no factor here."""
    return sitting.way == "provider" and not sitting.has_factor


def just_proven() -> bool:
    """Whether this form was held up and its person has just proved who it is: it is shown again, not carried out."""
    return bool(g.get("just_proven"))


def init_app(app: Flask) -> None:
    """Ask before the views in the table, and before a list is taken away as a file."""
    if app.extensions["aidflow"].settings.proof_lasts:
        app.before_request(_ask_again)


def prove(sitting: Sitting, typed: str) -> bool:
    """Whether this is right; if so nothing asks again for some minutes. Too many tries are refused with 429."""
    limits.count_code(sitting.user.id)
    if not is_right(sitting, typed):
        return False
    note_proof(sitting.id)
    flash(_("身份已核对。"), "success")
    return True


def asking_page(sitting: Sitting, action: str, *, wrong: bool = False) -> Response:
    """The page that asks, with what was typed kept in it but for secrets, to be sent to `action`."""
    kept = [pair for pair in request.form.items(multi=True) if not any(word in pair[0] for word in SECRET)]
    page = render_template(
        "security/prove.html", kept=kept, wrong=wrong, by_code=sitting.has_factor, by_passkey=sitting.has_passkey,
        has_code=sitting.has_code, by_provider=by_provider(sitting), field=FIELD, action=action,
        minutes=int(sessions.limits().proof.total_seconds() // 60),
    )  # fmt: skip
    return make_response(page, 422 if wrong else 403)


def _ask_again() -> Response | None:
    if request.endpoint is None or for_api() or just_proven() or not _is_guarded(request.endpoint):
        return None
    sitting = sessions.sitting()
    if sitting is None or sitting.proven:
        _leave_out_secret()
        return None
    back, typed = request.full_path.rstrip("?"), request.form.get(FIELD)
    if request.method not in WRITING:
        return asking_page(sitting, url_for("security.prove", next=back))
    if typed is None or not prove(sitting, typed):
        return asking_page(sitting, back, wrong=typed is not None)
    _leave_out_secret()
    g.just_proven = True
    return None


def _leave_out_secret() -> None:
    """What was typed before goes on to the view without it; it may be proved in another window in the meantime."""
    if FIELD in request.form:
        kept = [(name, value) for name, value in request.form.items(multi=True) if name != FIELD]
        request.form = ImmutableMultiDict(kept)


def _is_guarded(endpoint: str) -> bool:
    access = rule_of(current_app, endpoint, request.method)
    if access is None or access.everybody:
        return False
    if endpoint in GUARDED:
        return GUARDED[endpoint]()
    return request.method not in WRITING and bool(request.args.get(AS_FILE))
