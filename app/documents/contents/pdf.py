"""PDF: readable, not encrypted, and without anything that runs, plays or carries other files."""

from typing import Any, BinaryIO

import pikepdf

from .refusal import Unsuitable

MOST_PAGES = 3_000
MOST_OBJECTS = 500_000
#: Keys whose mere presence refuses a file, with what to call it.
KEYS = {
    "/JS": "JavaScript",
    "/JavaScript": "JavaScript",
    "/EmbeddedFiles": "EmbeddedFile",
    "/EF": "EmbeddedFile",
    "/RichMediaContent": "RichMedia",
    "/XFA": "XFA",
}
#: Values of /S, /Type and /Subtype that refuse a file.
NAMES = {
    "/JavaScript": "JavaScript",
    "/Launch": "Launch",
    "/ImportData": "ImportData",
    "/SubmitForm": "SubmitForm",
    "/GoToE": "GoToE",
    "/Rendition": "RichMedia",
    "/EmbeddedFile": "EmbeddedFile",
    "/FileAttachment": "EmbeddedFile",
    "/RichMedia": "RichMedia",
    "/Movie": "RichMedia",
    "/Sound": "RichMedia",
    "/Screen": "RichMedia",
    "/3D": "RichMedia",
}


def inspect_pdf(file: BinaryIO) -> int:
    """The number of pages; `Unsuitable` unless every object of the file is inert, even one that no page uses."""
    try:
        with pikepdf.open(file, suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                raise Unsuitable("PDF 已加密，请解除加密后再上传。")
            if not 1 <= len(pdf.pages) <= MOST_PAGES:
                raise Unsuitable("PDF 的页数须为 1 至 {most} 页。", most=MOST_PAGES)
            _inspect_objects(pdf)
            return len(pdf.pages)
    except pikepdf.PasswordError:
        raise Unsuitable("PDF 已加密，请解除加密后再上传。") from None
    except (pikepdf.PdfError, ValueError, RuntimeError):
        raise Unsuitable("PDF 已损坏，无法读取。") from None


def _inspect_objects(pdf: pikepdf.Pdf) -> None:
    seen = 0
    for top in [*pdf.objects, pdf.trailer]:
        waiting: list[Any] = [top]
        while waiting:
            seen += 1
            if seen > MOST_OBJECTS:
                raise Unsuitable("PDF 的结构过于庞大，请重新生成后再上传。")
            waiting.extend(_inspect(waiting.pop()))


def _inspect(value: Any) -> list[Any]:
    """Look at one object; answer with those that lie inside it and are not in the list of objects."""
    if isinstance(value, (pikepdf.Dictionary, pikepdf.Stream)):
        for key in value.keys():  # noqa: SIM118 -- iterating a stream itself is not its keys
            if key in KEYS:
                raise Unsuitable("PDF 不得含有 {what}。", what=KEYS[key])
            if key in {"/S", "/Type", "/Subtype"} and (what := NAMES.get(str(value[key]))):
                raise Unsuitable("PDF 不得含有 {what}。", what=what)
        inside = [value[key] for key in value.keys()]  # noqa: SIM118
    elif isinstance(value, pikepdf.Array):
        inside = list(value)
    else:
        return []
    return [item for item in inside if isinstance(item, pikepdf.Object) and not item.is_indirect]
