"""My passkeys: made by a device, listed, taken away."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.database import db
from app.people.queries.sessions import factor_state, passkeys_of
from app.people.service import passkeys as keeping
from app.people.views.terms import me, people
from app.refusals import FieldRefused
from app.security import clock, may
from app.security import passkeys as asking
from app.security.sessions import sitting
from app.text import say


class PasskeyForm(FlaskForm):
    """A name by which one knows the device again."""

    name = StringField(later("名称"), validators=[DataRequired(later("请填写名称。")), Length(max=100)])


@people.get("/account/passkeys")
@may("passkey.keep")
def passkeys() -> str:
    """Which passkeys open my account."""
    return _page()


@people.post("/account/passkeys/begin")
@may("passkey.keep")
def begin_passkey() -> str | tuple[str, int]:
    """Name a passkey; the page that comes lets the device make it."""
    form = PasskeyForm()
    found = sitting()
    if found is None or not form.validate():
        return _page(form), 422
    return render_template("people/passkey.html", name=form.name.data, wishes=asking.wishes(found.user))


@people.post("/account/passkeys")
@may("passkey.keep")
def add_passkey() -> Response | tuple[str, int]:
    """Keep what the device made. Whoever has no recovery codes yet sees some, this once."""
    form = PasskeyForm()
    if not form.validate():
        return _page(form), 422
    try:
        codes = keeping.add_passkey(
            me(), str(form.name.data), request.form.get("credential", ""), window=asking.window(), site=asking.site(),
            handle=asking.handle_of(me()), now=clock().now(),
        )  # fmt: skip
    except FieldRefused as refusal:
        form.name.errors = [say(refusal.reason)]
        return _page(form), 422
    if codes:
        return _page(codes=codes), 201
    flash(_("通行密钥已添加。"), "success")
    return redirect(url_for(".passkeys"), 303)


@people.post("/account/passkeys/<int:ident>/remove")
@may("passkey.keep")
def remove_passkey(ident: int) -> Response:
    """Take one away; it opens nothing from now on."""
    keeping.remove_passkey(ident, user_id=me(), now=clock().now())
    flash(_("通行密钥已移除。"), "success")
    return redirect(url_for(".passkeys"), 303)


@people.post("/account/passkeys/recovery-codes")
@may("passkey.keep")
def renew_recovery_codes() -> tuple[str, int]:
    """Make the earlier recovery codes void, and see others this once."""
    return _page(codes=keeping.other_recovery_codes(me(), now=clock().now())), 201


def _page(form: PasskeyForm | None = None, *, codes: tuple[str, ...] = ()) -> str:
    return render_template(
        "people/passkeys.html", rows=passkeys_of(db.session(), me()), codes=codes,
        form=form or PasskeyForm(formdata=None), left=factor_state(db.session(), me()).codes_left,
    )  # fmt: skip
