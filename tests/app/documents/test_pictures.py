"""Pages of papers as pictures: drawn apart, for those who may read the paper, and for nobody else."""

from io import BytesIO

import pytest
from PIL import Image

from app.database import Missing
from app.documents.models import Paper
from app.documents.queries import StoredPaper, paper_for
from app.documents.service.pictures import NotShown, page_picture, small_picture
from tests.app.documents.files import GOOD, pdf, picture


def two_pages(made) -> None:
    made.add_blank_page(page_size=(400, 200))


def shown(content: bytes) -> tuple[str | None, tuple[int, int]]:
    with Image.open(BytesIO(content)) as drawn:
        return drawn.format, drawn.size


def test_each_page_of_a_paper_is_drawn_and_there_is_none_beyond_the_last(world, hand_in, session, store, rows):
    pid = world.case()
    hand_in(pid, kind="budget", name="预算.pdf", content=pdf(two_pages))
    (row,) = rows(Paper)
    paper = paper_for(session, row.public_id, actor=world.applicant)

    drawn = [shown(page_picture(paper, number, store=store)) for number in (1, 2)]

    assert row.pages == 2
    assert [kind for kind, _size in drawn] == ["JPEG", "JPEG"]
    assert drawn[1][1] == (1240, 620)
    for number in (0, 3):
        with pytest.raises(Missing):
            page_picture(paper, number, store=store)


def test_a_picture_is_written_anew_on_white_and_a_workbook_has_no_page(world, hand_in, session, store, rows):
    pid = world.case()
    see_through = BytesIO()
    Image.new("RGBA", (40, 30), (255, 0, 0, 0)).save(see_through, "PNG")
    for name, content in (("图.png", see_through.getvalue()), ("图.jpg", picture("JPEG")), ("表.xlsx", GOOD["a.xlsx"])):
        hand_in(pid, kind="budget", name=name, content=content)
    png, _jpg, sheet = [paper_for(session, row.public_id, actor=world.applicant) for row in rows(Paper)]

    with Image.open(BytesIO(page_picture(png, 1, store=store))) as drawn:
        assert (drawn.mode, drawn.size, drawn.getpixel((5, 5))) == ("RGB", (40, 30), (255, 255, 255))
    assert [row.pages for row in rows(Paper)] == [1, 1, None]
    with pytest.raises(Missing):
        page_picture(sheet, 1, store=store)


def test_what_cannot_be_drawn_is_said_so(world, store):
    stored = store.put(BytesIO(b"%PDF-1.7 but not really"), content_type="application/pdf")
    paper = StoredPaper(world.case(), "坏.pdf", "application/pdf", stored.size, stored.sha256, stored.key)

    with pytest.raises(NotShown):
        page_picture(paper, 1, store=store)


def test_a_photo_is_small_and_upright_in_lists(world, hand_in, session, store, rows):
    pid, turned = world.case(), BytesIO()
    photo, exif = Image.new("RGB", (1600, 1200), "white"), Image.Exif()
    photo.paste((255, 0, 0), (0, 0, 800, 1200))
    exif[0x0112] = 6  # Held upright: to be turned a quarter to the right.
    photo.save(turned, "JPEG", exif=exif)
    hand_in(pid, kind="budget", name="现场.jpg", content=turned.getvalue())
    paper = paper_for(session, rows(Paper)[0].public_id, actor=world.applicant)

    drawn = small_picture(paper, store)

    with Image.open(BytesIO(drawn)) as small, Image.open(BytesIO(page_picture(paper, 1, store=store))) as page:
        assert (small.size, page.size) == ((240, 320), (1200, 1600))
        for each in (small, page):
            top, bottom = each.getpixel((100, 10)), each.getpixel((100, each.height - 10))
            assert (top[1] < 50, bottom[1] > 200) == (True, True)
        assert "exif" not in small.info
    assert len(drawn) < len(turned.getvalue()) / 3
    assert small_picture(paper, store) is drawn
