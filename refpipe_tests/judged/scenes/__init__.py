"""Scene descriptions and the reference shots that answer them, graded by hand before the search was written."""
