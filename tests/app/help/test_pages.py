"""Pages that explain are open to everybody, whole in both languages, and shown only where they belong."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from tests.pages.browsing import Browser, links, parsed, words

ARCHITECTURE = Path(__file__).parent.parent.parent.parent / "docs" / "architecture.md"


@pytest.fixture
def anybody(app: Flask) -> Browser:
    return Browser(app.test_client())


def set_environment(app: Flask, environment: str) -> None:
    held = app.extensions["aidflow"]
    app.extensions["aidflow"] = replace(held, settings=held.settings.model_copy(update={"environment": environment}))


@pytest.mark.parametrize("path", ["/help", "/help/glossary", "/help/keys", "/help/tour", "/components"])
@pytest.mark.parametrize("tag", ["zh-CN", "en"])
def test_a_page_of_help_is_open_to_everybody_in_both_languages(anybody: Browser, path: str, tag: str) -> None:
    page = anybody.get(f"{path}?lang={tag}")

    assert parsed(page).get("lang") == tag


@pytest.mark.parametrize("path", ["/help", "/sign-in"])
def test_a_new_organisation_reads_how_it_comes_to_an_account(anybody: Browser, path: str) -> None:
    said = words(anybody.get(path))

    assert "本系统不能自行注册。" in said
    assert "所在区的受理单位（区合作交流办）登记项目主体" in said


def test_without_a_mail_server_whoever_forgot_a_password_reads_whom_to_ask(anybody: Browser) -> None:
    assert "请联系所在区的受理单位" in words(anybody.get("/forgotten-password"))


def test_the_glossary_says_every_noun_of_the_architecture_in_both_languages(anybody: Browser) -> None:
    section = ARCHITECTURE.read_text().partition("## 10. Names")[2]
    rows = re.findall(r"^\| ([^|`]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", section, re.MULTILINE)[2:]
    nouns = {cell.strip() for row in rows for cell in row}
    said = words(anybody.get("/help/glossary"))

    missing = {noun for cell in nouns for noun in re.split(r"[,、] ?", cell) if noun not in said}
    assert len(nouns) > 40
    assert missing == set()


def test_components_are_not_there_in_production_and_the_tour_only_in_a_demonstration(
    app: Flask, anybody: Browser
) -> None:
    shown = {}
    for environment in ("production", "development", "demo"):
        set_environment(app, environment)
        shown[environment] = [app.test_client().get(path).status_code for path in ("/components", "/help/tour")]

    assert shown == {"production": [404, 404], "development": [200, 404], "demo": [200, 200]}


def test_the_list_of_the_specimens_goes_on_and_comes_back(anybody: Browser) -> None:
    first = anybody.get("/components?sort=amount")
    (onward,) = [href for href in links(first) if "cursor=" in href]
    second = anybody.get(onward)

    assert "第 4 个示例项目" in words(first)
    assert "第 5 个示例项目" in words(second)
    assert "第 4 个示例项目" not in words(second)
    assert "/components?sort=amount" in links(second)
