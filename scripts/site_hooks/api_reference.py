"""A hook of MkDocs that writes the pages of the API reference from the public headers (api/*.md).

Each page has a group of headers, each heading a class, function or macro. Overloads share a
heading and a description.
"""

import re
from pathlib import Path

import doxygen_xml
from doxygen_xml import Declaration
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File

ROOT = Path(__file__).resolve().parents[2]
HEADERS = ROOT / "include" / "cppworker"
OUTPUT = ROOT / "build" / "doxygen"

GROUPS = {
    "users": ("Users and tasks", "What a locustfile declares: classes of users, their tasks and wait times.", (
        "locustfile", "user", "task", "task_options", "task_set", "wait_time", "exception",
        "load_test_shape", "run")),
    "http": ("HTTP", "The users with an HTTP client, the options of a request and its response.", (
        "http_user", "fast_http_user", "http_session", "http_options", "http_response", "cookies", "server_events",
        "websocket")),
    "mqtt": ("MQTT", "The user with an MQTT connection, its client and messages.", ("mqtt_user", "mqtt_client")),
    "values": ("Values and JSON", "Data of any type, as in JSON and in messages.", ("value", "json", "text")),
    "events": ("Events and the environment", "Listeners, messages, the locustfile's arguments, logs.", (
        "environment", "events", "argument", "parsed_options", "logging")),
    "protocols": ("Other protocols", "What a client for another protocol needs: sockets, waiting, threads.", (
        "grpc_user", "grpc_client", "grpc_stream", "grpc_result", "grpc_dynamic", "tcp_stream", "tls", "udp_socket", "waiting", "future", "blocking", "time")),
    "concurrency": ("Several coroutines", "Several requests at a time, and data that users share.", (
        "gather", "spawn", "sync", "shard_local")),
    "helpers": ("Helpers", "Data for users, random values, texts, encodings, dates.", (
        "data_feeder", "random", "regex", "encoding", "hashing", "dates", "env", "files")),
}
OMITTED = {"locust", "version"}  # the header that includes all others; the version's number


def on_files(files, config):
    declarations = doxygen_xml.read(HEADERS, OUTPUT)
    grouped = {header for _, _, headers in GROUPS.values() for header in headers}
    for header in sorted(path.stem for path in HEADERS.glob("*.hpp")):
        if header not in grouped | OMITTED:
            raise PluginError(f"include/cppworker/{header}.hpp is in no group of scripts/site_hooks/api_reference.py")
    reference = Reference(declarations)
    for name in GROUPS:
        files.append(File.generated(config, f"api/{name}.md", content=reference.page(name)))
    files.append(File.generated(config, "api/index.md", content=reference.index()))
    return files


class Reference:
    def __init__(self, declarations: list[Declaration]):
        self.places: dict[str, tuple[str, str]] = {}  # Doxygen's id -> (page, anchor)
        self.pages: dict[str, list[Declaration]] = {}
        self.included = _included("locust")
        for name, (_, _, headers) in GROUPS.items():
            own = [d for header in headers for d in declarations if d.header == f"{header}.hpp"]
            self.pages[name] = own
            anchors: set[str] = set()
            for row in _rows(own):
                self._place(name, row, "", anchors)

    def _place(self, page: str, row: list[Declaration], scope: str, anchors: set[str]) -> None:
        anchor = wanted = re.sub(r"\W+", "-", f"{scope}{row[0].name}".lower()).strip("-") or "operator"
        number = 1
        while anchor in anchors:
            number += 1
            anchor = f"{wanted}-{number}"
        anchors.add(anchor)
        for declaration in row:
            self.places[declaration.id] = (page, anchor)
        for member in _rows(row[0].members):
            if member[0].kind == "variable":  # a row of the class's table
                self.places[member[0].id] = (page, anchor)
            else:
                self._place(page, member, f"{row[0].name}-", anchors)

    def page(self, name: str) -> str:
        title, summary, headers = GROUPS[name]
        parts = [f"# {title}", f"{summary} All names are in the namespace `cppworker`, and "
                 "`#include <cppworker/locust.hpp>` declares them."]
        for header in headers:
            if text := doxygen_xml.introduction(HEADERS / f"{header}.hpp"):
                parts += [f"## `<cppworker/{header}.hpp>`", text]
            for row in _rows([d for d in self.pages[name] if d.header == f"{header}.hpp"]):
                parts += self._section(name, row, 2)
        return "\n\n".join(parts) + "\n"

    def _section(self, page: str, row: list[Declaration], level: int) -> list[str]:
        names = list(dict.fromkeys(declaration.name for declaration in row))
        anchor = self.places[row[0].id][1]
        mark = "()" if row[0].kind == "function" and names[0] != "constructor" else ""
        heading = ", ".join(f"`{name}{mark}`" if name != "constructor" else "Constructor" for name in names)
        signatures = "\n".join(_wrapped(declaration.signature) for declaration in row)
        parts = [f"{'#' * level} {heading} {{ #{anchor} }}", f"```cpp\n{signatures}\n```"]
        parts += [self._linked(page, row[0].description)]
        if row[0].enumerators:
            parts.append(self._table("value", [(v, self._linked(page, d)) for v, d in row[0].enumerators]))
        if level == 2 and Path(row[0].header).stem not in self.included:
            parts.append(f"`#include <cppworker/{row[0].header}>`: `<cppworker/locust.hpp>` does not include it.")
        variables = [m for m in row[0].members if m.kind == "variable"]
        if variables:
            parts.append(self._table("member", [
                (v.signature, self._linked(page, v.description)) for v in variables]))
        for member in _rows([m for m in row[0].members if m.kind != "variable"]):
            parts += self._section(page, member, min(level + 1, 5))
        return [part for part in parts if part]

    @staticmethod
    def _table(title: str, rows: list[tuple[str, str]]) -> str:
        lines = [f"| {title} | |", "|---|---|"]
        for code, text in rows:
            code = re.sub(r"\s+", " ", code).replace("|", "\\|")
            lines.append(f"| `{code}` | {' '.join(text.split()).replace('|', chr(92) + '|')} |")
        return "\n".join(lines)

    def _linked(self, page: str, text: str) -> str:
        """Doxygen's references become links; those to what the reference does not show become text."""

        def link(match: re.Match) -> str:
            place = self.places.get(match[2])
            if place is None:
                return match[1]
            return f"[{match[1]}]({'' if place[0] == page else place[0] + '.md'}#{place[1]})"

        return re.sub(r"\[([^\]]*)\]\(doxygen:([^)]*)\)", link, text)

    def index(self) -> str:
        parts = ["# API reference", "What does a function take, what does it return, what does it throw? These pages "
                 "list every public class, function and macro. The build of this site makes them from the headers in "
                 "`include/cppworker`. All names are in the namespace `cppworker`, and "
                 "`#include <cppworker/locust.hpp>` declares them.",
                 "| page | about |\n|---|---|\n" + "\n".join(
                     f"| [{title}]({name}.md) | {summary} |" for name, (title, summary, _) in GROUPS.items()),
                 "## All names"]
        rows = []
        for name, declarations in self.pages.items():
            for row in _rows(declarations):
                first = re.split(r"(?<=[.:])\s", " ".join(self._plain(row[0].description).split()), maxsplit=1)[0]
                for shown in dict.fromkeys(declaration.name for declaration in row):
                    rows.append((shown, f"{name}.md#{self.places[row[0].id][1]}", first))
        rows = sorted(set(rows), key=lambda entry: (entry[0].lower(), entry[1]))
        parts.append("| name | |\n|---|---|\n" + "\n".join(
            f"| [`{shown}`]({target}) | {text.replace('|', chr(92) + '|')} |" for shown, target, text in rows))
        return "\n\n".join(parts) + "\n"

    @staticmethod
    def _plain(text: str) -> str:
        text = text.split("```")[0]
        return re.sub(r"\[([^\]]*)\]\(doxygen:[^)]*\)", r"\1", text)


def _included(header: str) -> set[str]:
    """The public headers that a header includes, directly or through others."""
    found: set[str] = set()
    todo = [header]
    while todo:
        for name in re.findall(r"#include <cppworker/(\w+)\.hpp>", (HEADERS / f"{todo.pop()}.hpp").read_text()):
            if name not in found:
                found.add(name)
                todo.append(name)
    return found


def _rows(declarations: list[Declaration]) -> list[list[Declaration]]:
    """Puts a function without a description into the row of the function before it, if that has the same name or
    has no description either."""
    rows: list[list[Declaration]] = []
    for declaration in declarations:
        joins = rows and declaration.kind == rows[-1][0].kind == "function" and not declaration.description
        if joins and declaration.name != rows[-1][-1].name:
            joins = not rows[-1][0].description
        if joins and rows[-1][0].header == declaration.header:
            rows[-1].append(declaration)
        else:
            rows.append([declaration])
    return rows


def _wrapped(signature: str, width: int = 100) -> str:
    """Breaks a long signature at the commas between its parameters."""
    head, _, last = signature.rpartition("\n")
    begin = last.find("(")
    if len(last) > width and begin > 0:
        depth, parts, start = 0, [], begin + 1
        for position, character in enumerate(last):
            if position <= begin:
                continue
            depth += character in "(<{["
            depth -= character in ")>}]"
            if (character == "," and depth == 0) or depth < 0:
                parts.append(last[start : position + 1].strip())
                start = position + 1
                if depth < 0:
                    break
        last = last[: begin + 1] + "\n    " + "\n    ".join(parts) + last[start:]
    return (head + "\n" if head else "") + last + (";" if not signature.startswith("#") else "")
