"""The pages of one's own account."""

from app.people.views import account, factor, passkeys, sign_ins
from app.people.views.terms import people

__all__ = ["account", "factor", "passkeys", "sign_ins"]

blueprints = (people,)
