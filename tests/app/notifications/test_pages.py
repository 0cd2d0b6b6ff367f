"""What people read of their messages, and what the administrator reads of the letters."""

import re
from datetime import timedelta
from itertools import groupby

import pytest
from sqlalchemy import select

from app.database import db
from app.notifications.models import Letter, MailChoice, Notification
from app.notifications.queries import messages, unread_count
from app.outbox.models import Message
from app.outbox.service import enqueue
from tests.later import advance_further, root
from tests.make import act, advance, children, draft, email_of, person, pid_of
from tests.pages.browsing import form, links, parsed, words
from tests.reviewing import fill, with_panel
from tests.statements import statements


@pytest.fixture
def sent(around, clock, run_jobs):
    """A declaration that was just submitted, and everybody told: its number."""
    number = draft(around, now=clock.now())
    act(pid_of(number), "submit", around.owner, now=clock.now())
    run_jobs()
    return number


def unread(actor):
    db.session.rollback()
    return unread_count(db.session(), actor)


def test_a_message_names_the_project_and_what_is_asked_and_leads_to_the_case(around, sent, at_desk):
    page = at_desk(around.accepting).get("/notifications")

    assert "新的项目申报" in words(page)
    assert f"{sent} 校园安全饮水 一个新的项目申报已提交，请办理真实性初审。" in words(page)
    assert "办理期限" in words(page)
    assert f"/cases/{pid_of(sent).hex}" in links(page)
    assert "New declaration" in words(at_desk(around.accepting).get("/notifications?lang=en"))


def test_what_happened_last_stands_first_whenever_it_was_handed_out(around, sent, at_desk, clock, run_jobs, session):
    # The earlier message is handed out last, as by a worker that was busy.
    for hours in (4, 2):
        at = clock.now() + timedelta(hours=hours)
        enqueue(session, event_id=None, case_id=root(sent), notices=[("reminded", "accepting_unit")], now=at)
        session.commit()
        run_jobs()

    page = parsed(at_desk(around.accepting).get("/notifications"))
    shown = [each.get("datetime") for li in page.iter("li") if li.get("class") == "unread" for each in li.iter("time")]
    assert len(shown) == 3
    assert shown == sorted(shown, reverse=True)


def test_messages_are_read_one_by_one_or_all_and_unread_again(around, sent, at_desk, clock, run_jobs):
    browser = at_desk(around.accepting)
    (ident,) = db.session.scalars(select(Notification.id).where(Notification.user_id == around.accepting.user_id))
    assert unread(around.accepting) == 1

    fields = form(browser.get("/notifications"), f"/notifications/{ident}")
    browser.send(f"/notifications/{ident}", fields)
    assert unread(around.accepting) == 0
    assert "标为未读" in words(browser.get("/notifications"))
    assert "没有符合条件的消息" in words(browser.get("/notifications?unread=1"))

    fields["read"] = "0"
    browser.send(f"/notifications/{ident}?unread=1", fields)
    assert unread(around.accepting) == 1
    later = draft(around, now=clock.now())
    everything = form(browser.get("/notifications"), "/notifications")
    act(pid_of(later), "submit", around.owner, now=clock.now())
    run_jobs()
    browser.send("/notifications", everything)
    # What came after the page was shown stays unread.
    assert unread(around.accepting) == 1


def test_nobody_marks_the_message_of_another(around, sent, at_desk):
    (ident,) = db.session.scalars(select(Notification.id).where(Notification.user_id == around.accepting.user_id))
    browser = at_desk(around.fund)
    token = form(browser.get("/notifications/choices"))["csrf_token"]

    for number in (ident, 10**12, 10**30):
        browser.send(f"/notifications/{number}", {"csrf_token": token, "read": "1"}, status=404)

    assert unread(around.accepting) == 1


def test_who_was_drawn_out_of_a_project_reads_no_more_of_it(around, clock, run_jobs):
    number = with_panel(around, now=clock.now())
    run_jobs()
    expert = around.experts[0]
    before = unread(expert)
    sheet = children(number, "score_sheet")[0]
    act(sheet, "declare_conflict", expert, now=clock.now(), conflict=True, statement="亲属任职")

    assert before == 1
    assert unread(expert) == 0
    assert messages(db.session(), expert) == []


def test_of_a_panel_only_those_are_told_who_were_just_called(around, clock, run_jobs, session):
    number, now = with_panel(around, now=clock.now()), clock.now()
    later, latest = now + timedelta(minutes=1), now + timedelta(minutes=2)
    added, others = person("expert"), [person("expert") for _ in range(5)]
    first, second = [email_of(added)], [email_of(each) for each in others]
    run_jobs()

    act(pid_of(number), "add_experts", around.secretary, now=later, experts=first, reason="有限")
    run_jobs()
    for sheet, expert in zip(children(number, "score_sheet"), [*around.experts, added], strict=True):
        fill(sheet, expert, now=later)
    act(pid_of(number), "return_for_correction", around.secretary, now=latest, items=["补预算依据"])
    act(pid_of(number), "resubmit", around.owner, now=latest, reply="已补")
    panel = {"experts": second, "session_on": "2026-12-10", "reason": "另选"}
    act(pid_of(number), "open_panel", around.secretary, now=latest, **panel)
    run_jobs()

    told = session.execute(
        select(Message.id, Notification.user_id)
        .join(Message, Message.id == Notification.message_id)
        .where(Message.template == "panel_opened")
        .order_by(Message.id, Notification.user_id)
    ).all()
    called = [[who for _message, who in group] for _message, group in groupby(told, lambda row: row.id)]
    assert called == [[each.user_id for each in group] for group in (around.experts, [added], others)]


def test_everybody_who_is_told_sees_what_the_message_is_about(around, clock, run_jobs):
    number = draft(around, now=clock.now())
    now = advance(around, number, "announcement", now=clock.now())
    advance_further(around, number, "closed", now=now)
    run_jobs()

    people = [around.owner, around.accepting, around.front, around.fund, around.secretary, *around.experts]
    people += [*around.panel, around.approver, around.firm, around.maker, around.checker]
    shown = sum(len(messages(db.session(), each, limit=200)) for each in people)

    assert shown == len(db.session.scalars(select(Notification.id)).all()) > 30
    assert db.session.scalars(select(Message.id).where(Message.recipients == 0)).all() == []


def test_the_list_goes_on_and_costs_the_same_few_statements(around, sent, at_desk, clock, run_jobs, superuser):
    browser = at_desk(around.accepting)
    browser.get("/notifications")
    with statements() as few:
        browser.get("/notifications")
    for _ in range(27):
        superuser.execute(
            "INSERT INTO message (case_id, template, to_role, created_at, state) "
            "SELECT id, 'overdue', 'accepting_unit', now(), 'waiting' FROM \"case\" WHERE pid = %s",
            (pid_of(sent),),
        )
    act(pid_of(sent), "return_for_correction", around.accepting, now=clock.now(), items=["补充"])
    run_jobs()
    with statements() as many:
        page = browser.get("/notifications?kind=deadline")
    onward = [each for each in links(page) if "cursor=" in each]

    assert (len(many), len(few) <= 12) == (len(few), True)
    assert len(onward) == 1
    assert "kind=deadline" in onward[0]
    rest = browser.get(onward[0])
    assert len(re.findall("事项已逾期", rest.text.split("<main")[1])) >= 2
    with statements() as counted:
        assert unread_count(db.session(), around.accepting) == 28
    assert len(counted) == 1


def test_a_person_chooses_for_each_kind_and_nothing_else_is_taken(around, at_desk, rows):
    browser = at_desk(around.owner)

    browser.fill("/notifications/choices", task="digest", deadline="in_app")
    browser.fill("/notifications/choices", task="in_app")
    browser.fill("/notifications/choices", status=422, task="never")

    assert [(each.kind, each.way) for each in rows(MailChoice)] == [
        ("deadline", "in_app"), ("progress", "at_once"), ("task", "in_app")
    ]  # fmt: skip


def test_the_log_says_what_became_of_each_letter_masks_the_address_and_sends_again(
    around, clock, at_desk, work, post, rows
):
    post.recipient_answers = ["550 5.1.1 no such person"]
    act(pid_of(number := draft(around, now=clock.now())), "submit", around.owner, now=clock.now())
    work()
    admin = person("system_admin")
    browser = at_desk(admin)
    failed = next(each for each in rows(Letter) if each.state == "failed")

    page = browser.get("/administration/mail?state=failed")
    said = words(page)
    assert "发送失败 1 " in said
    assert "550 5.1.1 no such person" in said
    assert "***@example.org" in said
    assert "1@example.org" not in said
    assert number not in said

    path = f"/administration/mail/{failed.id}?state=failed"
    fields = form(page, path)
    browser.send(path, fields)
    assert work() == []
    assert {each.state for each in rows(Letter)} == {"sent"}
    browser.send(path, fields, status=409)
    for other in (around.fund, around.supervisor, around.owner, person("security_admin")):
        at_desk(other).get("/administration/mail", status=403)
