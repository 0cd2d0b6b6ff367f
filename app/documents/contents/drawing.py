"""The drawing child: a paper on standard input, one page of it as a JPEG on standard output.

It runs with the limits of the checking child and opens no connection. PDFium draws without its forms, hence
without scripts; a picture is decoded and written anew, so that nothing of the file itself is passed on.
"""

import sys
from typing import BinaryIO

import pypdfium2
from PIL import Image, ImageOps

from .limits import confine

#: Dots across a page at most.
WIDTH = 1240
QUALITY = 82
NO_SUCH_PAGE = 4


def draw(file: BinaryIO, extension: str, number: int, longest: int) -> Image.Image:
    """The page of this number (from 1), neither side over `longest` dots. `IndexError` when there is none."""
    if extension != "pdf":
        if number != 1:
            raise IndexError(number)
        picture = Image.open(file, formats=["JPEG", "PNG"])
        # Made small first: a large photo is then never decoded whole.
        picture.thumbnail((longest, longest))
        return ImageOps.exif_transpose(picture)
    document = pypdfium2.PdfDocument(file)
    if not 1 <= number <= len(document):
        raise IndexError(number)
    page = document[number - 1]
    wide, high = page.get_size()
    scale = min(WIDTH / max(wide, 1), longest / max(wide, high, 1))
    return page.render(scale=scale, may_draw_forms=False).to_pil()


def main() -> None:
    """Draw standard input; exit 4 where there is no such page."""
    confine()
    with open(0, "rb", closefd=False) as file:
        file.seek(0)
        try:
            picture = draw(file, sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
        except IndexError:
            sys.exit(NO_SUCH_PAGE)
    opaque = picture if picture.mode == "RGB" else _on_white(picture)
    opaque.save(sys.stdout.buffer, "JPEG", quality=QUALITY)


def _on_white(picture: Image.Image) -> Image.Image:
    ground = Image.new("RGB", picture.size, "white")
    seen = picture.convert("RGBA")
    ground.paste(seen, mask=seen.getchannel("A"))
    return ground
