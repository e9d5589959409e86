"""What works in threads for all sessions: tasks, and their kinds."""
