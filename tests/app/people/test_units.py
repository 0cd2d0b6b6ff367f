"""The offices and firms that people work for."""

import pytest

from app.database import db
from app.people.queries import units_for_area
from app.people.service import (
    add_unit,
)
from tests.refusing import refused


def test_the_units_of_an_area_are_those_whose_code_begins_its_code(app):
    for code, kind, area in [
        ("QZ53", "front_office", "53"),
        ("QZ5301", "front_office", "5301"),
        ("QZ6531", "front_office", "6531"),
        ("SH310105", "accepting_unit", "310105"),
    ]:
        add_unit(code=code, name=code, kind=kind, area_code=area)

    found = {
        area: [unit.code for unit in units_for_area(db.session(), "front_office", area)]
        for area in ("530102", "532301", "653101", "310105")
    }

    assert found == {"530102": ["QZ5301", "QZ53"], "532301": ["QZ53"], "653101": ["QZ6531"], "310105": []}


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
