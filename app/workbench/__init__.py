"""What people keep at hand for their own work: looks, pins, views, notes, assignments, checklists, reminders.

None of it is part of a decision: what decides goes by the one road of casework.
"""
