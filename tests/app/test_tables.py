"""Lists: sorted, filtered and paged by the address, taken away as files, whatever stands in their cells."""

import csv
import io
import json
import tracemalloc
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode
from zipfile import ZipFile

import pytest
from sqlalchemy import BigInteger, Date, DateTime, String, column, func, literal, select, values

from app.database import db
from app.refusals import FieldRefused
from app.tables import Column, Filter, Table, listing, read
from app.tables.files import MOST, file_of

BEGINNING = datetime(2026, 1, 1, tzinfo=UTC)
LIST = Table(
    "things",
    columns=(
        Column("name", "名称", sort=True),
        Column("amount", "金额（元）", "money", sort=True),
        Column("on", "日期", "date", sort=True),
        Column("at", "时间", "moment", sort=True, shown=False),
        Column("kind", "种类", says=lambda row: f"<{row.kind}>"),
    ),
    filters=(
        Filter("name", "名称"),
        Filter("kind", "种类", "select", options={"a": "甲", "b": "乙"}),
        Filter("since", "自", "from", column="at"),
        Filter("until", "至", "until", column="at"),
        Filter("most", "至多", "most", column="amount"),
    ),
    keep=("tab",),
    size=3,
)


def things(*rows):
    """A query over rows (name, amount, kind); the n-th has the number n and begins n days after the beginning."""
    told = values(
        column("id", BigInteger), column("name", String), column("amount", BigInteger), column("kind", String),
        column("on", Date), column("at", DateTime(timezone=True)), name="thing",
    ).data([
        (n, name, amount, kind, (BEGINNING + timedelta(days=n)).date(), BEGINNING + timedelta(days=n))
        for n, (name, amount, kind) in enumerate(rows, 1)
    ])  # fmt: skip
    return select(told)


def look(app, address):
    with app.test_request_context(address):
        return read(LIST)


def page(app, address, statement):
    """The page at this address as (names shown, the address of the next)."""
    with app.test_request_context(address):
        shown = listing(db.session(), read(LIST), statement)
        return [row.name for row in shown.rows], shown.onward


def all_pages(app, address, statement):
    found = []
    while address:
        names, address = page(app, address, statement)
        assert 0 < len(names) <= LIST.size
        found.append(names)
    return [name for names in found for name in names]


def file(app, address, statement):
    with app.test_request_context(address):
        made, _rows = file_of(db.session(), read(LIST), statement)
        with made:
            return made.read()


ROWS = (
    ("甲", 500, "a"),
    ("乙", None, "b"),
    ("丙", 500, "a"),
    ("丁", 100, "b"),
    ("戊", 500, "a"),
    ("己", None, "a"),
    ("庚", 900, "b"),
)


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", "庚己戊丁丙乙甲"),
        ("amount", "丁甲丙戊庚乙己"),
        ("-amount", "庚戊丙甲丁己乙"),
        ("on", "甲乙丙丁戊己庚"),
        ("-at", "庚己戊丁丙乙甲"),
    ],
)
def test_pages_joined_are_the_list_whatever_it_is_sorted_by_with_equal_and_empty_values(app, sort, order):
    assert "".join(all_pages(app, f"/things?sort={sort}", things(*ROWS))) == order


def test_a_row_that_comes_in_between_moves_nothing_to_another_page(app):
    _names, onward = page(app, "/things?sort=amount", things(*ROWS))
    more = things(*ROWS, ("新", 1, "a"))

    assert page(app, onward, more)[0] == ["戊", "庚", "乙"]


def test_an_unknown_order_or_column_or_option_is_left_out(app):
    seen = look(app, "/things?sort=-secret&kind=z&cols=secret&as=exe")

    assert (seen.order, seen.chosen, seen.file) == ("-id", {}, "")
    assert [each.key for each in seen.columns] == ["name", "amount", "on", "kind"]


def test_filters_leave_what_they_say(app):
    rows = things(("100%", 1200, "a"), ("Aidflow", 1250, "b"), ("100 个", 1251, "b"), ("aid", None, "a"))

    def kept(words):
        return sorted(page(app, f"/things?{words}", rows)[0])

    assert kept("name=%25") == ["100%"]
    assert kept("name=AID") == ["Aidflow", "aid"]
    assert kept("kind=b&most=12.50") == ["Aidflow"]
    assert kept("since=2026-01-03&until=2026-01-04") == ["100 个", "Aidflow"]


@pytest.mark.parametrize(
    "words", ["since=yesterday", "most=1.005", "most=-1", "until=2026-02-30", "until=9999-12-31", "since=0001-01-01"]
)
def test_a_day_or_an_amount_that_is_none_is_refused_with_its_field(app, words):
    with pytest.raises(FieldRefused) as refused:
        look(app, f"/things?{words}")

    assert refused.value.field == words.partition("=")[0]


@pytest.mark.parametrize(
    "cursor",
    ["", "1", "[]",
     '["x"]', '["x",1,2]', '["500","1"]', '["five",1]', '[{"a":1},1]', f'["{2**64}",1]', f'["1",{2**64}]',
     '["1",true]', "[" * 100_000, '["1",-1]', "null", "[5,1]", "[[],1]", f'["{"9" * 5_000}",1]'],
)  # fmt: skip
def test_a_cursor_that_is_none_is_refused(app, cursor):
    with pytest.raises(FieldRefused), app.test_request_context(query_string={"sort": "amount", "cursor": cursor}):
        listing(db.session(), read(LIST), things(*ROWS))


@pytest.mark.parametrize("cursor", ["[5,1]", '["\\u0000",1]', '["\\ud83d",1]'])
def test_a_cursor_whose_text_no_database_keeps_is_refused(app, cursor):
    with pytest.raises(FieldRefused), app.test_request_context(query_string={"sort": "name", "cursor": cursor}):
        listing(db.session(), read(LIST), things(*ROWS))


#: An ideographic and a no-break space, a family of joined signs, the mark that text runs to the left, a line break.
SPACED = ["净水\u3000项目", "净水\xa0项目", "净水\u200d👩\u200d👧", "净水\u200f项目", "净水\n项目"]


@pytest.mark.parametrize("name", SPACED)
def test_a_page_may_end_with_whatever_somebody_typed(app, name):
    rows = things(*((f"{name}{n}", n, "a") for n in range(7)))

    assert all_pages(app, "/things?sort=name", rows) == [f"{name}{n}" for n in range(7)]


@pytest.mark.parametrize("name", SPACED[:-1])
def test_a_filter_finds_what_was_typed_into_it_as_it_was_typed(app, name):
    address = "/things?" + urlencode({"name": f" {name}\x00\u3000"})

    assert page(app, address, things((name, 1, "a"), ("净水项目", 2, "a"))) == ([name], None)


def test_links_keep_everything_else_and_begin_at_the_beginning(app):
    with app.test_request_context("/things?tab=mine&kind=a&name=&cursor=x&other=1"):
        shown = read(LIST)
        assert shown.href(sort="amount") == "/things?tab=mine&kind=a&sort=amount"
        assert shown.href(kind=None) == "/things?tab=mine"


def test_the_head_sorts_amounts_downwards_first_and_then_the_other_way_round(app):
    def sorting(address):
        with app.test_request_context(address):
            shown = listing(db.session(), read(LIST), things(*ROWS))
            return [(shown.sorting(each), shown.direction(each)) for each in LIST.columns[:2]]

    assert sorting("/t") == [("/t?sort=name", None), ("/t?sort=-amount", None)]
    assert sorting("/t?sort=-amount") == [("/t?sort=name", None), ("/t?sort=amount", "descending")]


def test_a_file_holds_every_row_of_the_filter_in_the_order_and_columns_that_are_seen(app):
    made = file(app, "/things?kind=a&sort=-amount&cols=amount&cols=at&as=csv", things(*ROWS))

    assert made.decode("utf-8-sig").splitlines() == [
        "名称,金额（元）,时间",
        "戊,5.00,2026-01-06 08:00",
        "丙,5.00,2026-01-04 08:00",
        "甲,5.00,2026-01-02 08:00",
        "己,,2026-01-07 08:00",
    ]
    assert made.startswith(b"\xef\xbb\xbf")


HOSTILE = (
    '=HYPERLINK("http://x")',
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    'a"b,c\nd',
    "http://example.org/",
    "\x01甲",
)


def test_no_cell_of_a_file_is_a_formula_or_a_link(app):
    rows = things(*((text, -1234567, "a") for text in HOSTILE))
    table = list(csv.reader(io.StringIO(file(app, "/things?sort=on&as=csv", rows).decode("utf-8-sig"), newline="")))
    book = ZipFile(io.BytesIO(file(app, "/things?sort=on&as=xlsx", rows)))
    sheet = book.read("xl/worksheets/sheet1.xml").decode()

    assert [line[0] for line in table[1:]] == [*(f"'{text}" for text in HOSTILE[:6]), *HOSTILE[6:]]
    assert {line[1] for line in table[1:]} == {"-12345.67"}
    assert {line[3] for line in table[1:]} == {"<a>"}
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet.lower().replace("=hyperlink(", "")
    assert sheet.count("<v>-12345.67</v>") == len(HOSTILE)


def many(count):
    """Rows without a table behind them: number, name, amount."""
    number = func.generate_series(1, count).table_valued("n").render_derived(name="number")
    n = number.c.n.cast(BigInteger)
    return select(
        n.label("id"), func.repeat("项", 200).label("name"), (n * 100).label("amount"), literal("a").label("kind"),
        literal(date(2026, 1, 1), Date).label("on"), literal(BEGINNING, DateTime(timezone=True)).label("at"),
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_ten_times_the_rows_need_no_more_memory(app, kind):
    def peak(count):
        tracemalloc.start()
        made, rows = file_of(db.session(), look(app, f"/things?as={kind}&cols=amount"), many(count))
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        with made:
            lines = made.read().count(b"\n") if kind == "csv" else count + 1
        assert (lines, rows) == (count + 1, count)
        return most

    with app.test_request_context():
        peak(10)
        small, great = peak(2_000), peak(10_000)

    assert great < small * 1.5


def test_a_list_that_is_too_long_for_a_file_says_so(app):
    with app.test_request_context("/things?as=csv&cols=amount"), pytest.raises(FieldRefused, match="先用筛选"):
        file_of(db.session(), read(LIST), many(MOST + 1))


def test_columns_are_remembered_until_others_are_chosen(app):
    client = app.test_client()
    client.set_cookie("columns_things", "name.at")
    with app.test_request_context("/things", headers={"Cookie": "columns_things=name.at"}):
        assert [each.key for each in read(LIST).columns] == ["name", "at"]
    with app.test_request_context("/things?cols=name&cols=kind", headers={"Cookie": "columns_things=name.at"}):
        assert [each.key for each in read(LIST).columns] == ["name", "kind"]


def test_a_cursor_is_readable_and_says_where_the_last_row_stands(app):
    _names, onward = page(app, "/things?sort=amount", things(*ROWS))

    with app.test_request_context(onward) as context:
        assert json.loads(context.request.args["cursor"]) == ["500", 3]
