"""What a session and the server keep: state, tasks, what is shared."""
