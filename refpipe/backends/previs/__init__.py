"""The offline generator: a posed, dressed figure photographed by the true camera in a small studio."""
