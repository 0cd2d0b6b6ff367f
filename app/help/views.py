"""Pages that explain: open to everybody, without a statement of their own except for the specimen list."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, render_template
from sqlalchemy import BigInteger, DateTime, Integer, String, column, select, values
from werkzeug.wrappers import Response

from app.collaborators import Collaborators
from app.database import Missing
from app.help.forms import Specimen
from app.navigation import Item, add_to_navigation
from app.security import clock, current_actor, may
from app.settings import Settings
from app.tables import Column, Filter, Table, answer
from workflows.aid_project import AID_PROJECT

pages = Blueprint("help", __name__)
blueprints = (pages,)

add_to_navigation(Item("帮助", "help.index", order=70, everybody=True, key="h"))

SPECIMENS = Table(
    "components",
    columns=(
        Column("title", "项目", sort=True),
        Column("stage", "环节", "narrow"),
        Column("at", "时间", "moment", sort=True),
        Column("amount", "金额（元）", "money", sort=True),
        Column("days", "天数", "figure", sort=True, shown=False),
    ),
    filters=(
        Filter("title", "项目名称包含"),
        Filter("stage", "环节", "select", options={stage.name: stage.label for stage in AID_PROJECT.stages}),
        Filter("since", "自", "from", column="at"),
        Filter("most", "至多（元）", "most", column="amount"),
    ),
    size=4,
)


@pages.get("/help")
@may("help.read")
def index() -> str:
    """Where help is found."""
    return render_template("help/index.html", demonstration=_settings().environment == "demo")


@pages.get("/help/glossary")
@may("help.read")
def glossary() -> str:
    """The nouns of the field in both languages, what each means here, and where that stands."""
    return render_template("help/glossary.html")


@pages.get("/help/keys")
@may("help.read")
def keys() -> str:
    """Single keys, and the switch that turns them off."""
    return render_template("help/keys.html")


@pages.get("/help/tour")
@may("help.read")
def tour() -> str:
    """What to try in the demonstration, duty by duty. Missing anywhere else."""
    if _settings().environment not in {"demo", "test"}:
        raise Missing("tour")
    return render_template("help/tour.html")


@pages.get("/components")
@may("help.read")
def components() -> Response:
    """Every component in every state. Missing in production."""
    if _settings().environment == "production":
        raise Missing("components")
    now = clock().now()
    return answer(
        SPECIMENS, _specimens(now), "help/components.html", now=now, earlier=now - timedelta(days=9),
        workflow=AID_PROJECT, form=Specimen(), faulty=Specimen.faulty(), actor=current_actor(),
    )  # fmt: skip


def _specimens(now: Any) -> Any:
    """Rows without a table behind them."""
    told = values(
        column("id", BigInteger), column("title", String), column("stage", String), column("amount", BigInteger),
        column("days", Integer), column("at", DateTime(timezone=True)), name="specimen",
    )  # fmt: skip
    stages = [stage.name for stage in AID_PROJECT.stages[:6]]
    rows = [(n, f"第 {n} 个示例项目", stages[n % 6], n * 1_234_567, n, now - timedelta(days=n)) for n in range(1, 10)]
    return select(told.data(rows))


def _settings() -> Settings:
    from flask import current_app

    found: Collaborators = current_app.extensions["aidflow"]
    return found.settings
