"""The text of a Python locustfile: reading and parsing it, and the lines of its statements."""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path


class UnreadableLocustfile(Exception):
    """The file can't be read or is not valid Python. The text says why and what to do."""


class Source:
    """A parsed file with its lines."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        try:
            self.tree = ast.parse(text, name)
        except SyntaxError as error:
            raise UnreadableLocustfile(_syntax_error(error, name)) from None
        except ValueError as error:  # "source code string cannot contain null bytes"
            raise UnreadableLocustfile(f"'{name}' is not a Python file: {error}.") from None
        except (RecursionError, MemoryError):
            raise UnreadableLocustfile(f"'{name}' is nested too deeply for Python's parser.") from None
        # As ast counts lines: not at form feeds, which str.splitlines() takes for line ends.
        self.lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        self.comment_columns = _comment_columns(text)

    def slice(self, first: int, last: int, indent: int) -> list[str]:
        """The lines from `first` to `last` (from 1, both included), each without up to `indent` blanks."""
        return [_without_indent(line, indent) for line in self.lines[first - 1 : last]]

    def segment(self, node: ast.AST) -> str:
        """The source of an expression, on one line."""
        first, last = node.lineno, node.end_lineno or node.lineno  # type: ignore[attr-defined]
        moved = ast.get_source_segment("\n".join(self.lines[first - 1 : last]), _at_first_line(node))
        return " ".join((moved or "").split())

    def comments_of_code(self, first: int, last: int) -> list[str]:
        """The texts of all comments in these lines, also after code."""
        found = [self.trailing_comment(line) for line in range(first, last + 1)]
        return [text[1:].removeprefix(" ") for text in found if text]

    def trailing_comment(self, line: int) -> str:
        """The comment at the end of a line of code, with its "#"; "" if there is none."""
        column = self.comment_columns.get(line)
        return "" if column is None else self.lines[line - 1][column:].rstrip()


def read_source(path: str) -> Source:
    """Raises UnreadableLocustfile."""
    try:
        data = Path(path).read_bytes()
    except IsADirectoryError:
        raise UnreadableLocustfile(f"'{path}' is a folder. Give --from one Python file.") from None
    except OSError as error:
        raise UnreadableLocustfile(f"Could not read '{path}': {error.strerror}.") from None
    encoding = "utf-8"
    try:
        if b"coding" in data[:1000]:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding).removeprefix("\ufeff")
    except SyntaxError as error:  # an unknown encoding
        raise UnreadableLocustfile(f"'{path}': {error.msg}. {_ENCODING_HINT}") from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnreadableLocustfile(
            f"'{path}', line {line}: byte 0x{data[error.start]:02x} is not valid {encoding}. {_ENCODING_HINT}"
        ) from None
    return Source(text, path)


_ENCODING_HINT = (
    "Save the file in UTF-8, or name its encoding in the first line, as in `# -*- coding: latin-1 -*-`."
)


def _at_first_line(node: ast.AST) -> ast.AST:
    """A node with the same columns, for a text that begins with its first line."""
    moved = ast.Pass()
    moved.lineno, moved.col_offset = 1, node.col_offset  # type: ignore[attr-defined]
    moved.end_lineno = 1 + node.end_lineno - node.lineno  # type: ignore[attr-defined]
    moved.end_col_offset = node.end_col_offset  # type: ignore[attr-defined]
    return moved


def _syntax_error(error: SyntaxError, name: str) -> str:
    line = (error.text or "").strip()
    where = f"'{name}', line {error.lineno}" if error.lineno else f"'{name}'"
    shown = f"\n    {line}" if line else ""
    return (
        f"{where}: {error.msg}.{shown}\n--from needs a file that this version of Python can parse. "
        "If it is for Python 2, convert it with 2to3 first. If it needs a newer Python, name one with "
        "CPPWORKER_PYTHON, as in CPPWORKER_PYTHON=/usr/bin/python3.12."
    )


def _without_indent(line: str, indent: int) -> str:
    """Strings over several lines may have less indentation than the code."""
    column = 0
    position = 0
    while position < len(line) and column < indent and line[position] in " \t":
        column += 8 - column % 8 if line[position] == "\t" else 1
        position += 1
    return line[position:]


def _comment_columns(text: str) -> dict[int, int]:
    """The column of the comment of each line that has one."""
    columns: dict[int, int] = {}
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                columns[token.start[0]] = token.start[1]
    except (tokenize.TokenError, IndentationError, SyntaxError):  # odd ends of files; ast has read it
        pass
    return columns
