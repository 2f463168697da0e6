"""Puts results into docs: the block of performance.md, the plots and the raw numbers."""

import re
import shutil

from . import plot
from .machine import ROOT
from .report import RESULTS

DOCUMENT = ROOT / "docs/performance.md"
IMAGES = ROOT / "docs/images"
BEGIN, END = "<!-- benchmarks/run --publish writes from here -->\n", "<!-- to here -->\n"


def publish(results):
    IMAGES.mkdir(exist_ok=True)
    for file in plot.write(results):
        shutil.copy(file, IMAGES / file.name)
    shutil.copy(RESULTS, ROOT / "docs/performance.json")
    text = DOCUMENT.read_text()
    if not re.search(f"{BEGIN}.*{END}", text, re.DOTALL):
        raise SystemExit(f"{DOCUMENT} has lost the marks around the results")
    block = f"{BEGIN}\n{results.markdown()}\n{END}"
    DOCUMENT.write_text(re.sub(f"{BEGIN}.*{END}", lambda _: block, text, flags=re.DOTALL))
