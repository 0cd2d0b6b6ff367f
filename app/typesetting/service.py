"""Data and a template in, PDF bytes out: the same bytes for the same data and date."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Literal

import typst

from app.typesetting.fonts import showable, typeface

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "pdf"
STANDARDS: list[Literal["a-2a", "ua-1"]] = ["a-2a", "ua-1"]


class NotTypeset(RuntimeError):
    """文书排版失败，请检查文书数据是否齐全。"""


def render(template: str, data: Any, *, issued_at: datetime) -> bytes:
    """The PDF of `templates/pdf/<template>.typ` filled with data of the shape that `shapes` gives.

    Data reaches the page as text only, never as markup, so that nobody's project title can run
    code or read files. `issued_at` (aware) is the one date in the file, so that its SHA-256 can be
    computed again. Raises `NotTypeset` when a value is missing or anything is doubtful: typst only
    warns of a missing font, hence a warning is a failure too.
    """
    if template not in _names():
        raise NotTypeset(f"there is no template {template}")
    compiler = typst.Compiler(root=TEMPLATES, font_paths=typeface(), ignore_system_fonts=True)
    try:
        pdf, warnings = compiler.compile_with_warnings(
            input=TEMPLATES / f"{template}.typ",
            sys_inputs={"data": json.dumps(_shown(data), ensure_ascii=False)},
            format="pdf",
            pdf_standards=[*STANDARDS],
            timestamp=issued_at.replace(microsecond=0),
        )
    except typst.TypstError as fault:
        raise NotTypeset(f"{template}: {fault.message}") from fault
    if warnings:
        raise NotTypeset(f"{template}: " + "; ".join(warning.message for warning in warnings))
    if not isinstance(pdf, bytes):
        raise NotTypeset(f"{template}: no pages")
    return pdf


@cache
def _names() -> frozenset[str]:
    """The templates that are documents; a file whose name begins with an underscore is a part of one."""
    return frozenset(path.stem for path in TEMPLATES.glob("*.typ") if not path.stem.startswith("_"))


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return showable(value)
    if isinstance(value, dict):
        return {key: _shown(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_shown(item) for item in value]
    if value is None or isinstance(value, (bool, int)):
        return value
    raise NotTypeset(f"{type(value).__name__} is neither text, a whole number, a list nor a mapping")
