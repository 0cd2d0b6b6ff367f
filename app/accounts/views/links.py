"""Forgetting a password, and following the link of a letter."""

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.accounts.forms import ForgottenForm, PasswordForm
from app.accounts.views.terms import accounts
from app.collaborators import tools
from app.database import db
from app.notifications.service import ask_for_password
from app.people.queries.links import Link, link_by
from app.people.service.links import choose_password, join
from app.people.service.sessions import hash_of
from app.refusals import FieldRefused
from app.security import clock, current_actor, may
from app.security.limits import count_letter
from app.text import say
from workflows.engine import Refused

#: No word of ours is longer; nor is anything looked for that is.
LONGEST = 100


@accounts.route("/forgotten-password", methods=["GET", "POST"])
@may("password.ask_for_link")
def forgotten() -> Response | str | tuple[str, int]:
    """Ask for a letter. The answer and the time it takes are the same whether anybody has this name."""
    form = ForgottenForm()
    if form.validate_on_submit():
        count_letter(str(form.email.data))
        ask_for_password(str(form.email.data))
        flash(_("如果该邮箱有账户，设置新密码的邮件将在几分钟内送达。"), "success")
        return redirect(url_for("security.login"), 303)
    page = render_template("accounts/forgotten.html", form=form, mails=bool(tools().settings.smtp_host))
    return (page, 422) if request.method == "POST" else page


@accounts.get("/choose-password")
@may("password.follow_link")
def follow() -> Response | str | tuple[str, int]:
    """Where a link leads. Opening it uses nothing up: programs open the links of letters too."""
    if not _word():
        return redirect(url_for("security.login"), 303)
    return _page(PasswordForm(formdata=None))


@accounts.post("/choose-password")
@may("password.follow_link")
def use_link() -> Response | str | tuple[str, int]:
    """Use the link up: choose a password, join an organisation, or both."""
    form, link = PasswordForm(), _link()
    if link is None:
        return _page(form)
    chooses = link.purpose != "joining" or not link.has_password
    if chooses and not form.validate_on_submit():
        return _page(form, status=422)
    password, now = (str(form.password.data) if chooses else None), clock().now()
    try:
        if link.purpose == "joining":
            join(_word(), signed_in=current_actor().user_id, password=password, now=now)
        else:
            choose_password(_word(), str(password), now=now)
    except FieldRefused as refusal:
        return _page(form, refused=say(refusal.reason), status=422)
    except Refused as refusal:
        return _page(form, refused=say(refusal.reason), status=409)
    flash(_("密码已设置，请登录。") if chooses else _("您已加入“%(name)s”。", name=link.organisation), "success")
    return redirect(url_for("security.login") if chooses else url_for("people.account"), 303)


def _word() -> str:
    return request.values.get("link", "")[:LONGEST]


def _link() -> Link | None:
    return link_by(db.session(), hash_of(_word()))


def _page(form: PasswordForm, *, refused: str = "", status: int = 200) -> str | tuple[str, int]:
    link = _link()
    if link is None:
        return render_template("accounts/link_over.html"), 404
    page = render_template(
        "accounts/choose_password.html", form=form, link=link, word=_word(), refused=refused,
        mine=current_actor().user_id == link.user_id,
    )  # fmt: skip
    return page, status
