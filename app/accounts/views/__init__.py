"""The pages of links, and of the people of an organisation."""

from app.accounts.views import links, members
from app.accounts.views.terms import accounts

__all__ = ["links", "members"]

blueprints = (accounts,)
