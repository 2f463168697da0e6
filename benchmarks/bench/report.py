"""Tables on stdout as they grow, and all of them as JSON, Markdown and JUnit at the end."""

import json
import statistics
import time
from xml.etree import ElementTree

from .machine import BUILD, Failed


def spread(values, digits=2):
    """min / median / max"""
    return " / ".join(f"{value:.{digits}f}" for value in (min(values), statistics.median(values), max(values)))


class Table:
    def __init__(self, name, title, columns):
        self.name, self.title, self.columns, self.rows = name, title, columns, []
        self.data = []  # of the rows, for JSON and plots
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


def write(tables, head):
    (BUILD / "results.md").write_text(head + "\n\n" + "\n".join(table.markdown() for table in tables))
    results = {
        "head": head,
        "date": time.strftime("%Y-%m-%d"),
        "tables": {table.name: {"title": table.title, "rows": table.data} for table in tables},
    }
    (BUILD / "results.json").write_text(json.dumps(results, indent=1))


def write_junit(tables, path):
    suite = ElementTree.Element("testsuite", name="benchmarks")
    for table in tables:
        for row in table.data:
            case = ElementTree.SubElement(suite, "testcase", classname=table.name, name=row["row"])
            if row["row"] in table.problems:
                ElementTree.SubElement(case, "failure", message=str(table.problems[row["row"]]))
    ElementTree.ElementTree(suite).write(path)
