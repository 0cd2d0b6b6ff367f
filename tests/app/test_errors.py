"""Every fault is answered from one table, as a page or as problem+json, and never with its trace."""

import re

import pytest
from flask import g
from pydantic import BaseModel, Field, ValidationError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import RequestEntityTooLarge, TooManyRequests, UnsupportedMediaType

from app.casework.service import KeyReused, Stale
from app.database import Missing
from app.documents.store import StoreAway
from app.errors import answer
from app.projects.service import StaleVersion
from app.refusals import FieldRefused
from workflows.definition import because
from workflows.engine import GuardRefused, NotFromHere, NotYourRole


class Order(BaseModel):
    amount: int = Field(ge=1)
    note: str = Field(max_length=3)


def invalid() -> ValidationError:
    try:
        Order(amount=0, note="abcd")
    except ValidationError as error:
        return error
    raise AssertionError


@pytest.mark.parametrize(
    ("error", "status", "name"),
    [
        (Missing("Case 1"), 404, "missing"),
        (NotFromHere(because("不行。")), 409, "not-from-here"),
        (NotYourRole(because("不行。")), 403, "not-your-duty"),
        (GuardRefused(because("不行。")), 409, "not-from-here"),
        (Stale(), 409, "not-from-here"),
        (KeyReused(), 409, "not-from-here"),
        (StaleVersion(), 412, "stale"),
        (FieldRefused("amount", because("不行。")), 422, "fields"),
        (invalid(), 422, "fields"),
        (RequestEntityTooLarge(), 413, "too-large"),
        (UnsupportedMediaType(), 415, "wrong-type"),
        (TooManyRequests(), 429, "too-often"),
        (StoreAway(), 503, "away"),
        (OperationalError("SELECT 1", {}, Exception("gone")), 503, "away"),
        (ZeroDivisionError("secret inside"), 500, "fault"),
    ],
)
def test_the_table_gives_every_fault_its_status(app, error, status, name):
    with app.test_request_context("/api/v1/x"):
        response = answer(error)

    assert (response.status_code, response.content_type) == (status, "application/problem+json")
    assert response.json["type"] == f"urn:aidflow:problem:{name}"
    assert response.json["status"] == status
    assert ("Retry-After" in response.headers) == (status in {429, 503})


def test_the_reason_of_a_refusal_is_the_detail_with_its_values_filled_in(app):
    with app.test_request_context("/api/v1/x"):
        response = answer(GuardRefused(because("还差 {count} 份评分表。", count=2)))

    assert response.json["detail"] == "还差 2 份评分表。"


def test_every_field_at_fault_is_listed_with_its_rule(app):
    with app.test_request_context("/api/v1/x"):
        response = answer(invalid())

    assert response.json["errors"] == [
        {"field": "amount", "code": "greater_than_equal", "message": "不得小于 1。"},
        {"field": "note", "code": "string_too_long", "message": "至多 3 个字。"},
    ]


def test_an_absent_address_and_a_thing_that_is_not_yours_answer_alike(app, client):
    absent = client.get("/api/v1/no-such-thing")
    with app.test_request_context("/api/v1/x"):
        not_yours = answer(Missing("Case 7 of somebody else"))

    assert (absent.status_code, absent.data) == (not_yours.status_code, not_yours.data)


def test_a_page_and_a_program_are_told_apart(app, client):
    page = client.get("/no-such-page", headers={"Accept": "text/html"})
    program = client.get("/no-such-page", headers={"Accept": "application/json"})

    assert page.content_type == "text/html; charset=utf-8"
    assert "没有找到" in page.text
    assert program.content_type == "application/problem+json"


def test_a_fault_of_ours_shows_the_request_number_and_nothing_of_the_fault(app):
    with app.test_request_context("/x", headers={"Accept": "text/html"}):
        app.preprocess_request()
        number = g.request_number
        response = answer(ZeroDivisionError("secret inside"))
    page = response.get_data(as_text=True)
    assert re.findall("[0-9a-f]{32}", page) == [number]
    assert "secret inside" not in page
    assert "Traceback" not in page
