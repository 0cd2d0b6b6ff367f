"""The sums of a declaration: sources against budget lines, the ratio, the limit. All amounts are fen."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.projects.commands import SOURCE_LABELS, Declaration
from app.projects.sources import FIELD_OF
from workflows.money import max_grant, ratio_ppm
from workflows.policy import Policy


@dataclass(frozen=True, slots=True)
class SourceSum:
    """One source: what the declaration says comes from it, and what the budget lines spend of it."""

    key: str
    label: str
    field: str
    declared: int
    lines: int


@dataclass(frozen=True, slots=True)
class Sums:
    """What one sees while typing; `ratio` is parts per million, `limit` the most that may be asked for."""

    sources: Sequence[SourceSum]
    planned: int
    lines: int
    requested: int
    ratio: int
    limit: int
    ratio_limit: int
    cap: int

    @property
    def over(self) -> int:
        """By how much the request is above its limit."""
        return max(0, self.requested - self.limit)


def sums_of(declaration: Declaration, policy: Policy) -> Sums:
    """The sums as the submission will see them."""
    spent = dict.fromkeys(FIELD_OF, 0)
    for row in declaration.budget:
        spent[row.paid_from] += int(row.quantity * row.unit_price)
    sources = tuple(
        SourceSum(key, SOURCE_LABELS[key], field, getattr(declaration, field), spent[key])
        for key, field in FIELD_OF.items()
    )
    planned = sum(each.declared for each in sources)
    return Sums(
        sources=sources, planned=planned, lines=sum(spent.values()), requested=declaration.requested,
        ratio=ratio_ppm(declaration.requested, planned), limit=max_grant(policy, planned),
        ratio_limit=policy.ratio_ppm, cap=policy.cap,
    )  # fmt: skip
