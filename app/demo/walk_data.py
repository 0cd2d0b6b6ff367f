"""What the walked project declares, hands in and reports: the water project of the founding documents, scaled down."""

from datetime import UTC, datetime
from typing import Any

from app.typesetting.service import render
from workflows.money import fen_of
from workflows.policy import DEFAULT_POLICY

#: The budget year for which the walk declares; it is the current one there.
YEAR = datetime.now(UTC).year
PLANNED = fen_of("1200000.00")
PAPERS = DEFAULT_POLICY.required_papers
_TARGET = {"level_two": "数量指标", "name": "净水设备安装", "target": "30", "unit": "台"}

DECLARATION: dict[str, Any] = {
    "title": "青海果洛校园安全饮水项目（演示）",
    "field": "education_health",
    "area_code": "632621",
    "place": "青海省果洛藏族自治州玛沁县",
    "local_partner": "果洛州教育局（演示）",
    "starts_on": f"{YEAR}-04-01",
    "ends_on": f"{YEAR}-09-30",
    "need": "部分学校饮水不洁，包虫病等传染源传播风险高。",
    "goals": "为学校安装净水设备，阻断传染源传播通道。",
    "activities": "勘察、采购、安装、水质检测、维护培训。",
    "team": "项目负责人一人，工程师两人，当地协调员两人。",
    "beneficiaries": "玛沁县学校师生",
    "beneficiaries_direct": 1200,
    "own_funds": "500000.00",
    "donated": "340000.00",
    "requested": "360000.00",
    "undertakings": True,
    "budget": [
        {"category": "goods", "item": "净水设备", "unit": "台", "quantity": "30", "unit_price": "16000.00", "paid_from": "own"},
        {"category": "training", "item": "维护培训", "unit": "场", "quantity": "4", "unit_price": "5000.00", "paid_from": "own"},
        {"category": "service", "item": "水质检测与受益人服务", "unit": "批", "quantity": "1", "unit_price": "340000.00",
         "paid_from": "donated"},
        {"category": "goods", "item": "滤芯与管材", "unit": "批", "quantity": "1", "unit_price": "360000.00", "paid_from": "grant"},
    ],
    "targets": [
        {**_TARGET, "level_one": "output", "weight": 50},
        {**_TARGET, "level_one": "benefit", "level_two": "社会效益", "name": "受益师生", "target": "1200", "unit": "人", "weight": 30},
        {**_TARGET, "level_one": "satisfaction", "level_two": "满意度", "name": "师生满意度", "target": "90", "unit": "%", "weight": 10},
        {**_TARGET, "level_one": "execution", "level_two": "预算执行", "name": "预算执行率", "target": "95", "unit": "%", "weight": 10},
    ],
}  # fmt: skip


def audit_report(run: str) -> dict[str, Any]:
    """The audit: 1,050,000 claimed, 50,000 disallowed, 1,000,000 audited."""
    return {
        "number": f"审字〔2026〕{run}号",
        "licence": "31000000（演示）",
        "first_cpa": "甄审慎（演示）",
        "second_cpa": "季会通（演示）",
        "independence": "本所及签字注册会计师与项目主体无任何利害关系。",
        "period_from": f"{YEAR}-04-01",
        "period_until": f"{YEAR}-09-30",
        "received": [{"source": "自有资金", "amount": "500000.00"}, {"source": "社会捐赠", "amount": "340000.00"}],
        "lines": [
            {"item": "净水设备", "budget": "480000.00", "claimed": "480000.00", "disallowed": "0.00", "audited": "480000.00"},
            {"item": "水质检测与滤芯", "budget": "700000.00", "claimed": "550000.00", "disallowed": "50000.00",
             "audited": "500000.00", "reason": "部分支出缺少合规票据。"},
            {"item": "维护培训", "budget": "20000.00", "claimed": "20000.00", "disallowed": "0.00", "audited": "20000.00"},
        ],
        "claimed": "1050000.00",
        "disallowed": "50000.00",
        "audited": "1000000.00",
        "other_fiscal": "0.00",
        "opinion": "unqualified",
        "findings": "票据管理应予加强。",
    }  # fmt: skip


def sample(title: str) -> bytes:
    """A made-up paper of this title as PDF, marked as a sample."""
    return render("paper", _paper(title), issued_at=datetime(2026, 3, 1, tzinfo=UTC))


def _paper(title: str) -> dict[str, Any]:
    organisation = "上海清泉公益基金会（演示）"
    return {
        "title": title, "organisation": organisation, "number": "", "addressee": "",
        "paragraphs": ["本件为演示材料，所载单位、人员与数字均为虚构。"], "tables": [], "sample": True,
        "signed_by": organisation, "signed_on": "2026-03-01",
    }  # fmt: skip
