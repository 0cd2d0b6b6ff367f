"""How a message reads: a subject, a sentence, and a whole letter, in the language that is spoken now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from flask import current_app, render_template
from flask_babel import get_locale

from app.people.queries.links import Link
from app.registers.queries import texts_shown
from app.registers.service import filled_in
from app.text import last_day, stage_label


@dataclass(frozen=True, slots=True)
class Words:
    """What a message is about, in a few words, and what it says."""

    subject: str
    said: str


@dataclass(frozen=True, slots=True)
class Told:
    """One message with what it is about. `due_at` is the end of the term of which it told, None where that is over."""

    id: int
    template: str
    created_at: datetime
    read_at: datetime | None
    case: UUID
    workflow: str
    stage: str
    heading: str
    due_at: datetime | None

    @property
    def words(self) -> Words:
        """What it says, in the language that is spoken now."""
        words = words_of(self.template)
        known = {
            "heading": self.heading,
            "stage": stage_label(self.stage, self.workflow),
            "due": last_day(self.due_at) if self.due_at else "",
        }
        return Words(filled_in(words.subject, known), filled_in(words.said, known))


@dataclass(frozen=True, slots=True)
class Written:
    """A letter as it goes out; the subject is one line."""

    subject: str
    text: str
    html: str


def words_of(template: str) -> Words:
    """The words of a template: those an administrator has set, or those of its file in `templates/mail`."""
    found = texts_shown().get((template, str(get_locale())))
    return Words(*found) if found else built_in(template)


def templates() -> list[str]:
    """The names of all messages that there are."""
    files = current_app.jinja_env.list_templates(extensions=["txt"])
    names = (file.removeprefix("mail/").removesuffix(".txt") for file in files if file.startswith("mail/"))
    return sorted(name for name in names if not name.startswith("_"))


def built_in(template: str) -> Words:
    """The words of the file of a template, in the language that is spoken now."""
    file = current_app.jinja_env.get_template(f"mail/{template}.txt")
    context = file.new_context()
    subject, said = ("".join(file.blocks[name](context)) for name in ("subject", "said"))
    return Words(one_line(subject), said.strip())


def write_letter(name: str, told: Sequence[Told], *, day: date | None = None) -> Written:
    """The letter to this person about one message, or the digest of a day about several."""
    settings = current_app.extensions["aidflow"].settings
    form = "_digest" if day else "_letter"
    known = {"name": one_line(name), "told": told, "day": day, "address": settings.public_url.rstrip("/")}
    if day:
        subject = render_template("mail/_digest_subject.txt", **known)
    else:
        subject = f"{told[0].words.subject} {told[0].heading}"
    return Written(
        one_line(subject), render_template(f"mail/{form}.txt", **known), render_template(f"mail/{form}.html", **known)
    )


def write_link(template: str, link: Link, address: str) -> Written:
    """The letter that carries a link to an account; it is about one person and no case."""
    words = built_in(template)
    known = {"link": link, "name": one_line(link.name), "said": words.said, "address": address}
    return Written(
        words.subject, render_template("mail/_link.txt", **known), render_template("mail/_link.html", **known)
    )


def one_line(text: str) -> str:
    """The text on one line, without control characters, so that it can stand in a header."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def label_of(template: str) -> str:
    """What the log calls a letter; it names no project."""
    return words_of(template).subject
