"""A hook of MkDocs for links from the documents to other files of the repository, and back.

The documents link to files outside of docs/, such as ../CONTRIBUTING.md, ../examples/redis or a source file, so
that the links work in a checkout. The site shows these files, too: a Markdown file as a page, a folder as its
README.md or else as a list of its files, another file as a page with its text. MkDocs then checks all links and anchors itself. A
link to a file that does not exist is an error.
"""

import posixpath
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markdown import Extension
from markdown.treeprocessors import Treeprocessor
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, InclusionLevel

ROOT = Path(__file__).resolve().parents[2]
FOLDER = "repository"  # in the site
# Shown also if no document links to them: their own links are checked.
ALWAYS = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md", "docker/**/*.md", "examples/**/*.md")
LANGUAGES = {".cpp": "cpp", ".hpp": "cpp", ".py": "python", ".yaml": "yaml", ".json": "json", ".txt": "text", ".tpl": "yaml"}
API_HEADERS = "include/cppworker"

links = None


def on_config(config):
    global links
    links = RepositoryLinks()
    config.markdown_extensions.append(links)
    return config


def on_files(files, config):
    todo = [path.relative_to(ROOT).as_posix() for pattern in ALWAYS for path in sorted(ROOT.glob(pattern))]
    documents = [file for file in files.documentation_pages() if not file.src_uri.startswith("api/")]
    for file in documents:
        todo += _outside(f"docs/{file.src_uri}", file.content_string)
    seen = set()
    while todo:
        path = todo.pop()
        page = page_of(path)
        if page in seen or not page.startswith(f"{FOLDER}/"):
            continue
        seen.add(page)
        content, more = _content(path)
        todo += more
        files.append(File.generated(config, page, content=content, inclusion=InclusionLevel.NOT_IN_NAV))
    for image in sorted((ROOT / "examples").rglob("*.png")):  # those of READMEs
        files.append(File.generated(config, f"{FOLDER}/{image.relative_to(ROOT).as_posix()}", abs_src_path=str(image)))
    return files


def on_page_markdown(markdown, page, config, files):
    links.page = page.file.src_uri
    # The comment that says which file a quotation is from is for scripts/quote_code.
    return re.sub(r"^<!-- quote: .*-->\n", "", markdown, flags=re.M)


def _content(path: str) -> tuple[str, list[str]]:
    """The page for a file or folder, and the files to which it links."""
    source = ROOT / path
    if (source / "README.md").is_file():
        source = source / "README.md"
    if source.suffix == ".md":
        text = source.read_text()
        return text, _outside(source.relative_to(ROOT).as_posix(), text)
    if source.is_dir():
        inside = [file.relative_to(ROOT).as_posix() for file in sorted(source.rglob("*")) if file.is_file()]
        names = "\n".join(f"- [{name}]({posixpath.relpath(name, path)})" for name in inside)
        return f"# {path}\n\n{names}\n", inside
    return f"# {path}\n\n````{LANGUAGES.get(source.suffix, 'text')}\n{source.read_text()}````\n", []


def page_of(path: str) -> str:
    """The page of the site that shows a file or folder of the repository."""
    if path.startswith("docs/"):
        return path.removeprefix("docs/")
    if path == API_HEADERS or path.startswith(f"{API_HEADERS}/"):
        return "api/index.md"
    source = ROOT / path
    if source.is_dir():
        return f"{FOLDER}/{path}/README.md"
    if not source.is_file():
        raise PluginError(f"A document links to {path}, which does not exist")
    return f"{FOLDER}/{path}" if source.suffix == ".md" else f"{FOLDER}/{path}.md"


def path_of(page: str) -> str:
    """The file of the repository that a page shows: the inverse of page_of for Markdown files."""
    return page.removeprefix(f"{FOLDER}/") if page.startswith(f"{FOLDER}/") else f"docs/{page}"


def target_of(path: str, link: str) -> tuple[str, str] | None:
    """The file of the repository to which a link leads, and the anchor; None for links to other places."""
    parts = urlsplit(link)
    if parts.scheme or parts.netloc or not parts.path:
        return None
    target = posixpath.normpath(posixpath.join(posixpath.dirname(path), unquote(parts.path)))
    return target, f"#{parts.fragment}" if parts.fragment else ""


def _outside(path: str, markdown: str) -> list[str]:
    """The files to which a document links; code is no link."""
    text = re.sub(r"^(```+).*?^\1", "", markdown, flags=re.M | re.S)
    text = re.sub(r"`[^`]*`", "", text)
    targets = (target_of(path, match[1]) for match in re.finditer(r"\]\(([^)\s]+)\)", text))
    return [target[0] for target in targets if target and not target[0].startswith("docs/")]


class RepositoryLinks(Extension, Treeprocessor):
    """Rewrites the links of a page before MkDocs looks at them."""

    def __init__(self):
        Extension.__init__(self)
        self.page = ""

    def extendMarkdown(self, md):
        Treeprocessor.__init__(self, md)
        md.treeprocessors.register(self, "repository_links", 5)  # after links are found, before MkDocs' own

    def run(self, root):
        if self.page.startswith("api/"):
            return
        for element in root.iter():
            for attribute in ("href", "src"):
                if (link := element.get(attribute)) is None:
                    continue
                if target := target_of(path_of(self.page), link):
                    path, anchor = target
                    page = page_of(path) if element.tag == "a" or path.startswith("docs/") else f"{FOLDER}/{path}"
                    relative = posixpath.relpath(page, posixpath.dirname(self.page) or ".")
                    element.set(attribute, relative + anchor)
