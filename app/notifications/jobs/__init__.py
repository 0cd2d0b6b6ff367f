"""Background tasks: handing messages out to people, sending letters, digests and reminders."""

from app.notifications.jobs import daily, handing_out, sending

__all__ = ["daily", "handing_out", "sending"]
