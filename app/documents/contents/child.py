"""The child process: one file on standard input, one line of JSON out.

The limits are set by the child on itself before it reads the first byte. It has no use for the
network; nothing here opens a connection.
"""

import json
import resource
import sys
from typing import BinaryIO

import filetype

from .refusal import Unsuitable

CPU_SECONDS = 10
MEMORY = 512 * 1024 * 1024
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


def inspect(file: BinaryIO, extension: str) -> None:
    """Raise `Unsuitable` unless the content is what the extension says and may be kept."""
    begins = file.read(8192)
    file.seek(0)
    found = filetype.guess(begins)
    if (found.extension if found else None) not in BEGINNINGS[extension]:
        raise Unsuitable("文件内容与扩展名 .{extension} 不符。", extension=extension)
    # Each branch loads only what it needs: the child is started for one file, and the loading is half of its time.
    if extension == "pdf":
        from .pdf import inspect_pdf

        inspect_pdf(file)
    elif extension in {"jpg", "png"}:
        from .picture import inspect_picture

        inspect_picture(file, extension)
    elif extension == "xml":
        from .markup import inspect_markup

        inspect_markup(file)
    else:
        from .archive import inspect_archive

        inspect_archive(file, extension)


def main() -> None:
    """Inspect standard input; answer {} when it is suitable, else {"text", "values"}."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with open(0, "rb", closefd=False) as file:
            file.seek(0)
            inspect(file, sys.argv[1])
    except Unsuitable as unsuitable:
        json.dump({"text": unsuitable.text, "values": unsuitable.values}, sys.stdout)
    else:
        json.dump({}, sys.stdout)
