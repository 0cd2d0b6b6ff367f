"""The promises of the API to integrators: names, statuses, and what a refusal leaves behind."""

from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from app.clock import Clock
from app.people.permissions import Actor
from tests.app.api.conftest import Program
from tests.make import PDF, Town, draft, organisation, person, pid_of

Speak = Callable[[Actor | None], Program]
KEY = "Idempotency-Key"


@pytest.fixture
def number(around: Town, clock: Clock) -> str:
    """A complete draft, ready to be submitted."""
    return draft(around, now=clock.now())


def test_a_project_has_the_promised_fields_and_actions(around: Town, program: Speak, number: str) -> None:
    project = program(around.owner).get(f"/projects/{number}")

    promised = {
        "number", "case", "stage", "stage_label", "due_at", "version", "seen", "actions", "blocked", "papers",
        "amounts", "children",
    }  # fmt: skip
    assert promised <= set(project)
    assert project["amounts"] == {
        "planned": "1200000.00", "requested": "360000.00", "approved": None, "audited": None, "entitled": None,
        "paid": "0.00",
    }  # fmt: skip
    named = [(act["name"], act["label"]) for act in project["actions"]]
    assert named == [("submit", "提交申报"), ("withdraw", "撤回申报")]
    assert [field["name"] for field in project["actions"][1]["fields"]] == ["reason"]
    assert project["blocked"] == []
    assert {paper["kind"] for paper in project["papers"]} == {kind for kind, _label in around.policy.required_papers}


def test_a_blocked_action_says_why_in_the_language_asked_for(around: Town, program: Speak, clock: Clock) -> None:
    number = draft(around, papers=False, now=clock.now())

    (blocked,) = program(around.owner).get(f"/projects/{number}")["blocked"]

    assert blocked["name"] == "submit"
    assert blocked["why"].startswith("尚缺材料：法人登记证书、")
    english = program(around.owner).get(f"/projects/{number}", headers={"Accept-Language": "en"})
    assert english["stage_label"] != "事先申报"


def test_the_same_key_with_the_same_body_gives_the_same_answer_and_acts_once(
    around: Town, program: Speak, number: str
) -> None:
    owner = program(around.owner)
    project = owner.get(f"/projects/{number}")
    sent: dict[str, Any] = {"json": {"seen": project["seen"]}, "headers": {KEY: "k-1"}}
    path = f"/cases/{project['case']}/actions/submit"

    first = owner.ask("POST", path, 200, **sent).json
    second = owner.ask("POST", path, 200, **sent).json

    assert second == first
    assert set(first) == {"stage", "event", "receipt"}
    assert first["stage"] == "authenticity_review"
    events = owner.get(f"/projects/{number}/events")["items"]
    assert [(event["seq"], event["action"], event["from"], event["to"]) for event in events] == [
        (1, "open", None, "draft"), (2, "submit", "draft", "authenticity_review"),
    ]  # fmt: skip
    assert events[1]["hash"] == first["event"]["hash"]


def test_the_same_key_with_another_body_is_refused(around: Town, program: Speak, number: str, table_state: Any) -> None:
    owner = program(around.owner)
    project = owner.get(f"/projects/{number}")
    key = {KEY: "k-1"}
    owner.ask("POST", f"/cases/{project['case']}/actions/submit", 200, json={"seen": project["seen"]}, headers=key)
    before = table_state()

    other = {"seen": project["seen"], "reason": "不再申报"}
    refused = owner.ask("POST", f"/cases/{project['case']}/actions/withdraw", 409, json=other, headers=key)

    assert refused.json["detail"] == "该请求编号已用于另一项操作。"
    assert table_state() == before


def test_whoever_looked_at_an_older_state_is_refused_and_nothing_changes(
    around: Town, program: Speak, number: str, table_state: Any
) -> None:
    owner = program(around.owner)
    project = owner.get(f"/projects/{number}")
    owner.ask("POST", f"/cases/{project['case']}/actions/submit", 200, json={"seen": project["seen"]})
    before = table_state()

    again = owner.ask("POST", f"/cases/{project['case']}/actions/submit", 409, json={"seen": project["seen"]})

    assert again.mimetype == "application/problem+json"
    assert again.json["status"] == 409
    assert table_state() == before


def test_absent_and_forbidden_are_the_same_byte_for_byte(around: Town, program: Speak, number: str) -> None:
    organisation("513100005000000159", "上海微光社会服务中心")
    stranger = program(person("applicant_owner", uscc="513100005000000159"))
    pid = pid_of(number).hex
    paper = program(around.owner).get(f"/projects/{number}")["papers"][0]["id"]

    pairs = [
        ("GET", f"/projects/{number}", "/projects/AF2026-999999", {}),
        ("GET", f"/projects/{number}/events", "/projects/AF2026-999999/events", {}),
        ("PATCH", f"/projects/{number}", "/projects/AF2026-999999", {"json": {}, "headers": {"If-Match": '"1"'}}),
        ("GET", f"/cases/{pid}", f"/cases/{uuid4().hex}", {}),
        ("POST", f"/cases/{pid}/actions/submit", f"/cases/{uuid4().hex}/actions/submit", {"json": {"seen": "x"}}),
        ("GET", f"/papers/{paper}", f"/papers/{uuid4().hex}", {}),
        ("GET", "/organisations/53310000500000031Q", "/organisations/91310000MA1FL0AA20", {}),
    ]
    for method, theirs, absent, sent in pairs:
        one, other = (stranger.ask(method, path, 404, **sent) for path in (theirs, absent))
        assert one.get_data() == other.get_data()
        varying = {"X-Request-ID", "Content-Security-Policy"}
        assert {h for h in one.headers if h[0] not in varying} == {h for h in other.headers if h[0] not in varying}
    assert stranger.get("/projects")["items"] == []
    assert stranger.get("/inbox")["items"] == []


def test_a_declaration_is_changed_only_by_whoever_read_its_version(
    around: Town, program: Speak, number: str, table_state: Any
) -> None:
    owner = program(around.owner)
    version = owner.get(f"/projects/{number}")["version"]
    read = {"If-Match": f'"{version}"'}
    changed = owner.ask("PATCH", f"/projects/{number}", 200, json={"goals": "人人安全饮水"}, headers=read)
    before = table_state()

    stale = owner.ask("PATCH", f"/projects/{number}", 412, json={"goals": "x"}, headers=read)
    without = owner.ask("PATCH", f"/projects/{number}", 428, json={"goals": "x"})
    wrong = owner.ask("PATCH", f"/projects/{number}", 422, json={"requested": 5}, headers={"If-Match": "*"})
    unknown = owner.ask("PATCH", f"/projects/{number}", 422, json={"approved": "9.00"}, headers={"If-Match": "*"})

    assert changed.json["version"] == version + 1
    assert changed.headers["ETag"] == f'"{version + 1}"'
    assert (changed.json["declaration"]["goals"], changed.json["declaration"]["need"]) == ("人人安全饮水", "包虫病多发")
    assert [each.json["status"] for each in (stale, without)] == [412, 428]
    assert [(e["field"], e["code"]) for e in wrong.json["errors"]] == [("requested", "value_error")]
    assert unknown.json["errors"] == [{"field": "approved", "code": "extra_forbidden", "message": "没有这个字段。"}]
    assert table_state() == before


def test_papers_are_taken_given_back_and_refused_with_their_own_statuses(
    around: Town, program: Speak, number: str, table_state: Any, settings: Any
) -> None:
    owner = program(around.owner)

    def send(status: int, name: str, content: bytes, kind: str = "other") -> Any:
        boundary, body = encode_multipart({"kind": kind, "file": FileStorage(BytesIO(content), filename=name)})
        type_ = f"multipart/form-data; boundary={boundary}"
        return owner.ask("POST", f"/projects/{number}/papers", status, data=body, content_type=type_).json

    taken = send(201, "说明.pdf", PDF)
    assert set(taken) == {"id", "kind", "name", "size", "sha256", "state"}
    assert (taken["name"], taken["size"], taken["state"]) == ("说明.pdf", len(PDF), "stored")
    assert owner.ask("GET", f"/papers/{taken['id']}", 200).get_data() == PDF
    before = table_state()
    assert send(415, "说明.exe", b"MZ")["errors"][0]["field"] == "file"
    assert send(413, "说明.pdf", PDF + b"\n" * (settings.max_upload_bytes + 1))["status"] == 413
    assert send(409, "minutes.pdf", PDF, "minutes")["status"] == 409
    owner.ask("POST", f"/projects/{number}/papers", 415, json={})
    owner.ask("POST", f"/projects/{number}/papers", 422, data={"kind": "other"}, content_type="multipart/form-data")
    assert table_state() == before


@pytest.mark.parametrize(
    ("body", "type_", "status"),
    [
        (b"{", "application/json", 400),
        (b"[]", "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b'{"seen": 5}', "application/json", 422),
        (b'{"seen": "x", "x": 1}', "application/json", 422),
        (b"seen=x", "application/x-www-form-urlencoded", 415),
        (b'{"seen": "' + b"x" * (1024 * 1024) + b'"}', "application/json", 413),
        (b'{"seen": "x", "reason": "a\\u0000b"}', "application/json", 422),
        (b'{"seen": "x", "reason": "\\ud800\\ud800"}', "application/json", 422),
    ],
)
def test_what_cannot_be_read_is_refused_and_changes_nothing(
    around: Town, program: Speak, number: str, table_state: Any, body: bytes, type_: str, status: int
) -> None:
    owner = program(around.owner)
    before = table_state()

    refused = owner.ask(
        "POST", f"/cases/{pid_of(number).hex}/actions/withdraw", status, data=body, headers={"Content-Type": type_}
    )

    assert refused.mimetype == "application/problem+json"
    assert set(refused.json) == {"type", "title", "status", "detail", "errors"}
    assert table_state() == before


def test_without_a_token_one_reads_what_is_public_and_nothing_else(around: Town, program: Speak, number: str) -> None:
    nobody = program(None)

    assert nobody.get("/notices") == {"items": [], "next": None}
    assert nobody.get("/results") == {"items": [], "next": None}
    for path in ("/me", "/projects", f"/projects/{number}", "/inbox", "/ledger/DKZY", "/organisations"):
        refused = nobody.ask("GET", path, 401)
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    nobody.ask("POST", f"/cases/{pid_of(number).hex}/actions/submit", 401, json={"seen": "x"})
    nobody.ask("POST", f"/cases/{pid_of(number).hex}/actions/object", 404, json={"seen": "x"})


def test_somebody_without_the_duty_is_told_so_where_the_project_is_visible(
    around: Town, program: Speak, number: str, table_state: Any
) -> None:
    project = program(around.owner).get(f"/projects/{number}")
    program(around.owner).act(project["case"], "submit")
    accepting, owner = program(around.accepting), program(around.owner)
    before = table_state()

    refused = accepting.act(project["case"], "withdraw", 403, reason="代为撤回")
    later = accepting.act(project["case"], "close_panel", 409, outcome="not_recommend", opinion="无")
    absent = accepting.act(project["case"], "no_such_action", 409)

    assert [each["status"] for each in (refused, later, absent)] == [403, 409, 409]
    owner.ask("GET", "/ledger/DKZY", 403)
    assert table_state() == before


def test_the_inbox_and_the_lists_go_on_where_they_stopped(around: Town, program: Speak, clock: Clock) -> None:
    numbers = [draft(around, papers=False, now=clock.now()) for _ in range(5)]
    owner = program(around.owner)

    def all_of(path: str, name: str) -> list[str]:
        found, cursor = [], ""
        while cursor is not None:
            asked = {"limit": "2", "cursor": cursor} if cursor else {"limit": "2"}
            page = owner.ask("GET", path, 200, query_string=asked).json
            assert len(page["items"]) <= 2
            found += [item[name] for item in page["items"]]
            cursor = page["next"]
        return found

    assert all_of("/projects", "number") == numbers[::-1]
    assert all_of("/inbox", "project") == numbers
    owner.ask("GET", "/inbox?cursor=x", 422)
    owner.ask("GET", "/projects?cursor=x", 422)
    owner.ask("GET", "/projects?limit=0", 422)
    assert [item["number"] for item in owner.get("/projects?title=饮水&stage=draft")["items"]] == numbers[::-1]
    assert owner.get("/projects?title=%25")["items"] == []


def test_the_fund_office_sets_up_a_programme_its_budget_and_a_call(around: Town, program: Speak) -> None:
    fund = program(around.fund)

    made = fund.ask("POST", "/programmes", 201, json={"code": "YLZX", "name": "医疗专项", "year": 2026}).json
    budget, amount = "/programmes/YLZX/appropriations", {"amount": "1000000.00"}
    for _ in range(2):
        fund.ask("POST", budget, 201, json=amount, headers={KEY: "budget-1"})
    keyless = fund.ask("POST", budget, 422, json=amount).json
    call = fund.ask(
        "POST", "/calls", 201,
        json={
            "code": "YL-1", "title": "医疗申报", "programme": "YLZX", "opens_at": "2026-01-01T00:00:00+08:00",
            "closes_at": "2026-02-01T00:00:00+08:00", "areas": ["6531"], "budget": "500000.00",
        },
    ).json  # fmt: skip
    twice = fund.ask("POST", "/programmes", 422, json={"code": "YLZX", "name": "医疗专项", "year": 2026}).json
    nowhere = fund.ask("POST", "/calls", 422, json={**_sent(call), "code": "YL-2", "programme": "NONE"}).json

    assert (made["code"], made["year"], made["stage"]) == ("YLZX", 2026, "open")
    assert (call["areas"], call["budget"], call["opens_at"]) == (["6531"], "500000.00", "2025-12-31T16:00:00Z")
    ledger, held = fund.get("/ledger/YLZX"), fund.get("/ledger/YLZX")["accounts"]
    assert (ledger["balanced"], held["available"], held["source"]) == (True, "1000000.00", "-1000000.00")
    assert [each["errors"][0]["field"] for each in (twice, nowhere, keyless)] == ["year", "programme", KEY]
    fund.ask("GET", "/ledger/NONE", 404)
    program(around.owner).ask("POST", "/programmes", 403, json={})


def _sent(call: dict[str, Any]) -> dict[str, Any]:
    return {name: call[name] for name in ("title", "opens_at", "closes_at", "areas", "budget")}


def test_the_clock_of_a_demonstration_moves_forward_only(around: Town, program: Speak, clock: Clock) -> None:
    admin = person("system_admin")
    there = clock.now().replace(year=clock.now().year + 1).isoformat()

    # Each asks with a fresh token: a year later the first one has expired.
    moved = program(admin).ask("POST", "/demo/clock", 200, json={"to": there}).json
    back = program(admin).ask("POST", "/demo/clock", 409, json={"to": "2020-01-01T00:00:00Z"}).json
    program(around.owner).ask("POST", "/demo/clock", 403, json={"to": there})

    assert moved["now"][:10] == there[:10]
    assert back["detail"] == "时钟只能向前拨。"
