"""C++ comments with Python text in them."""

from __future__ import annotations

import unicodedata

WIDTH = 100
"""The column limit of .clang-format."""


def comment(text: str, indent: int = 0) -> list[str]:
    """One line of text as `//` lines that fit into the column limit where a blank allows it."""
    text = _printable(text.expandtabs(4)).rstrip()
    if not text:
        return ["//"]
    lines = []
    for piece in _wrapped(text, WIDTH - indent - len("// ")):
        # A backslash (or its trigraph) at the end of a line would continue the comment.
        continues = piece.endswith("\\") or piece.endswith("??/")
        lines.append("// " + piece + (" //" if continues else ""))
    return lines


def comments(texts: list[str], indent: int = 0) -> list[str]:
    return [line for text in texts for line in comment(text, indent)]


def _wrapped(text: str, width: int) -> list[str]:
    width = max(width, 30)
    pieces = []
    lead = len(text) - len(text.lstrip())
    hanging = " " * min(lead + 4, 20)
    while _columns(text) > width:
        cut = text.rfind(" ", len(text) - len(text.lstrip()) + 1, _cut_at(text, width) + 1)
        if cut <= 0:
            cut = text.find(" ", _cut_at(text, width))
            if cut < 0:
                break
        pieces.append(text[:cut].rstrip())
        text = hanging + text[cut:].strip()
    pieces.append(text)
    return pieces


def _cut_at(text: str, width: int) -> int:
    """The number of characters that fit into `width` columns."""
    columns = 0
    for position, character in enumerate(text):
        columns += _column(character)
        if columns > width:
            return position
    return len(text)


def _columns(text: str) -> int:
    return sum(map(_column, text))


def _column(character: str) -> int:
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _printable(text: str) -> str:
    """Control characters, and those that change the direction of text, would bring compiler warnings."""
    return "".join(
        character.encode("unicode_escape").decode() if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") else character
        for character in text
    )
