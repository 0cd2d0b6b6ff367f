"""How things are written for people: sentences, money, dates, labels; each also a Jinja filter."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from flask import Flask
from flask_babel import get_locale, gettext

from app import languages
from app.registers.queries import calendar_shown
from workflows.calendar import is_provisional
from workflows.definition import Reason, Workflow
from workflows.money import NotAnAmount, fen_of, in_capitals, yuan
from workflows.registry import LIVES, workflow_of
from workflows.roles import LABELS

#: What is said of a case beside its workflow.
BESIDE = {"recuse": "申请回避"}
SHANGHAI = ZoneInfo("Asia/Shanghai")
#: What the first event of every life is called in the chain.
BEGINNING = "open"
FEN_IN_WAN = 1_000_000
DATES = {"zh_Hans_CN": "y年M月d日", "en": "d MMM y"}
TIMES = {"zh_Hans_CN": "y年M月d日 HH:mm", "en": "d MMM y HH:mm"}


#: Words in what a browser calls itself → what people call it, the more special before the more general.
PROGRAMS = (
    ("MicroMessenger", "微信"), ("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"),
)  # fmt: skip
SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)  # fmt: skip


def translated(text: str | None) -> str:
    """A label that is data (of a stage, an action, a field) in the language of this answer."""
    return str(gettext(str(text))) if text else ""


def say(reason: Reason) -> str:
    """The sentence of a reason in the language of this answer, its values filled in.

    Values that are labels, lists of labels ("甲、乙") or reasons are translated too and dates are
    written out; whatever is money comes as text already.
    """
    return str(gettext(reason.text)).format_map({name: _said(value) for name, value in reason.values.items()})


def _said(value: object) -> object:
    if isinstance(value, Reason):
        return say(value)
    if isinstance(value, str):
        return _joined(value.split("、"))
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, (list, tuple, set, frozenset)):
        return _joined(sorted(value) if isinstance(value, (set, frozenset)) else value)
    return value


def _joined(items: Iterable[object]) -> str:
    return (", " if str(get_locale()) == "en" else "、").join(
        translated(item) if isinstance(item, str) else str(_said(item)) for item in items
    )


def money(fen: int | None) -> str:
    """Fen as yuan with two places and thousands: 24000000 → "240,000.00". "—" for nothing."""
    if fen is None:
        return "—"
    whole, _, places = yuan(abs(fen)).partition(".")
    return f"{'−' if fen < 0 else ''}{int(whole):,}.{places}"


def capitals(typed: object) -> str:
    """An amount of yuan as it was typed, in capitals (大写); nothing while it is no amount."""
    try:
        return in_capitals(fen_of(str(typed).strip().replace(",", "")))
    except (NotAnAmount, ValueError):
        return ""


def wan(fen: int | None) -> str:
    """Fen as 万元, rounded down to two places, for overviews: 24000000 → "24.00 万元".

    English has no word for 万, so the same amount stands in yuan: "240,000 yuan".
    """
    if fen is None:
        return "—"
    whole, rest = divmod(abs(fen), FEN_IN_WAN)
    number = f"{whole:,}.{rest // (FEN_IN_WAN // 100):02}"
    if str(get_locale()) == "en":
        number = f"{(whole * 100 + rest // (FEN_IN_WAN // 100)) * 100:,}"
    number = f"{'−' if fen < 0 else ''}{number}"
    return str(gettext("%(number)s 万元", number=number))


def day(value: date | datetime | None) -> str:
    """A date of Shanghai: "2026年11月22日" or "22 Nov 2026"."""
    if value is None:
        return "—"
    local = value.astimezone(SHANGHAI).date() if isinstance(value, datetime) else value
    locale = str(get_locale())
    return format_date(local, DATES[locale], locale=locale)


def last_date(until: datetime) -> date:
    """The last day, in Shanghai, of a term that is over at this midnight."""
    return (until - timedelta(microseconds=1)).astimezone(SHANGHAI).date()


def last_day(until: datetime) -> str:
    """The same as people read it."""
    return day(last_date(until))


def moment(value: datetime | None) -> str:
    """A time of Shanghai to the minute: "2026年11月22日 09:30"."""
    if value is None:
        return "—"
    locale = str(get_locale())
    return format_datetime(value, TIMES[locale], tzinfo=SHANGHAI, locale=locale)


def iso(value: date | datetime | None) -> str:
    """What `<time datetime>` wants: a date, or a time with its offset in Shanghai."""
    if value is None:
        return ""
    return (value.astimezone(SHANGHAI) if isinstance(value, datetime) else value).isoformat()


def size(count: int) -> str:
    """Bytes as a person reads them: "812 B", "3.4 MB"."""
    amount = float(count)
    for unit in ("B", "KB", "MB"):
        if amount < 1000:  # noqa: PLR2004
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def device(agent: str) -> str:
    """Which program on which system a browser says that it is: "Firefox · Windows". It may say anything."""
    program = next((name for word, name in PROGRAMS if word in agent), str(gettext("其他程序")))
    system = next((name for word, name in SYSTEMS if word in agent), "")
    return f"{program} · {system}" if system else program


def role_label(role: str | None) -> str:
    """What a role is called."""
    return translated(LABELS[role]) if role else "—"


def stage_label(stage: str, workflow: Workflow | str) -> str:
    """What a stage of a workflow (or of a key such as "aid_project/1") is called."""
    return translated(_workflow(workflow).stage(stage).label)


def stage_tone(stage: str, workflow: Workflow | str) -> str:
    """How a stage looks: waiting for somebody, done at the end of the main road, plain at another end."""
    found = _workflow(workflow).stage(stage)
    if not found.final:
        return "waiting"
    return "plain" if found.side else "done"


def event_label(action: str, life: str) -> str:
    """What an action is called in the newest form of a life, for lists that mix many lives."""
    return action_label(action, LIVES[life])


def life_label(workflow: Workflow | str) -> str:
    """What a life is called: "项目", "异议"."""
    return translated(_workflow(workflow).label)


def action_label(action: str, workflow: Workflow | str) -> str:
    """What an action of a workflow is called; the action itself where no transition has it."""
    if action == BEGINNING:
        return str(gettext("建立"))
    beside = BESIDE.get(action, action)
    return translated(next((t.label for t in _workflow(workflow).transitions if t.action == action), beside))


def remaining_days(days: int) -> str:
    """How long a term still runs, or for how long it is over, in working days."""
    if days < 0:
        return str(gettext("已逾期 %(num)d 个工作日", num=-days))
    if days == 0:
        return str(gettext("今天到期"))
    return str(gettext("还有 %(num)d 个工作日", num=days))


def bracketed(words: str) -> str:
    """What is said beside something, in brackets as the language writes them."""
    return f" ({words})" if str(get_locale()) == "en" else f"（{words}）"


def provisional(last: date | None) -> str:
    """What to say beside a term whose last day lies in a year without announced holidays; else nothing.

    Source: the State Council announces the holidays of a year late in the year before.
    """
    if last is None or not is_provisional(last.year, calendar_shown().published):
        return ""
    return str(gettext("（该年度节假日安排尚未公布，期限为暂定）"))


FILTERS: Mapping[str, Callable[..., str]] = {
    "action_label": action_label,
    "bracketed": bracketed,
    "capitals": capitals,
    "day": day,
    "device": device,
    "event_label": event_label,
    "iso": iso,
    "last_day": last_day,
    "life_label": life_label,
    "moment": moment,
    "money": money,
    "provisional": provisional,
    "remaining_days": remaining_days,
    "role_label": role_label,
    "say": say,
    "size": size,
    "stage_label": stage_label,
    "stage_tone": stage_tone,
    "translated": translated,
    "wan": wan,
}


def init_app(app: Flask) -> None:
    """Add the languages and every filter."""
    languages.init_app(app)
    app.jinja_env.filters.update(FILTERS)
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True


def _workflow(workflow: Workflow | str) -> Workflow:
    return workflow if isinstance(workflow, Workflow) else workflow_of(workflow)
