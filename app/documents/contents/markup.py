"""XML: well formed, no DTD, no entities, not a page that a browser would run."""

from typing import IO
from xml.parsers import expat

from .refusal import Unsuitable

BLOCK = 64 * 1024
DEEPEST = 256
#: Root elements that a browser would show as a page.
PAGES = {"html", "svg", "xhtml"}


def inspect_markup(file: IO[bytes], *, macros: bool = False) -> None:
    """Raise `Unsuitable` for XML with a DTD, too deep, or broken; with `macros` also for macro types."""
    parser = expat.ParserCreate(namespace_separator=" ")
    depth = 0

    def refuse_dtd(*_: object) -> None:
        raise Unsuitable("XML 不得含有 DTD 或者实体声明。")

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth == 1 and name.rpartition(" ")[2].casefold() in PAGES:
            raise Unsuitable("XML 不得是网页或者图形。")
        if depth > DEEPEST:
            raise Unsuitable("XML 的层次过深。")
        if macros and any("macroenabled" in value.casefold() for value in attributes.values()):
            raise Unsuitable("文件不得含有宏、控件或者嵌入的对象。")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartDoctypeDeclHandler = refuse_dtd
    parser.EntityDeclHandler = refuse_dtd
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        while block := file.read(BLOCK):
            parser.Parse(block)
        parser.Parse(b"", True)  # noqa: FBT003 -- pyexpat takes no keywords
    except expat.ExpatError:
        raise Unsuitable("XML 格式不正确，请使用 UTF-8 编码并检查内容。") from None
