"""What may stand in an address: public ids of 32 hexadecimal digits with or without hyphens, and plain text."""

from typing import Any
from uuid import UUID

from flask import Flask
from werkzeug.routing import BaseConverter

from app.database import Missing


class PublicId(BaseConverter):
    """What `<uuid:…>` means in a rule; written without hyphens, as in the API's answers."""

    regex = "[0-9A-Fa-f]{8}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{12}"

    def to_python(self, value: str) -> UUID:
        """The id."""
        return UUID(value)

    def to_url(self, value: UUID) -> str:
        """The id without hyphens."""
        return value.hex


def nothing_unprintable(_endpoint: str | None, places: dict[str, Any] | None) -> None:
    """A place in the address that no database could hold leads nowhere; a blueprint asks before each view."""
    for value in (places or {}).values():
        if isinstance(value, str) and not value.isprintable():
            raise Missing(repr(value))


def init_app(app: Flask) -> None:
    """Read ids in this way; before any rule is added."""
    app.url_map.converters["uuid"] = PublicId
