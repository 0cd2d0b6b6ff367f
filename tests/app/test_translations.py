"""Whatever is said in Chinese is said in English too."""

import re

import pytest
from jinja2 import Environment

from app.translations.catalogue import CATALOGUES, CHINESE, ENGLISH, ROOT, compiled, missing, read, unused

#: The one Chinese word that English pages show too: how the language calls itself.
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))


def test_nothing_that_is_said_lacks_english():
    assert missing() == []


def test_nothing_is_translated_that_is_said_nowhere():
    assert unused() == []


@pytest.mark.parametrize("path", CATALOGUES, ids=lambda path: path.name)
def test_the_compiled_catalogue_is_the_written_one(path):
    assert path.with_suffix(".mo").read_bytes() == compiled(path)


def test_every_translation_keeps_the_names_that_are_filled_in():
    names = re.compile(r"\{\w+\}|%\(\w+\)[sd]")
    pairs = [(message.id, message.string) for message in read(ENGLISH) if isinstance(message.id, str) and message.id]

    assert [pair for pair in pairs if set(names.findall(pair[0])) != set(names.findall(pair[1]))] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_no_template_says_anything_outside_the_catalogue(path):
    tokens = Environment(autoescape=True).lex(path.read_text(encoding="utf-8"))

    assert [value.strip() for _, kind, value in tokens if kind == "data" and CHINESE.search(value)] == []
