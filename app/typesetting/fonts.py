"""The vendored typeface, and which characters it can show.

No font of the machine is ever used: the same data must give the same bytes everywhere.
"""

import struct
from functools import cache
from pathlib import Path

import typst

FOLDER = Path(__file__).parent / "fonts"
FAMILY = "Noto Sans SC"
WEIGHTS = (400, 700)
#: The format of a character map that reaches beyond the first 65,536 code points.
WIDE = 12


class FontMissing(RuntimeError):
    """随系统安装的字体缺失，无法排版。"""


@cache
def typeface() -> typst.Fonts:
    """The vendored fonts and no others; `FontMissing` when a weight is not there."""
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FOLDER])
    there = {(font.family, font.weight) for font in fonts.fonts()}
    if there != {(FAMILY, weight) for weight in WEIGHTS}:
        raise FontMissing(f"{FAMILY} {WEIGHTS} in {FOLDER}, found {sorted(there)}")
    return fonts


def showable(text: str) -> str:
    """The text with every character that the typeface lacks written as its code point.

    A rare character in a name must not stop an agreement, and must not vanish from it either:
    U+20BB7 becomes `〔U+20BB7〕`. Control characters other than the line feed are left out.
    """
    known = _characters()
    return "".join(
        character if character == "\n" or ord(character) in known else f"〔U+{ord(character):04X}〕"
        for character in text
        if character == "\n" or (character.isprintable() or character.isspace())
    )


@cache
def _characters() -> frozenset[int]:
    """Code points that both weights map to a glyph (OpenType `cmap`, formats 4 and 12)."""
    typeface()
    each = [_mapped(path.read_bytes()) for path in sorted(FOLDER.glob("*.ttf"))]
    return frozenset.intersection(*each)


def _mapped(font: bytes) -> frozenset[int]:
    tables = struct.unpack_from(">H", font, 4)[0]
    for number in range(tables):
        tag, _, start, _ = struct.unpack_from(">4sIII", font, 12 + 16 * number)
        if tag == b"cmap":
            return _best_subtable(font, start)
    raise FontMissing("cmap")


def _best_subtable(font: bytes, start: int) -> frozenset[int]:
    """The code points of the widest Unicode subtable: format 12 where there is one, else format 4."""
    found: dict[int, int] = {}
    for number in range(struct.unpack_from(">H", font, start + 2)[0]):
        _, _, offset = struct.unpack_from(">HHI", font, start + 4 + 8 * number)
        found[struct.unpack_from(">H", font, start + offset)[0]] = start + offset
    if WIDE in found:
        groups = struct.unpack_from(">I", font, found[WIDE] + 12)[0]
        ranges = [struct.unpack_from(">II", font, found[WIDE] + 16 + 12 * group) for group in range(groups)]
    else:
        count = struct.unpack_from(">H", font, found[4] + 6)[0] // 2
        ends = struct.unpack_from(f">{count}H", font, found[4] + 14)
        starts = struct.unpack_from(f">{count}H", font, found[4] + 16 + 2 * count)
        ranges = list(zip(starts, ends, strict=True))
    return frozenset(code for first, last in ranges for code in range(first, last + 1))
