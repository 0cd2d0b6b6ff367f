"""Every address says who may come, and whoever may not is kept out."""

from uuid import UUID

import pytest
from flask import Flask

from app.database import db
from app.people.queries import actor_of
from app.security import AccessUndeclared, declare, duty, public, require_declared, signed_in
from app.security.access import PUBLIC_ACCESS, SIGNED_IN_ACCESS, Access, access_of
from tests import browse


def test_the_application_refuses_to_start_with_an_endpoint_that_says_nothing(app):
    silent = Flask("silent")
    silent.extensions["aidflow_access"] = {"static": PUBLIC_ACCESS}
    silent.add_url_rule("/open", "open", public(lambda: ""))
    require_declared(silent)

    silent.add_url_rule("/silent", "silent", lambda: "", methods=["POST"])

    with pytest.raises(AccessUndeclared, match=r"POST /silent \(silent\)"):
        require_declared(silent)


def test_an_endpoint_of_a_library_is_declared_by_name():
    app = Flask("declared")
    app.extensions["aidflow_access"] = {"static": PUBLIC_ACCESS}
    app.add_url_rule("/theirs", "theirs", lambda: "")

    declare(app, "theirs", SIGNED_IN_ACCESS)

    require_declared(app)
    assert access_of(app, "theirs", "GET") == SIGNED_IN_ACCESS


def test_declarations_say_who_is_admitted(app):
    actors = {role: browse.person(role).user_id for role in ("fund_office", "expert")}
    admitted = {
        name: {role for role, user_id in actors.items() if view.access.admits(actor_of(db.session(), user_id))}
        for name, view in {
            "public": public(lambda: ""),
            "signed_in": signed_in(lambda: ""),
            "duty": duty("fund_office", "secretary")(lambda: ""),
        }.items()
    }

    assert admitted == {"public": {*actors}, "signed_in": {*actors}, "duty": {"fund_office"}}
    assert duty("expert")(lambda: "").access == Access(roles=frozenset({"expert"}))


def every_request(app):
    """Every address with every method, ids filled in with things that do not exist."""
    for rule in app.url_map.iter_rules():
        filled = {name: _nothing(rule, name) for name in rule.arguments}
        with app.test_request_context():
            path = app.url_map.bind("localhost").build(rule.endpoint, filled, force_external=False)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, path


def _nothing(rule, name):
    kind = type(rule._converters[name]).__name__
    return {"IntegerConverter": 2050, "UUIDConverter": UUID(int=0), "PublicId": UUID(int=0)}.get(kind, "absent")


def test_every_endpoint_that_is_not_public_answers_a_stranger_with_sign_in(app):
    answers = {}
    for endpoint, method, path in every_request(app):
        if access_of(app, endpoint, method) == PUBLIC_ACCESS:
            continue
        client = app.test_client()
        token = browse.browser(client).csrf_token()
        answer = client.open(path, method=method, headers={"X-CSRFToken": token})
        led_away = answer.status_code == 303 and answer.location.startswith("/sign-in")
        refused = answer.status_code == 401 and answer.headers.get("WWW-Authenticate", "").startswith("Bearer")
        answers[endpoint, method] = "kept out" if led_away or refused else (answer.status_code, answer.location)

    assert set(answers.values()) == {"kept out"}, {key for key, value in answers.items() if value != "kept out"}
    assert ("people.account", "GET") in answers
