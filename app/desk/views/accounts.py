"""The number of an account in full: shown when one asks for it, to those who need it, and written down each time."""

from uuid import UUID

from flask import render_template, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.database import Missing, db, transaction
from app.desk.views.terms import desk
from app.organisations.permissions import account_reader
from app.organisations.queries import organisation as organisation_of
from app.organisations.store import account_number, masked
from app.payments.queries import payee_of
from app.registers.models import DISCLOSED_LABELS
from app.registers.queries import disclosures
from app.registers.service import record_disclosure
from app.security import clock, current_actor, may
from app.tables import Column, Filter, Table, answer
from app.text import translated

DISCLOSED = Table(
    "disclosures",
    columns=(
        Column("at", "时间", "moment", sort=True),
        Column("who", "查看人", "narrow"),
        Column("what", "内容", says=lambda row: translated(DISCLOSED_LABELS[row.what])),
        Column("of", "所属"),
    ),
    filters=(
        Filter("who", "查看人"),
        Filter("of", "所属"),
        Filter("from", "自", "from", column="at"),
        Filter("until", "至", "until", column="at"),
    ),
    order="-at",
)


@desk.get("/administration/disclosures")
@may("disclosure.read")
def shown_in_full() -> Response:
    """Who was shown what in full, newest first; nobody can alter this list."""
    return answer(DISCLOSED, disclosures(), "registers/disclosures.html")


@desk.get("/organisations/<uscc>/account")
@may("account_number.show")
def organisation_account(uscc: str) -> str:
    """The account of an organisation, masked, and the button that shows it."""
    return _page(*_of_organisation(uscc))


@desk.post("/organisations/<uscc>/account")
@may("account_number.show")
def show_organisation_account(uscc: str) -> str:
    """The account of an organisation in full."""
    return _page(*_of_organisation(uscc), in_full=True)


@desk.get("/cases/<uuid:pid>/account")
@may("payee_number.show")
def payee_account(pid: UUID) -> str:
    """The account that an order of a project pays into, masked, and the button that shows it."""
    return _page(*_of_order(pid))


@desk.post("/cases/<uuid:pid>/account")
@may("payee_number.show")
def show_payee_account(pid: UUID) -> str:
    """The account that an order pays into, in full."""
    return _page(*_of_order(pid), in_full=True)


def _of_organisation(uscc: str) -> tuple[str, str, str | None, str]:
    row = organisation_of(db.session(), account_reader(current_actor()), uscc)
    return row.name, row.uscc, row.account_mark, url_for("desk.organisation", uscc=uscc)


def _of_order(pid: UUID) -> tuple[str, str, str | None, str]:
    name, uscc, token = payee_of(db.session(), current_actor(), pid)
    return name, uscc, token, url_for("desk.case", pid=pid)


def _page(name: str, uscc: str, token: str | None, back: str, *, in_full: bool = False) -> str:
    if token is None:
        raise Missing(_("没有登记的账户"))
    number = masked(token)
    if in_full:
        # What was read so far is over before the record opens its own transaction.
        db.session.rollback()
        with transaction() as session:
            record_disclosure(session, current_actor().user_id, "account", f"{uscc} {number}", now=clock().now())
            number = account_number(session, uscc, token)
    return render_template("desk/account.html", name=name, number=number, in_full=in_full, back=back)
