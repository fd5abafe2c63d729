"""Use cases, one a file, verb first. They know the domain and its ports, never a backend."""
