"""The operations of the API, by noun."""

from app.api.views import acts, demonstration, money, projects, public, registers
from app.api.views.bodies import api

__all__ = ["acts", "demonstration", "money", "projects", "public", "registers"]

blueprints = (api,)
