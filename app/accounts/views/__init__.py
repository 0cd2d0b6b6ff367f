"""The pages of links, and of the people of an organisation."""

from app.accounts.views import links, members, own_data
from app.accounts.views.terms import accounts

__all__ = ["links", "members", "own_data"]

blueprints = (accounts,)
