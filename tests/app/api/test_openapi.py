"""The description of the API is valid, complete, and no request that fits it breaks the server."""

from collections.abc import Callable
from contextvars import Context
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode

from app.api.openapi import action_names, operations
from app.clock import Clock
from app.people.permissions import Actor
from tests.app.api.conftest import Program
from tests.make import Town, bearer, draft

#: Requests tried for each operation and each kind of visitor; enough to find a careless field in CI.
EXAMPLES = 8
Speak = Callable[[Actor | None], Program]


@pytest.fixture
def description(around: Town, program: Speak) -> dict[str, Any]:
    """The OpenAPI document as anybody gets it."""
    return program(None).get("/openapi.json")


def test_every_route_and_every_action_is_described(app: Flask, description: dict[str, Any]) -> None:
    described = {(method.upper(), path) for path, methods in description["paths"].items() for method in methods}
    routed = {
        (method, rule.rule.replace("<uuid:", "<").replace("<", "{").replace(">", "}"))
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/api/v1/") and rule.endpoint not in {"api.openapi", "api.move_clock"}
    }

    assert described == routed
    assert len(operations) == len(routed)
    assert {f"{life}.{action}" for life, action, _label in action_names()} <= set(description["components"]["schemas"])


def test_the_document_and_all_its_schemas_are_valid(description: dict[str, Any]) -> None:
    schemas = description["components"]["schemas"]

    assert description["openapi"] == "3.1.0"
    for schema in schemas.values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
    assert _references(description) <= {f"#/components/schemas/{name}" for name in schemas}


def _references(part: Any) -> set[str]:
    if isinstance(part, list):
        return set().union(*map(_references, part))
    if not isinstance(part, dict):
        return set()
    own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
    return own.union(*map(_references, part.values()))


@pytest.mark.parametrize("who", ["owner", "fund", None])
def test_no_request_that_the_description_suggests_breaks_the_server(
    app: Flask, around: Town, clock: Clock, who: str | None
) -> None:
    draft(around, now=clock.now())
    headers = bearer(getattr(around, who), clock.now()) if who else {}
    schema = Context().run(schemathesis.openapi.from_wsgi, "/api/v1/openapi.json", app)
    broken: list[tuple[str, str, str]] = []
    probed = 0

    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
            suppress_health_check=list(HealthCheck), phases=[Phase.generate],
        )  # fmt: skip
        @given(case=operation.as_strategy(generation_mode=GenerationMode.NEGATIVE) | operation.as_strategy())
        def probe(case: Any) -> None:
            nonlocal probed
            probed += 1
            answer = Context().run(case.call, headers=headers)
            if answer.status_code >= 500:
                broken.append((case.method, case.formatted_path, answer.text))

        probe()
    assert broken == []
    assert probed >= len(operations)
