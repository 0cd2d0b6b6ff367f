"""Lists that can be sorted, filtered, paged and taken away as a file, all kept in the address.

A feature's query answers a `Select` with labelled columns, permission included and without an order;
its view declares a `Table` over those labels and answers with `answer`:

    PROJECTS = Table("projects", columns=(Column("title", "项目名称", sort=True), …), filters=(…), order="-id")

    @desk.get("/projects")
    @may("project.read")
    def projects() -> Response:
        return answer(PROJECTS, projects_seen(current_actor()), "projects/list.html")

The template shows `listing` with `data_table(listing, {"title": title_cell})` from `components/table.html`.
One statement a page, whatever is sorted or filtered; a file costs one more, by which it is on record.
"""

from app.tables.answering import answer, sent
from app.tables.definition import Column, Filter, Table
from app.tables.look import Look, read
from app.tables.pages import Listing, listing

__all__ = ["Column", "Filter", "Listing", "Look", "Table", "answer", "listing", "read", "sent"]
