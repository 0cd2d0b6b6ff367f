"""Pages for everybody: calls, notices with a form to object, funded projects, figures, feeds, and proof of receipts."""

from app.navigation import Item, add_to_navigation
from app.portal.views import calls, feeds, figures, funded, home, notices, privacy, receipts
from app.portal.views.terms import pages

__all__ = ["calls", "feeds", "figures", "funded", "home", "notices", "privacy", "receipts"]

blueprints = (pages,)

add_to_navigation(Item("开放申报", "portal.open_calls_page", order=60, everybody=True))
add_to_navigation(Item("公示公告", "portal.notices", order=61, everybody=True))
add_to_navigation(Item("资助结果", "portal.results", order=62, everybody=True))
add_to_navigation(Item("资助统计", "portal.figures", order=63, everybody=True))
add_to_navigation(Item("办理流程", "portal.workflow", order=64, everybody=True))
add_to_navigation(Item("回执查验", "portal.receipt", order=65, everybody=True))
add_to_navigation(Item("个人信息", "portal.privacy", order=71, everybody=True))
