"""Letters over a real mail server: sent once the act is committed, tried again, given up, never twice unseen."""

import pytest
from sqlalchemy import update

from app.notifications.jobs.sending import MOST_TRIES
from app.notifications.models import Letter, Notification
from app.notifications.service import choose_ways
from app.outbox.service import enqueue
from app.people.models import User
from app.projects.models import Project
from tests.make import act, draft, email_of, pid_of
from workflows.engine import Refused

SENDING = ("notifications.send", "todo")
#: How often the connections are looked at while a mail server waits.
MOST_LOOKS = 500


@pytest.fixture
def sent(around, clock):
    """A declaration that was just submitted: its number."""
    number = draft(around, now=clock.now())
    act(pid_of(number), "submit", around.owner, now=clock.now())
    return number


def only(rows):
    """What became of the letters: (template, state, tries, answer)."""
    return sorted((each.template, each.state, each.tries, each.answer) for each in rows(Letter))


def text_of(letter, kind="plain"):
    return letter.get_body((kind,)).get_content()


def test_everybody_who_is_told_gets_a_letter_with_number_title_term_and_address(around, sent, work, post, rows):
    assert work() == []

    by_address = {letter["To"]: letter for letter in post.letters}
    officer = by_address[email_of(around.accepting)]
    assert sorted(by_address) == sorted(email_of(each) for each in (around.owner, around.accepting, around.front))
    assert officer["Subject"].strip() == f"新的项目申报 {sent} 校园安全饮水"
    assert str(officer["From"]) == "对口支援 <no-reply@aid.example>"
    assert post.envelopes[0][0] == "no-reply@aid.example"
    for kind in ("plain", "html"):
        said = text_of(officer, kind)
        assert f"{sent} 校园安全饮水" in said
        assert "请办理真实性初审" in said
        assert "办理期限：" in said
        assert f"http://127.0.0.1:8000/cases/{pid_of(sent).hex}" in said
    assert [(state, tries) for _template, state, tries, _answer in only(rows)] == [("sent", 1)] * 3
    assert {answer[:20] for *_rest, answer in only(rows)} == {f"250 2.0.0 taken as {n}"[:20] for n in (1, 2, 3)}


def test_each_person_is_written_to_in_the_own_language(around, sent, session, work, post):
    session.execute(update(User).where(User.id == around.owner.user_id).values(locale="en"))
    session.commit()

    work()

    letter = next(each for each in post.letters if each["To"] == email_of(around.owner))
    assert letter["Subject"].strip() == f"Declaration submitted {sent} 校园安全饮水"
    assert letter["Content-Language"] == "en"
    assert "accepting unit" in text_of(letter)
    assert "您好" not in text_of(letter)
    assert '<html lang="en">' in text_of(letter, "html")


def test_a_refused_act_sends_nothing_and_nothing_goes_out_before_the_commit(around, clock, work, post, session, rows):
    number = draft(around, now=clock.now(), papers=False)
    with pytest.raises(Refused):
        act(pid_of(number), "submit", around.owner, now=clock.now())
    session.rollback()
    enqueue(session, event_id=None, case_id=1, notices=[("overdue", "fund_office")], now=clock.now())
    session.flush()

    assert work() == []
    session.rollback()

    assert work() == []
    assert post.letters == []
    assert rows(Letter) == []


def test_letters_wait_for_a_mail_server_that_is_down(sent, work, post, rows):
    post.shut()
    assert work() == [SENDING] * 3
    assert {(state, tries) for _template, state, tries, _answer in only(rows)} == {("waiting", 1)}
    assert all("refused" in answer for *_rest, answer in only(rows))

    post.open()
    assert work() == []

    assert len(post.letters) == 3
    assert {(state, tries) for _template, state, tries, _answer in only(rows)} == {("sent", 2)}


def test_an_answer_for_now_is_tried_again_and_one_for_ever_is_not(sent, work, post, rows):
    post.answers = ["451 4.3.0 try later", "554 5.7.1 no spam", "250 fine"]

    first = work()
    assert (first, sorted(state for _t, state, _n, _a in only(rows))) == ([SENDING], ["failed", "sent", "waiting"])
    assert work() == []

    assert sorted((state, tries, answer[:3]) for _t, state, tries, answer in only(rows)) == [
        ("failed", 1, "554"), ("sent", 1, "250"), ("sent", 2, "250")
    ]  # fmt: skip


def test_an_unknown_address_fails_at_once_and_the_others_get_theirs(sent, work, post, rows):
    post.recipient_answers = ["550 5.1.1 no such person"]

    assert work() == []

    assert sorted((state, answer[:9]) for _t, state, _n, answer in only(rows)) == [
        ("failed", "550 5.1.1"), ("sent", "250 2.0.0"), ("sent", "250 2.0.0")
    ]  # fmt: skip


def test_a_letter_is_given_up_after_so_many_tries_and_says_why(around, sent, work, post, rows):
    post.shut()
    for _ in range(MOST_TRIES):
        left = work()

    assert left == []
    assert {(state, tries) for _t, state, tries, _a in only(rows)} == {("failed", MOST_TRIES)}


def test_a_crash_between_sending_and_marking_sends_again_under_the_same_message_id(
    around, clock, work, post, rows, superuser
):
    for other in (around.front, around.owner):
        choose_ways({"task": "in_app", "progress": "in_app"}, actor=other)
    number = draft(around, now=clock.now())
    act(pid_of(number), "submit", around.owner, now=clock.now())
    # The mark is refused while the letter is already on its way.
    post.at_text = lambda: superuser.execute("REVOKE UPDATE ON letter FROM aidflow_worker")
    assert work() == [SENDING]
    assert [(state, tries) for _t, state, tries, _a in only(rows)] == [("sending", 1)]

    post.at_text = lambda: None
    superuser.execute("GRANT UPDATE (state, tries, tried_at, sent_at, answer) ON letter TO aidflow_worker")
    assert work() == []

    assert [(state, tries) for _t, state, tries, _a in only(rows)] == [("sent", 2)]
    assert len(post.letters) == 2
    assert len({letter["Message-ID"] for letter in post.letters}) == 1


def test_no_transaction_is_open_while_the_mail_server_is_spoken_to(sent, work, post, superuser):
    seen = []
    query = (
        "SELECT state FROM pg_stat_activity WHERE application_name = 'aidflow' AND usename = 'aidflow_worker'"
        " AND datname = current_database()"
    )

    def look():
        # Another job may be between two statements at this moment; whoever speaks to the mail server stays as it is.
        for _look in range(MOST_LOOKS):
            states = superuser.execute(query).fetchall()
            if ("idle in transaction",) not in states:
                break
        seen.append(states)

    post.at_text = look
    post.answers = ["250 fine"]

    assert work() == []

    assert seen != []
    assert [states for states in seen if ("idle in transaction",) in states] == []


def test_a_title_cannot_add_a_header(around, sent, work, post, session):
    title = "饮水\r\nBcc: everybody@example.org\r\n\x0b\u2028X-Evil: 1"
    session.execute(update(Project).values(title=title))
    session.execute(update(User).values(name="甲\r\nBcc: x@example.org"))
    session.commit()

    assert work() == []

    for letter, (_sender, people) in zip(post.letters, post.envelopes, strict=True):
        assert (letter["Bcc"], letter["X-Evil"]) == (None, None)
        assert letter["Subject"].endswith(f"{sent} 饮水 Bcc: everybody@example.org X-Evil: 1")
        assert people == [letter["To"]]


def test_without_a_mail_server_people_are_told_in_the_application_only(around, sent, run_jobs, post, rows):
    run_jobs()

    assert sorted((each.user_id, each.way) for each in rows(Notification)) == sorted(
        (each.user_id, "in_app") for each in (around.owner, around.accepting, around.front)
    )
    assert (rows(Letter), post.letters) == ([], [])
