"""My second factor: set up with an authenticator, moved to another one, and the recovery codes."""

from collections.abc import Callable
from urllib.parse import quote, urlencode

from flask import current_app, flash, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later
from flask_wtf import FlaskForm
from qrcode import QRCode
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.database import db
from app.people.queries.sessions import factor_state
from app.people.service import factors
from app.people.views.terms import me, people
from app.refusals import FieldRefused
from app.security import clock, may
from app.security.limits import count_code
from app.security.sessions import sitting
from app.text import say
from app.vault import Vault, WrongKey

#: What an authenticator calls us.
ISSUER = "aidflow"


class CodeForm(FlaskForm):
    """A code of the authenticator."""

    code = StringField(later("验证码"), validators=[DataRequired(later("请填写验证码。")), Length(max=40)])


@people.get("/account/second-factor")
@may("factor.keep")
def factor() -> str:
    """How far I am with it, and what comes next."""
    return _page()


@people.post("/account/second-factor/begin")
@may("factor.keep")
def begin_factor() -> Response:
    """Make a secret for my authenticator; it counts once I have given a code of it."""
    factors.begin_factor(me(), vault=_vault())
    return redirect(url_for(".factor"), 303)


@people.post("/account/second-factor/confirm")
@may("factor.keep")
def confirm_factor() -> tuple[str, int]:
    """Give the first code, and see the recovery codes this once."""
    return _with_code(lambda code: factors.confirm_factor(me(), code, vault=_vault(), now=clock().now()))


@people.post("/account/second-factor/recovery-codes")
@may("factor.keep")
def other_recovery_codes() -> tuple[str, int]:
    """Make the earlier recovery codes void, and see others this once."""
    return _with_code(lambda code: factors.new_recovery_codes(me(), code, vault=_vault(), now=clock().now()))


@people.post("/account/second-factor/replace")
@may("factor.keep")
def replace_factor() -> Response | tuple[str, int]:
    """Begin anew with another authenticator, by a code of the present one."""
    form = CodeForm()
    if form.validate_on_submit():
        count_code(me())
        try:
            factors.replace_factor(me(), str(form.code.data), vault=_vault(), now=clock().now())
        except FieldRefused as refusal:
            form.code.errors = [say(refusal.reason)]
        else:
            flash(_("原验证器已失效，请设置新的验证器。"), "success")
            return redirect(url_for(".factor"), 303)
    return _page(form), 422


def _with_code(change: Callable[[str], tuple[str, ...]]) -> tuple[str, int]:
    form = CodeForm()
    if form.validate_on_submit():
        count_code(me())
        try:
            return _page(codes=change(str(form.code.data))), 201
        except FieldRefused as refusal:
            form.code.errors = [say(refusal.reason)]
    return _page(form), 422


def _page(form: CodeForm | None = None, *, codes: tuple[str, ...] = ()) -> str:
    state, found = factor_state(db.session(), me()), sitting()
    secret = ""
    if state.secret and not state.confirmed_at:
        try:
            secret = factors.secret_words(me(), state.secret, vault=_vault())
        except WrongKey:
            # Made with a key that is gone; it never counted, so another one is made.
            state = factor_state(db.session(), 0)
    address = f"otpauth://totp/{quote(f'{ISSUER}:{found.user.email if found else me()}')}?" + urlencode(
        {"secret": secret, "issuer": ISSUER}
    )
    return render_template(
        "people/factor.html", state=state, codes=codes, form=form or CodeForm(formdata=None), address=address,
        secret=" ".join(secret[at : at + 4] for at in range(0, len(secret), 4)), squares=_squares(address),
    )  # fmt: skip


def _squares(text: str) -> tuple[int, str]:
    """The QR code of a text: how many squares wide, and the path of those that are black."""
    code = QRCode(border=4)
    code.add_data(text)
    rows = code.get_matrix()
    black = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return len(rows), "".join(black)


def _vault() -> Vault:
    vault: Vault = current_app.extensions["aidflow"].vault
    return vault
