"""The offices and firms that people work for."""

import pytest

from app.people.service import add_unit
from tests.refusing import refused


@pytest.mark.parametrize(
    ("field", "changed", "said"),
    [
        ("code", {}, "该单位代码已被使用。"),
        ("kind", {"code": "y", "kind": "ministry"}, "没有这种单位类别。"),
        ("area_code", {"code": "y", "area_code": "31x"}, "行政区划代码为 2 至 6 位数字。"),
        ("area_code", {"code": "y", "area_code": None}, "受理单位和前方工作机构须填写行政区划代码。"),
    ],
)
def test_a_unit_that_will_not_do_is_refused_by_the_name_of_its_field(app, table_state, field, changed, said):
    fit = {"code": "x", "name": "长宁区合作交流办", "kind": "accepting_unit", "area_code": "310105"}
    add_unit(**fit)
    before = table_state()

    assert refused(add_unit, **fit | changed) == (field, said)
    assert table_state() == before
