"""Official papers: the same bytes for the same data, data as text only, and nothing silently left out."""

import hashlib
from datetime import UTC, datetime
from io import BytesIO

import pytest
from pypdf import PdfReader

from app.typesetting.fonts import FOLDER, showable
from app.typesetting.service import TEMPLATES, NotTypeset, render
from tests.app.typesetting.samples import AGREEMENT, AUDIT_REPORT, EACH, HASH, NOTICE, PAPER, PAYMENT_ORDER

ISSUED = datetime(2026, 6, 1, 8, 30, tzinfo=UTC)


def words(pdf: bytes) -> str:
    """The text of every page without blanks, so that line breaks do not matter."""
    return "".join("".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


@pytest.mark.parametrize("template", sorted(EACH))
def test_the_same_data_and_date_give_the_same_bytes(template):
    first = render(template, EACH[template], issued_at=ISSUED)

    assert render(template, EACH[template], issued_at=ISSUED) == first
    assert render(template, EACH[template], issued_at=ISSUED.replace(year=2027)) != first


@pytest.mark.parametrize("template", sorted(EACH))
def test_every_paper_is_archival_and_accessible_and_carries_its_fonts(template):
    reader = PdfReader(BytesIO(render(template, EACH[template], issued_at=ISSUED)))
    metadata = reader.trailer["/Root"]["/Metadata"].get_data().decode()

    marks = "<pdfaid:part>2<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<"
    assert [mark for mark in marks if mark not in metadata] == []
    fonts = {font.split("+")[-1] for page in reader.pages for font in fonts_of(page)}
    assert {font.partition("-")[0] for font in fonts} == {"NotoSansSC"}


def fonts_of(page):
    return [str(font.get_object()["/BaseFont"]) for font in page["/Resources"]["/Font"].get_object().values()]


def test_every_template_that_is_a_document_has_a_sample():
    assert {path.stem for path in TEMPLATES.glob("[!_]*.typ")} == set(EACH)


def test_no_template_imports_a_package():
    assert [path.name for path in TEMPLATES.glob("*.typ") if '"@' in path.read_text(encoding="utf-8")] == []


def test_an_agreement_shows_the_ceiling_in_figures_and_capitals_and_the_hash_both_sides_sign():
    text = words(render("agreement", AGREEMENT, issued_at=ISSUED))

    shown = ("240,000.00", "贰拾肆万元整", "20%", "协议资助比例", "2026年9月15日", "第十二条", HASH)
    assert [part for part in shown if part not in text] == []


def test_the_two_readings_of_the_ratio_are_written_differently():
    agreed = words(render("agreement", AGREEMENT, issued_at=ISSUED))
    flat = words(render("agreement", AGREEMENT | {"settlement": "flat"}, issued_at=ISSUED))

    assert ("乘以协议资助比例" in agreed, "乘以政策规定的资助比例" in agreed) == (True, False)
    assert ("乘以协议资助比例" in flat, "乘以政策规定的资助比例" in flat) == (False, True)


def test_an_agreement_under_an_unknown_set_of_clauses_is_refused():
    with pytest.raises(NotTypeset, match="no clauses 2099"):
        render("agreement", AGREEMENT | {"clauses": "2099"}, issued_at=ISSUED)


def test_an_audit_report_adds_up_by_line_and_in_total():
    text = words(render("audit_report", AUDIT_REPORT, issued_at=ISSUED))

    shown = ("1,200,000.00", "1,110,000.00", "110,000.00", "1,000,000.00", "保留意见", "第四期研修未举办")
    assert [part for part in shown if part not in text] == []


def test_an_audit_report_that_does_not_add_up_is_refused():
    wrong = AUDIT_REPORT["lines"][0] | {"audited": 68999999}

    with pytest.raises(NotTypeset, match="claimed − disallowed ≠ audited"):
        render("audit_report", AUDIT_REPORT | {"lines": [wrong]}, issued_at=ISSUED)


def test_a_clawback_mirrors_the_payment_order():
    text = words(render("payment_order", PAYMENT_ORDER | {"kind": "clawback"}, issued_at=ISSUED))

    assert ("专项资金追回单" in text, "本次应追回" in text, "专项资金拨付单" in text) == (True, True, False)


def test_every_amount_is_shown_to_the_fen():
    rows = {0: "0.00", 5: "0.05", 99: "0.99", 100: "1.00", 9999999: "99,999.99", 123456789012: "1,234,567,890.12"}

    for fen, shown in rows.items():
        assert f"¥{shown}" in words(render("payment_order", PAYMENT_ORDER | {"payable": fen}, issued_at=ISSUED))


def test_text_is_never_run_as_markup():
    hostile = '#panic("x") *粗* $x$ #read("/etc/passwd") \\ [ ]'

    text = words(render("paper", PAPER | {"paragraphs": [hostile]}, issued_at=ISSUED))

    assert '#panic("x")*粗*$x$#read("/etc/passwd")\\[]' in text


def test_a_character_the_typeface_lacks_is_written_as_its_code_point():
    assert showable("𠮷田\u0000\u202e😀\nA") == "〔U+20BB7〕田〔U+1F600〕\nA"

    assert "〔U+20BB7〕田" in words(render("notice", NOTICE | {"title": "𠮷田"}, issued_at=ISSUED))


def test_a_missing_value_an_unknown_template_and_a_float_are_refused():
    short = {key: value for key, value in NOTICE.items() if key != "title"}

    wrong = ("notice", short), ("_sheet", NOTICE), ("../x", NOTICE), ("notice", NOTICE | {"title": 0.5})
    for template, data in wrong:
        with pytest.raises(NotTypeset):
            render(template, data, issued_at=ISSUED)


def test_a_sample_says_that_it_is_one():
    marked = words(render("paper", PAPER, issued_at=ISSUED))
    plain = words(render("paper", PAPER | {"sample": False}, issued_at=ISSUED))

    assert ("演示件" in marked, "演示件" in plain) == (True, False)


def test_the_vendored_fonts_are_the_published_ones():
    for line in (FOLDER / "SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, name = line.split()
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest
