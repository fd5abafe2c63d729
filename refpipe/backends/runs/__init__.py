"""Long work as processes: starting, listening, stopping."""
