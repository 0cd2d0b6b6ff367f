"""What a story of the demonstration is made of: the words, the figures, and where it has got to."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from workflows.money import fen_of

#: What whoever was drawn by lot is called in a step, before the place in the order of the draw.
SEAT = "seat"


@dataclass(frozen=True, slots=True)
class Line:
    """One budget line; the price is yuan as people write it, the source one of the form's."""

    category: str
    item: str
    unit: str
    quantity: int
    price: str
    source: str

    @property
    def amount(self) -> int:
        """Quantity × unit price in fen."""
        return self.quantity * fen_of(self.price)


@dataclass(frozen=True, slots=True)
class Step:
    """One act: how many days after the one before, by whom, on the project or on a life inside it.

    `fields` are what the act carries, or how to work them out when it is told. `papers` are kinds of
    papers handed in just before, by whoever acts or by `filer`. An act of the clock falls on the moment
    at which the term runs out.
    """

    gap: int
    who: str
    action: str
    fields: Mapping[str, Any] | Callable[[Any], Mapping[str, Any]] = field(default_factory=dict)
    life: str | None = None
    papers: tuple[str, ...] = ()
    filer: str = ""
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """One project: declared `submitted` days before today, told up to the step marked `until`, and `then`.

    The last act lies `ago` days back. `months` is the length of the work. Amounts are yuan as people
    write them; those left out are worked out from the request. `disallowed` names a budget line (from
    0), an amount and the reason. `quality` moves every score of the panel, in points of 100.
    """

    key: str
    title: str
    organisation: str
    call: str
    field: str
    area: str
    place: str
    partner: str
    need: str
    goals: str
    activities: str
    beneficiaries: str
    direct: int
    lines: tuple[Line, ...]
    output: tuple[str, str, str]
    benefit: tuple[str, str, str]
    until: str
    submitted: int
    ago: int
    then: tuple[Step, ...] = ()
    months: int = 6
    team: str = "项目负责人一名，专业人员两名，当地协调员两名，均有同类项目经验。"
    innovation: str = "上海专业力量与当地需求直接对接，由当地人员接手日常维护。"
    risks: str = "交通与气候影响进度：预留缓冲期，材料提前进场；人员变动：每个岗位设替补。"
    lasting: str = "项目结束后由当地合作单位负责后续运行，项目主体连续两年回访。"
    suggested: str = ""
    approved: str = ""
    disallowed: tuple[tuple[int, str, str], ...] = ()
    opinion: str = "unqualified"
    quality: int = 0
    votes: tuple[str, ...] = ("for", "for", "for")
    turns: tuple[str, ...] = ()

    @property
    def planned(self) -> int:
        """All the money put into the project, in fen."""
        return sum(line.amount for line in self.lines)

    @property
    def requested(self) -> int:
        """What the budget lines leave to the grant, in fen."""
        return self.given("grant")

    def given(self, source: str) -> int:
        """What one source pays of the budget, in fen."""
        return sum(line.amount for line in self.lines if line.source == source)

    @property
    def suggestion(self) -> int:
        """What the panel suggests, in fen: in whole thousands of yuan, a little under the request."""
        return fen_of(self.suggested) if self.suggested else self.requested * 96 // 100 // 100_000 * 100_000

    @property
    def approval(self) -> int:
        """What the joint review approves, in fen."""
        return fen_of(self.approved) if self.approved else self.suggestion * 97 // 100 // 100_000 * 100_000
