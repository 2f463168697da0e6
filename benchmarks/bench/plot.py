"""Bar charts as SVG, for the README: CPU time per request and memory per user."""

import statistics
from xml.sax.saxutils import escape

from .machine import BUILD

WIDTH, LABEL, BAR, GAP = 720, 230, 22, 8
OWN_COLOUR, OTHER_COLOUR = "#0b7285", "#adb5bd"
LONGEST = 14  # times the shortest bar: a longer one is broken off, or the short ones could not be told apart


def bars(title, unit, values):
    """`values`: pairs of label and number, drawn from the smallest; the bar is linear and ends with its number."""
    values = sorted(values, key=lambda pair: pair[1])
    longest = min(values[-1][1], LONGEST * values[0][1])
    scale = (WIDTH - LABEL - 90) / longest
    height = 44 + len(values) * (BAR + GAP)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        'font-family="sans-serif" font-size="13">',
        f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
        f'<text x="8" y="22" font-size="15" font-weight="bold">{escape(title)}</text>',
    ]
    for place, (label, number) in enumerate(values):
        y = 38 + place * (BAR + GAP)
        colour = OWN_COLOUR if label.startswith("cpp-worker") else OTHER_COLOUR
        width = max(1.0, min(number, longest) * scale)
        lines += [
            f'<text x="{LABEL - 8}" y="{y + 16}" text-anchor="end">{escape(label)}</text>',
            f'<rect x="{LABEL}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{colour}"/>',
            f'<text x="{LABEL + width + 6:.1f}" y="{y + 16}">{number:,.1f} {escape(unit)}</text>',
        ]
        if number > longest:
            x = LABEL + width - 30
            lines.append(f'<path d="M{x} {y + BAR}l8 -{BAR}h6l-8 {BAR}z" fill="white"/>')
    return "\n".join([*lines, "</svg>", ""])


def write(results):
    """Returns the files."""
    files = []
    for name, table in results.tables.items():
        if name.startswith("throughput"):
            values = [(row["row"], statistics.median(row["cpu_us"])) for row in table["rows"] if row.get("cpu_us")]
            title = "CPU time per request, " + name.removeprefix("throughput ")
            unit, file_name = "µs", "cpu-" + name.removeprefix("throughput ")
        elif name == "memory":
            values = [(row["row"], row["kib_per_user"]) for row in table["rows"] if "kib_per_user" in row]
            title, unit, file_name = "Memory per connected user between tasks", "KiB", name
        else:
            continue
        if values:
            file = BUILD / f"{file_name.replace(',', '').replace(' ', '-').lower()}.svg"
            file.write_text(bars(title, unit, values))
            files.append(file)
    return files
