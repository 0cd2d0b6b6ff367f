"""Zip-based papers (docx, xlsx, ofd): the central directory first, then every byte once."""

import stat
import zipfile
import zlib
from typing import BinaryIO

from .markup import inspect_markup
from .refusal import Unsuitable

MOST_ENTRIES = 2_000
MOST_BYTES = 200 * 1024 * 1024
MOST_RATIO = 100
#: A part this small cannot explode whatever its ratio; empty XML compresses very well.
HARMLESS = 1024 * 1024
BLOCK = 64 * 1024
#: What must be inside for each extension.
HEART = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml", "ofd": "OFD.xml"}
MACROS = ("vbaproject", "vbadata", "activex", "macrosheets", "/embeddings/", "customui")
XML = (".xml", ".rels")


def inspect_archive(file: BinaryIO, extension: str) -> None:
    """Raise `Unsuitable` unless this is a sound archive of the kind its extension names."""
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            _inspect_directory(entries, archive.start_dir, file)
            names = {entry.filename for entry in entries}
            if HEART[extension] not in names:
                raise Unsuitable("文件内容与扩展名 .{extension} 不符。", extension=extension)
            for entry in entries:
                _inspect_part(archive, entry)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, ValueError, RuntimeError):
        raise Unsuitable("文件已损坏，无法读取。") from None
    except zlib.error:
        raise Unsuitable("文件已损坏，无法读取。") from None


def _inspect_directory(entries: list[zipfile.ZipInfo], directory: int, file: BinaryIO) -> None:
    if len(entries) > MOST_ENTRIES:
        raise Unsuitable("压缩包内的文件不得超过 {most} 个。", most=MOST_ENTRIES)
    if sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise Unsuitable("文件展开后不得超过 {most} MB。", most=MOST_BYTES // 1024 // 1024)
    if len({entry.filename.casefold() for entry in entries}) != len(entries):
        raise Unsuitable("压缩包内有重名的文件。")
    end = 0
    for entry in sorted(entries, key=lambda each: each.header_offset):
        _inspect_entry(entry)
        if entry.header_offset < end or (end == 0 and entry.header_offset != 0):
            raise Unsuitable("压缩包的结构不正常，请重新生成后再上传。")
        end = _end_of(entry, file)
        if end > directory:
            raise Unsuitable("压缩包的结构不正常，请重新生成后再上传。")


def _inspect_entry(entry: zipfile.ZipInfo) -> None:
    name = entry.filename
    if ".." in name.split("/") or name.startswith("/") or "\\" in name or ":" in name or not name.isprintable():
        raise Unsuitable("压缩包内含有不允许的路径。")
    if entry.flag_bits & 0x1:
        raise Unsuitable("文件已加密，请解除加密后再上传。")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise Unsuitable("压缩包内含有链接。")
    if entry.compress_type not in {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}:
        raise Unsuitable("压缩包的结构不正常，请重新生成后再上传。")
    if entry.file_size > HARMLESS and entry.file_size > MOST_RATIO * entry.compress_size:
        raise Unsuitable("压缩包的压缩比不得超过 {most} 倍。", most=MOST_RATIO)
    if any(mark in name.casefold() for mark in MACROS):
        raise Unsuitable("文件不得含有宏、控件或者嵌入的对象。")


def _end_of(entry: zipfile.ZipInfo, file: BinaryIO) -> int:
    """Where the data of an entry ends, by its own local header."""
    file.seek(entry.header_offset)
    header = file.read(30)
    lengths = int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    return entry.header_offset + 30 + lengths + entry.compress_size


def _inspect_part(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    with archive.open(entry) as part:
        if entry.filename.casefold().endswith(XML):
            inspect_markup(part, macros=entry.filename == "[Content_Types].xml")
        else:
            while part.read(BLOCK):
                pass  # Reading to the end compares the checksum of the part.
