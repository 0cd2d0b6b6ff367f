"""Taking papers in: nothing half done, nothing that is not theirs, nothing changed once sealed."""

import hashlib

import psycopg
import pytest
from sqlalchemy import select

from app.casework.models import Case
from app.database import Missing
from app.documents.models import Paper
from app.documents.permissions import KINDS, MAY_ADD
from app.documents.queries import paper_for, papers_of, papers_page
from app.documents.service import (
    PaperRefused,
    PaperSealed,
    PaperTooLarge,
    WrongType,
    seal_papers,
    sweep_orphans,
    tidy_name,
    withdraw_paper,
)
from app.people.permissions import PUBLIC_ACTOR
from tests.app.documents.conftest import NOW
from tests.app.documents.files import GOOD, HOSTILE, PICTURE
from workflows.engine import NotFromHere, NotYourRole
from workflows.registry import workflow_of


def objects(s3, store):
    return sorted(item["Key"] for item in s3.list_objects_v2(Bucket=store.bucket).get("Contents", ()))


def content_of(store, paper):
    return b"".join(store.read(paper.key, sha256=paper.sha256, size=paper.size))


def test_papers_are_given_back_as_they_were_handed_in(world, hand_in, store):
    pid = world.case()

    papers = {name: hand_in(pid, kind="budget", name=name, content=content) for name, content in GOOD.items()}

    assert {name: content_of(store, paper) for name, paper in papers.items()} == GOOD
    assert [(paper.size, paper.sha256) for paper in papers.values()] == [
        (len(content), hashlib.sha256(content).hexdigest()) for content in GOOD.values()
    ]


def test_every_hostile_file_is_refused_with_its_rule_and_leaves_nothing(world, hand_in, table_state, store, s3):
    pid = world.case()
    before = table_state()

    def refusal(name, content):
        try:
            hand_in(pid, kind="budget", name=name, content=content)
        except WrongType as refused:
            return str(refused.reason)
        return "taken"

    said = [refusal(name, content) for name, content, _ in HOSTILE]

    assert [
        (n, name, heard)
        for n, ((name, _, says), heard) in enumerate(zip(HOSTILE, said, strict=True))
        if says not in heard
    ] == []
    assert (table_state(), objects(s3, store)) == (before, [])


def test_a_file_over_the_limit_and_an_empty_one_are_refused(world, hand_in, table_state, store, s3):
    pid = world.case()
    before = table_state()

    with pytest.raises(PaperTooLarge, match="不得超过 1 MB"):
        hand_in(pid, content=PICTURE + bytes(1024 * 1024), limit=1024 * 1024)
    with pytest.raises(PaperRefused, match="空的"):
        hand_in(pid, content=b"")

    assert (table_state(), objects(s3, store)) == (before, [])


def test_a_file_of_exactly_the_limit_is_taken(world, hand_in):
    assert hand_in(world.case(), limit=len(PICTURE)).size == len(PICTURE)


def test_keys_are_never_used_twice_even_for_the_same_content(world, hand_in, store, s3):
    pid = world.case()

    keys = [hand_in(pid).key for _ in range(3)]

    assert len(set(keys)) == 3
    assert objects(s3, store) == sorted(keys)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("承诺书.pdf", "承诺书.pdf"),
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\temp\\预算.xlsx", "预算.xlsx"),
        ("a\"b'c;d.pdf", "a\"b'c;d.pdf"),
        ("行一\r\n行二\t\x00.pdf", "行一行二.pdf"),
        ("\u202efdp.exe\u202c.pdf", "fdp.exe.pdf"),
        ("e\u0301.pdf", "é.pdf"),
        ("长" * 300 + ".pdf", "长" * 196 + ".pdf"),
        (".pdf", "未命名.pdf"),
        ("   ", "未命名"),
        ("\ud800x.pdf", "x.pdf"),
    ],
)
def test_a_name_is_kept_as_plain_text_and_never_as_a_path(given, kept):
    assert tidy_name(given) == kept
    assert len(kept) <= 200


def test_the_name_in_the_row_is_the_tidy_one(world, hand_in):
    assert hand_in(world.case(), name="../a\u202e\n照.png").name == "a照.png"


def test_another_organisation_finds_nothing_and_an_unknown_kind_is_named(world, hand_in, table_state):
    pid = world.case()
    before = table_state()

    with pytest.raises(Missing):
        hand_in(pid, actor=world.stranger)
    with pytest.raises(Missing):
        hand_in(pid, actor=PUBLIC_ACTOR)
    with pytest.raises(PaperRefused, match="材料种类") as refused:
        hand_in(pid, kind="gossip")

    assert (refused.value.field, refused.value.status, table_state()) == ("kind", 422, before)


def test_who_may_add_what_depends_on_stage_and_role(world, hand_in, table_state):
    draft, review = world.case(), world.case(stage="authenticity_review")
    hand_in(review, kind="other", actor=world.accepting)
    before = table_state()

    with pytest.raises(NotFromHere, match="当前环节不能添加“会审纪要”"):
        hand_in(draft, kind="minutes")
    with pytest.raises(NotFromHere):
        hand_in(review, kind="budget")
    with pytest.raises(NotYourRole, match="添加“其他材料”不属于您"):
        hand_in(review, kind="other", actor=world.applicant)

    assert table_state() == before


def test_every_line_of_the_table_names_a_stage_and_kinds_that_exist():
    stages = {(life, stage.name) for life in {life for life, _ in MAY_ADD} for stage in workflow_of(f"{life}/1").stages}

    assert set(MAY_ADD) - stages == set()
    assert {kind for table in MAY_ADD.values() for kinds in table.values() for kind in kinds} - set(KINDS) == set()


def test_the_audit_firm_that_was_assigned_adds_its_report_and_no_other_does(world, assigned, hand_in):
    _, audit = assigned

    paper = hand_in(audit, kind="audit_report", actor=world.auditor)

    assert paper.uploaded_by_id == world.auditor.user_id
    with pytest.raises(Missing):
        hand_in(audit, kind="audit_report", actor=world.other_auditor)
    with pytest.raises(NotYourRole):
        hand_in(audit, kind="audit_report", actor=world.officer)


def test_an_audit_report_is_hidden_from_the_applicant_until_it_is_sealed(world, assigned, hand_in, session):
    project, audit = assigned
    paper = hand_in(audit, kind="audit_report", actor=world.auditor)
    root_id = session.scalar(select(Case.id).where(Case.pid == project))

    with pytest.raises(Missing):
        paper_for(session, paper.public_id, actor=world.applicant)
    seal_papers(session, root_id, world.act(project, to="audit"), paper.case_id)

    assert paper_for(session, paper.public_id, actor=world.applicant).sha256 == paper.sha256


def test_minutes_stay_among_the_offices(world, hand_in, session):
    pid = world.case(stage="expert_review")
    minutes = hand_in(pid, kind="minutes", actor=world.secretary)
    other = hand_in(pid, kind="other", actor=world.secretary)

    def seen_by(actor):
        return [line.id for line in papers_of(session, minutes.root_id, actor=actor)]

    assert seen_by(world.officer) == [minutes.public_id, other.public_id]
    assert (seen_by(world.applicant), seen_by(world.accepting)) == ([other.public_id], [other.public_id])
    assert (seen_by(world.stranger), seen_by(PUBLIC_ACTOR)) == ([], [])


def test_the_page_lists_papers_and_the_kinds_one_may_add(world, hand_in, session):
    pid = world.case()
    paper = hand_in(pid, kind="photos")

    page = papers_page(session, pid, actor=world.colleague)

    shown = [(line.id, line.label, line.name, line.uploaded_by, line.sealed, line.mine) for line in page.papers]
    assert shown == [(paper.public_id, "现场照片", "照片.png", "applicant", False, False)]
    assert [kind for kind, _ in page.kinds][:2] == ["registration_certificate", "yearly_check"]
    with pytest.raises(Missing):
        papers_page(session, pid, actor=world.stranger)


def test_a_paper_nobody_relied_on_can_be_withdrawn_and_is_gone_for_everybody(world, hand_in, session):
    pid = world.case()
    paper, other = hand_in(pid), hand_in(pid)

    assert withdraw_paper(paper.public_id, actor=world.colleague, now=NOW) == pid

    assert [line.id for line in papers_of(session, paper.root_id, actor=world.applicant)] == [other.public_id]
    with pytest.raises(Missing):
        withdraw_paper(paper.public_id, actor=world.applicant, now=NOW)
    with pytest.raises(Missing):
        withdraw_paper(other.public_id, actor=world.stranger, now=NOW)


def test_an_act_seals_the_papers_of_its_case_once_and_in_order(world, hand_in, session, rows):
    pid = world.case()
    first, second = hand_in(pid, kind="budget"), hand_in(pid, kind="photos")
    gone = hand_in(pid, kind="photos")
    withdraw_paper(gone.public_id, actor=world.applicant, now=NOW)
    event_id = world.act(pid, to="authenticity_review")

    sealed = seal_papers(session, first.root_id, event_id)
    again = seal_papers(session, first.root_id, event_id)
    session.commit()

    assert sealed == [("budget", first.sha256), ("photos", second.sha256)]
    assert again == []
    assert [paper.sealed_event_id for paper in rows(Paper)] == [event_id, event_id, None]
    with pytest.raises(PaperSealed):
        withdraw_paper(first.public_id, actor=world.applicant, now=NOW)


def test_only_the_named_kinds_are_sealed_when_kinds_are_named(world, hand_in, session):
    pid = world.case(stage="implementation")
    report = hand_in(pid, kind="progress_report")
    hand_in(pid, kind="change_evidence")

    event_id = world.act(pid, to="implementation")

    assert seal_papers(session, report.root_id, event_id, kinds=("progress_report",)) == [
        ("progress_report", report.sha256)
    ]


ATTACKS = [
    "UPDATE paper SET sha256 = repeat('0', 64)",
    "UPDATE paper SET key = 'papers/00/other'",
    "UPDATE paper SET state = 'withdrawn', withdrawn_at = now()",
    "UPDATE paper SET sealed_event_id = NULL",
    "DELETE FROM paper",
    "TRUNCATE paper CASCADE",
]


def test_a_sealed_paper_can_be_neither_changed_nor_deleted(world, hand_in, session, settings, owner, table_state):
    pid = world.case()
    paper = hand_in(pid)
    seal_papers(session, paper.root_id, world.act(pid, to="authenticity_review"))
    session.commit()
    before = table_state()

    for attack in ATTACKS:
        for url in (settings.database_url, settings.worker_database_url):
            with psycopg.connect(url, options="-c aidflow.actor=system") as connection, pytest.raises(psycopg.Error):
                connection.execute(attack)
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(attack)

    assert table_state() == before


def test_what_an_unsealed_paper_is_cannot_be_changed_and_no_foreign_act_seals_it(world, hand_in, owner, table_state):
    foreign = world.act(world.case(), to="draft")
    hand_in(world.case())
    before = table_state()

    attacks = ["UPDATE paper SET name = 'x.png'", "UPDATE paper SET size = 1", "DELETE FROM paper"]
    for attack in [*attacks, f"UPDATE paper SET sealed_event_id = {foreign}"]:
        with pytest.raises(psycopg.errors.RestrictViolation):
            owner.execute(attack)

    assert table_state() == before


def test_the_sweep_removes_objects_without_a_row_and_nothing_else(world, hand_in, session, store, s3):
    kept = hand_in(world.case())
    s3.put_object(Bucket=store.bucket, Key="papers/00/orphan", Body=b"x")
    s3.put_object(Bucket=store.bucket, Key="elsewhere/x", Body=b"x")
    written = max(item["LastModified"] for item in s3.list_objects_v2(Bucket=store.bucket)["Contents"])

    assert sweep_orphans(store, session, written.replace(year=written.year - 1)) == []
    assert sweep_orphans(store, session, written.replace(year=written.year + 1)) == ["papers/00/orphan"]
    assert objects(s3, store) == sorted(["elsewhere/x", kept.key])
