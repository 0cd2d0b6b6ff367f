"""Texts of notices: what each notification says, in each language, with a preview before it counts."""

from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app.casework.forms import Filled, refuse_unknown
from app.database import Missing, db
from app.desk.views.administration import who
from app.desk.views.terms import desk
from app.languages import LANGUAGES
from app.notifications.letters import Words, built_in, templates
from app.refusals import FieldRefused
from app.registers.commands import WriteText
from app.registers.queries import TextRow, notice_texts
from app.registers.service import PLACEHOLDER_LABELS, filled_in, placeholder_fault, reset_text, write_text
from app.security import clock, current_actor, may
from app.text import last_day, translated
from workflows.aid_project import AID_PROJECT
from workflows.roles import SYSTEM_ADMIN


@dataclass(frozen=True, slots=True)
class Line:
    """One notification in the list: its built-in subject, and the languages in which it says something else."""

    template: str
    subject: str
    changed: tuple[str, ...]


@desk.get("/administration/notices")
@may("text.read")
def texts() -> str:
    """Every notification, and where its text is not the built-in one."""
    found = notice_texts(db.session())
    lines = [
        Line(name, built_in(name).subject, tuple(tongue for tongue in LANGUAGES if (name, tongue) in found))
        for name in templates()
    ]
    return render_template(
        "registers/texts.html", rows=lines, tongues={locale: name for locale, (_tag, name) in LANGUAGES.items()}
    )


@desk.get("/administration/notices/<template>/<tongue>")
@may("text.read")
def text(template: str, tongue: str) -> str:
    """What one notification says in one language."""
    ours, set_by = _known(template, tongue)
    now = {"subject": set_by.subject, "said": set_by.said} if set_by else {"subject": ours.subject, "said": ours.said}
    return _page(template, tongue, Filled(WriteText, values=now), ours, set_by)


@desk.post("/administration/notices/<template>/<tongue>")
@may("text.write")
def write_notice(template: str, tongue: str) -> str | Response | tuple[str, int]:
    """Show how it would read, or let it read so from now on."""
    ours, set_by = _known(template, tongue)
    filled: Filled[WriteText] = Filled(WriteText)
    command = filled.read()
    refuse_unknown(filled, request.form)
    if command is None:
        return _page(template, tongue, filled, ours, set_by), 422
    if request.form.get("preview"):
        for name in ("subject", "said"):
            if fault := placeholder_fault(getattr(command, name)):
                filled.refuse(name, fault)
        preview = None if filled.faults else Words(_sample(command.subject, tongue), _sample(command.said, tongue))
        return _page(template, tongue, filled, ours, set_by, preview)
    try:
        write_text(template, tongue, command, by=who(current_actor()), now=clock().now())
    except FieldRefused as refusal:
        filled.blame(refusal)
        return _page(template, tongue, filled, ours, set_by), 422
    flash(_("通知“%(subject)s”的文本已更新。", subject=command.subject), "success")
    return redirect(url_for(".texts"), 303)


@desk.post("/administration/notices/<template>/<tongue>/reset")
@may("text.reset")
def reset_notice(template: str, tongue: str) -> Response:
    """Let it say its built-in text again."""
    _known(template, tongue)
    reset_text(template, tongue, by=who(current_actor()), now=clock().now())
    flash(_("已恢复内置文本。"), "success")
    return redirect(url_for(".text", template=template, tongue=tongue), 303)


def _known(template: str, tongue: str) -> tuple[Words, TextRow | None]:
    if template not in templates() or tongue not in LANGUAGES:
        raise Missing(f"{template} {tongue}")
    with force_locale(tongue):
        ours = built_in(template)
    return ours, notice_texts(db.session()).get((template, tongue))


def _sample(typed: str, tongue: str) -> str:
    """The text as somebody would read it about a made-up project."""
    with force_locale(tongue):
        return filled_in(
            typed,
            {
                "heading": f"AF2026-000001 {_('校园安全饮水')}",
                "stage": translated(AID_PROJECT.stage("authenticity_review").label),
                "due": last_day(clock().now()),
            },
        )


def _page(
    template: str,
    tongue: str,
    filled: Filled[WriteText],
    ours: Words,
    set_by: TextRow | None,
    preview: Words | None = None,
) -> str:
    return render_template(
        "registers/text.html", template=template, tongue=tongue, filled=filled, ours=ours, set_by=set_by,
        preview=preview, language=LANGUAGES[tongue][1], tag=LANGUAGES[tongue][0], placeholders=PLACEHOLDER_LABELS,
        keeps=current_actor().holds(SYSTEM_ADMIN),
    )  # fmt: skip
