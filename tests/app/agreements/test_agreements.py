"""One agreement for each project: what it says, the text that is drawn up, and who signs it."""

import contextvars
import hashlib
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select, text

from app.agreements.effects import report_dates
from app.agreements.jobs import draw_up
from app.agreements.models import Agreement
from app.agreements.queries import agreement_of
from app.casework.models import Case
from app.database import db
from app.documents.models import Paper
from app.documents.service import receive_paper
from app.ledger.queries import project_balances
from app.organisations.store import token_of
from app.people.permissions import SYSTEM_ACTOR
from tests.later import document_hash, only, project_in, refused, root
from tests.later import draw_up as drawn_up
from tests.make import PDF, act, advance, case_of, draft, pid_of, town
from tests.snapshots import recalled
from workflows.engine import GuardRefused, NotFromHere
from workflows.policy import DEFAULT_POLICY

OTHER = "0" * 64


@pytest.fixture
def announced(app: Any) -> Any:
    return recalled(announce)


def announce() -> Any:
    around = town()
    number = draft(around)
    now = advance(around, number, "announcement")
    act(pid_of(number), "announce", around.fund, now=now)
    return around, number, now


def texts(number: str) -> list[Paper]:
    wanted = select(Paper).where(Paper.root_id == root(number), Paper.kind == "agreement").order_by(Paper.id)
    return list(db.session.scalars(wanted, execution_options={"populate_existing": True}))


def test_the_agreement_says_what_was_approved_and_is_fixed_from_its_beginning(announced):
    _around, number, _now = announced

    page = agreement_of(db.session(), root(number))

    said = {
        name: page.data[name]
        for name in (
            "number", "project_number", "field", "place", "policy_key", "settlement", "starts_on", "ends_on",
            "planned_total", "ceiling", "capitals", "ratio_numerator", "ratio_denominator", "ratio_ppm", "account",
            "report_dates", "payments",
        )
    }  # fmt: skip
    assert said == {
        "number": f"{number}-A1",
        "project_number": number,
        "field": "教育卫生",
        "place": "青海省果洛州玛沁县（632621）",
        "policy_key": "2020/1",
        "settlement": "agreed",
        "starts_on": "2026-04-01",
        "ends_on": "2026-09-30",
        "planned_total": 120_000_000,
        "ceiling": 33_000_000,
        "capitals": "叁拾叁万元整",
        "ratio_numerator": 11,
        "ratio_denominator": 40,
        "ratio_ppm": 275_000,
        "account": {
            "name": "上海清泉公益基金会",
            "bank": "中国工商银行 静安支行",
            "number": "****2222",
            "mark": token_of("6222000011112222"),
        },
        "report_dates": [],
        "payments": [
            {"label": "一次性", "condition": "项目完成并经第三方独立审计、按实核定后拨付", "amount": 33_000_000},
        ],
    }
    assert [(party["name"], party["code"]) for party in page.data["parties"]] == [
        ("市政府合作交流办", None),
        ("上海清泉公益基金会", "53310000500000031Q"),
    ]
    assert (page.stage, page.paper, page.document_hash, page.fund_office, page.applicant) == (
        "drawing_up", None, None, None, None,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("ends_on", "dates"),
    [
        (date(2026, 11, 30), []),
        (date(2026, 12, 1), [date(2026, 8, 31), date(2026, 11, 30)]),
        (date(2027, 6, 1), [date(2026, 8, 31), date(2026, 11, 30), date(2027, 2, 28), date(2027, 5, 31)]),
    ],
)
def test_only_a_project_of_more_than_six_months_reports_every_three(ends_on, dates):
    assert report_dates(DEFAULT_POLICY, date(2026, 5, 31), ends_on) == dates


def test_the_job_files_a_sealed_pdf_whose_hash_is_what_both_sides_sign(announced, store, table_state):
    _around, number, now = announced

    drawn_up(number, now=now)

    (paper,) = texts(number)
    body = b"".join(store.read(paper.key, sha256=paper.sha256, size=paper.size))
    agreement = agreement_of(db.session(), root(number))
    case = case_of(only(number, "agreement"))
    assert body.startswith(b"%PDF-")
    assert hashlib.sha256(body).hexdigest() == paper.sha256 == agreement.document_hash == case.content_hash
    assert paper.sealed_event_id is not None
    assert paper.uploaded_by_id is None
    assert (agreement.stage, case.stage, agreement.paper) == (
        "awaiting_fund_office", "awaiting_fund_office", paper.public_id,
    )  # fmt: skip
    before = table_state()
    draw_up(root_id=root(number), case_id=root(number), event_id=1)
    assert table_state() == before


def test_the_announcement_queues_the_job_which_the_worker_can_do_in_its_own_role(
    announced, worker_application, superuser
):
    _around, number, _now = announced
    ident = root(number)
    queued = superuser.execute(
        "SELECT args FROM procrastinate_jobs WHERE task_name = 'agreements.draw_up' AND status = 'todo'"
    ).fetchall()

    def as_worker() -> str:
        with worker_application.app_context():
            draw_up(**queued[0][0])
            role = str(db.session.scalar(text("SELECT current_user")))
            db.session.remove()
            db.engine.dispose()
            return role

    assert contextvars.Context().run(as_worker) == "aidflow_worker"
    assert [args["root_id"] for (args,) in queued] == [ident]
    assert agreement_of(db.session(), ident).stage == "awaiting_fund_office"
    assert [paper.sealed_event_id is not None for paper in texts(number)] == [True]


def test_a_job_killed_after_storing_the_text_takes_it_up_again(announced, store):
    _around, number, now = announced
    stored = receive_paper(
        only(number, "agreement"), kind="agreement", name="a.pdf", stream=BytesIO(PDF), actor=SYSTEM_ACTOR, now=now,
        store=store, limit=1_000_000,
    )  # fmt: skip

    drawn_up(number, now=now)

    assert [paper.public_id for paper in texts(number)] == [stored.public_id]
    assert agreement_of(db.session(), root(number)).document_hash == stored.sha256


def test_a_paper_of_somebody_else_never_becomes_the_text(announced, table_state):
    around, number, now = announced
    foreign = db.session.scalars(select(Paper.public_id).where(Paper.root_id == root(number)).limit(1)).one()
    before = table_state()

    with pytest.raises(Exception, match="协议文本不在本协议的材料中"):
        act(only(number, "agreement"), "file_text", SYSTEM_ACTOR, now=now, paper=str(foreign))

    assert table_state() == before
    with pytest.raises(Exception, match="不属于您"):
        act(only(number, "agreement"), "file_text", around.fund, now=now, paper=str(foreign))


def test_the_fund_office_signs_first_and_the_applicant_puts_the_agreement_in_force(announced):
    around, number, now = announced
    drawn_up(number, now=now)
    signed = document_hash(number)
    with pytest.raises(GuardRefused, match="应由资助方先行签署"):
        act(pid_of(number), "sign_agreement", around.owner, now=now, document_hash=signed)

    act(pid_of(number), "sign_agreement", around.fund, now=now, document_hash=signed)
    act(pid_of(number), "sign_agreement", around.owner, now=now, document_hash=signed)

    page = agreement_of(db.session(), root(number))
    assert page.stage == case_of(only(number, "agreement")).stage == "in_force"
    assert [(s.name, s.at, s.hash) for s in (page.fund_office, page.applicant)] == [
        (around.fund.name, now, signed),
        (around.owner.name, now, signed),
    ]
    assert {k: v for k, v in project_balances(db.session(), root(number)).items() if v} == {"encumbered": 33_000_000}


def test_a_signature_over_another_text_leaves_every_table_as_it_was(announced, table_state):
    around, number, now = announced
    drawn_up(number, now=now)
    before = table_state()

    with pytest.raises(GuardRefused, match="所签协议文本与当前文本不一致"):
        act(pid_of(number), "sign_agreement", around.fund, now=now, document_hash=OTHER)

    assert table_state() == before


def test_an_agreement_that_nobody_signs_lapses_and_the_money_is_free_again(announced):
    around, number, now = announced
    drawn_up(number, now=now)
    act(pid_of(number), "sign_agreement", around.fund, now=now, document_hash=document_hash(number))
    act(pid_of(number), "lapse", SYSTEM_ACTOR, now=case_of(pid_of(number)).due_at)

    page = agreement_of(db.session(), root(number))
    assert (page.stage, case_of(pid_of(number)).stage) == ("lapsed", "lapsed")
    assert set(project_balances(db.session(), root(number)).values()) == {0}
    with pytest.raises(NotFromHere):
        act(pid_of(number), "sign_agreement", around.owner, now=now, document_hash=page.document_hash)


def test_a_terminated_project_ends_its_agreement(app):
    around = town()
    number, now = project_in(around, "implementation")

    act(pid_of(number), "terminate", around.fund, now=now, reason="项目主体已注销")

    assert agreement_of(db.session(), root(number)).stage == "ended"


def test_sql_of_the_web_role_cannot_forge_an_agreement(announced, settings, table_state):
    around, number, now = announced
    drawn_up(number, now=now)
    act(pid_of(number), "sign_agreement", around.fund, now=now, document_hash=document_hash(number))
    web = settings.database_url
    columns = "case_id, project_id, number, state, data, data_hash"
    before = table_state()

    attacks = {
        "the_hash": refused(web, f"UPDATE agreement SET document_hash = '{OTHER}'"),
        "the_data": refused(web, "UPDATE agreement SET data = '{}'"),
        "the_state": refused(web, "UPDATE agreement SET state = 'ended'"),
        "in_force": refused(web, "UPDATE agreement SET state = 'in_force'"),
        "unsigned": refused(web, "UPDATE agreement SET signed_by_fund_office_id = NULL"),
        "one_signs_twice": refused(
            web,
            "UPDATE agreement SET state = 'in_force', signed_by_applicant_id = signed_by_fund_office_id,"
            " signed_by_applicant_at = now(), signed_by_applicant_hash = document_hash",
        ),
        "another_text": refused(
            web,
            "UPDATE agreement SET state = 'in_force', signed_by_applicant_id = 1, signed_by_applicant_at = now(),"
            f" signed_by_applicant_hash = '{OTHER}'",
        ),
        "signed_without_an_act": refused(
            web,
            "UPDATE agreement SET state = 'in_force', signed_by_applicant_id = (SELECT max(id) FROM \"user\"),"
            " signed_by_applicant_at = now(), signed_by_applicant_hash = document_hash",
        ),
        "a_second_one": refused(
            web,
            f"INSERT INTO agreement ({columns}) SELECT c.id, c.root_id, 'X', 'drawing_up', '{{}}', '{OTHER}'"
            " FROM \"case\" c WHERE c.life = 'score_sheet' LIMIT 1",
        ),
        "deleted": refused(web, "DELETE FROM agreement"),
    }

    assert attacks == {
        "the_hash": "written_once",
        "the_data": "InsufficientPrivilege",
        "the_state": "state_is_the_stage",
        "in_force": "ck_agreement_state_is_what_was_signed",
        "unsigned": "written_once",
        "one_signs_twice": "ck_agreement_two_people_sign",
        "another_text": "ck_agreement_applicant_signed_this_text",
        "signed_without_an_act": "state_is_the_stage",
        "a_second_one": "uq_agreement_live",
        "deleted": "InsufficientPrivilege",
    }
    assert table_state() == before
    assert db.session.scalars(select(Agreement.state)).all() == ["awaiting_applicant"]
    assert db.session.scalars(select(Case.stage).where(Case.life == "agreement")).all() == ["awaiting_applicant"]
