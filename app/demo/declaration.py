"""The declaration form of a story."""

from datetime import datetime
from typing import Any

from app.demo.narrator import working_period
from app.demo.story import Story
from workflows.money import yuan
from workflows.policy import DEFAULT_POLICY


def declaration(story: Story, today: datetime) -> dict[str, Any]:
    """Every field of the form, as the applicant would type it."""
    starts_on, ends_on = working_period(story, today)
    same = ("title", "field", "place", "need", "goals", "activities", "team", "beneficiaries", "innovation", "risks")
    return {
        **{name: getattr(story, name) for name in same},
        "area_code": story.area,
        "local_partner": story.partner,
        "starts_on": starts_on.isoformat(),
        "ends_on": ends_on.isoformat(),
        "beneficiaries_direct": story.direct,
        "sustainability": story.lasting,
        "own_funds": yuan(story.given("own")),
        "donated": yuan(story.given("donated")),
        "other_funds": yuan(story.given("other")),
        "requested": yuan(story.requested),
        "undertakings": True,
        "budget": [
            {
                "category": line.category, "item": line.item, "unit": line.unit, "quantity": str(line.quantity),
                "unit_price": line.price, "paid_from": line.source,
                "basis": f"{DEFAULT_POLICY.cost_name(line.category)}，按市场询价测算",
            }
            for line in story.lines
        ],
        "targets": _targets(story),
    }  # fmt: skip


def _targets(story: Story) -> list[dict[str, Any]]:
    rows = (
        ("output", "数量指标", *story.output, 30),
        ("output", "时效指标", "按期完成率", "100", "%", 20),
        ("benefit", "社会效益", *story.benefit, 20),
        ("benefit", "可持续影响", "当地维护人员到位率", "100", "%", 10),
        ("satisfaction", "服务对象满意度", "受益人满意度", "90", "%", 10),
        ("execution", "预算执行", "预算执行率", "95", "%", 10),
    )
    names = ("level_one", "level_two", "name", "target", "unit", "weight")
    return [dict(zip(names, row, strict=True)) for row in rows]
