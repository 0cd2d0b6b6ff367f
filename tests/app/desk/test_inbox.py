"""The inbox: narrowed by the address, counted by urgency, kept as views, and worked on several at a time."""

import csv
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from typing import Any

from app.clock import Clock
from app.notifications.models import Notification
from app.outbox.models import Message
from app.people.permissions import Actor
from app.workbench.models import Assignment, Reminder, SavedView
from tests.make import Town, act, advance, draft, person, pid_of
from tests.pages.browsing import Browser, links, parsed, words
from tests.reviewing import object_to
from tests.statements import statements

Desk = Callable[[Actor], Browser]


def submitted(around: Town, clock: Clock) -> str:
    number = draft(around, now=clock.now())
    act(pid_of(number), "submit", around.owner, now=clock.now())
    return number


def overdue(around: Town, clock: Clock) -> str:
    """One that was submitted sixty days ago."""
    number = submitted(around, clock)
    clock.move(clock.now() + timedelta(days=60))
    return number


def counts(page: Any) -> dict[str, int]:
    nav = next(each for each in parsed(page).iter("nav") if each.get("aria-label") == "按期限")
    said = [" ".join(a.itertext()).split() for a in nav.iter("a")]
    return {label: int(number) for number, label in said}


def token(browser: Browser) -> str:
    page = parsed(browser.get("/account"))
    return next(each.get("value") for each in page.iter("input") if each.get("name") == "csrf_token")


def send(browser: Browser, path: str, status: int = 303, **fields: Any) -> Any:
    return browser.send(path, {"csrf_token": token(browser), **fields}, status)


def assigned_messages(rows: Any) -> set[int]:
    return {row.id for row in rows(Message) if row.template == "assigned"}


def test_what_waits_is_counted_by_urgency_and_the_address_narrows_it(around: Town, at_desk: Desk, clock: Clock) -> None:
    late = overdue(around, clock)
    new = submitted(around, clock)
    desk = at_desk(around.accepting)

    page = desk.get("/inbox")
    narrowed = desk.get("/inbox?term=overdue")
    others = desk.get("/inbox?organisation=没有这家")

    assert counts(page) == {"已逾期": 1, "今天到期": 0, "七天之内": 0, "以后": 1, "没有期限": 0}
    assert words(page).index(late) < words(page).index(new)
    assert (late in words(narrowed), new in words(narrowed)) == (True, False)
    assert counts(narrowed) == counts(page)
    assert "没有符合筛选条件的事项。" in words(others)
    assert [new in words(desk.get(f"/inbox?{query}")) for query in ("stage=authenticity_review", "stage=audit")] == [
        True,
        False,
    ]
    assert [new in words(desk.get(f"/inbox?life={life}")) for life in ("aid_project", "audit")] == [True, False]


def test_a_view_is_kept_under_its_name_and_can_be_the_first_one_sees(
    around: Town, at_desk: Desk, clock: Clock, rows: Any
) -> None:
    submitted(around, clock)
    desk = at_desk(around.accepting)

    send(desk, "/inbox/views?term=overdue", name="逾期的", is_default="1")
    shown = desk.get("/inbox", 302)

    assert [(view.name, view.query, view.is_default) for view in rows(SavedView)] == [("逾期的", "term=overdue", True)]
    assert shown.location == "/inbox?term=overdue"
    assert "/inbox?term=overdue" in links(desk.get("/inbox?all=1"))
    assert "逾期的" not in words(at_desk(around.fund).get("/inbox"))
    (view,) = rows(SavedView)
    send(at_desk(around.fund), f"/inbox/views/{view.id}/drop", 404)
    send(desk, f"/inbox/views/{view.id}/drop")
    assert rows(SavedView) == []
    desk.get("/inbox")


def test_a_case_is_given_to_a_colleague_of_the_desk_and_to_nobody_else(
    around: Town, at_desk: Desk, clock: Clock, rows: Any, run_jobs: Callable[[], None]
) -> None:
    number, left = submitted(around, clock), submitted(around, clock)
    colleague = person("accepting_unit", unit="SH310106")
    desk, pid = at_desk(around.accepting), pid_of(number).hex

    page = send(desk, "/inbox/chosen", case=[pid], do="assign", colleague=str(colleague.user_id))
    refused = send(desk, "/inbox/chosen", case=[pid], do="assign", colleague=str(around.fund.user_id))
    stranger = send(at_desk(around.fund), "/inbox/chosen", case=[pid], do="assign", colleague=str(around.fund.user_id))

    assert "已分派：1 项。" in words(page)
    assert "未办理：1 项" in words(refused)
    assert "未办理：1 项" in words(stranger)
    assert words(desk.get("/inbox")).count("已分派给") == 1
    assert "已分派给" not in words(at_desk(colleague).get("/inbox"))
    run_jobs()
    told = [row.user_id for row in rows(Notification) if row.message_id in assigned_messages(rows)]
    assert told == [colleague.user_id]
    assert "有事项分派给您" in words(at_desk(colleague).get("/notifications"))
    mine = words(at_desk(colleague).get("/inbox?desk=mine"))
    assert (number in mine, left in mine) == (True, False)
    free = words(desk.get("/inbox?desk=free"))
    assert (number in free, left in free) == (False, True)
    send(desk, "/inbox/chosen", case=[pid], do="assign", colleague=str(around.accepting.user_id))
    assert [(row.user_id, row.assigned_by_id, row.ended_by_id) for row in rows(Assignment)] == [
        (colleague.user_id, around.accepting.user_id, around.accepting.user_id),
        (around.accepting.user_id, around.accepting.user_id, None),
    ]


def test_whoever_holds_a_case_is_reminded_once_a_day_by_an_office_that_sees_it(
    around: Town, at_desk: Desk, clock: Clock, rows: Any
) -> None:
    number = overdue(around, clock)
    fund, pid = at_desk(around.fund), pid_of(number).hex

    waiting = words(fund.get("/inbox?desk=others"))
    first = send(fund, "/inbox/chosen?desk=others", case=[pid], do="remind")
    again = send(fund, "/inbox/chosen?desk=others", case=[pid], do="remind")
    applicant = send(at_desk(around.owner), "/inbox/chosen", case=[pid], do="remind")

    assert number in waiting
    assert "已催办：1 项。" in words(first)
    assert "未办理：1 项" in words(again)
    assert "已催办" not in words(applicant)
    assert [(row.to_role, row.sent_by_id) for row in rows(Reminder)] == [("accepting_unit", around.fund.user_id)]
    assert [row.to_role for row in rows(Message) if row.template == "reminded"] == ["accepting_unit"]


def test_chosen_cases_are_taken_away_as_a_file_and_only_those_one_sees(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    one, two, three = (submitted(around, clock) for _ in range(3))
    desk = at_desk(around.accepting)
    hidden = draft(around, now=clock.now())

    answer = desk.client.post(
        "/inbox/chosen",
        data={"csrf_token": token(desk), "do": "csv", "case": [pid_of(n).hex for n in (one, three, hidden)]},
        buffered=True,
    )

    lines = list(csv.reader(StringIO(answer.get_data().decode("utf-8-sig"))))
    assert lines[0][:2] == ["项目编号", "项目名称"]
    assert sorted(line[0] for line in lines[1:]) == sorted([one, three])
    assert two not in answer.text
    wanted = {"csrf_token": token(desk), "do": "xlsx", "case": pid_of(one).hex}
    book = desk.client.post("/inbox/chosen", data=wanted, buffered=True)
    assert book.get_data()[:2] == b"PK"


def test_choosing_nothing_or_nonsense_is_said_and_changes_nothing(
    around: Town, at_desk: Desk, clock: Clock, table_state: Any
) -> None:
    number = submitted(around, clock)
    desk = at_desk(around.accepting)
    before = table_state()

    send(desk, "/inbox/chosen", 422, do="assign", colleague="1")
    send(desk, "/inbox/chosen", 422, do="assign", case=["nonsense"], colleague="1")
    send(desk, "/inbox/chosen", 303, do="assign", case=[pid_of(number).hex], colleague="9" * 5_000)
    send(desk, "/inbox/chosen", 422, do="burn", case=[pid_of(number).hex])
    send(desk, "/inbox/views", 422, name=" ")

    assert table_state() == before


def test_an_inbox_costs_the_same_few_statements_with_three_and_with_thirty(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    desk, addresses = at_desk(around.accepting), ("/inbox", "/inbox?desk=others", "/inbox?desk=mine&term=later")

    def cost() -> list[int]:
        found = []
        for address in addresses:
            desk.get(address)
            with statements() as seen:
                desk.get(address)
            found.append(len(seen))
        return found

    for _ in range(3):
        submitted(around, clock)
    few = cost()
    for _ in range(27):
        submitted(around, clock)

    assert cost() == few
    assert max(few) <= 8


def test_the_stage_moves_on_and_the_colleague_of_the_old_desk_with_it(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    number = submitted(around, clock)
    desk, pid = at_desk(around.accepting), pid_of(number).hex
    send(desk, "/inbox/chosen", case=[pid], do="assign", colleague=str(around.accepting.user_id))

    act(pid_of(number), "pass_authenticity", around.accepting, now=clock.now(), opinion="属实")

    assert number in words(at_desk(around.fund).get("/inbox?desk=free"))
    assert number not in words(desk.get("/inbox?desk=mine"))


def test_an_objection_and_its_project_say_what_each_is(around: Town, at_desk: Desk, clock: Clock) -> None:
    number = draft(around, now=clock.now())
    now = advance(around, number, "publicity", now=clock.now())
    act(pid_of(number), "publish_notice", around.fund, now=now, contact="021-00000000")
    object_to(number, now=now)

    page = words(at_desk(around.fund).get("/inbox"))

    assert page.count("项目：公示已暂停，在这里处理异议") == 1
    assert page.count("一件异议及其期限；处理在项目上进行") == 1
