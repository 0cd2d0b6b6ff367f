"""The pages of signing in and out, and of changing one's password."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later
from flask_login import current_user
from flask_security import ChangePasswordForm
from flask_security.forms import form_errors_munge
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import StringField
from wtforms.validators import DataRequired, Length

from app.database import db
from app.people.queries.sessions import Sitting, has_factor
from app.people.service import change_password as set_password
from app.security import lapsed, limits, passkeys, sessions
from app.security import proof as asking
from app.security.access import clock, may
from app.security.accounts import SignInForm

security = Blueprint("security", __name__)
#: Where one goes after signing in, unless one came from somewhere.
HOME = "/inbox"


class CodeForm(FlaskForm):
    """The code of an authenticator, or a recovery code."""

    code = StringField(later("验证码"), validators=[DataRequired(later("请填写验证码。")), Length(max=40)])


@security.route("/sign-in", methods=["GET", "POST"])
@may("session.begin")
def login() -> Response | str:
    """Name and password. The answer is the same whether the name, the password or the account is wrong."""
    if current_user.is_authenticated:
        return _onward(_next()) or redirect(_next())
    form = SignInForm()
    if form.validate_on_submit():
        user: Any = form.user
        back = _next()
        waits = has_factor(db.session(), user.id)
        sessions.begin(user.id, waits_for_code=waits)
        brought = _code_page_now() if waits and lapsed.carried() else None if waits else _onward(back)
        return brought or redirect(url_for(".code", next=None if back == HOME else back) if waits else back)
    if request.method == "POST":
        generic = {"replace_msg": "GENERIC_AUTHN_FAILED"}
        form_errors_munge(form, {"email": dict(generic), "password": dict(generic)})
    return render_template("security/login_user.html", form=form, wrong="", kept=lapsed.carried())


@security.route("/sign-in/code", methods=["GET", "POST"])
@may("session.confirm")
def code() -> Response | str | tuple[str, int]:
    """The second factor, within ten minutes after a right password; a right code begins the session."""
    sitting = sessions.sitting()
    if sitting is None or not sitting.waits_for_code:
        return redirect(url_for(".login"), 303)
    form = CodeForm()
    wrong = ""
    if form.validate_on_submit():
        limits.count_code(sitting.user.id)
        if asking.is_right(sitting, str(form.code.data)):
            back = _next()
            sessions.begin(sitting.user.id, way=sitting.way)
            return _onward(back) or redirect(back, 303)
        wrong = _("验证码不正确或已使用过，请等待下一个验证码。")
    page = _code_page(sitting, form, wrong)
    return (page, 422) if request.method == "POST" else page


@security.post("/sign-in/passkey/question")
@may("session.ask_passkey")
def ask_passkey() -> Response:
    """A challenge for this browser, to be answered by a passkey within five minutes."""
    limits.count_challenge()
    return Response(passkeys.questions(), mimetype="application/json")


@security.post("/sign-in/passkey")
@may("session.use_passkey")
def use_passkey() -> Response | str | tuple[str, int]:
    """Sign in by a passkey alone, or give it as the second factor after a right password."""
    sitting = sessions.sitting()
    if sitting is not None and not sitting.waits_for_code:
        return redirect(_next(), 303)
    if sitting is not None:
        limits.count_code(sitting.user.id)
    user_id = passkeys.answered_by(request.form.get("credential", ""), sitting=sitting)
    if user_id is not None:
        back = _next()
        sessions.begin(user_id, way=sitting.way if sitting else "passkey")
        return _onward(back) or redirect(back, 303)
    wrong = _("没有通过通行密钥登录。请重试，或使用其他方式。")
    if sitting is not None:
        return _code_page(sitting, CodeForm(formdata=None), wrong), 422
    form = SignInForm(formdata=None)
    form.next.data = request.values.get("next", "")
    return render_template("security/login_user.html", form=form, wrong=wrong, kept=lapsed.carried()), 422


@security.post("/sign-out")
@may("session.end")
def logout() -> Response:
    """End this session, here and in every copy of its cookie."""
    sessions.end()
    return redirect("/")


@security.route("/account/password", methods=["GET", "POST"])
@may("password.change")
def change_password() -> Response | str:
    """Another password. Every other session ends, and this one goes on under a new word."""
    sitting = sessions.sitting()
    if sitting is None:
        raise LookupError("the gate lets only people in")
    if request.method != "POST" or asking.just_proven():
        return render_template("security/change_password.html", form=ChangePasswordForm(formdata=None))
    # Looking at the form tells already whether the present password is right.
    limits.count_code(sitting.user.id)
    form = ChangePasswordForm()
    if form.validate_on_submit():
        user_id = sitting.user.id
        set_password(user_id, str(form.new_password.data), by=user_id, now=clock().now())
        # Whoever has a second factor has not given it by choosing a password.
        sessions.begin(user_id, vouched=sitting.vouched, proven=sitting.proven)
        flash(_("密码已修改，其他设备上的登录已全部失效。"), "success")
        return redirect(url_for("people.account"))
    if not form.password.errors:
        limits.give_code_back(sitting.user.id)
    return render_template("security/change_password.html", form=form)


@security.post("/account/prove")
@may("session.prove")
def prove() -> Response:
    """Password, code or passkey once more, and on to what was asked for."""
    sitting = sessions.sitting()
    if sitting is None:
        raise LookupError("the gate lets only people in")
    if asking.prove(sitting, request.form.get(asking.FIELD, "")):
        return redirect(_next(), 303)
    return asking.asking_page(sitting, request.full_path, wrong=True)


def _code_page(sitting: Sitting, form: CodeForm, wrong: str) -> str:
    return render_template(
        "security/code.html", form=form, wrong=wrong, sitting=sitting, back=request.values.get("next", ""),
        kept=lapsed.carried(),
    )  # fmt: skip


def safe_next(wanted: str | None) -> str:
    """The address of ours that was asked for; the inbox where it leads elsewhere or is none."""
    address = wanted or ""
    # A browser reads a backslash as a slash and leaves out control characters.
    parts = urlsplit(address) if address.isprintable() and "\\" not in address else urlsplit("//elsewhere")
    inside = address.startswith("/") and not address.startswith("//") and not (parts.scheme or parts.netloc)
    return address if inside else HOME


def _onward(back: str) -> str | None:
    # The session of this answer is a new one; a token made for the one before it would be refused.
    g.pop("csrf_token", None)
    return lapsed.onward(back)


def _code_page_now() -> str | None:
    """The question for the second factor as the answer to the password: a redirect would lose what is carried."""
    for name in ("csrf_token", "sitting"):
        g.pop(name, None)
    sitting = sessions.sitting()
    return _code_page(sitting, CodeForm(formdata=None), "") if sitting else None


def _next() -> str:
    return safe_next(request.form.get("next") or request.args.get("next"))


def init_app(app: Flask) -> None:
    """Add the pages."""
    app.register_blueprint(security)
