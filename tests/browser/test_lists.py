"""Lists of those who watch: nothing scrolls sideways on an ordinary screen or a telephone."""

from tests.browser.looking import barriers, too_wide
from tests.browser.sitting import NARROW, WIDE
from tests.make import act, advance, draft, person, pid_of
from tests.reviewing import object_to


def test_objections_acts_and_rules_fit_the_window(around, clock, sit):
    number = draft(around, now=clock.now(), title="洱源县中小学校安全饮水与卫生设施改造项目")
    advance(around, number, "publicity", now=clock.now())
    act(pid_of(number), "publish_notice", around.fund, now=clock.now(), contact="021-12345678")
    object_to(number, now=clock.now())
    administrator = person("system_admin")

    found = {}
    for window in (WIDE, NARROW):
        for actor, path in (
            (around.supervisor, "/oversight/objections"),
            (around.supervisor, "/oversight/events"),
            (administrator, "/administration/rules"),
        ):
            page = sit(actor, viewport=window, locale="zh-CN").open(path)
            found[path, window["width"]] = [*barriers(page), *too_wide(page)]

    assert {key: faults for key, faults in found.items() if faults} == {}
