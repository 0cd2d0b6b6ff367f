"""What people find, and that nobody finds what is not theirs."""

from urllib.parse import quote

import pytest
from sqlalchemy import event

from app.database import db
from app.people.permissions import PUBLIC_ACTOR
from app.projects.queries import PAGE, project_list
from app.search.queries import Filters, organisations, papers, projects
from app.search.views import mark
from tests.make import LIGHT, act, children, draft, organisation, person, pid_of
from tests.pages.browsing import links, words
from tests.reviewing import with_panel
from tests.statements import statements
from workflows.roles import GRANTABLE

ALL = Filters()
#: Projects of many organisations like the one named, of which every twentieth is a plan for water.
CROWD = """
    WITH one AS (SELECT c.*, p.call_id, p.policy_id FROM "case" c JOIN project p ON p.case_id = c.id
                 WHERE p.number = %(number)s),
    firms AS (
        INSERT INTO organisation (uscc, name, kind, district, created_at)
        SELECT '53' || lpad(g::text, 16, '0'), '第' || g || '基金会', 'foundation', '310106', now()
        FROM generate_series(1, 2000) g RETURNING id),
    many AS (
        INSERT INTO "case" (id, root_id, pid, workflow, life, stage, entered_at, entered_seq, last_seq, created_at,
                            holder_role, chain_seq, chain_hash, organisation_id)
        SELECT one.id + g, one.id + g, gen_random_uuid(), workflow, life, 'implementation', entered_at, 1, 1,
               created_at, holder_role, chain_seq, chain_hash, 1000 + g %% 2000 FROM one, generate_series(1, 20000) g
        RETURNING id, organisation_id)
    INSERT INTO project (case_id, number, call_id, policy_id, organisation_id, title, place)
    SELECT many.id, 'AF-' || many.id, call_id, policy_id, (SELECT min(id) FROM firms) + many.organisation_id - 1000,
           CASE WHEN many.id %% 20 = 0 THEN many.id || '七号饮水计划' ELSE '第' || many.id || '号教师培训' END, '果洛州'
    FROM many, one
"""


def found(actor, *said, filters=ALL):
    return [row.number for row in projects(db.session(), actor, said, filters, limit=50)]


def titled(around, title, clock, **more):
    number = draft(around, now=clock.now(), papers=False, title=title, **more)
    db.session.rollback()
    return number


def test_a_project_is_found_by_number_title_place_and_organisation_and_every_word_must_be_there(around, clock):
    water = titled(around, "校园安全饮水 Clean Water", clock)
    light = titled(around, "村级光伏照明", clock)
    owner = around.owner

    assert found(owner, water) == [water]
    assert found(owner, water.lower()) == [water]
    assert found(owner, water, "光伏") == []
    assert found(owner, "安全饮") == [water]
    assert found(owner, "clean wa") == [water]
    assert found(owner, "ＣＬＥＡＮ") == [water]
    assert found(owner, "照") == [light]
    assert found(owner, "玛沁") == [light, water]
    assert found(owner, "清泉公益") == [light, water]
    assert found(owner, "清泉", "饮水", "玛沁") == [water]
    assert found(owner, "全安") == []
    assert found(owner, "果洛", "没有这个词") == []


def test_hits_are_narrowed_by_stage_field_and_year(around, clock):
    sent, kept = titled(around, "饮水甲", clock), titled(around, "饮水乙", clock)
    paper_number = draft(around, now=clock.now(), title="饮水丙")
    act(pid_of(paper_number), "submit", around.owner, now=clock.now())
    owner = around.owner

    assert found(owner, "饮水", filters=Filters(stage="draft")) == [kept, sent]
    assert found(owner, "饮水", filters=Filters(field="education_health", stage="authenticity_review")) == [
        paper_number
    ]
    assert found(owner, "饮水", filters=Filters(year=2026)) == [paper_number, kept, sent]
    assert found(owner, "饮水", filters=Filters(year=2020)) == []


@pytest.mark.parametrize("role", sorted(GRANTABLE))
def test_nobody_finds_the_draft_of_another(around, clock, role):
    number = draft(around, now=clock.now())
    organisation(LIGHT, "上海明灯助学会")
    more = {"accepting_unit": {"unit": "SH310106"}, "front_office": {"unit": "QZ6326"}, "audit_firm": {"unit": "CPA1"}}
    applicant = {"uscc": LIGHT} if role.startswith("applicant") else {}
    stranger = person(role, **more.get(role, applicant))
    db.session.rollback()

    for said in (number, "校园", "饮水", "清泉"):
        assert found(stranger, said) == []
        assert found(PUBLIC_ACTOR, said) == []
    assert papers(db.session(), stranger, [".pdf"], ALL, limit=50) == []
    assert [row.number for row in papers(db.session(), around.owner, [".pdf"], ALL, limit=1)] == [number]


def test_an_expert_finds_place_and_papers_only_after_declaring_that_there_is_no_conflict(around, clock):
    number = with_panel(around, now=clock.now())
    expert = around.experts[0]
    sheet = children(number, "score_sheet")[0]

    before = found(expert, "玛沁"), found(expert, "饮水"), papers(db.session(), expert, ["pdf"], ALL, limit=5)
    place = projects(db.session(), expert, ["饮水"], ALL, limit=5)[0].place
    act(sheet, "declare_conflict", expert, now=clock.now(), conflict=False)

    assert (before, place) == (([], [number], []), None)
    assert found(expert, "玛沁") == [number]
    assert papers(db.session(), expert, ["pdf"], ALL, limit=5) != []


def test_applicants_find_their_own_organisation_and_officials_all(around):
    organisation(LIGHT, "上海清泉助学会")
    db.session.rollback()

    def names(actor):
        return [row.name for row in organisations(db.session(), actor, ["清泉"], limit=9)]

    assert names(around.owner) == ["上海清泉公益基金会"]
    assert names(around.fund) == ["上海清泉助学会", "上海清泉公益基金会"]
    assert names(around.experts[0]) == []


def test_the_page_marks_the_words_keeps_the_filters_and_goes_on(around, at_desk, clock):
    numbers = [titled(around, f"饮水 <b>{n}</b>", clock) for n in range(27)]
    browser = at_desk(around.owner)

    page = browser.get("/search?q=" + quote("饮水 <B>") + "&kind=projects&stage=draft")
    onward = [each for each in links(page) if "cursor=" in each]
    rest = browser.get(onward[0])

    assert "<mark>饮水</mark> <mark>&lt;b&gt;</mark>26&lt;/b&gt;" in page.text
    assert len(onward) == 1
    assert "stage=draft" in onward[0]
    assert [each for each in links(rest) if each.startswith("/projects/")] == [
        f"/projects/{number}" for number in (numbers[1], numbers[0])
    ]


def test_the_page_shows_each_kind_within_twelve_statements(around, at_desk, clock):
    draft(around, now=clock.now())
    browser = at_desk(around.owner)
    browser.get("/search?q=2026")
    with statements() as seen:
        page = browser.get("/search?q=" + quote("2026"))

    assert len(seen) <= 12
    assert "申报通知" in words(page)
    assert words(browser.get("/search?q=" + quote("没有这个词"))).count("没有找到") == 1
    assert "没有找到" not in words(browser.get("/search?q=%00%20"))
    assert browser.get("/search?q=x&cursor=x&kind=projects", status=422)


def test_words_are_looked_up_in_the_index_among_twenty_thousand_projects(around, session, clock, superuser):
    number = titled(around, "校园安全饮水", clock)
    # Written behind the application's back: only how many there are counts here.
    superuser.execute("SET session_replication_role = replica")
    superuser.execute(CROWD, {"number": number})
    superuser.execute("ANALYZE")
    asked = []

    def note(*said):
        asked.append(said[2:4])

    event.listen(db.engine, "before_cursor_execute", note)
    hits = found(around.fund, "七号饮水计划"), found(around.fund, "第77基金会")
    event.remove(db.engine, "before_cursor_execute", note)
    listed = project_list(session, around.fund, title="七号饮水计划")
    connection = session.connection()
    plans = ["\n".join(connection.exec_driver_sql(f"EXPLAIN {said}", values).scalars()) for said, values in asked]

    assert [len(each) for each in hits] == [50, 10]
    assert [row.title[-6:] for row in listed] == ["七号饮水计划"] * (PAGE + 1)
    by_index = [plan for plan in plans if "CTE holding" in plan]
    assert ["Bitmap Index Scan on ix_project_grams" in plan for plan in by_index] == [True] * 2
    assert ["Seq Scan on project" in plan for plan in plans] == [False] * 4


def test_a_word_that_is_everywhere_is_found_among_the_newest_and_page_after_page(around, session, clock, monkeypatch):
    numbers = [titled(around, f"校园饮水第{n}期", clock) for n in range(9)]
    monkeypatch.setattr("app.search.queries.NEWEST", 4)
    hits, before = [], None
    with statements() as asked:
        while page := projects(session, around.owner, ["饮水"], ALL, before=before, limit=2):
            hits += [row.number for row in page]
            before = page[-1].id

    assert hits == numbers[::-1]
    # Four pages are full at the first look; the last hit and the empty end take the index as well.
    assert len(asked) == 4 + 2 * 2


def test_marking_folds_as_the_database_does():
    assert str(mark("ＡＢc㎡ <i>", ["bC", "m"])) == "Ａ<mark>Ｂc㎡</mark> &lt;i&gt;"
    assert str(mark("abab", ["aba", "bab"])) == "<mark>abab</mark>"
    assert str(mark(None, ["x"])) == ""


def test_suggestions_are_of_what_one_may_see_and_of_nothing_else(around, at_desk, clock):
    number = titled(around, "校园安全饮水", clock)
    owner, unit, client = at_desk(around.owner), at_desk(around.accepting), at_desk(around.fund).client

    def suggested(browser, said):
        return [item["label"] for item in browser.get(f"/search/suggestions?q={quote(said)}").json["items"]]

    assert suggested(owner, "安全 饮水") == [f"{number} 校园安全饮水"]
    assert suggested(unit, "安全饮水") == []
    assert suggested(owner, "清泉") == [f"{number} 校园安全饮水", "上海清泉公益基金会"]
    assert suggested(owner, " ") == []
    (item,) = owner.get(f"/search/suggestions?q={number}").json["items"]
    assert item == {"label": f"{number} 校园安全饮水", "hint": "上海清泉公益基金会", "href": f"/projects/{number}"}
    with statements() as seen:
        owner.get(f"/search/suggestions?q={number}")
    assert len(seen) <= 4
    assert client.application.test_client().get("/search/suggestions?q=x").status_code == 303
