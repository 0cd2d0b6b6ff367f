"""The secretary's desk: a session for several projects, who may sit where and why not, and what experts are told."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from app.clock import Clock
from app.outbox.models import Message
from app.people.permissions import Actor
from app.people.service import end_grant, grant_role
from app.reviews.commands import RecuseOfficer
from app.reviews.models import Panel, ReviewSession, ReviewSessionProject, ScoreSheet
from app.reviews.service.recusals import recuse_officer
from tests.make import WATER, Town, act, case_of, children, email_of, person, pid_of
from tests.pages.browsing import Browser, form, links, words
from tests.reviewing import in_expert_review
from tests.statements import statements
from workflows.calendar import shanghai_date

Desk = Callable[[Actor], Browser]
MOST = 12


@pytest.fixture
def numbers(around: Town, clock: Clock) -> list[str]:
    """Two projects that wait for their panels."""
    return [in_expert_review(around, now=clock.now()) for _ in range(2)]


def schedule(browser: Browser, clock: Clock, numbers: list[str], status: int = 303, **changed: Any) -> Any:
    day = shanghai_date(clock.now() + timedelta(days=10)).isoformat()
    return browser.fill(
        "/panels/sessions/new", status,
        **{
            "projects": numbers, "starts_at": f"{day}T09:00", "ends_at": f"{day}T12:00", "place": "世博村路三号",
            "sheets_due_on": day, **changed,
        },
    )  # fmt: skip


def test_a_session_counts_the_projects_that_its_reader_sees(
    around: Town, at_desk: Desk, clock: Clock, numbers: list[str], rows: Any
) -> None:
    schedule(at_desk(around.secretary), clock, numbers)
    (row,) = rows(ReviewSession)
    colleague = person("secretary")
    recuse_officer(numbers[0], RecuseOfficer(statement="配偶任职"), actor=colleague, now=clock.now())
    readers = [at_desk(each) for each in (around.secretary, colleague)]

    lists = [words(reader.get("/panels")) for reader in readers]
    calendars = [reader.get(f"/reviews/sessions/{row.pid}/session.ics").text for reader in readers]

    assert [re.search("世博村路三号 ([0-9]+) ", each)[1] for each in lists] == ["2", "1"]
    assert [re.search("共 ([0-9]+) 个项目", each)[1] for each in calendars] == ["2", "1"]


def test_where_a_session_is_held_the_page_of_the_project_says_to_whoever_arranges_it_alone(
    around: Town, at_desk: Desk, clock: Clock, numbers: list[str]
) -> None:
    schedule(at_desk(around.secretary), clock, numbers)

    said = {who: words(at_desk(who).get(f"/projects/{numbers[0]}/reviews")) for who in (around.secretary, around.fund)}

    assert ["世博村路三号" in page for page in said.values()] == [True, False]
    assert ["评分表截止" in page for page in said.values()] == [True, True]


def seats(page: Any) -> dict[str, list[str]]:
    """Project → what may be ticked for it."""
    from tests.pages.browsing import parsed

    found: dict[str, list[str]] = {}
    for box in parsed(page).iter("input"):
        if (box.get("name") or "").startswith("experts-"):
            found.setdefault(box.get("name").removeprefix("experts-"), []).append(box.get("value"))
    return found


def test_one_session_is_arranged_for_several_projects_and_their_panels_are_opened_at_once(
    around: Town, at_desk: Desk, clock: Clock, numbers: list[str], rows: Any
) -> None:
    secretary = at_desk(around.secretary)

    page = schedule(secretary, clock, numbers)
    fields = form(page)
    for number in numbers:
        fields.setlist(f"experts-{number}", [email_of(expert) for expert in around.experts])
    opened = secretary.send(page.request.path, fields)

    assert set(seats(page)) == set(numbers)
    assert f"已启动专家评审：{numbers[0]}、{numbers[1]}。" in words(opened)
    (session,) = rows(ReviewSession)
    assert len(rows(ReviewSessionProject)) == 2
    day = shanghai_date(clock.now() + timedelta(days=10))
    assert [panel.session_on for panel in rows(Panel)] == [day, day]
    assert [(s.project_id, s.expert_id) for s in rows(ScoreSheet)] == [
        (case_of(pid_of(number)).id, expert.user_id) for number in numbers for expert in around.experts
    ]
    assert [m.template for m in rows(Message)].count("panel_opened") == 2
    assert session.place == "世博村路三号"


def test_a_panel_that_breaks_the_rule_is_refused_with_the_reason_and_the_other_is_opened(
    around: Town, at_desk: Desk, clock: Clock, numbers: list[str], rows: Any
) -> None:
    secretary = at_desk(around.secretary)
    page = schedule(secretary, clock, numbers)
    emails = [email_of(expert) for expert in around.experts]
    fields = form(page)
    fields.setlist(f"experts-{numbers[0]}", emails)
    fields.setlist(f"experts-{numbers[1]}", emails[:4])

    answer = secretary.send(page.request.path, fields, 409)

    assert f"{numbers[1]} ： 评审专家须为不少于 5 人的单数。" in words(answer).replace("：", " ： ").replace("  ", " ")
    assert [panel.project_id for panel in rows(Panel)] == [case_of(pid_of(numbers[0])).id]
    assert form(answer, page.request.path).getlist(f"experts-{numbers[1]}") == emails[:4]


def test_who_may_not_sit_is_shown_with_the_reason_and_cannot_be_ticked(
    around: Town, at_desk: Desk, clock: Clock, numbers: list[str]
) -> None:
    tied, far = person("expert"), person("expert")
    grant = grant_role(tied.user_id, "applicant_member", now=clock.now() - timedelta(days=400), uscc=WATER)
    end_grant(grant, now=clock.now() - timedelta(days=100))
    sheet = open_with(around, numbers[0], clock, [*around.experts[:4], far])[4]
    act(sheet, "declare_conflict", far, now=clock.now(), conflict=True, statement="亲属任职")
    number = numbers[1]

    page = schedule(at_desk(around.secretary), clock, [number])

    assert email_of(tied) not in seats(page)[number]
    assert "现在或近年属于该项目主体" in words(page)
    assert email_of(far) in seats(page)[number]
    assert "提示：曾就该项目主体的其他项目申请回避" in words(page)


def open_with(around: Town, number: str, clock: Clock, experts: list[Actor]) -> list[Any]:
    act(
        pid_of(number), "open_panel", around.secretary, now=clock.now(), experts=[email_of(e) for e in experts],
        session_on="2026-12-10",
    )  # fmt: skip
    return children(number, "score_sheet")


def test_drawing_by_lot_prefers_who_knows_the_field_and_opens_nothing(
    around: Town, at_desk: Desk, clock: Clock, numbers: list[str], rows: Any
) -> None:
    secretary = at_desk(around.secretary)
    for _ in range(6):
        person("expert")
    knowing = [person("expert") for _ in range(3)]
    for expert in knowing:
        secretary.fill(f"/panels/experts/{expert.user_id}", fields_known=["education_health"])
    page = schedule(secretary, clock, [numbers[0]])

    drawn = secretary.client.post(page.request.path, data={**form(page), "draw": "1"})

    chosen = form(drawn).getlist(f"experts-{numbers[0]}")
    assert len(chosen) == 5
    assert {email_of(expert) for expert in knowing} <= set(chosen)
    assert rows(Panel) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"place": ""}, "地点与线上会议至少填一项。"),
        ({"ends_at": "2026-01-01T09:00"}, "结束时间须晚于开始时间。"),
        ({"sheets_due_on": "2026-01-01"}, "评分表截止日期不得早于今天。"),
        ({"projects": []}, "此项必填。"),
    ],
)
def test_what_a_session_lacks_is_said_beside_its_field(
    around: Town, at_desk: Desk, clock: Clock, numbers: list[str], changed: Any, said: str, table_state: Any
) -> None:
    secretary = at_desk(around.secretary)
    before = table_state()

    page = schedule(secretary, clock, numbers, 422, **changed)

    assert said in words(page)
    assert table_state() == before


def test_a_project_is_on_the_list_of_one_session_only(
    around: Town, at_desk: Desk, clock: Clock, numbers: list[str]
) -> None:
    secretary = at_desk(around.secretary)
    late = form(secretary.get("/panels/sessions/new"))
    schedule(secretary, clock, numbers)

    offered = words(secretary.get("/panels/sessions/new"))
    late.setlist("projects", numbers)
    for name, value in (("starts_at", "T09:00"), ("ends_at", "T10:00")):
        late[name] = shanghai_date(clock.now() + timedelta(days=3)).isoformat() + value
    late["place"], late["sheets_due_on"] = "线上", shanghai_date(clock.now() + timedelta(days=3)).isoformat()
    clash = secretary.send("/panels/sessions/new", late, 422)

    assert numbers[0] not in offered
    assert "其中有项目已列入另一场评审会。" in words(clash)


def test_a_session_that_moves_is_told_to_whoever_sits_there_and_keeps_its_opened_projects(
    around: Town, at_desk: Desk, clock: Clock, numbers: list[str], rows: Any
) -> None:
    secretary = at_desk(around.secretary)
    path = schedule(secretary, clock, numbers).request.path
    open_with(around, numbers[0], clock, around.experts)
    fields = form(secretary.get(f"{path}/change"))
    fields["place"] = "线上"
    without = form(secretary.get(f"{path}/change"))
    without.setlist("projects", [numbers[1]])

    secretary.send(f"{path}/change", fields)
    refused = secretary.send(f"{path}/change", without, 422)

    told = [(m.template, m.to_role, m.case_id) for m in rows(Message) if m.template == "session_changed"]
    assert told == [("session_changed", "expert", case_of(pid_of(numbers[0])).id)]
    assert f"已启动评审的项目不能移出：{numbers[0]}。" in words(refused)
    assert [(row.place, row.version) for row in rows(ReviewSession)] == [("线上", 2)]


def test_the_calendar_entry_is_for_those_who_go_there_and_names_no_project(
    around: Town, at_desk: Desk, clock: Clock, numbers: list[str], rows: Any
) -> None:
    schedule(at_desk(around.secretary), clock, numbers, note="议程;一,二")
    (row,) = rows(ReviewSession)
    path = f"/reviews/sessions/{row.pid}/session.ics"
    sheet = open_with(around, numbers[0], clock, around.experts)[1]
    act(sheet, "declare_conflict", around.experts[1], now=clock.now(), conflict=True, statement="亲属任职")

    entry = at_desk(around.experts[0]).get(path)

    lines = entry.get_data(as_text=True).split("\r\n")
    assert entry.mimetype == "text/calendar"
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-2:] == ["END:VCALENDAR", ""]
    assert max(len(line.encode()) for line in lines) <= 75
    unfolded = entry.get_data(as_text=True).replace("\r\n ", "")
    assert f"DTSTART:{row.starts_at:%Y%m%dT%H%M%SZ}" in unfolded
    assert f"UID:{row.pid}@aidflow" in unfolded
    assert "共 1 个项目\\n议程\\;一\\,二" in unfolded
    assert numbers[0] not in unfolded
    assert "共 2 个项目" in at_desk(around.secretary).get(path).text.replace("\r\n ", "")
    for stranger in (around.experts[1], person("expert"), around.owner):
        at_desk(stranger).get(path, 404)
    at_desk(around.experts[0]).get(f"/reviews/sessions/{uuid4()}/session.ics", 404)


def test_the_desk_of_the_secretary_shows_how_far_each_panel_is(
    around: Town, at_desk: Desk, clock: Clock, numbers: list[str]
) -> None:
    secretary = at_desk(around.secretary)
    schedule(secretary, clock, [numbers[0]])
    open_with(around, numbers[0], clock, around.experts)

    page = secretary.get("/panels")

    assert "评分中 已提交 0 份，共 5 份" in words(page)
    assert f"{numbers[1]} 校园安全饮水 上海清泉公益基金会 教育卫生 360,000.00 待启动 尚未安排" in words(page)
    assert f"/projects/{numbers[0]}" in links(page)
    at_desk(around.fund).get("/panels", 403)
    at_desk(around.experts[0]).get("/panels", 403)


def test_the_pages_cost_few_statements_whatever_the_number_of_experts(
    around: Town, at_desk: Desk, clock: Clock, numbers: list[str]
) -> None:
    secretary = at_desk(around.secretary)
    path = schedule(secretary, clock, numbers).request.path
    paths = ("/panels", "/panels/sessions/new", path, f"{path}/change", "/panels/experts")

    def costs() -> list[int]:
        found = []
        for each in paths:
            with statements() as seen:
                secretary.get(each)
            found.append(len(seen))
        return found

    few = costs()
    for _ in range(20):
        person("expert")

    assert costs() == few
    assert max(few) <= MOST
