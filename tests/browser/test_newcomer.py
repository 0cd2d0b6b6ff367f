"""What a newcomer met at a real browser: a session that ended while typing, a file too large, a narrow table."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.browser.sitting import Sitter
from tests.browser.test_declaring import ZH, at_step, end_session, number
from tests.make import PDF, Town, case_of, email_of, pid_of
from tests.pages.browsing import PASSWORD

__all__ = ["number"]
Sit = Callable[..., Sitter]
#: A little more than papers may have together.
TOO_MUCH = 51 * 1024 * 1024


@pytest.mark.parametrize("scripts", [True, False])
def test_what_was_typed_into_an_act_is_there_again_after_sign_in(
    around: Town, sit: Sit, number: str, *, scripts: bool
) -> None:
    address = f"/cases/{pid_of(number).hex}/actions/withdraw"
    page = sit(around.owner, locale=ZH, java_script_enabled=scripts).open(address)
    page.locator("#reason").fill("写了很久的理由")
    end_session(page)
    page.locator("main form button[type=submit]").last.click()

    expect(page.locator("main")).to_contain_text("登录已过期。您填写的内容都已保留")
    page.locator("input[type=email]").fill(email_of(around.owner))
    page.locator("input[type=password]").fill(PASSWORD)
    page.locator("main form button[type=submit]").last.click()
    if not scripts:
        page.get_by_role("button", name="回到刚才的页面").click()

    expect(page.locator("#reason")).to_have_value("写了很久的理由")
    assert page.url.endswith(address)
    assert case_of(pid_of(number)).stage == "draft"


def test_a_file_above_the_limit_is_refused_with_the_reason_beside_it(
    around: Town, sit: Sit, number: str, tmp_path: Path
) -> None:
    page = at_step(sit(around.owner, locale=ZH), number, "papers")
    large = tmp_path / "扫描件.pdf"
    with large.open("wb") as file:
        file.truncate(TOO_MUCH)

    page.locator("#file-undertaking").set_input_files(large)

    expect(page.locator("#undertaking .error")).to_contain_text("文件合计超过 50 MB，没有上传。")


def test_the_button_pressed_while_a_chosen_file_is_under_way_sends_it_once_and_leaves_nobody_elsewhere(
    around: Town, sit: Sit, number: str, tmp_path: Path
) -> None:
    page = at_step(sit(around.owner, locale=ZH), number, "papers")
    small, box = tmp_path / "承诺书.pdf", page.locator("#undertaking")
    small.write_bytes(PDF + b"% another one")
    before = box.locator(".papers li").count()
    under_way: list[Route] = []

    def hold(route: Route) -> None:
        under_way.append(route)

    page.route("**/papers", hold)
    with page.expect_request("**/papers"):
        box.locator("input[type=file]").set_input_files(small)

    box.get_by_role("button", name="上传").click()
    for each in under_way:
        each.continue_()
    expect(box.locator(".papers li")).to_have_count(before + 1)
    with page.expect_file_chooser():
        box.get_by_role("button", name="上传").click()

    assert len(under_way) == 1
    assert page.url.endswith("/declare/papers")


def test_the_last_column_hides_nothing_and_sums_keep_their_labels(around: Town, sit: Sit, number: str) -> None:
    wide = at_step(sit(around.owner, locale=ZH, viewport={"width": 1280, "height": 900}), number, "budget")
    basis, acts = (wide.locator(f"table.rows tbody tr >> nth=0 >> {cell}") for cell in (".cell-basis", ".row-acts"))
    narrow = at_step(sit(around.owner, locale=ZH, viewport={"width": 390, "height": 844}), number, "budget")
    total = narrow.locator("[data-sums] tfoot td").first

    left, right = basis.bounding_box(), acts.bounding_box()
    assert left is not None
    assert right is not None
    assert left["x"] + left["width"] <= right["x"] + 1
    assert "投入（元）" in total.evaluate("each => getComputedStyle(each, '::before').content")


def test_nothing_is_said_to_be_found_again_where_nothing_was_lost(around: Town, sit: Sit, number: str) -> None:
    page = at_step(sit(around.owner, locale=ZH), number, "plan")
    page.locator("#goals").fill("换一个目标")
    page.locator("button[value=next]:not(.unseen)").click()
    page.wait_for_url("**/declare/budget")
    page.wait_for_load_state("networkidle")

    assert "已找回" not in page.locator("#save-state").inner_text()
