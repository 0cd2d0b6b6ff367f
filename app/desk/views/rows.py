"""What the buttons of a table do to its rows: copy, move, delete, take in from a spreadsheet."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO

from app.desk.views.boxes import new_key
from app.projects.commands import SOURCE_LABELS, Declaration
from app.projects.commands.texts import ROWS
from app.projects.queries.sums import FIELD_OF, sums_of
from app.text import money, translated
from workflows.policy import Policy

Texts = dict[str, str]
#: Columns of ours under other names that spreadsheets use; an amount is computed, so its column is left out.
OTHER_NAMES = {
    "category": ("支出科目", "费用科目", "类别"),
    "item": ("项目", "支出内容", "名称", "明细"),
    "unit_price": ("单价", "单价(元)"),
    "paid_from": ("来源", "资金渠道"),
    "basis": ("依据", "备注", "说明"),
    "name": ("指标", "指标名称"),
    "weight": ("权重", "分值", "权重(分)"),
}
LEFT_OUT = frozenset({"序号", "编号", "金额", "金额(元)", "合计", "小计", "合计(元)"})
FIGURES = frozenset({"quantity", "unit_price", "weight"})
#: Headings that must be known for a first row to be one.
LEAST = 2


def operate(typed: Texts, action: str, table: str, key: str) -> Texts:
    """What the texts of a table become by one button; `key` names the row it stands in."""
    order = typed.get(f"{table}-order", "").split()
    if key not in order:
        return {}
    place = order.index(key)
    cells = {column: f"{table}-{key}-{column}" for column in ROWS[table].model_fields}
    match action:
        case "delete":
            return dict.fromkeys(cells.values(), "")
        case "copy":
            copy = new_key()
            order.insert(place + 1, copy)
            changed = {f"{table}-{copy}-{column}": typed.get(name, "") for column, name in cells.items()}
            return changed | {f"{table}-order": " ".join(order)}
        case "up" | "down":
            to = max(0, place - 1) if action == "up" else place + 1
            order.insert(to, order.pop(place))
            return {f"{table}-order": " ".join(order)}
    return {}


def pasted(typed: Texts, table: str, text: str, policy: Policy) -> Texts:
    """Rows out of a spreadsheet, after those that are there; cells that mean nothing to us stay as they came.

    The first row may be headings; without any the columns are taken in the order of ours.
    """
    lines = [[cell.strip() for cell in line] for line in csv.reader(StringIO(text), delimiter="\t") if any(line)]
    columns: Sequence[str | None] = list(ROWS[table].model_fields)
    if lines and (headed := _headings(lines[0], table)):
        columns, lines = headed, lines[1:]
    order = typed.get(f"{table}-order", "").split()
    changed: Texts = {}
    for line in lines:
        order.append(key := new_key())
        for column, cell in zip(columns, line, strict=False):
            if column and cell:
                changed[f"{table}-{key}-{column}"] = _meant(column, cell, policy)
    return changed | {f"{table}-order": " ".join(order)} if changed else {}


def from_lines(declaration: Declaration, policy: Policy) -> Texts:
    """The amounts by source as the budget lines add up to them."""
    return {each.field: money(each.lines) if each.lines else "" for each in sums_of(declaration, policy).sources}


def suggested(typed: Texts, policy: Policy) -> Texts:
    """A row for each group of targets that the policy asks for and that has none yet."""
    order = typed.get("targets-order", "").split()
    there = {typed.get(f"targets-{key}-level_one") for key in order}
    changed: Texts = {}
    for group, label, points in policy.performance_groups:
        if group not in there:
            order.append(key := new_key())
            cells = {"level_one": group, "level_two": f"{translated(label)}指标", "weight": str(points)}
            changed |= {f"targets-{key}-{column}": cell for column, cell in cells.items()}
    return changed | {"targets-order": " ".join(order)} if changed else {}


def money_is_blank(texts: Mapping[str, str]) -> bool:
    """Whether nobody has said yet where the money comes from."""
    return not any(texts.get(name) for name in FIELD_OF.values())


def _headings(line: Iterable[str], table: str) -> list[str | None]:
    names: dict[str, str | None] = dict.fromkeys(LEFT_OUT)
    for column, field in ROWS[table].model_fields.items():
        title = _plain(str(field.title))
        names |= dict.fromkeys((title, title.removesuffix("(元)"), *OTHER_NAMES.get(column, ())), column)
    found = [_plain(cell) for cell in line]
    known = sum(cell in names for cell in found)
    return [names.get(cell) for cell in found] if known >= LEAST else []


def _meant(column: str, cell: str, policy: Policy) -> str:
    if column in FIGURES:
        return _plain(cell).lstrip("¥￥").removesuffix("元").replace(" ", "")
    choices = {
        "category": policy.eligible_costs,
        "paid_from": tuple(SOURCE_LABELS.items()),
        "level_one": tuple((key, label) for key, label, _points in policy.performance_groups),
    }.get(column, ())
    return next((key for key, label in choices if cell in {key, label} or _plain(label).startswith(cell)), cell)


def _plain(text: str) -> str:
    return text.strip().replace("（", "(").replace("）", ")").replace("，", ",")
