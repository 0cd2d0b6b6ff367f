"""Loading the past: year by year, each year whole in one transaction or not at all."""

from collections.abc import Callable

from flask import Flask
from sqlalchemy import func, select

from app.database import db, transaction
from app.demo.ground import gather_cast
from app.demo.history.ground import call_of, close_years, lay_ground
from app.demo.history.projects import YEARS, projects
from app.demo.history.writing import YearOfProjects
from app.programmes.models import Call
from app.projects.models import Project


def load_history(app: Flask, progress: Callable[[str], None]) -> None:
    """Put in the years that are not there yet. Runs in an application context, after the demonstration."""
    cast = gather_cast()
    lay_ground(cast.actors["fund"])
    everything = projects()
    for year in YEARS:
        past = [each for each in everything if each.year == year]
        calls = {call_of(year, each.declared_on.month) for each in past}
        there = db.session.scalar(
            select(func.count()).select_from(Project).join(Call, Call.id == Project.call_id).where(Call.code.in_(calls))
        )
        db.session.rollback()
        if not there:
            with transaction() as session:
                YearOfProjects(app, session, cast, past).write(lambda line, year=year: progress(f"{year} {line}"))
    close_years(cast.actors["fund"])
