"""Pages of papers as pictures, drawn apart from the application."""

import subprocess
from functools import lru_cache
from tempfile import TemporaryFile
from threading import BoundedSemaphore

from app.database import Missing
from app.documents.queries import DRAWN, StoredPaper
from app.documents.service.children import in_child
from app.documents.store import DocumentStore
from workflows.definition import because
from workflows.engine import Refused

#: How the drawing child says that there is no such page, and how many draw at once.
NO_SUCH_PAGE = 4
DRAWING = BoundedSemaphore(2)
#: Dots of the longer side: sharp enough to read a stamp, and enough to know a photo again in a list.
LONGEST, SMALL = 2400, 320
#: Small pictures that a process remembers, of some 15 KB each; a paper never changes.
REMEMBERED = 256


class NotShown(Refused):
    """A page that cannot be drawn."""

    def __init__(self) -> None:
        super().__init__(because("该材料无法预览，请下载后查看。"))


def page_picture(paper: StoredPaper, number: int, *, store: DocumentStore, longest: int = LONGEST) -> bytes:
    """One page of a paper as a JPEG of at most `longest` dots a side, drawn by a child that can do nothing else.

    `Missing` for a page that is not there and for papers that have none; `NotShown` where drawing fails, `StoreAway`.
    """
    extension = paper.content_type.rpartition("/")[2].replace("jpeg", "jpg")
    if paper.content_type not in DRAWN or number < 1 or (paper.pages is not None and number > paper.pages):
        raise Missing(f"page {number} of {paper.id}")
    with DRAWING, TemporaryFile() as file:
        for block in store.read(paper.key, sha256=paper.sha256, size=paper.size):
            file.write(block)
        file.seek(0)
        try:
            return in_child("drawing", file, extension, str(number), str(longest))
        except subprocess.SubprocessError as failed:
            if getattr(failed, "returncode", None) == NO_SUCH_PAGE:
                raise Missing(f"page {number} of {paper.id}") from None
            raise NotShown from failed


@lru_cache(maxsize=REMEMBERED)
def small_picture(paper: StoredPaper, store: DocumentStore) -> bytes:
    """The first page in small, for whoever was let in to the paper before. Raises as `page_picture` does."""
    return page_picture(paper, 1, store=store, longest=SMALL)
