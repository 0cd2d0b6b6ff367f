"""The pages of ties, draws and recusals; and a walk over every page that must say nothing of a recused project."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from flask import Flask

from app.casework.models import Recusal
from app.clock import Clock
from app.database import db
from app.organisations.models import Affiliation
from app.people.permissions import Actor
from app.people.service import grant_role
from app.reviews.models import AssignmentCheck, ContactMark, ExpertDraw
from tests.make import LIGHT, Town, act, bearer, case_of, children, email_of, person, pid_of
from tests.pages.browsing import Browser, form, links, words
from tests.reviewing import fill, in_expert_review
from workflows.draw import faults

Desk = Callable[[Actor], Browser]
TITLE = "金丝雀安全饮水"


def test_somebody_declares_a_tie_and_an_administrator_ends_it(around: Town, at_desk: Desk, rows: Any) -> None:
    officer, administrator = at_desk(around.accepting), at_desk(person("system_admin"))
    entered = officer.fill(
        "/ties", kind="board", uscc=LIGHT, organisation="上海明灯助学会", position="理事", from_on="2020-01-01"
    )

    assert "上海明灯助学会" in words(entered)
    assert "登记结束" not in words(entered)
    path = f"/people/{around.accepting.user_id}/ties"
    (row,) = rows(Affiliation)
    page = administrator.get(path)
    token = form(page, path)["csrf_token"]
    administrator.send(f"{path}/{row.id}/end", {"csrf_token": token, "until_on": ""}, 422)
    administrator.send(f"{path}/{row.id}/end", {"csrf_token": token, "until_on": "2024-05-01"})
    done = administrator.send(f"{path}/{row.id}/withdraw", {"csrf_token": token, "reason": "登记有误"})
    assert "已撤销 登记有误" in words(done)
    officer.get(path, 403)
    officer.fill("/ties", 422, kind="board", uscc="1", organisation="某会", from_on="2020-01-01")


def test_the_secretary_keeps_the_file_of_experts_and_of_nobody_else(around: Town, at_desk: Desk, rows: Any) -> None:
    secretary = at_desk(around.secretary)
    path = f"/people/{around.experts[0].user_id}/ties"
    page = secretary.get(path)
    fields = form(page, f"/people/{around.experts[0].user_id}/contacts")
    fields["phone"] = "13800001111"

    done = secretary.send(f"/people/{around.experts[0].user_id}/contacts", fields)

    assert [row.kind for row in rows(ContactMark)] == ["phone"]
    assert "13800001111" not in done.text
    secretary.get(f"/people/{around.fund.user_id}/ties", 404)
    at_desk(around.experts[0]).get(path, 403)


def test_an_act_that_a_tie_forbids_is_shown_with_the_reason(around: Town, at_desk: Desk, clock: Clock) -> None:
    number = in_expert_review(around, now=clock.now())
    secretary = at_desk(around.secretary)
    secretary.fill("/ties", kind="declared", uscc="53310000500000031Q", organisation="清泉", from_on="2020-01-01")

    assert "您现在属于该项目主体，或与其存在已登记的关联，应当回避" in words(secretary.get(f"/projects/{number}"))


def test_a_draw_is_made_on_its_page_and_everybody_can_check_it_once_the_notice_is_out(
    around: Town, at_desk: Desk, clock: Clock, rows: Any
) -> None:
    for _ in range(3):
        person("expert")
    number = in_expert_review(around, now=clock.now())
    secretary, path = at_desk(around.secretary), f"/panels/draws/{number}"

    page = secretary.fill(path, in_field="0")
    told = json.loads(secretary.get(f"{path}/1.json").text)
    again = secretary.send(path, {**form(page, path), "reason": ""})
    leaving = next(each for each in rows(ExpertDraw))
    fields = form(page, f"{path}/next")
    after = secretary.send(f"{path}/next", {**fields, "why": "unavailable"})
    refused = secretary.send(f"{path}/next", {**fields, "why": "unavailable"}, 409)

    assert faults(told) == []
    assert len(rows(ExpertDraw)) == 1
    assert leaving.round == 1
    assert "第 1 次抽签" in words(again)
    assert "递补次数 1" in words(after)
    assert "不在抽中的专家之中" in words(refused)
    asked = secretary.get(f"/cases/{pid_of(number).hex}/actions/open_panel")
    assert len(form(asked).getlist("experts")) == 5
    secretary.act(pid_of(number), "open_panel", session_on="2027-01-10")
    assert {row.draw_id for row in rows(AssignmentCheck)} == {leaving.id}
    at_desk(around.fund).get(path, 403)
    visitor = Browser(secretary.client.application.test_client())
    visitor.get(f"/notices/{number}/draws.json", 404)

    for sheet in children(number, "score_sheet"):
        expert = next(
            Actor(row, "", ()) for row in [case_of(sheet).assigned_user_id]
        )  # fmt: skip
        fill(sheet, _expert(expert.user_id), now=clock.now())
    act(
        pid_of(number), "close_panel", around.secretary, now=clock.now(), outcome="recommend",
        suggested_amount="300000.00", opinion="建议资助",
    )  # fmt: skip
    act(pid_of(number), "publish_notice", around.fund, now=clock.now(), contact="021-12345678")
    notice = visitor.get(f"/notices/{number}")
    assert "5 人由抽签产生，0 人直接选定" in words(notice)
    assert "抽签次数 1 递补次数 1" in words(notice)
    (published,) = json.loads(visitor.get(f"/notices/{number}/draws.json").text)
    assert faults(published) == []
    assert len(published["opened"]) == 5


def _expert(ident: int | None) -> Actor:
    from app.people.queries import actor_of

    assert ident is not None
    found = actor_of(db.session(), ident)
    assert found is not None
    return found


def test_an_expert_recuses_on_the_page_of_the_sheet(around: Town, at_desk: Desk, clock: Clock, rows: Any) -> None:
    number = in_expert_review(around, now=clock.now())
    sheet = _panel(around, number, clock)
    act(sheet, "declare_conflict", around.experts[0], now=clock.now(), conflict=False)
    expert = at_desk(around.experts[0])
    path = f"/reviews/{sheet.hex}/recusal"

    assert path in links(expert.get(f"/reviews/{sheet}"))
    expert.fill(path, 422)
    gone = expert.fill(path, statement="发现亲属参与")

    assert number not in words(gone)
    assert len(rows(Recusal)) == 1
    expert.get(f"/reviews/{sheet}", 404)
    expert.get(path, 404)


def _panel(around: Town, number: str, clock: Clock) -> Any:
    act(
        pid_of(number), "open_panel", around.secretary, now=clock.now(), session_on="2027-01-10",
        experts=[email_of(each) for each in around.experts],
    )  # fmt: skip
    return children(number, "score_sheet")[0]


def _addresses(app: Flask, values: dict[str, Any]) -> Iterator[str]:
    """Every page and operation there is, with the numbers of one project wherever it wants one."""
    for rule in app.url_map.iter_rules():
        known = {name: values[name] for name in rule.arguments if name in values}
        if "GET" in (rule.methods or ()) and known.keys() == rule.arguments and rule.endpoint != "static":
            with app.test_request_context():
                yield app.url_for(rule.endpoint, **known)


def test_on_no_page_list_search_count_export_or_operation_is_a_trace_of_a_project_for_whoever_is_recused(
    app: Flask, around: Town, at_desk: Desk, clock: Clock, run_jobs: Any
) -> None:
    expert = around.experts[0]
    for role in ("supervisor", "secretary", "panel_member", "approver", "fund_office"):
        grant_role(expert.user_id, role, now=clock.now())
    number = in_expert_review(around, now=clock.now(), title=TITLE)
    sheet, pid = _panel(around, number, clock), pid_of(number)
    run_jobs()
    browser, header = at_desk(expert), bearer(expert, clock.now())
    values = {"number": number, "pid": pid, "action": "withdraw", "draw_round": 1, "root": pid}
    words_of_it = (TITLE, number, pid.hex, str(pid), sheet.hex, str(sheet))
    places = [
        *_addresses(app, values),
        f"/search?q={TITLE[:3]}",
        "/projects?as=csv",
        f"/cases/{sheet.hex}",
    ]

    def traces() -> set[str]:
        found = set()
        for place in places:
            answer = browser.client.get(place, headers=header if place.startswith("/api/") else {})
            said = answer.data.decode(errors="replace").replace(place, "")
            answer.close()
            if answer.status_code < 400 and any(word in said for word in words_of_it):
                found.add(place)
        return found

    before = traces()
    act(sheet, "declare_conflict", expert, now=clock.now(), conflict=True, statement="亲属任职")
    run_jobs()
    db.session.rollback()

    assert {"/projects", f"/projects/{number}", f"/search?q={TITLE[:3]}", "/notifications"} <= before
    assert any(place.startswith("/api/") for place in before)
    assert traces() == set()
