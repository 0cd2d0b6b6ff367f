"""Acts on a budget year (its budget, the windows of its calls), and what stands in its accounts."""

from uuid import UUID

from flask import Response

from app.api.answers.cases import Acted, EventHead
from app.api.answers.registers import Ledger
from app.api.openapi import operation
from app.api.views.bodies import answer, api, command_from, idempotency_key, json_body, whole
from app.casework.commands import Command
from app.casework.queries import case_visible
from app.casework.service import seen_of, take_action
from app.database import db
from app.ledger.queries import balances, identity_holds
from app.programmes.commands import Appropriate, ChangeWindow, Window
from app.programmes.queries import call_named, programme_year
from app.refusals import FieldRefused
from app.security import clock, current_actor
from workflows.definition import because

YEAR = {"year": {"type": "integer", "minimum": 2010, "maximum": 2100}}


@operation(
    api, "POST", "/programmes/<code>/appropriations", "budget.appropriate",
    "Issue budget to the newest year of a programme.",
    body=Appropriate, answer=Acted, status=201, headers=("Idempotency-Key",),
    refusals=(403, 409),
)  # fmt: skip
def post_appropriation(code: str) -> Response:
    """The same as the action `appropriate` on the case of the budget year, which the caller need not have looked at."""
    command = command_from(Appropriate, json_body())
    if idempotency_key() is None:
        raise FieldRefused("Idempotency-Key", because("下达预算须带请求编号，以免重复下达。"))
    return answer(_acted_on(programme_year(db.session(), code).pid, "appropriate", command), 201)


@operation(
    api, "PATCH", "/calls/<code>", "call.change", "Extend a call, or close it early.",
    body=Window, answer=Acted, headers=("Idempotency-Key",), refusals=(403, 409),
)  # fmt: skip
def patch_call(code: str) -> Response:
    """The same as the action `change_window` on the case of the budget year."""
    window = command_from(Window, json_body())
    call = call_named(db.session(), code)
    return answer(_acted_on(call.case, "change_window", ChangeWindow(call=code, closes_at=window.closes_at)))


def _acted_on(year: UUID, action: str, command: Command) -> Acted:
    actor = current_actor()
    receipt = take_action(
        year, action, actor=actor, seen=seen_of(case_visible(db.session(), actor, year)), command=command,
        idempotency_key=idempotency_key(), now=clock().now(),
    )  # fmt: skip
    head = EventHead(seq=receipt.seq, hash=receipt.hash)
    return Acted(stage=receipt.stage, event=head, receipt=receipt.receipt)


@operation(
    api, "GET", "/ledger/<programme>", "ledger.read", "The balances of a budget year, the newest unless one is named.",
    answer=Ledger, query=YEAR, refusals=(403,),
)  # fmt: skip
def ledger(programme: str) -> Response:
    """Every account, and whether all of them together come to nothing, as they must."""
    year = programme_year(db.session(), programme, whole("year", default=0, most=2100) or None)
    totals = balances(db.session(), year.case_id)
    return answer(
        Ledger(programme=year.code, name=year.name, year=year.year, accounts=totals, balanced=identity_holds(totals))
    )
