"""The controls of one step of a declaration: what each holds, what is wrong with it, who else changed it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from secrets import token_hex
from typing import Any

from flask_babel import gettext as _

from app.projects.commands import REQUIRED, SOURCE_LABELS, Declaration
from app.projects.commands.steps import Step
from app.projects.commands.texts import ROWS, fingerprint, row_keys
from app.projects.service.drafting import Clash
from app.text import translated
from workflows.policy import CODE_DIGITS, Policy

#: Rows to type into where there is none yet.
BLANK_ROWS = 3
Options = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Box:
    """One control; `kind` is text, long, money, number, date, choice or tick. `offers` may be taken or not."""

    name: str
    label: str
    hint: str
    kind: str
    text: str = ""
    needed: bool = False
    options: Options = ()
    error: str = ""
    clash: Clash | None = None
    offers: Options = ()


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: its key and its cells."""

    key: str
    cells: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table one types into; `blank` is the row that a further one begins as."""

    name: str
    label: str
    lines: tuple[Line, ...]
    blank: Line
    error: str = ""

    @property
    def order(self) -> str:
        """The keys of the rows as they stand on the page."""
        return " ".join(line.key for line in self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the controls of a step show: texts by name over what is saved, faults, clashes."""

    texts: Mapping[str, str]
    policy: Policy
    faults: Mapping[str, str] = field(default_factory=dict)
    clashes: Mapping[str, Clash] = field(default_factory=dict)
    more_rows: int = 0


def controls(step: Step, shown: Shown) -> list[Box | Table]:
    """The controls of a step in their order."""
    schema = _schema()
    return [
        _table(name, shown) if name in ROWS else _box(name, name, schema["properties"][name], shown)
        for name in step.fields
    ]


def names_of(controls_: Sequence[Box | Table]) -> Iterator[str]:
    """The names of all that a page sends back."""
    for each in controls_:
        if isinstance(each, Table):
            yield from (cell.name for line in each.lines for cell in line.cells)
            yield f"{each.name}-order"
        else:
            yield each.name


def bases(names: Iterator[str], texts: Mapping[str, str]) -> dict[str, str]:
    """What the page says it was looking at; what was blank is left out."""
    return {name: fingerprint(text) for name in names if (text := texts.get(name, ""))}


def new_key() -> str:
    """The key of a new row."""
    return token_hex(3)


@cache
def _schema() -> Mapping[str, Any]:
    return Declaration.model_json_schema()


def _table(name: str, shown: Shown) -> Table:
    keys = row_keys(shown.texts, name)
    keys += [new_key() for _row in range(shown.more_rows or (0 if keys else BLANK_ROWS))]
    return Table(
        name, translated(str(Declaration.model_fields[name].title)),
        tuple(_line(name, key, shown) for key in keys), _line(name, "new", shown),
        shown.faults.get(f"{name}-order", ""),
    )  # fmt: skip


def _line(table: str, key: str, shown: Shown) -> Line:
    columns = _schema()["$defs"][ROWS[table].__name__]["properties"]
    return Line(
        key, tuple(_box(f"{table}-{key}-{column}", column, schema, shown) for column, schema in columns.items())
    )


def _box(name: str, column: str, schema: Mapping[str, Any], shown: Shown) -> Box:
    text, options = shown.texts.get(name, ""), _options(column, shown.policy)
    error = shown.faults.get(name, "")
    if options and text and text not in dict(options):
        # What came from a spreadsheet or an older policy stays visible until somebody chooses.
        error = error or _("不在可选范围内，请重新选择。")
        options = (*options, (text, text))
    return Box(
        name=name, label=translated(schema.get("title")), hint=_hint(column, schema, shown.policy),
        kind="choice" if options else _kind(schema), text=text, options=options, error=error,
        needed=column in {*REQUIRED, "requested", "undertakings", "title"} or "default" not in schema,
        clash=shown.clashes.get(name), offers=_areas(shown.policy) if column == "area_code" else (),
    )  # fmt: skip


def _areas(policy: Policy) -> Options:
    """Each aided area by its whole code; a place inside it may have a code of its own."""
    return tuple((prefix.ljust(CODE_DIGITS, "0"), translated(name)) for prefix, name in policy.areas)


def _hint(column: str, schema: Mapping[str, Any], policy: Policy) -> str:
    if column != "area_code":
        return translated(schema.get("description"))
    areas = _("；").join(f"{code} {translated(name)}" for code, name in policy.areas)
    return _("六位行政区划代码，以下列之一开头：%(areas)s。", areas=areas)


def _options(column: str, policy: Policy) -> Options:
    match column:
        case "field":
            pairs: Sequence[tuple[str, str]] = policy.fields
        case "category":
            pairs = policy.eligible_costs
        case "level_one":
            pairs = [(key, label) for key, label, _points in policy.performance_groups]
        case "paid_from":
            pairs = list(SOURCE_LABELS.items())
        case _:
            return ()
    return tuple((key, translated(label)) for key, label in pairs)


def _kind(schema: Mapping[str, Any]) -> str:
    whole = {**schema, **next((each for each in schema.get("anyOf", ()) if each.get("type") != "null"), {})}
    match whole:
        case {"widget": "textarea"}:
            return "long"
        case {"widget": "money"}:
            return "money"
        case {"format": "date"}:
            return "date"
        case {"type": "boolean"}:
            return "tick"
        case {"type": "integer" | "number"}:
            return "number"
    return "text"
