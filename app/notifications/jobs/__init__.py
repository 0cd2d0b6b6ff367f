"""Background tasks: handing messages out to people, sending letters, digests, reminders and links to accounts."""

from app.notifications.jobs import daily, forgotten, handing_out, sending

__all__ = ["daily", "forgotten", "handing_out", "sending"]
