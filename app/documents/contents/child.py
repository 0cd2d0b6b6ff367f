"""The child process: one file on standard input, one line of JSON out.

The limits are set by the child on itself before it reads the first byte. It has no use for the
network; nothing here opens a connection.
"""

import json
import sys
from typing import BinaryIO

import filetype

from .limits import confine
from .refusal import Unsuitable

#: What filetype calls the beginnings of the types we take; XML has none of its own.
BEGINNINGS: dict[str, set[str | None]] = {
    "pdf": {"pdf"},
    "jpg": {"jpg"},
    "png": {"png"},
    "docx": {"zip", "docx"},
    "xlsx": {"zip", "xlsx"},
    "ofd": {"zip", "ofd"},
    "xml": {None},
}


def inspect(file: BinaryIO, extension: str) -> int | None:
    """How many pages can be shown, None where none can; `Unsuitable` unless the content is what the extension says."""
    begins = file.read(8192)
    file.seek(0)
    found = filetype.guess(begins)
    if (found.extension if found else None) not in BEGINNINGS[extension]:
        raise Unsuitable("文件内容与扩展名 .{extension} 不符。", extension=extension)
    # Each branch loads only what it needs: the child is started for one file, and the loading is half of its time.
    if extension == "pdf":
        from .pdf import inspect_pdf

        return inspect_pdf(file)
    if extension in {"jpg", "png"}:
        from .picture import inspect_picture

        inspect_picture(file, extension)
        return 1
    if extension == "xml":
        from .markup import inspect_markup

        inspect_markup(file)
    else:
        from .archive import inspect_archive

        inspect_archive(file, extension)
    return None


def main() -> None:
    """Inspect standard input; answer {"pages"} when it is suitable, else {"text", "values"}."""
    confine()
    try:
        with open(0, "rb", closefd=False) as file:
            file.seek(0)
            pages = inspect(file, sys.argv[1])
    except Unsuitable as unsuitable:
        json.dump({"text": unsuitable.text, "values": unsuitable.values}, sys.stdout)
    else:
        json.dump({"pages": pages}, sys.stdout)
