"""Tables on stdout as they grow, and all of them as JSON, Markdown and JUnit."""

import json
import statistics
import time
from xml.etree import ElementTree

from .machine import BUILD, Failed

RESULTS = BUILD / "results.json"


def spread(values, digits=2):
    """min / median / max"""
    return " / ".join(f"{value:.{digits}f}" for value in (min(values), statistics.median(values), max(values)))


class Table:
    def __init__(self, name, title, columns):
        self.name, self.title, self.columns, self.rows = name, title, columns, []
        self.data = []  # of the rows, for JSON, plots and goals
        self.problems = {}
        print(f"\n{title}\n{self._line(columns)}", flush=True)

    def _line(self, cells):
        widths = [32] + [max(12, len(column)) for column in self.columns[1:]]
        return "  ".join(f"{cell!s:<{width}}" for cell, width in zip(cells, widths)).rstrip()

    def row(self, *cells, **data):
        self.rows.append([str(cell) for cell in cells])
        self.data.append({"row": str(cells[0]), **data})
        print(self._line(cells), flush=True)

    def failed(self, name, reason):
        """A row of one of our own generators that could not be measured: an error."""
        self.problems[name] = reason
        self.row(name, f"FAILED: {reason}")

    def attempt(self, name, measure):
        """`measure()` adds the row; when it can't, the row says why."""
        try:
            measure()
        except Failed as error:
            self.failed(name, error)

    def markdown(self):
        lines = [f"### {self.title}", "", "| " + " | ".join(self.columns) + " |", "|" + "---|" * len(self.columns)]
        for row in self.rows:
            lines.append("| " + " | ".join(row + [""] * (len(self.columns) - len(row))) + " |")
        return "\n".join(lines) + "\n"


class Results:
    """What build/benchmarks/results.json holds: every table's last measurement, so that one can be repeated alone."""

    def __init__(self, head, keep):
        self.tables = json.loads(RESULTS.read_text())["tables"] if keep and RESULTS.exists() else {}
        self.head = head

    def add(self, table):
        self.tables[table.name] = {
            "at": time.strftime("%Y-%m-%d %H:%M"),
            "title": table.title,
            "rows": table.data,
            "markdown": table.markdown(),
        }
        self._write()

    def rows(self, name):
        """The data of a table's rows by their names; empty if it was not measured."""
        return {row["row"]: row for row in self.tables.get(name, {}).get("rows", [])}

    def markdown(self):
        """The goals first, then what they were judged by."""
        names = sorted(self.tables, key=lambda name: name != "goals")
        return f"{self.head}\n\n" + "\n".join(f"{self.tables[name]['markdown']}" for name in names)

    def _write(self):
        RESULTS.write_text(json.dumps({"head": self.head, "tables": self.tables}, indent=1) + "\n")
        (BUILD / "results.md").write_text(self.markdown())


def write_junit(tables, path):
    suite = ElementTree.Element("testsuite", name="benchmarks")
    for table in tables:
        for row in table.data:
            case = ElementTree.SubElement(suite, "testcase", classname=table.name, name=row["row"])
            if row["row"] in table.problems:
                ElementTree.SubElement(case, "failure", message=str(table.problems[row["row"]]))
    ElementTree.ElementTree(suite).write(path)
