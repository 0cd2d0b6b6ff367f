"""The pages of the desk."""

from app.desk.views import acts, declarations, inbox, projects, registers
from app.desk.views.terms import desk
from app.ledger.permissions import READS_LEDGER
from app.navigation import Item, add_to_navigation

__all__ = ["acts", "declarations", "inbox", "projects", "registers"]

blueprints = (desk,)

add_to_navigation(Item("待办", "desk.inbox", order=10))
add_to_navigation(Item("项目", "desk.projects", order=20))
add_to_navigation(Item("申报通知", "desk.calls", order=25))
add_to_navigation(Item("资金账簿", "desk.ledgers", order=30, roles=frozenset(READS_LEDGER)))
add_to_navigation(Item("项目主体", "desk.organisations", order=40))
