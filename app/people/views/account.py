"""One's own account: roles, language, password and tokens."""

from datetime import timedelta

from flask import flash, redirect, render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.database import db
from app.languages import COOKIE
from app.navigation import Item, add_to_navigation
from app.people.forms import LocaleForm, TokenForm
from app.people.models import SCOPE_LABELS
from app.people.queries import account_page
from app.people.service import choose_locale, issue_token, revoke_token
from app.people.views.terms import me, people
from app.security import clock, may

add_to_navigation(Item("我的账户", "people.account", order=90))


@people.get("/account")
@may("account.read")
def account() -> str:
    """Who I am here, and what I may change about it."""
    return _account()


@people.post("/account/language")
@may("account.set_language")
def language() -> Response | tuple[str, int]:
    """Remember my language."""
    form = LocaleForm()
    if not form.validate():
        return _account(locale_form=form), 422
    choose_locale(me(), str(form.locale.data))
    answer = redirect(url_for("people.account"), 303)
    answer.delete_cookie(COOKIE)
    return answer


@people.post("/account/tokens")
@may("token.issue")
def new_token() -> tuple[str, int]:
    """Show a new token, this once."""
    form = TokenForm()
    if not form.validate():
        return _account(token_form=form), 422
    lasts = timedelta(days=int(form.days.data))
    token = issue_token(me(), str(form.name.data), now=clock().now(), lasts=lasts, scope=str(form.scope.data))
    return _account(token=token), 201


@people.post("/account/tokens/<int:token_id>/revoke")
@may("token.end")
def end_token(token_id: int) -> Response:
    """End one of my tokens."""
    revoke_token(token_id, user_id=me(), now=clock().now())
    flash(_("令牌已撤销。"))
    return redirect(url_for("people.account"), 303)


def _account(
    *, locale_form: LocaleForm | None = None, token_form: TokenForm | None = None, token: str | None = None
) -> str:
    page = account_page(db.session(), me(), now=clock().now())
    return render_template(
        "people/account.html",
        page=page,
        token=token,
        scopes=SCOPE_LABELS,
        locale_form=locale_form or LocaleForm(formdata=None, locale=page.locale),
        token_form=token_form or TokenForm(formdata=None),
    )
