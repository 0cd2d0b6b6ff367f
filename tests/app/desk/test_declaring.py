"""The declaration in steps by plain forms: rows, pasted lines, sums, correction, and what each page costs."""

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.datastructures import MultiDict

from app.clock import Clock
from app.database import db
from app.desk.queries.mine import PAGE, my_projects
from app.documents.service import receive_paper
from app.people.permissions import Actor
from app.projects.commands import Declaration
from app.projects.commands.steps import STEPS
from app.projects.queries import declaration_of
from tests.app.documents.files import PICTURE, stream
from tests.declaring import as_spreadsheet
from tests.later import advance_further
from tests.make import Town, act, advance, case_of, declaration, draft, paper, pid_of
from tests.pages.browsing import Browser, form, links, parsed, words
from tests.statements import statements
from workflows.calendar import shanghai_date

Desk = Callable[[Actor], Browser]
#: Statements that a page may cost at most, finding out who asks included.
MOST = 12


@pytest.fixture
def number(around: Town, clock: Clock) -> str:
    return draft(around, now=clock.now())


@pytest.fixture
def owner(around: Town, at_desk: Desk) -> Browser:
    return at_desk(around.owner)


def path_of(number: str, step: str) -> str:
    return f"/projects/{number}/declare/{step}"


def press(browser: Browser, number: str, step: str, do: str, status: int = 303, **typed: str) -> Any:
    """Open a step, type, press one of its buttons."""
    path = path_of(number, step)
    fields = {**form(browser.get(path), path), **{name.replace("__", "-"): text for name, text in typed.items()}}
    return browser.send(path, MultiDict({**fields, "do": do}), status)


def saved(number: str) -> Declaration:
    found = declaration_of(db.session(), case_of(pid_of(number)).id)
    db.session.rollback()
    return found


def items(number: str) -> list[str]:
    return [row.item for row in saved(number).budget]


def test_rows_are_copied_moved_deleted_and_added(owner: Browser, number: str) -> None:
    press(owner, number, "budget", "budget:copy:1")
    copied = items(number)
    press(owner, number, "budget", "budget:down:1")
    moved = items(number)
    press(owner, number, "budget", "budget:delete:2")
    deleted = items(number)
    page = press(owner, number, "budget", "budget:add")

    assert copied == ["净水设备", "净水设备", "滤芯"] == moved
    assert deleted == ["净水设备", "净水设备"]
    assert len([name for name in form(page, path_of(number, "budget")) if name.endswith("-item")]) == 3 + 1


def test_lines_of_a_spreadsheet_become_rows_with_and_without_headings(owner: Browser, number: str) -> None:
    headed = "序号\t支出内容\t科目\t数量\t单位\t单价\t金额\t资金来源"
    first = "1\t培训教师\t培训费\t40\t人次\t￥1,250.00\t50,000.00\t自有资金"
    second = "2\t办公\t招待费\t1\t项\t8元\t8\t自有"

    press(owner, number, "budget", "budget:paste", **{"paste-budget": f"{headed}\n{first}\n{second}"})
    press(owner, number, "targets", "targets:paste", **{"paste-targets": "产出\t质量指标\t合格率\t98\t%\t5"})

    one, two = saved(number).budget[2:]
    assert (one.item, one.category, one.quantity, one.unit, one.unit_price, one.paid_from) == (
        "培训教师", "training", 40, "人次", 125000, "own",
    )  # fmt: skip
    assert (two.item, two.category, two.unit_price, two.paid_from) == ("办公", "招待费", 800, "own")
    assert [(row.name, row.level_one, row.weight) for row in saved(number).targets[4:]] == [("合格率", "output", 5)]
    assert "不在可选范围内，请重新选择。" in words(owner.get(path_of(number, "budget")))


def test_the_sources_follow_from_the_lines_where_nobody_said_them(around: Town, owner: Browser, clock: Clock) -> None:
    page = owner.fill("/projects/new", call=around.call, title="校园安全饮水")
    number = str(page.request.path).split("/")[2]

    page = press(owner, number, "budget", "budget:paste", **{"paste-budget": as_spreadsheet(declaration(), "budget")})
    press(owner, number, "targets", "targets:suggest")

    found = saved(number)
    assert (found.own_funds, found.requested) == (84000000, 36000000)
    assert "最多可申请（元）： 360,000.00" in words(page)
    assert found.targets == []
    sent = form(owner.get(path_of(number, "targets")), path_of(number, "targets"))
    begun = [sent[f"targets-{key}-level_one"] for key in sent["targets-order"].split()]
    assert begun == ["output", "benefit", "satisfaction", "execution"]


def test_an_amount_above_the_limit_and_a_word_that_is_none_are_said_and_kept(owner: Browser, number: str) -> None:
    over = press(owner, number, "budget", "later", requested="400,000.00")
    wrong = press(owner, number, "budget", "next", requested="四十万")

    assert "申请资助金额超过上限 372,000.00 元（资助比例与单项限额取低者）。" in words(over).replace(
        "372000.00", "372,000.00"
    )
    assert wrong.request.path == path_of(number, "budget")
    assert form(wrong, path_of(number, "budget"))["requested"] == "四十万"
    assert "申请资助金额（元） ：金额须为非负数字" in words(wrong)
    assert "填写有误" in words(owner.get(f"/projects/{number}/declare/check"))


def test_a_name_that_was_cleared_stays_blank_and_is_said_at_its_field(owner: Browser, number: str) -> None:
    page = press(owner, number, "project", "next", title="")

    assert form(page)["title"] == ""
    assert "此项必填。" in words(page)
    assert "需更正" in words(owner.get(f"/projects/{number}/declare"))


def test_every_page_of_the_declaration_costs_few_statements_whatever_there_is(owner: Browser, number: str) -> None:
    pages = [f"/projects/{number}/declare", path_of(number, "check"), *(path_of(number, step.key) for step in STEPS)]
    pages += ["/our-projects", "/calls/TZ-NOW/eligibility?area=6326", f"/projects/{number}/settlement"]

    def costs() -> dict[str, int]:
        found = {}
        for page in pages:
            db.session.rollback()
            owner.get(page)
            with statements() as seen:
                owner.get(page)
            found[page] = len(seen)
        return found

    press(owner, number, "plan", "next", goals="改")
    few = costs()
    lines = "\n".join(f"物资\t第 {place} 项\t个\t1\t1.00\t自有资金" for place in range(150))
    press(owner, number, "budget", "budget:paste", **{"paste-budget": lines})

    assert costs() == few
    assert max(few.values()) <= MOST


def test_what_was_corrected_is_ticked_told_in_the_reply_and_shown_to_the_office(
    around: Town, owner: Browser, at_desk: Desk, number: str, clock: Clock
) -> None:
    pid, now = pid_of(number), clock.now()
    act(pid, "submit", around.owner, now=now)
    act(
        pid,
        "return_for_correction",
        around.accepting,
        now=now,
        items=["需求分析：请写明人数", "预算明细：第 2 行缺测算依据", "请电话联系我单位"],
    )
    tasks = words(owner.get(f"/projects/{number}/declare"))
    press(owner, number, "plan", "next", need="包虫病多发，涉及六千人", **{"answered-0": "y", "answer-0": "已写人数"})
    press(owner, number, "budget", "next", budget__2__basis="市场询价", **{"answered-1": "y"})

    waiting = words(owner.get(path_of(number, "check")))
    press(owner, number, "undertakings", "later", **{"answered-2": "y", "answer-2": "已联系"})
    check = words(owner.get(path_of(number, "check")))
    reply = form(owner.get(f"/cases/{pid.hex}/actions/resubmit"))["reply"]
    owner.act(pid, "resubmit")
    office = words(at_desk(around.accepting).get(f"/projects/{number}/changes"))

    assert "需更正" in tasks
    assert "待补正 需求分析：请写明人数" in tasks
    assert reply.split("\n") == [
        "需求分析：请写明人数——已补正。已写人数", "预算明细：第 2 行缺测算依据——已补正。",
        "请电话联系我单位——已补正。已联系",
    ]  # fmt: skip
    assert ["这一项还没有打勾： 请电话联系我单位" in page for page in (waiting, check)] == [True, False]
    for page in (check, office):
        assert "需求分析 包虫病多发 包虫病多发，涉及六千人" in page
        assert "预算明细 第 2 行 内容 滤芯 内容 滤芯；测算依据 市场询价" in page
    review = at_desk(around.accepting).get(f"/projects/{number}/review")
    for page in (office, words(review)):
        assert "补正通知要求 需求分析：请写明人数 预算明细：第 2 行缺测算依据 请电话联系我单位" in page
        assert "补正说明 需求分析：请写明人数——已补正。已写人数" in page
    assert "已补正，" in words(review)
    assert f"/projects/{number}/changes" in links(review)
    assert "测算依据 市场询价" not in words(at_desk(around.accepting).get(f"/projects/{number}/declare", 403))


def test_who_may_declare_is_answered_from_the_register_and_for_anybody(
    around: Town, owner: Browser, at_desk: Desk
) -> None:
    ours = words(owner.get(f"/calls/{around.call}/eligibility?area=6326&field=education_health"))
    outside = words(owner.get(f"/calls/{around.call}/eligibility?area=none&field=education_health"))
    anybody = Browser(owner.client.application.test_client())
    address = f"/calls/{around.call}/eligibility"
    asked = words(anybody.get(f"{address}?kind=none&yearly_check=failed"))
    answers = "kind=foundation&yearly_check=passed&blocked=no&area=6326"
    fits = words(anybody.get(f"{address}?{answers}&field=education_health"))

    assert "上海清泉公益基金会：可以申报" in ours
    assert "是 最近一次年检合格吗？ 2025 合格 依据：" in ours
    assert "上海清泉公益基金会：现在不能申报" in outside
    assert "否 项目在受援地区实施吗？" in outside
    assert "否 最近一次年检合格吗？ 不合格" in asked
    assert "未知 没有被限制申报吗？" in asked
    assert "按您的回答可以申报" in fits
    assert "登记时核对 所在区有受理单位吗？" in fits
    assert "还有问题没有回答" in words(anybody.get(f"{address}?{answers}"))


def test_our_projects_say_what_happens_next_and_lead_to_it(
    around: Town, owner: Browser, number: str, clock: Clock
) -> None:
    before = owner.get("/our-projects")
    act(pid_of(number), "submit", around.owner, now=clock.now())
    after = owner.get("/our-projects")

    assert "接下来：填好各步后提交申报。截止之后不予受理。" in words(before)
    assert f"/projects/{number}/declare" in links(before)
    assert "接下来：受理单位核实主体、需求和配套资金" in words(after)
    assert "现在不需要您办理。" in words(after)
    assert f"/projects/{number}/declare" not in links(after)


def test_our_projects_under_way_come_before_those_that_are_over_on_every_page(around: Town, clock: Clock) -> None:
    now = clock.now()
    numbers = [draft(around, papers=False, title=f"第{n}个项目", now=now) for n in range(PAGE + 3)]
    for number in numbers[-4:]:
        act(pid_of(number), "withdraw", around.owner, reason="改期申报", now=now)

    first = my_projects(db.session(), around.owner, now)
    rest = my_projects(db.session(), around.owner, now, before=first[PAGE - 1].case.id)

    under_way, over = numbers[:-4], numbers[-4:]
    assert [row.number for row in (*first[:PAGE], *rest)] == [*reversed(under_way), *reversed(over)]


def test_an_office_has_no_page_to_write_into_a_declaration(around: Town, at_desk: Desk, number: str) -> None:
    for path in (f"/projects/{number}/declare", path_of(number, "plan"), path_of(number, "fields")):
        at_desk(around.accepting).get(path, 403)


def test_a_report_begins_with_its_photos_and_with_the_period_that_is_due(
    around: Town, owner: Browser, number: str, clock: Clock, store: Any
) -> None:
    now = advance(around, number, "announcement", now=clock.now())
    advance_further(around, number, "implementation", now=now)
    paper(number, "photos", around.owner, now=now)
    receive_paper(
        pid_of(number), kind="photos", name="现场.png", stream=stream(PICTURE), actor=around.owner, now=now,
        store=store, limit=1024 * 1024,
    )  # fmt: skip

    page = owner.get(f"/projects/{number}/report")
    asked = form(owner.get(f"/cases/{pid_of(number).hex}/actions/file_report"))

    assert "photos.pdf" in words(page)
    (photo,) = parsed(page).iter("img")
    assert (photo.get("src").rpartition("/")[2], photo.get("width"), photo.get("height")) == ("small", "96", "72")
    assert f"/cases/{pid_of(number).hex}/actions/file_report" in links(page)
    assert asked["period_from"] == "2026-04-01"
    assert asked["period_until"] == shanghai_date(clock.now()).isoformat()
