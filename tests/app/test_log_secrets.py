"""Whatever is thrown at the log: one line of JSON for an event, and none of the secrets."""

import io
import json
import logging
import unicodedata

import pytest
import structlog
from flask import request
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app import create_app, logs
from app.database import db
from tests.make import organisation, person

PASSWORD = "Kx9!vereinsamt-Pferd"
TOKEN = "aidflow_Q2hhbmdlTWVOb3dQbGVhc2U"
ACCOUNT, CARD, PHONE = "6222021001116245702", "31010119900307123X", "13912345678"
INSERT = text("INSERT INTO \"user\" (email, name, fs_uniquifier, created_at) VALUES (:e, :n, 'x', now())")
SECRETS = (PASSWORD, TOKEN, ACCOUNT, CARD, PHONE)
TEXTS = (
    f"GET /x Authorization: Bearer {TOKEN}",
    f"password={PASSWORD} and token: '{TOKEN}'",
    f"Cookie: session={PASSWORD}; other={TOKEN}",
    f"{{'secret_key': '{PASSWORD}', \"api_token\": \"{TOKEN}\"}}",
    f"payee {ACCOUNT}, card {CARD}, call {PHONE}",
    f"ERROR: duplicate key\nDETAIL:  Failing row contains (1, {PASSWORD}\nmore {PHONE}).\n[SQL: INSERT]",
    f"postgresql://web:{PASSWORD}@db/x",
)


@pytest.fixture
def written(app):
    """Everything logged from here on, as written to the stream of the process."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    root.handlers[:], root.level = before


def lines_of(stream: io.StringIO) -> list[dict]:
    lines = stream.getvalue().splitlines()
    assert not {unicodedata.category(one) for line in lines for one in line} & logs.UNPRINTED
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("said", TEXTS)
@pytest.mark.parametrize("way", ["event", "value", "nested", "library", "exception"])
def test_a_secret_is_in_no_line_whichever_way_it_comes(written, said, way):
    if way == "event":
        structlog.get_logger().info(said)
    elif way == "value":
        structlog.get_logger().info("said", what=said)
    elif way == "nested":
        structlog.get_logger().info("said", what=[{"deep": (said,)}])
    elif way == "library":
        logging.getLogger("some.library").warning("said %s", said)
    else:
        try:
            raise RuntimeError(said)
        except RuntimeError:
            logging.getLogger("some.library").exception("failed")

    assert len(lines_of(written)) == 1
    assert [secret for secret in SECRETS if secret in written.getvalue()] == []


def test_what_was_typed_is_blackened_even_where_nothing_gives_it_away(written, settings):
    site = create_app(settings)

    def broken() -> None:
        if "boom" in request.form:
            raise RuntimeError(f"cannot take {PASSWORD} with {list(request.cookies.values())}")

    # Before the gate, which refuses a form without its token.
    site.before_request_funcs[None].insert(0, broken)
    client = site.test_client()
    client.set_cookie("sid", TOKEN)
    sent = {"password": PASSWORD, "boom": "1", "email": "someone@example.org"}
    answered = client.post(f"/sign-in?next=/{TOKEN}", data=sent)
    with site.app_context():
        db.engine.dispose()

    found = lines_of(written)
    assert answered.status_code == 500
    assert [line["event"] for line in found] == ["failed", "request"]
    assert [word for word in (*SECRETS, "someone@example.org") if word in written.getvalue()] == []


def test_a_refused_row_tells_neither_its_values_nor_its_key(app, written):
    someone = person("expert", email="only-once@example.org")
    organisation()

    try:
        db.session.execute(INSERT, {"e": "only-once@example.org", "n": PASSWORD})
    except IntegrityError:
        structlog.get_logger().exception("failed")
    db.session.rollback()

    (line,) = lines_of(written)
    assert "uq_user_email" in line["exception"]
    assert [word for word in (PASSWORD, "only-once@example.org") if word in written.getvalue()] == []
    assert someone.user_id


def test_a_huge_value_is_cut_and_a_deep_or_endless_one_ends(written):
    endless: dict = {}
    endless["again"] = endless

    structlog.get_logger().info("huge", value="x" * 5_000_000, deep=endless)

    (line,) = lines_of(written)
    assert len(written.getvalue()) < 20_000
    assert line["value"].startswith("x" * 100)


def test_a_message_that_cannot_be_written_is_one_line_too(written):
    (handler,) = [each for each in logging.getLogger().handlers if isinstance(each, logs.OneLine)]

    handler.handle(logging.makeLogRecord({"name": "some.library", "msg": "%d of %d", "args": (PASSWORD,)}))

    (line,) = lines_of(written)
    assert (line["event"], line["logger"]) == ("log_failed", "some.library")
    assert PASSWORD not in written.getvalue()


@hypothesis_settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.text(alphabet=st.characters(), max_size=60), name=st.text(max_size=10))
def test_any_text_is_one_line(written, said, name):
    written.seek(0)
    written.truncate()

    structlog.get_logger().info(said, **{"value": said, f"k{name}": [said, {name: said}]})

    assert len(lines_of(written)) == 1
