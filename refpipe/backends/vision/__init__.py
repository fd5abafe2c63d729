"""Measuring pictures: what is found in the pixels, without a learned model."""
