"""YAML read strictly: one document, no doubled keys, no anchors, and the line of every field known.

Belongs here: text to plain data, with places. Does not: what the fields mean.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from refpipe.domain.errors import InvalidSheetError, RefusedInputError

_MAX_DEPTH = 40
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class ParsedYaml:
    """Plain data, and where in the text each part of it begins."""

    data: Any
    root: Node

    def line_of(self, path: Sequence[str]) -> int | None:
        """The line (from 1) of the deepest part of the path that the text has; None for an empty path."""
        node, line = self.root, None
        for part in path:
            child, place = _child(node, part)
            if child is None or place is None:
                break
            node, line = child, place
        return line


def parse_yaml(text: str, *, source: str) -> ParsedYaml:
    """Read one document. Raises RefusedInputError naming the line and the reason."""
    try:
        root = _compose(text, source)
        if root is None:
            raise RefusedInputError("is empty", source=source)
        _check(root, source)
        data = yaml.SafeLoader(text).construct_document(root)
    except RecursionError:
        raise RefusedInputError("is nested too deeply", source=source) from None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"line {mark.line + 1}" if mark else None
        raise RefusedInputError(f"is no YAML: {error.problem or error.context}", field=place, source=source) from None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        reason = " ".join(str(error).split())[:160]
        raise RefusedInputError(f"is no YAML: {reason}", source=source) from None
    return ParsedYaml(data, root)


def _compose(text: str, source: str) -> Node | None:
    loader = _PlainLoader(text)
    loader.source = source
    return loader.get_single_node()


class _PlainLoader(yaml.SafeLoader):
    """Refuses anchors while reading, before they can multiply, and depth before it can exhaust the stack."""

    source = ""
    _depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _refused(event.start_mark, "anchors and aliases are not used in a sheet", self.source)
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise _refused(event.start_mark, "is nested too deeply", self.source)
        try:
            return super().compose_node(parent, index)
        finally:
            self._depth -= 1


def _refused(mark: yaml.Mark, reason: str, source: str) -> RefusedInputError:
    return RefusedInputError(reason, field=f"line {mark.line + 1}", source=source)


def _check(root: Node, source: str) -> None:
    """Refuse doubled keys, keys that are no words, and control characters hidden in escapes."""
    doubled: list[tuple[str, str]] = []
    waiting: list[tuple[Node, str]] = [(root, "")]
    while waiting:
        node, path = waiting.pop()
        if isinstance(node, MappingNode):
            first: dict[str, int] = {}
            for key, value in node.value:
                if not isinstance(key, ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
                    raise _refused(key.start_mark, "a field's name must be a plain word", source)
                here = f"{path}.{key.value}" if path else key.value
                line = key.start_mark.line + 1
                if key.value in first:
                    doubled.append((f"line {line}: {here}", f"is written twice, first in line {first[key.value]}"))
                first.setdefault(key.value, line)
                waiting.append((value, here))
        elif isinstance(node, SequenceNode):
            waiting += [(value, f"{path}.{place}") for place, value in enumerate(node.value)]
        elif _CONTROL.search(str(node.value)):
            raise RefusedInputError(
                "holds a control character", field=f"line {node.start_mark.line + 1}", source=source
            )
    if doubled:
        raise InvalidSheetError(tuple(sorted(doubled)), source=source)


def _child(node: Node, part: str) -> tuple[Node | None, int | None]:
    if isinstance(node, MappingNode):
        for key, value in node.value:
            if key.value == part:
                return value, key.start_mark.line + 1
    if isinstance(node, SequenceNode) and part.isdigit() and int(part) < len(node.value):
        value = node.value[int(part)]
        return value, value.start_mark.line + 1
    return None, None
