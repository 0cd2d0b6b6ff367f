"""What everybody may see without an account: notices, results, the course of a project."""
