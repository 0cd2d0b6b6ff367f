"""Where the money of a declaration comes from, and what its budget lines spend of each source. Amounts are fen."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import func, select

from app.casework.subjects import Ids
from app.projects.commands import SOURCE_LABELS
from app.projects.models import BudgetLine, Project
from app.text import money
from workflows.definition import Reason, because

#: Source of a budget line → the field of the declaration that says how much comes from it.
FIELD_OF = {
    "grant": "requested",
    "own": "own_funds",
    "donated": "donated",
    "other_fiscal": "other_fiscal",
    "other": "other_funds",
}


def lines_by_source(ids: Ids) -> Any:
    """Source → what the budget lines spend of it, in fen; NULL stands for nothing."""
    spent = (
        part
        for source in FIELD_OF
        for part in (source, func.sum(BudgetLine.amount).filter(BudgetLine.paid_from == source))
    )
    lines = select(func.jsonb_build_object(*spent)).where(BudgetLine.project_id == ids.root)
    return lines.scalar_subquery()


def declared_by_source(ids: Ids) -> Any:
    """Source → what the declaration says comes from it, in fen."""
    pairs = (part for source, name in FIELD_OF.items() for part in (source, getattr(Project, name)))
    return select(func.jsonb_build_object(*pairs)).where(Project.case_id == ids.root).scalar_subquery()


def gaps_of_sources(spent: Mapping[str, int | None], declared: Mapping[str, int]) -> Iterator[Reason]:
    """Where the lines and the sources of the declaration differ: the sum of all, otherwise each source."""
    if (lines := sum(each or 0 for each in spent.values())) != (total := sum(declared.values())):
        yield because("预算明细（合计 {lines} 元与投入总额 {total} 元须相等）", lines=money(lines), total=money(total))
        return
    for source, stated in declared.items():
        if (lines := spent[source] or 0) != stated:
            yield because(
                "预算明细（{source}列支 {lines} 元与填报的 {total} 元须相等）",
                source=SOURCE_LABELS[source], lines=money(lines), total=money(stated),
            )  # fmt: skip
