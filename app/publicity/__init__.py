"""What the public reads about a project, and the objections it raises."""
