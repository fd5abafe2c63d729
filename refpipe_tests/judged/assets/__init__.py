"""Labelled pictures of reference assets, and judged words to search them with.

A recipe with seeds, not files: README.md says what is in it. ``dev`` is looked at while words and rules are chosen,
``calibration`` fits what is fitted, ``untouched`` is used once, when everything else stands.
"""
