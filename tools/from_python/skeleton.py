"""The skeleton of a locustfile: reads it, writes it in C++."""

from __future__ import annotations

import sys
from pathlib import Path

from names import Names
from reader import read
from source import Source, UnreadableLocustfile, read_source
from writer import Writer

__all__ = ["UnreadableLocustfile", "skeleton_of", "skeleton_of_source"]


def skeleton_of(path: str, include_dir: str) -> str:
    """The text of the C++ locustfile. Raises UnreadableLocustfile. Writes a summary to standard error."""
    text = skeleton_of_source(read_source(path), include_dir)
    todos = text.count("// TODO")
    if todos:
        print(f"The skeleton has {todos} places to complete; they are marked TODO.", file=sys.stderr)
    return text


def skeleton_of_source(source: Source, include_dir: str) -> str:
    sys.setrecursionlimit(10_000)
    try:
        locustfile, imports = read(source)
        return Writer(source, locustfile, imports, Names(include_dir)).text(Path(source.name).name)
    except RecursionError:
        raise UnreadableLocustfile(f"'{source.name}' is nested too deeply.") from None
