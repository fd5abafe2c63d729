"""Judged sets: recipes of material whose right answer is known, written before what they judge."""
