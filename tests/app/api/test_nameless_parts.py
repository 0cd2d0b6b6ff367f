"""A part of a form that was given no name is refused like one that nothing asked for."""

from collections.abc import Callable
from typing import Any

import pytest

from app.clock import Clock
from app.people.permissions import Actor
from tests.app.api.conftest import Program
from tests.make import Town, draft


@pytest.mark.parametrize("part", ["form-data", 'form-data; filename="x.pdf"'], ids=["field", "file"])
def test_a_part_without_a_name_is_refused(
    around: Town, program: Callable[[Actor | None], Program], clock: Clock, table_state: Any, part: str
) -> None:
    number, owner = draft(around, now=clock.now()), program(around.owner)
    before = table_state()
    body = f"--x\r\nContent-Disposition: {part}\r\n\r\n1\r\n--x--\r\n"

    refused = owner.ask(
        "POST", f"/projects/{number}/papers", 422, data=body, content_type="multipart/form-data; boundary=x"
    )

    assert refused.json["errors"][0]["field"] == ""
    assert table_state() == before
