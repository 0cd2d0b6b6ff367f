"""One dated set of rules: ratio, cap, terms, panel, papers, areas, fields and cost lines.

Each number names its source, so that an administrator sees which ones are law and which are our
default: S founding documents, R17 the call of 2017 under 沪合组办〔2017〕23号, R20 the rules of
2020-06-18, L national law (direct or by analogy), A another city's rule by analogy, D our default.
A project keeps the policy it was declared under; a changed rule is a new policy, never an edit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, Literal, Self

from workflows.papers import LATER_PAPERS, REQUIRED_PAPERS

#: Parts per million that make a whole.
PPM = 1_000_000
#: Points of a full score sheet and of a full performance table.
FULL_MARKS = 100
#: Digits of a GB/T 2260 code of a county.
CODE_DIGITS = 6
#: Nothing runs longer than ten years.
LONGEST_TERM = 3660
#: Dropping two sheets must leave one.
LEAST_TO_TRIM = 3

SOURCES = {
    "S": "立项文件",
    "R17": "2017年申报通知(沪合组办〔2017〕23号)",
    "R20": "2020年6月18日实施细则",
    "L": "国家法律法规(直接或类推)",
    "A": "其他城市规定(类推)",
    "D": "系统默认",
}


def _rule(source: str, label: str) -> dict[str, str]:
    """What an administrator reads beside a rule: where it comes from and what it is called."""
    return {"source": source, "label": label}


class OutOfRange(ValueError):
    """A rule has a value that it cannot have; its name is the second argument."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """The rules of one policy version.

    Amounts are integer fen, shares are parts per million, `…_days` are working days unless the
    label says calendar days (自然日). Pairs are (key, label); areas are (GB/T 2260 prefix, name).
    Raises `ValueError` naming the field when a value contradicts another or its own range.
    """

    key: str = field(default="2020/1", metadata=_rule("D", "政策版本"))
    effective_on: date = field(default=date(2020, 6, 18), metadata=_rule("R20", "施行日期"))

    ratio_ppm: int = field(default=300_000, metadata=_rule("R17", "资助比例上限(百万分比)"))
    cap: int = field(default=50_000_000, metadata=_rule("R17", "单个项目资助上限(分)"))
    settlement_reading: Literal["agreed", "flat"] = field(default="agreed", metadata=_rule("D", "核定口径"))
    advance_allowed: bool = field(default=False, metadata=_rule("S", "是否允许预拨"))

    call_days: int = field(default=21, metadata=_rule("R17", "申报通知开放天数(自然日)"))
    authenticity_days: int = field(default=10, metadata=_rule("D", "真实性初审期限(工作日)"))
    correction_notice_days: int = field(default=5, metadata=_rule("L", "一次性补正告知期限(工作日)"))
    correction_days: int = field(default=10, metadata=_rule("D", "补正期限(工作日)"))
    returns_per_stage: int = field(default=2, metadata=_rule("D", "每个环节退回补正次数上限(次)"))
    compliance_days: int = field(default=10, metadata=_rule("D", "合规性复审期限(工作日)"))

    panel_days: int = field(default=20, metadata=_rule("D", "专家评审期限(工作日)"))
    panel_size: int = field(default=5, metadata=_rule("L", "评审专家最少人数(人，单数)"))
    trim_from: int = field(default=5, metadata=_rule("D", "去掉最高分最低分所需评分表份数(份)"))
    pass_mark: int = field(default=60, metadata=_rule("D", "及格分(分值)"))
    recommend_mark: int = field(default=75, metadata=_rule("D", "推荐分(分值)"))
    comment_under_ppm: int = field(default=600_000, metadata=_rule("D", "低于该得分率须说明(百万分比)"))
    far_ppm: int = field(default=150_000, metadata=_rule("D", "偏离中位数的提示线(百万分比)"))
    draw_per_employer: int = field(default=1, metadata=_rule("D", "抽签时同一单位专家人数上限"))
    draw_in_field_ppm: int = field(default=500_000, metadata=_rule("D", "抽签时领域相符专家须超过的比例(百万分比)"))
    conflict_years: int = field(default=3, metadata=_rule("L", "任职回避年限(年)"))

    notice_days: int = field(default=5, metadata=_rule("D", "发布公示期限(工作日)"))
    publicity_days: int = field(default=5, metadata=_rule("A", "公示天数(工作日，首日计入)"))
    objection_days: int = field(default=10, metadata=_rule("D", "异议处理期限(工作日)"))
    joint_review_days: int = field(default=20, metadata=_rule("D", "会审报批期限(工作日)"))
    joint_panel_min: int = field(default=3, metadata=_rule("D", "会审最少投票人数(人)"))
    announcement_days: int = field(default=20, metadata=_rule("L", "公告期限(工作日)"))
    signing_days: int = field(default=30, metadata=_rule("D", "协议签订期限(自然日)"))

    reports_over_months: int = field(default=6, metadata=_rule("L", "超过该月数的项目须报进展(月)"))
    report_every_months: int = field(default=3, metadata=_rule("L", "进展报告间隔(月)"))
    final_report_months: int = field(default=3, metadata=_rule("L", "总结报告期限(月)"))
    report_confirm_days: int = field(default=10, metadata=_rule("D", "进展确认期限(工作日)"))
    change_days: int = field(default=10, metadata=_rule("D", "变更审批期限(工作日)"))

    audit_days: int = field(default=30, metadata=_rule("D", "审计期限(工作日)"))
    settlement_days: int = field(default=10, metadata=_rule("D", "核定期限(工作日)"))
    payment_days: int = field(default=15, metadata=_rule("A", "拨付期限(工作日)"))
    clawback_statement_days: int = field(default=10, metadata=_rule("A", "追回前陈述申辩期限(工作日)"))
    clawback_repayment_days: int = field(default=30, metadata=_rule("A", "退款期限(自然日)"))
    bar_years: int = field(default=3, metadata=_rule("A", "追回后限制申报年限(年)"))
    reminder_days: int = field(default=3, metadata=_rule("D", "到期提醒提前天数(工作日)"))

    required_papers: tuple[tuple[str, str], ...] = field(default=REQUIRED_PAPERS, metadata=_rule("R17", "申报必备材料"))
    paper_kinds: tuple[tuple[str, str], ...] = field(
        default=REQUIRED_PAPERS + LATER_PAPERS, metadata=_rule("D", "全部材料种类")
    )
    areas: tuple[tuple[str, str], ...] = field(
        default=(
            ("6531", "喀什"),
            ("6502", "克拉玛依"),
            ("5402", "日喀则"),
            ("53", "云南"),
            ("6326", "果洛"),
            ("5203", "遵义"),
            ("500101", "万州"),
            ("420506", "夷陵"),
        ),
        metadata=_rule("R20", "受援地区(行政区划代码前缀)"),
    )
    fields: tuple[tuple[str, str], ...] = field(
        default=(
            ("education_health", "教育卫生"),
            ("poverty_relief", "扶贫济困"),
            ("agriculture", "农业产业"),
            ("science_culture", "科技文化"),
            ("community", "社区治理"),
            ("environment", "生态环保"),
        ),
        metadata=_rule("R17", "资助领域"),
    )
    score_items: tuple[tuple[str, str, int], ...] = field(
        default=(
            ("need", "需求契合", 20),
            ("design", "方案设计与可行性", 25),
            ("budget", "预算合理性", 20),
            ("team", "团队能力", 15),
            ("benefit", "受益效果", 10),
            ("innovation", "创新与可持续", 10),
        ),
        metadata=_rule("D", "评分项目与满分"),
    )
    performance_groups: tuple[tuple[str, str, int], ...] = field(
        default=(
            ("output", "产出", 50),
            ("benefit", "效益", 30),
            ("satisfaction", "满意度", 10),
            ("execution", "预算执行", 10),
        ),
        metadata=_rule("A", "绩效一级指标与权重"),
    )
    eligible_costs: tuple[tuple[str, str], ...] = field(
        default=(
            ("service", "受益人服务支出"),
            ("goods", "物资"),
            ("expert", "专家费"),
            ("training", "培训费"),
            ("meeting", "会议费"),
            ("transport", "交通差旅费"),
            ("communication", "通讯费"),
            ("printing", "印刷费"),
            ("labour", "劳务与志愿者补贴"),
            ("tax", "税费"),
            ("assets", "必要资产（逐项列明）"),
        ),
        metadata=_rule("A", "可列支科目"),
    )
    ineligible_costs: tuple[tuple[str, str], ...] = field(
        default=(
            ("buildings", "楼堂馆所建设"),
            ("vehicles", "车辆购置"),
            ("fines", "罚款"),
            ("debts", "还贷还债"),
            ("investment", "投资"),
            ("gifts", "无关捐赠"),
            ("management", "管理费"),
            ("salaries", "日常人员工资"),
        ),
        metadata=_rule("A", "不可列支科目"),
    )
    #: (key, label, what is measured, limit): a share of the budget in ppm, or fen for one person-day.
    soft_ceilings: tuple[tuple[str, str, str, int], ...] = field(
        default=(
            ("labour", "劳务支出占比", "share_ppm", 500_000),
            ("expert_senior", "高级职称专家费", "fen_per_person_day", 50_000),
            ("expert", "其他专家费", "fen_per_person_day", 30_000),
            ("training", "培训费", "fen_per_person_day", 35_000),
            ("meeting", "会议费", "fen_per_person_day", 40_000),
        ),
        metadata=_rule("A", "提示性上限"),
    )

    def __post_init__(self) -> None:
        for name, sound in _checks(self):
            if not sound:
                raise OutOfRange(f"policy {self.key!r}: {name} is out of range", name)

    def area_name(self, code: str) -> str | None:
        """The aided area that a GB/T 2260 code of six or more digits lies in; None outside all."""
        return dict(self.areas).get(self.area_prefix(code) or "")

    def area_prefix(self, code: str) -> str | None:
        """The longest prefix of an aided area that such a code begins with; None outside all."""
        if len(code) < CODE_DIGITS or not (code.isascii() and code.isdigit()):
            return None
        return max((prefix for prefix, _ in self.areas if code.startswith(prefix)), key=len, default=None)

    def field_name(self, key: str) -> str | None:
        """The label of a field of work; None when this policy does not fund it."""
        return dict(self.fields).get(key)

    def cost_name(self, key: str) -> str | None:
        """The label of an eligible cost category; None when it may not be funded."""
        return dict(self.eligible_costs).get(key)

    def to_json(self) -> dict[str, Any]:
        """Every field as JSON values (tuples as lists, the date as ISO text), without loss."""
        values = {f.name: _plain(getattr(self, f.name)) for f in fields(self)}
        return values | {"effective_on": self.effective_on.isoformat()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Self:
        """The policy that `to_json` wrote; ValueError when a field is absent or unknown.

        Nothing is filled in from today's defaults: that would change the rules of old projects.
        """
        if differing := {f.name for f in fields(cls)} ^ set(stored):
            raise ValueError(f"policy fields absent or unknown: {', '.join(sorted(differing))}")
        values = {name: _frozen(value) for name, value in stored.items()}
        return cls(**values | {"effective_on": date.fromisoformat(stored["effective_on"])})


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as an administrator sees it."""

    name: str
    label: str
    source: str
    value: Any


def rules(policy: Policy) -> list[Rule]:
    """Every rule of a policy with its label and the tag of its source, in reading order."""
    return [Rule(f.name, f.metadata["label"], f.metadata["source"], getattr(policy, f.name)) for f in fields(policy)]


def _checks(p: Policy) -> list[tuple[str, bool]]:
    counts = [f.name for f in fields(p) if f.name.endswith(("_days", "_months", "_years"))]
    papers = dict(p.paper_kinds)
    return [
        ("key", bool(p.key)),
        ("ratio_ppm", 0 < p.ratio_ppm <= PPM),
        ("cap", 0 < p.cap <= 10**14),
        ("settlement_reading", p.settlement_reading in {"agreed", "flat"}),
        *((name, 0 < getattr(p, name) <= LONGEST_TERM) for name in counts),
        ("returns_per_stage", p.returns_per_stage >= 0),
        ("panel_size", p.panel_size > 0 and p.panel_size % 2 == 1),
        ("trim_from", p.trim_from >= LEAST_TO_TRIM),
        ("pass_mark", 0 <= p.pass_mark <= p.recommend_mark <= FULL_MARKS),
        *((name, 0 <= getattr(p, name) <= PPM) for name in ("comment_under_ppm", "far_ppm", "draw_in_field_ppm")),
        ("draw_per_employer", p.draw_per_employer > 0),
        ("joint_panel_min", p.joint_panel_min > 0),
        ("required_papers", all(papers.get(kind) == label for kind, label in p.required_papers)),
        ("score_items", sum(points for _, _, points in p.score_items) == FULL_MARKS),
        ("performance_groups", sum(points for _, _, points in p.performance_groups) == FULL_MARKS),
        ("ineligible_costs", not dict(p.eligible_costs).keys() & dict(p.ineligible_costs).keys()),
    ]


def _plain(value: Any) -> Any:
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


def _frozen(value: Any) -> Any:
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value


DEFAULT_POLICY = Policy()
