"""The people of the demonstration: one for each duty, all made up, with one password for all.

They exist in a demonstration only; a real installation begins without any account.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update

from app.database import db, transaction
from app.demo.organisations import APPLICANTS, GUOLUO, HERITAGE
from app.organisations.models import Organisation
from app.organisations.service import kind_of
from app.organisations.store import keep_account
from app.people.models import Unit, User
from app.people.service import NewPerson, add_unit, add_user, hashed, issue_token
from workflows.roles import LABELS

PASSWORD = "aidflow-demo-2026"  # noqa: S105 -- printed for everybody to use
DOMAIN = "demo.aidflow.example"
#: The clock of a demonstration can be moved far forward; its tokens are to survive that.
TOKEN_LASTS = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the demonstration: the name before the @, the role and what it is held for."""

    key: str
    name: str
    role: str
    unit: str | None = None
    uscc: str | None = None

    @property
    def email(self) -> str:
        """What one signs in with."""
        return f"{self.key}@{DOMAIN}"


UNITS = (
    ("HZB", "上海市人民政府合作交流办公室", "fund_office", None),
    ("HS-HP", "黄浦区人民政府合作交流办公室", "accepting_unit", "310101"),
    ("HS-CN", "长宁区人民政府合作交流办公室", "accepting_unit", "310105"),
    ("HS-JA", "静安区人民政府合作交流办公室", "accepting_unit", "310106"),
    ("HS-HK", "虹口区人民政府合作交流办公室", "accepting_unit", "310109"),
    ("HS-PD", "浦东新区人民政府合作交流办公室", "accepting_unit", "310115"),
    ("HS-FX", "奉贤区人民政府合作交流办公室", "accepting_unit", "310120"),
    ("QF-GL", "上海援青干部联络组（果洛）", "front_office", "6326"),
    ("QF-YN", "上海援滇干部联络组", "front_office", "53"),
    ("QF-ZY", "上海援黔干部联络组（遵义）", "front_office", "5203"),
    ("QF-RKZ", "上海援藏干部联络组（日喀则）", "front_office", "5402"),
    ("QF-KS", "上海援疆前方指挥部（喀什）", "front_office", "6531"),
    ("QF-KLMY", "上海援疆前方指挥部克拉玛依分指挥部", "front_office", "6502"),
    ("QF-WZ", "上海对口支援万州联络组", "front_office", "500101"),
    ("QF-YL", "上海对口支援夷陵联络组", "front_office", "420506"),
    ("CPA-1", "上海示例会计师事务所（演示）", "audit_firm", None),
)


def people() -> tuple[Person, ...]:
    """Everybody who can sign in to the demonstration."""
    return (
        Person("owner", "沈清源（演示）", "applicant_owner", uscc=GUOLUO),
        Person("member", "陆小满（演示）", "applicant_member", uscc=GUOLUO),
        Person("other-owner", "靳秀云（演示）", "applicant_owner", uscc=HERITAGE),
        Person("accepting", "周静安（演示）", "accepting_unit", unit="HS-JA"),
        Person("front", "马果洛（演示）", "front_office", unit="QF-GL"),
        Person("fund", "顾合流（演示）", "fund_office"),
        Person("secretary", "许书文（演示）", "secretary"),
        *(Person(f"expert{n}", f"{name}（演示）", "expert") for n, name in enumerate(
            ("方正平", "何知秋", "梁思远", "宋明哲", "唐若水", "袁可行", "白逸仙"), 1)),
        *(Person(f"panel{n}", f"{name}（演示）", "panel_member") for n, name in enumerate(("吴合民", "徐民政", "朱财政"), 1)),
        Person("approver", "严审批（演示）", "approver"),
        Person("auditor", "毕审计（演示）", "audit_firm", unit="CPA-1"),
        Person("maker", "钱经办（演示）", "finance_maker"),
        Person("checker", "钟复核（演示）", "finance_checker"),
        Person("supervisor", "柳监督（演示）", "supervisor"),
        Person("sysadmin", "石系统（演示）", "system_admin"),
        Person("secadmin", "安全生（演示）", "security_admin"),
        Person("auditadmin", "查审管（演示）", "audit_admin"),
        Person("accepting-hp", "杨黄浦（演示）", "accepting_unit", unit="HS-HP"),
        Person("accepting-cn", "郑长宁（演示）", "accepting_unit", unit="HS-CN"),
        Person("accepting-hk", "曲虹口（演示）", "accepting_unit", unit="HS-HK"),
        Person("accepting-pd", "陆浦东（演示）", "accepting_unit", unit="HS-PD"),
        Person("accepting-fx", "言奉贤（演示）", "accepting_unit", unit="HS-FX"),
        Person("front-yn", "段云岭（演示）", "front_office", unit="QF-YN"),
        Person("front-zy", "娄山青（演示）", "front_office", unit="QF-ZY"),
        Person("front-rkz", "江雪原（演示）", "front_office", unit="QF-RKZ"),
        Person("front-ks", "叶疆南（演示）", "front_office", unit="QF-KS"),
        Person("front-klmy", "石油城（演示）", "front_office", unit="QF-KLMY"),
        Person("front-wz", "万峡江（演示）", "front_office", unit="QF-WZ"),
        Person("front-yl", "夷水长（演示）", "front_office", unit="QF-YL"),
        *(Person(each.key, each.representative, "applicant_owner", uscc=each.uscc) for each in APPLICANTS
          if each.uscc not in {GUOLUO, HERITAGE}),
    )  # fmt: skip


def assemble(now: datetime, progress: Callable[[str], None]) -> dict[str, str]:
    """Units, people and a token for everybody: e-mail → API token. The organisations must be there before."""
    add_people(now, progress)
    return issue_tokens(now)


def add_people(now: datetime, progress: Callable[[str], None] = lambda _line: None) -> None:
    """Put in units and people that are not there yet; after an interruption it adds what is missing."""
    known_units = set(db.session.scalars(select(Unit.code)))
    for code, name, kind, area in UNITS:
        if code not in known_units:
            add_unit(code=code, name=name, kind=kind, area_code=area, made_up=kind == "audit_firm")
    known = set(db.session.scalars(select(User.email)))
    db.session.rollback()
    for person in people():
        if person.email not in known:
            progress(person.name)
            add_user(
                NewPerson(
                    email=person.email, name=person.name, role=person.role, unit_code=person.unit, uscc=person.uscc,
                    made_up=True,
                ),
                now=now,
            )  # fmt: skip
    # The password is the same for everybody and printed: hashing it once saves half of the waiting.
    with transaction() as session:
        waiting = User.made_up, User.password.is_(None), User.email.endswith(f"@{DOMAIN}")
        session.execute(update(User).where(*waiting).values(password=hashed(PASSWORD)))


def issue_tokens(now: datetime) -> dict[str, str]:
    """A new API token for each of the people: e-mail → token."""
    known = dict(db.session.execute(select(User.email, User.id)).all())
    db.session.rollback()
    return {person.email: issue_token(known[person.email], "demo", now=now, lasts=TOKEN_LASTS) for person in people()}


def found_organisations(now: datetime) -> None:
    """The organisations of the demonstration; their registrations are made up."""
    with transaction() as session:
        known = set(session.scalars(select(Organisation.uscc)))
        for place, each in enumerate(APPLICANTS):
            if each.uscc in known:
                continue
            session.add(
                Organisation(
                    uscc=each.uscc, name=each.name, kind=kind_of(each.uscc), district=each.district,
                    legal_representative=each.representative, registered_with="上海市民政局",
                    supervising_unit=each.supervised_by, address="上海市（演示地址）", yearly_check_year=now.year - 1,
                    yearly_check_result="passed", rating=each.rating,
                    rating_until=now.date().replace(year=now.year + 3, day=1), full_time_staff=each.staff,
                    registered_funds=200_000_000, bank_name="演示银行", bank_branch="上海演示支行",
                    account_name=each.name, account_mark=keep_account(session, each.uscc, f"9000{each.district}{place:08d}"),
                    is_charity=each.uscc.startswith("53"), contact_name=each.representative,
                    contact_phone="021-00000000", made_up=True, created_at=now,
                )
            )  # fmt: skip


def accounts() -> list[tuple[str, str, str]]:
    """Address, role and password of everybody; the console shows the first of each role."""
    return [(person.email, f"{person.role} {LABELS[person.role]}", PASSWORD) for person in people()]
