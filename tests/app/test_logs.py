"""A log line is one line of JSON, whatever is in it, and holds no secret."""

import io
import json
import logging

import pytest
import structlog

from app import logs


@pytest.fixture
def written(app):
    """Everything logged from here on, as written to the stream of the process."""
    root = logging.getLogger()
    before = (root.handlers[:], root.level)
    stream = io.StringIO()
    logs.configure(stream)
    yield stream
    root.handlers[:], root.level = before


def test_a_line_break_in_a_value_forges_no_second_line(written):
    hostile = 'x\n{"event": "forged"}\r\u2028\u202e\x1b[2J\x7f'

    structlog.get_logger().info("signed_in", name=hostile)

    lines = written.getvalue().splitlines()
    assert len(lines) == 1
    assert json.loads(lines[0])["name"] == hostile
    assert lines[0].isprintable()


def test_names_and_addresses_that_hold_secrets_are_blackened(written):
    structlog.get_logger().info(
        "started", password="hunter22", headers={"Authorization": "Bearer abc"}, url="postgresql://web:hunter22@db/x"
    )

    line = json.loads(written.getvalue())
    assert (line["password"], line["headers"]) == ("[redacted]", {"Authorization": "[redacted]"})
    assert line["url"] == "postgresql://web:[redacted]@db/x"


def test_what_a_library_logs_is_json_too(written):
    logging.getLogger("some.library").warning("half\ndone %s", "中文")

    line = json.loads(written.getvalue())
    assert (line["event"], line["level"], line["logger"]) == ("half\ndone 中文", "warning", "some.library")


def test_a_request_is_one_line_with_the_number_that_the_visitor_sees(written, client):
    answered = client.get("/no-such-page?token=abc")

    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert [(line["event"], line["status"], line["path"]) for line in lines] == [("request", 404, "/no-such-page")]
    assert lines[0]["request"] == answered.headers["X-Request-ID"]


def test_a_request_number_from_outside_is_not_believed(client):
    answered = client.get("/no-such-page", headers={"X-Request-ID": "12345678-abcd"})

    assert answered.headers["X-Request-ID"] != "12345678-abcd"
