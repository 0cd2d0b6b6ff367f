"""Checking a declaration: the list beside the papers, what it becomes, and projects that look alike."""

from collections.abc import Callable
from typing import Any

from app.clock import Clock
from app.desk.queries.related import similarity
from app.people.permissions import Actor
from app.people.service import add_unit
from app.workbench.models import Checklist
from tests.make import PDF, WATER, Town, act, draft, organisation, paper, person, pid_of
from tests.pages.browsing import Browser, form, links, parsed, words

Desk = Callable[[Actor], Browser]
LIGHT = "513100005000000159"


def submitted(around: Town, clock: Clock, **changed: Any) -> str:
    number = draft(around, now=clock.now(), **changed)
    act(pid_of(number), "submit", around.owner, now=clock.now())
    return number


def checklist(browser: Browser, number: str) -> Any:
    return form(browser.get(f"/projects/{number}/review"), f"/projects/{number}/review{_paper(browser, number)}")


def _paper(browser: Browser, number: str) -> str:
    page = parsed(browser.get(f"/projects/{number}/review"))
    found = next(each for each in page.iter("form") if each.get("id") == "checklist")
    return str(found.get("action")).removeprefix(f"/projects/{number}/review")


def test_what_is_found_is_kept_for_its_officer_alone_and_becomes_the_opinion(
    around: Town, at_desk: Desk, clock: Clock, rows: Any
) -> None:
    number = submitted(around, clock)
    desk, pid = at_desk(around.accepting), pid_of(number).hex
    fields = checklist(desk, number)
    fields["check-organisation-result"] = "yes"
    fields["check-organisation-note"] = "已核对登记证书"
    fields["check-place-result"] = "no"

    page = desk.send(f"/projects/{number}/review", fields)

    assert "已保存核查结果。" in words(page)
    assert "已核查 2 项，共 8 项。" in words(page)
    opinion = form(desk.get(f"/cases/{pid}/actions/pass_authenticity"))["opinion"].splitlines()
    assert opinion == ["1. 项目主体真实存在，名称、代码与登记证书一致：属实（已核对登记证书）。"]
    asked = words(desk.get(f"/cases/{pid}/actions/pass_authenticity"))
    assert "核查清单中仍有 1 项标为“不符”，没有写入意见： 实施地点真实、具体" in asked
    assert "核查清单" not in words(desk.get(f"/cases/{pid}/actions/return_for_correction"))
    colleague = at_desk(person("accepting_unit", unit="SH310106"))
    assert form(colleague.get(f"/cases/{pid}/actions/pass_authenticity"))["opinion"].strip() == ""
    assert [(row.stage, row.user_id) for row in rows(Checklist)] == [("authenticity_review", around.accepting.user_id)]


def test_a_correction_asks_at_once_for_the_chosen_phrases_and_for_what_was_found_wanting(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    number = submitted(around, clock)
    desk, pid = at_desk(around.accepting), pid_of(number)
    fields = checklist(desk, number)
    fields["check-place-result"] = "no"
    fields.setlist("phrase", ["请补交项目预算表，须完整、清晰并在有效期内。"])
    fields["items"] = "受益对象：请附名册。\n"
    desk.send(f"/projects/{number}/review", fields)

    page = desk.act(pid, "return_for_correction")

    asked = [
        "请补交项目预算表，须完整、清晰并在有效期内。",
        "受益对象：请附名册。",
        "实施地点：请写明到乡镇、村或者单位。",
    ]
    shown = words(at_desk(around.owner).get(f"/projects/{number}"))
    assert [line for line in asked if line not in shown] == []
    assert f"{asked[0]}{asked[1]}" in shown
    assert "。；" not in shown
    assert page.status_code == 200


def test_an_act_chosen_on_the_page_keeps_the_checklist_first_and_drops_no_remark(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    number = submitted(around, clock)
    desk, phrase = at_desk(around.accepting), "请补交项目主体本单位的银行账户证明。"
    fields = checklist(desk, number)
    fields["check-account-result"], fields["check-account-note"] = "no", "户名少一个字"
    fields["check-place-result"], fields["check-place-note"] = "no", "村" * 300
    fields.setlist("phrase", [phrase])
    offered = [each.get("value") for each in parsed(desk.get(f"/projects/{number}/review")).iter("button")]
    assert {"pass_authenticity", "return_for_correction"} <= set(offered)

    page = desk.send(f"/projects/{number}/review", {**fields, "act": "return_for_correction"})

    assert page.request.path == f"/cases/{pid_of(number).hex}/actions/return_for_correction"
    items = form(page)["items"].splitlines()
    assert items[0] == f"{phrase}（户名少一个字）"
    assert "".join(items[1:]) == f"实施地点：请写明到乡镇、村或者单位。（{'村' * 300}）"
    assert max(map(len, items)) <= 200
    kept = parsed(desk.get(f"/projects/{number}/review"))
    assert [each.get("value") for each in kept.iter("input") if each.get("id") == "check-account-note"] == [
        "户名少一个字"
    ]


def test_who_comes_second_copies_what_was_typed_and_sees_no_word_of_the_machinery(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    number = submitted(around, clock)
    colleague = at_desk(person("accepting_unit", unit="SH310106"))
    path = f"/cases/{pid_of(number).hex}/actions/return_for_correction"
    late = {**form(colleague.get(path)), "items": "受益对象：请附名册。"}
    act(pid_of(number), "pass_authenticity", around.accepting, now=clock.now(), opinion="属实")

    page = colleague.send(path, late, 409)

    said = words(page)
    assert "您填写的内容" in said
    assert "受益对象：请附名册。" in said
    typed = next(each for each in parsed(page).iter("section") if each.get("aria-labelledby") == "typed-title")
    assert [dt.text for dt in typed.iter("dt")] == ["需补正的事项"]
    assert [late[name] for name in ("csrf_token", "seen", "key") if late[name] in page.text.split("<main")[1]] == []


def test_turning_a_page_keeps_what_was_ticked(around: Town, at_desk: Desk, clock: Clock) -> None:
    number = submitted(around, clock)
    desk = at_desk(around.accepting)
    fields = checklist(desk, number)
    fields["check-need-result"] = "yes"
    fields["show"] = f"{'0' * 32}:2"

    page = desk.send(f"/projects/{number}/review", fields)

    chosen = [each for each in parsed(page).iter("input") if each.get("id") == "check-need-yes"]
    assert chosen[0].get("checked") is not None
    assert page.request.args["page"] == "2"


def test_only_officers_who_see_the_project_open_the_checklist_and_only_its_holder_writes(
    around: Town, at_desk: Desk, clock: Clock, table_state: Any
) -> None:
    number = submitted(around, clock)
    path = f"/projects/{number}/review"
    fields = {**checklist(at_desk(around.accepting), number)}

    statuses = {
        name: at_desk(getattr(around, name)).client.get(path).status_code
        for name in ("accepting", "fund", "secretary", "supervisor", "owner", "front", "maker")
    }
    before = table_state()
    refused = at_desk(around.fund).client.post(path, data=checklist_of(at_desk(around.fund), fields))

    assert statuses == {
        "accepting": 200, "fund": 200, "secretary": 200, "supervisor": 200, "owner": 403, "front": 403, "maker": 403,
    }  # fmt: skip
    assert refused.status_code == 403
    assert table_state() == before
    elsewhere = person("accepting_unit", unit=_other_unit())
    at_desk(elsewhere).get(path, 404)


def checklist_of(browser: Browser, fields: Any) -> Any:
    page = parsed(browser.get("/account"))
    token = next(each.get("value") for each in page.iter("input") if each.get("name") == "csrf_token")
    return {**fields, "csrf_token": token}


def _other_unit() -> str:
    add_unit(code="SH310101", name="黄浦区合作交流办", kind="accepting_unit", area_code="310101")
    return "SH310101"


def test_look_alikes_are_named_with_their_reasons_and_only_to_whom_they_are_open(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    first = submitted(around, clock)
    second = submitted(around, clock, title="校园安全饮水二期")
    organisation(LIGHT, "上海微光社会服务中心", district="310101")
    _other_unit()
    add_unit(code="QZ6531", name="喀什前方工作组", kind="front_office", area_code="6531")
    stranger = person("applicant_owner", uscc=LIGHT)
    around.owner, mine = stranger, around.owner
    elsewhere = submitted(around, clock, title="山区道路照明", area_code="653101", place="喀什")
    around.owner = mine

    district = words(at_desk(around.accepting).get(f"/projects/{second}/review"))
    city = at_desk(around.fund).get(f"/projects/{second}/review")

    alike = district.split("疑似重复")[-1]
    for reason in (
        "同一项目主体在同一实施地区、同一资助领域的项目。", "项目名称相似（83%）。", "另有项目提交过内容完全相同的文件",
    ):  # fmt: skip
        assert reason in alike, alike
    assert (first in alike, elsewhere in district) == (True, False)
    assert elsewhere in words(city)
    assert "收款账号与“上海微光社会服务中心”登记的账号相同。" in words(city)
    assert f"/projects/{elsewhere}" in links(city)


def test_a_draft_that_was_withdrawn_is_neither_an_earlier_project_nor_a_look_alike_nor_found_by_its_address(
    around: Town, at_desk: Desk, clock: Clock
) -> None:
    withdrawn, handed_in = draft(around, now=clock.now()), submitted(around, clock)
    for number in (withdrawn, handed_in):
        act(pid_of(number), "withdraw", around.owner, now=clock.now(), reason="捐赠资金未到位")
    number = submitted(around, clock)

    page = at_desk(around.accepting).get(f"/projects/{number}/review")

    assert (withdrawn in page.text, f"/projects/{handed_in}" in links(page)) == (False, True)
    for officer in (around.accepting, around.fund, around.maker, around.supervisor):
        at_desk(officer).get(f"/projects/{withdrawn}/declaration", 404)
    at_desk(around.owner).get(f"/projects/{withdrawn}/declaration")


def test_titles_are_compared_by_their_pairs_of_characters() -> None:
    assert similarity("校园安全饮水", "校园安全饮水") == 1.0
    assert similarity("校园安全饮水", "山区道路照明") == 0.0
    assert similarity("校园安全饮水项目", "ＡＢ校园安全饮水") > 0.7
    assert similarity("水", "水") == 0.0


def test_a_review_costs_a_fixed_number_of_statements(around: Town, at_desk: Desk, clock: Clock) -> None:
    from tests.statements import statements

    number = submitted(around, clock)
    desk, path = at_desk(around.accepting), f"/projects/{number}/review"

    def cost() -> int:
        desk.get(path)
        with statements() as seen:
            desk.get(path)
        return len(seen)

    few = cost()
    for _ in range(6):
        submitted(around, clock)
    paper(number, "other", around.owner, now=clock.now(), content=PDF)

    assert cost() == few
    assert few <= 12
    assert WATER
