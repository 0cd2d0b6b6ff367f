"""Putting the demonstration in: once, quickly, and after an interruption from where it stopped."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

from flask import Flask

from app.database import db
from app.demo.cast import accounts, add_people, found_organisations, issue_tokens
from app.demo.ground import HISTORY, fill_draft, first_day, gather_cast, open_draft, set_up_programme
from app.demo.narrator import Telling, last_key, told_keys
from app.demo.panels import arrange_session, enter_ties, know_fields
from app.demo.policies import add_policies
from app.demo.stories import STORIES
from app.demo.story import Story
from app.demo.tokens import NoDemoTokens, read_tokens, write_tokens

#: Organisations whose stories are told at the same time: while one waits for the database or the store, another goes on.
AT_ONCE = 3


def install(app: Flask, progress: Callable[[str], None]) -> Sequence[tuple[str, str, str]]:
    """Put in whatever is missing and answer who can sign in: address, role, password.

    Runs in an application context. A demonstration that is complete is left as it is; one whose
    installation was cut off is completed, with the dates that it began with.
    """
    ours = app.extensions["aidflow"]
    if not {last_key(story, place) for place, story in enumerate(STORIES) if story.until} <= told_keys():
        began = first_day()
        today = began + HISTORY if began else ours.clock.now()
        _put_in(app, today, progress)
    try:
        read_tokens(ours.settings.data)
    except NoDemoTokens:
        progress("令牌 / tokens")
        write_tokens(ours.settings.data, issue_tokens(ours.clock.now()))
    return accounts()


def _put_in(app: Flask, today: datetime, progress: Callable[[str], None]) -> None:
    progress("单位和人员 / organisations and people")
    began = today - HISTORY
    add_policies(began)
    found_organisations(began)
    add_people(began)
    cast = gather_cast()
    set_up_programme(cast, today)
    know_fields(cast, today)
    enter_ties(cast, today)
    roots = {story.key: open_draft(story, cast, today) for story in STORIES}
    told = told_keys()

    def tell(place: int, story: Story) -> str:
        with app.app_context():
            fill_draft(story, roots[story.key], cast, today)
            if story.until:
                Telling(story, place, roots[story.key], cast, today=today).tell(told)
            db.session.remove()
        return story.title

    def tell_all(stories: Sequence[tuple[int, Story]]) -> list[str]:
        return [tell(place, story) for place, story in stories]

    # The drafts come first: whether the others are complete is what says that everything is.
    for place, story in enumerate(STORIES):
        if not story.until:
            progress(tell(place, story))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        try:
            for done in [pool.submit(tell_all, stories) for stories in _by_organisation()]:
                for title in done.result():
                    progress(title)
        except BaseException:
            # Whoever stops the installation does not wait for stories that have not begun.
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    arrange_session(cast, today)
    write_tokens(app.extensions["aidflow"].settings.data, issue_tokens(app.extensions["aidflow"].clock.now()))


def _by_organisation() -> Sequence[Sequence[tuple[int, Story]]]:
    """The stories that are told, with their places; those of one organisation follow each other.

    An expert who steps aside from one of them has to be explained on the panel of the next, so the order counts.
    """
    told: dict[str, list[tuple[int, Story]]] = {}
    for place, story in enumerate(STORIES):
        if story.until:
            told.setdefault(story.organisation, []).append((place, story))
    return list(told.values())
