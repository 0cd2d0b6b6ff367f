"""What happens after the commit: messages and jobs."""
