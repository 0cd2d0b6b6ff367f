"""Every address names its action of the policy, and whoever may not is kept out."""

from importlib import import_module
from uuid import UUID

import pytest
from flask import Flask

from app.casework.permissions import CITY_WIDE, SHEET_READERS
from app.database import db
from app.desk.views.administration import READS_REGISTERS
from app.desk.views.reviews_meetings import KEEPERS
from app.ledger.permissions import READS_LEDGER
from app.notifications.models import KINDS
from app.organisations.permissions import KEEPS_ORGANISATIONS
from app.people.queries import actor_of
from app.security import AccessUndeclared, declare, may, policy, require_declared
from app.security.access import WRITING, action_of, addresses, rule_of
from app.security.action_labels import OBJECT_LABELS, VERB_LABELS
from app.security.matrix import document
from app.security.policy import ACTIONS, EVERYBODY, SCOPE_LABELS, SCOPE_QUERIES, SIGNED_IN, THING_LABELS, Rule
from app.security.principals import PRINCIPALS
from app.workbench.permissions import OFFICES
from tests import browse
from tests.test_shape import ROOT


@pytest.fixture
def small(monkeypatch):
    """An application of two addresses and its policy."""
    actions = {"page.read": Rule(SIGNED_IN, reads="help"), "page.write": Rule(SIGNED_IN, writes="help")}
    for place in ("app.security.access.ACTIONS", "app.security.policy.ACTIONS"):
        monkeypatch.setattr(place, actions)
    app = Flask("small", static_folder=None)
    app.extensions["aidflow_access"] = {}
    app.add_url_rule("/page", "read", may("page.read")(lambda: ""))
    app.add_url_rule("/page", "write", may("page.write")(lambda: ""), methods=["POST"])
    return app, actions


def test_the_application_refuses_to_start_with_an_address_that_names_no_action(small):
    app, _actions = small
    require_declared(app)

    app.add_url_rule("/silent", "silent", lambda: "", methods=["POST"])

    with pytest.raises(AccessUndeclared, match=r"POST /silent \(silent\): no action"):
        require_declared(app)


def test_the_application_refuses_to_start_with_an_action_that_has_no_address(small):
    app, actions = small
    actions["page.burn"] = Rule(SIGNED_IN, writes="help")

    with pytest.raises(AccessUndeclared, match=r"page.burn: no address that writes"):
        require_declared(app)


def test_the_application_refuses_to_start_where_a_reading_action_has_an_address_that_writes(small):
    app, _actions = small

    app.add_url_rule("/other", "other", may("page.read")(lambda: ""), methods=["POST"])

    with pytest.raises(AccessUndeclared, match=r"page.read: "):
        require_declared(app)


def test_the_application_refuses_to_start_with_an_action_that_no_principal_tests(small):
    app, actions = small
    actions["page.read"] = Rule(frozenset({"a_role_of_nobody"}), reads="help")

    with pytest.raises(AccessUndeclared, match=r"page.read: no principal"):
        require_declared(app)


def test_a_view_names_an_action_that_there_is():
    with pytest.raises(AccessUndeclared, match=r"page\.dance"):
        may("page.dance")


def test_an_endpoint_of_a_library_is_declared_by_name_and_its_writing_methods_apart(small):
    app, _actions = small
    app.add_url_rule("/theirs", "theirs", lambda: "", methods=["GET", "POST"])

    declare(app, "theirs", "page.read", "page.write")

    require_declared(app)
    assert [action_of(app, "theirs", method) for method in ("GET", "HEAD", "POST")] == [
        "page.read",
        "page.read",
        "page.write",
    ]


def test_rules_say_who_is_admitted(app):
    actors = {role: actor_of(db.session(), browse.person(role).user_id) for role in ("fund_office", "expert")}
    admitted = {
        name: {role for role, actor in actors.items() if rule.admits(actor)}
        for name, rule in {
            "everybody": Rule(EVERYBODY),
            "signed in": Rule(SIGNED_IN),
            "duty": Rule(frozenset({"fund_office", "secretary"})),
        }.items()
    }

    assert admitted == {"everybody": {*actors}, "signed in": {*actors}, "duty": {"fund_office"}}


def test_the_policy_speaks_in_words_that_it_explains():
    words = {word for rule in ACTIONS.values() for word in f"{rule.reads} {rule.writes}".split()}

    assert words == {*THING_LABELS}
    assert {rule.scope for rule in ACTIONS.values()} == {*SCOPE_LABELS}
    assert {rule.denial for rule in ACTIONS.values()} <= {403, 404}


def test_every_action_has_a_name_in_words():
    things, verbs = zip(*(action.split(".") for action in ACTIONS), strict=True)

    assert {*things} <= {*OBJECT_LABELS}
    assert {*verbs} == {*VERB_LABELS}


@pytest.mark.parametrize("query", sorted(set(SCOPE_QUERIES.values())))
def test_every_scope_is_kept_by_a_query_that_there_is(query):
    module, _dot, name = query.rpartition(".")

    assert callable(getattr(import_module(module), name))


def test_the_groups_of_the_policy_are_those_of_the_queries():
    ours = (policy.CITY, policy.SHEETS, policy.LEDGERS, policy.OFFICES, policy.MEETING_KEEPERS)
    theirs = (CITY_WIDE, SHEET_READERS, READS_LEDGER, OFFICES, KEEPERS)

    assert [set(group) for group in ours] == [set(group) for group in theirs]
    assert policy.ORGANISATION_KEEPERS == KEEPS_ORGANISATIONS
    assert policy.REGISTER_READERS == READS_REGISTERS
    assert ACTIONS["message.choose"].takes.split() == [*KINDS]


def test_everybody_of_the_field_is_a_principal_and_each_action_is_tried_by_somebody_whom_it_does_not_admit():
    open_to_all = {name for name, rule in ACTIONS.items() if rule.everybody}
    refused = {
        name
        for name, rule in ACTIONS.items()
        if any(not rule.everybody and not (each.signed_in and rule.admits(each.actor)) for each in PRINCIPALS)
    }

    assert open_to_all | refused == {*ACTIONS}
    assert len(PRINCIPALS) == len({each.name for each in PRINCIPALS}) > 16


def test_the_document_of_access_says_what_the_policy_says(application):
    assert (ROOT / "docs/access.md").read_text(encoding="utf-8") == document(application)


def test_an_administrator_reads_the_rules_and_others_do_not(app):
    answers = {}
    for role in ("security_admin", "fund_office"):
        page = browse.browser(app.test_client(), browse.person(role)).get("/administration/rules")
        answers[role] = page.status_code, "事项 · 办理或提出异议" in page.text, "case.act_or_object" in page.text

    assert answers == {"security_admin": (200, True, False), "fund_office": (403, False, False)}


def every_request(app):
    """Every address with every method, ids filled in with things that do not exist."""
    for rule in app.url_map.iter_rules():
        filled = {name: _nothing(rule, name) for name in rule.arguments}
        with app.test_request_context():
            path = app.url_map.bind("localhost").build(rule.endpoint, filled, force_external=False)
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule.endpoint, method, path


def _nothing(rule, name):
    kind, most = type(rule._converters[name]).__name__, getattr(rule._converters[name], "max", None)
    return {"IntegerConverter": min(2050, most or 2050), "UUIDConverter": UUID(int=0), "PublicId": UUID(int=0)}.get(
        kind, "absent"
    )


def test_every_endpoint_that_is_not_public_answers_a_stranger_with_sign_in(app):
    answers = {}
    for endpoint, method, path in every_request(app):
        if rule_of(app, endpoint, method).everybody:
            continue
        client = app.test_client()
        token = browse.browser(client).csrf_token()
        answer = client.open(path, method=method, headers={"X-CSRFToken": token})
        led_away = answer.status_code == 303 and answer.location.startswith("/sign-in")
        refused = answer.status_code == 401 and answer.headers.get("WWW-Authenticate", "").startswith("Bearer")
        answers[endpoint, method] = "kept out" if led_away or refused else (answer.status_code, answer.location)

    assert set(answers.values()) == {"kept out"}, {key for key, value in answers.items() if value != "kept out"}
    assert ("people.account", "GET") in answers
    assert {method for _endpoint, method, _rule in addresses(app)} <= {"GET", *WRITING}
