"""Measurements against the written targets. Belongs here: `bench_*.py`, each with a `main() -> str`. No tests."""
