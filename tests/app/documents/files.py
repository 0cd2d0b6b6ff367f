"""Files as people send them, and as nobody should."""

import io
import struct
import zipfile
import zlib
from io import BytesIO

import pikepdf
from PIL import Image

CONTENT_TYPES = '<?xml version="1.0"?><Types xmlns="urn:t"><Override PartName="/x" ContentType="{kind}"/></Types>'
PLAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
DOCUMENT = b'<?xml version="1.0"?><document xmlns="urn:w"><p>text</p></document>'


def stream(content: bytes) -> io.BytesIO:
    """The content as a stream."""
    return BytesIO(content)


def picture(kind: str = "PNG", size: tuple[int, int] = (8, 8)) -> bytes:
    """A grey picture."""
    out = BytesIO()
    Image.new("L", size, 128).save(out, kind)
    return out.getvalue()


def pdf(change=None, **save) -> bytes:
    """A page of PDF; `change` gets the file before it is saved."""
    made, out = pikepdf.new(), BytesIO()
    made.add_blank_page()
    if change:
        change(made)
    made.save(out, **save)
    return out.getvalue()


def archive(parts: dict[str, bytes], *, kind: str = PLAIN, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of these parts with a list of content types."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", method) as made:
        for name, content in {"[Content_Types].xml": CONTENT_TYPES.format(kind=kind).encode(), **parts}.items():
            made.writestr(name, content)
    return out.getvalue()


def docx(more: dict[str, bytes] | None = None, **how) -> bytes:
    """A document, with further parts."""
    return archive({"word/document.xml": DOCUMENT, **(more or {})}, **how)


def huge_picture() -> bytes:
    """A PNG of a few kilobytes that says it has 49 million pixels, and has them."""
    rows = zlib.compress(b"\x00" * (876 * 7000), 9)

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 7000, 7000, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def catalogue(**keys):
    """A change that sets keys of the catalogue."""

    def change(made: pikepdf.Pdf) -> None:
        for key, value in keys.items():
            made.Root[f"/{key}"] = value

    return change


def unused_script(made: pikepdf.Pdf) -> None:
    """Hide a script two levels deep in an object that only a private key names."""
    inner = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
    made.Root["/Private"] = made.make_indirect(pikepdf.Array([pikepdf.Dictionary(Hidden=inner)]))


def embedded(made: pikepdf.Pdf) -> None:
    """Attach a file."""
    made.attachments["a.txt"] = b"hidden"


def annotation(subtype: str):
    """A change that puts an annotation of this kind on the page."""

    def change(made: pikepdf.Pdf) -> None:
        one = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name(f"/{subtype}"), Rect=[0, 0, 9, 9])
        made.pages[0]["/Annots"] = pikepdf.Array([one])

    return change


def action(kind: str):
    """A catalogue whose opening action is of this kind."""
    return catalogue(OpenAction=pikepdf.Dictionary(S=pikepdf.Name(f"/{kind}"), F=pikepdf.String("x")))


def overlapping() -> bytes:
    """A document in which two entries of the directory share the bytes of one part."""
    content = bytearray(docx({"word/a.bin": b"a" * 50, "word/b.bin": b"a" * 50}, method=zipfile.ZIP_STORED))
    with zipfile.ZipFile(BytesIO(bytes(content))) as made:
        first = made.getinfo("word/a.bin").header_offset
    where = content.rfind(b"word/b.bin")
    content[where - 4 : where] = struct.pack("<I", first)
    return bytes(content)


def encrypted_part() -> bytes:
    """A document whose directory says that a part is encrypted."""
    content = bytearray(docx())
    where = content.rfind(b"PK\x01\x02")
    content[where + 8] |= 1
    return bytes(content)


def link() -> bytes:
    """A document with a symbolic link."""
    out = BytesIO(docx())
    with zipfile.ZipFile(out, "a") as made:
        entry = zipfile.ZipInfo("word/link")
        entry.external_attr = 0o120777 << 16
        made.writestr(entry, "/etc/passwd")
    return out.getvalue()


def deep(levels: int) -> bytes:
    """XML nested so deep."""
    return b"<a>" * levels + b"</a>" * levels


PICTURE = picture()
WORKBOOK = archive({"xl/workbook.xml": DOCUMENT})
ENTITIES = b'<!DOCTYPE a [<!ENTITY b "cc">]><a>&b;</a>'

#: name → content of what is taken.
GOOD = {
    "a.pdf": pdf(),
    "a.PDF": pdf(),
    "a.jpg": picture("JPEG"),
    "a.jpeg": picture("JPEG"),
    "a.png": PICTURE,
    "a.docx": docx(),
    "a.xlsx": WORKBOOK,
    "a.ofd": archive({"OFD.xml": DOCUMENT}),
    "a.xml": b'<?xml version="1.0" encoding="UTF-8"?><invoice>1</invoice>',
}

_ENCRYPTED = pdf(encryption=pikepdf.Encryption(owner="o", user="u"))
_READABLE_BUT_ENCRYPTED = pdf(encryption=pikepdf.Encryption(owner="o", user=""))
_TYPES = "不接受该类型的文件"
_DIFFERS = "不符"
_BROKEN = "已损坏"

#: (name, content, what the refusal says): everything that is refused for what it is.
HOSTILE = [
    ("a.exe", b"MZ" + bytes(100), _TYPES),
    ("a", b"x", _TYPES),
    ("pdf", pdf(), _TYPES),
    ("a.pdf.exe", pdf(), _TYPES),
    ("a.html", b"<html></html>", _TYPES),
    ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", _TYPES),
    ("a.docm", docx(), _TYPES),
    ("a.zip", docx(), _TYPES),
    ("a.pdf", b"MZ" + bytes(100), _DIFFERS),
    ("a.pdf", PICTURE, _DIFFERS),
    ("a.pdf", b"<html>" + pdf(), _DIFFERS),
    ("a.png", picture("JPEG"), _DIFFERS),
    ("a.jpg", PICTURE, _DIFFERS),
    ("a.jpg", picture("GIF"), _DIFFERS),
    ("a.docx", pdf(), _DIFFERS),
    ("a.docx", WORKBOOK, _DIFFERS),
    ("a.xlsx", docx(), _DIFFERS),
    ("a.ofd", docx(), _DIFFERS),
    ("a.xml", pdf(), _DIFFERS),
    ("a.pdf", b"%PDF-1.7\nnothing", _BROKEN),
    ("a.pdf", _ENCRYPTED, "已加密"),
    ("a.pdf", _READABLE_BUT_ENCRYPTED, "已加密"),
    ("a.pdf", pdf(action("JavaScript")), "JavaScript"),
    ("a.pdf", pdf(unused_script), "JavaScript"),
    ("a.pdf", pdf(unused_script, object_stream_mode=pikepdf.ObjectStreamMode.generate), "JavaScript"),
    ("a.pdf", pdf(catalogue(Names=pikepdf.Dictionary(JavaScript=pikepdf.Dictionary()))), "JavaScript"),
    ("a.pdf", pdf(action("Launch")), "Launch"),
    ("a.pdf", pdf(action("SubmitForm")), "SubmitForm"),
    ("a.pdf", pdf(action("GoToE")), "GoToE"),
    ("a.pdf", pdf(embedded), "EmbeddedFile"),
    ("a.pdf", pdf(annotation("FileAttachment")), "EmbeddedFile"),
    ("a.pdf", pdf(annotation("RichMedia")), "RichMedia"),
    ("a.pdf", pdf(annotation("Movie")), "RichMedia"),
    ("a.pdf", pdf(annotation("3D")), "RichMedia"),
    ("a.pdf", pdf(catalogue(AcroForm=pikepdf.Dictionary(XFA=pikepdf.String("x")))), "XFA"),
    ("a.png", PICTURE[:-20], _BROKEN),
    ("a.jpg", picture("JPEG", (300, 300))[:200], _BROKEN),
    ("a.png", huge_picture(), "4000 万像素"),
    ("a.docx", docx()[:-30], _BROKEN),
    ("a.docx", docx().replace(b"PK\x01\x02", b"PK\x00\x00"), _BROKEN),
    ("a.docx", b"PK\x03\x04" + bytes(200), _BROKEN),
    ("a.docx", docx({"word/vbaProject.bin": b"x"}), "宏"),
    ("a.docx", docx({"word/activeX/activeX1.xml": DOCUMENT}), "宏"),
    ("a.docx", docx({"word/embeddings/oleObject1.bin": b"x"}), "宏"),
    ("a.docx", docx(kind="application/vnd.ms-word.document.macroEnabled.main+xml"), "宏"),
    ("a.docx", docx({"../../etc/x": b"x"}), "路径"),
    ("a.docx", docx({"/etc/x": b"x"}), "路径"),
    ("a.docx", docx({"C:/x": b"x"}), "路径"),
    ("a.docx", link(), "链接"),
    ("a.docx", encrypted_part(), "已加密"),
    ("a.docx", overlapping(), "结构不正常"),
    ("a.docx", docx({"WORD/document.xml": b"x"}), "重名"),
    ("a.docx", docx(method=zipfile.ZIP_BZIP2), "结构不正常"),
    ("a.docx", docx({"word/bomb.bin": bytes(20_000_000)}), "压缩比"),
    ("a.docx", docx({f"word/{n}": b"" for n in range(2_001)}), "2000 个"),
    ("a.docx", docx({f"word/{n}.bin": b"ab" * 30 + bytes(1_000_000) for n in range(220)}), "200 MB"),
    ("a.docx", docx({"word/x.xml": ENTITIES}), "DTD"),
    ("a.docx", docx({"word/_rels/x.rels": ENTITIES}), "DTD"),
    ("a.docx", docx({"word/x.xml": b"<a>"}), "XML 格式不正确"),
    ("a.docx", docx({"word/x.xml": deep(300)}), "层次过深"),
    ("a.xml", ENTITIES, "DTD"),
    ("a.xml", b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "DTD"),
    ("a.xml", b"<a>", "XML 格式不正确"),
    ("a.xml", b"plain text", "XML 格式不正确"),
    ("a.xml", deep(300), "层次过深"),
    ("a.xml", b"<html xmlns='http://www.w3.org/1999/xhtml'/>", "网页"),
    ("a.xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "网页"),
]
