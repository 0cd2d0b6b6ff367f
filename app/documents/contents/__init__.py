"""What may be inside a paper: its type by content, and nothing in it that could act or explode.

The modules here import each other, the standard library and the parsers, and nothing of the
application, because they run in a child process with little memory and time (see `child`).
"""
