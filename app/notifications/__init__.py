"""Who is told of what, where, and how: in the application always, by mail as each person chose."""
