"""Pictures: whole, of the kind they claim, and not so large that showing one exhausts a machine."""

import struct
from typing import BinaryIO

from PIL import Image

from .refusal import Unsuitable

MOST_PIXELS = 40_000_000
FORMATS = {"jpg": "JPEG", "png": "PNG"}


def inspect_picture(file: BinaryIO, extension: str) -> None:
    """Raise `Unsuitable` unless the picture decodes to the end and has at most 40 million pixels."""
    Image.MAX_IMAGE_PIXELS = None  # Counted here, by the header, before anything is decoded.
    try:
        with Image.open(file, formats=[FORMATS[extension]]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Unsuitable("图片不得超过 {most} 万像素。", most=MOST_PIXELS // 10_000)
            # Decoding forgives a missing end; comparing the checksums of the pieces does not.
            picture.verify()
        file.seek(0)
        with Image.open(file, formats=[FORMATS[extension]]) as picture:
            picture.load()
    except (OSError, SyntaxError, ValueError, MemoryError, struct.error, Image.DecompressionBombError):
        raise Unsuitable("图片已损坏，无法读取。") from None
