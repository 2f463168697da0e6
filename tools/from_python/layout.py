"""Breaks long lines of C++ where clang-format breaks them: after a comma, aligned with the first argument."""

from __future__ import annotations

import unicodedata

from comments import WIDTH


def broken(line: str, indent: int) -> list[str]:
    """One statement or declaration as lines that fit, where its commas allow it. Without the indentation."""
    if _width(line) + indent <= WIDTH or line.startswith("//"):
        return [line]
    if line.startswith("constexpr "):
        head, _, value = line.partition(" = ")
        return [head + " =", "    " + value]
    return _broken(line, 0, indent)


def _broken(line: str, start: int, indent: int) -> list[str]:
    """The layout with the fewest lines. @param start the first character to look at for a bracket"""
    opening = _opening_bracket(line, start)
    if opening is None:
        return [line]
    closing = _closing_bracket(line, opening)
    items = _items(line[opening + 1 : closing])
    head, tail = line[: opening + 1], line[closing:]
    if line[opening] == "{":
        return _placed(head, opening + 1, items, tail, indent, "each")
    layouts = [
        _placed(head, opening + 1, items, tail, indent, "packed"),
        _placed(head, opening + 1, items, tail, indent, "open"),
    ]
    lead = len(line) - len(line.lstrip(" "))
    after = _placed(" " * (lead + 4), lead + 4, items, tail, indent, "packed")
    layouts.append([head, *after])
    return min(layouts, key=lambda rows: (sum(_width(row) + indent > WIDTH for row in rows), len(rows)))


def _placed(head: str, column: int, items: list[str], tail: str, indent: int, style: str) -> list[str]:
    """The items after `head`, aligned at `column`. "each": one per line. "packed": as many as fit, and one that
    does not fit begins a line. "open": if the last one is in braces, it is broken where it begins."""
    rows = [head]
    is_broken = False
    for position, item in enumerate(items):
        text = item + (tail if position == len(items) - 1 else ",")
        separator = "" if position == 0 else " "
        fits_here = _width(rows[-1] + separator + text) + indent <= WIDTH
        stays = style == "open" and position == len(items) - 1 and item.startswith("{")
        if position > 0 and (style == "each" or is_broken or not (fits_here or stays)):
            rows.append(" " * column)
            separator = ""
        line = rows.pop() + separator
        is_broken = _width(line + text) + indent > WIDTH
        if not is_broken:
            rows.append(line + text)
        else:
            rows += _broken(line + text, len(line), indent)
    return rows


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _scan(text: str, start: int):
    """Yields the positions of the characters that are not in literals."""
    position = start
    while position < len(text):
        if text.startswith('R"', position) and (position == 0 or not text[position - 1].isalnum()):
            opening = text.index("(", position)
            end = text.find(")" + text[position + 2 : opening] + '"', opening)
            position = end + opening - position
        elif text[position] == '"':
            position += 1
            while text[position] != '"':
                position += 2 if text[position] == "\\" else 1
            position += 1
        else:
            yield position
            position += 1


def _opening_bracket(text: str, start: int) -> int | None:
    for position in _scan(text, start):
        if text[position] in "({" and text[position + 1 : position + 2] not in (")", "}"):
            return position
    return None


def _closing_bracket(text: str, opening: int) -> int:
    depth = 0
    for position in _scan(text, opening):
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(text[position], 0)
        if depth == 0:
            return position
    return len(text)


def _items(text: str) -> list[str]:
    items: list[str] = []
    depth = 0
    begin = 0
    for position in _scan(text, 0):
        depth += {"(": 1, "{": 1, "<": 1, ")": -1, "}": -1, ">": -1}.get(text[position], 0)
        if text[position] == "," and depth == 0:
            items.append(text[begin:position].strip())
            begin = position + 1
    return [*items, text[begin:].strip()]
