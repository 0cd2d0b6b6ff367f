"""The town and the browsers of the page tests."""

from tests.pages.conftest import around, at_desk

__all__ = ["around", "at_desk"]
