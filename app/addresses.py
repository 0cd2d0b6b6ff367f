"""Public ids in addresses: 32 hexadecimal digits, with or without hyphens."""

from uuid import UUID

from flask import Flask
from werkzeug.routing import BaseConverter


class PublicId(BaseConverter):
    """What `<uuid:…>` means in a rule; written without hyphens, as in the API's answers."""

    regex = "[0-9A-Fa-f]{8}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{12}"

    def to_python(self, value: str) -> UUID:
        """The id."""
        return UUID(value)

    def to_url(self, value: UUID) -> str:
        """The id without hyphens."""
        return value.hex


def init_app(app: Flask) -> None:
    """Read ids in this way; before any rule is added."""
    app.url_map.converters["uuid"] = PublicId
