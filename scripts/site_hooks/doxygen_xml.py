"""Runs Doxygen on the public headers and reads its XML: what each header declares, with its description as Markdown."""

import re
import subprocess
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path

NAMESPACE = "cppworker::"
SETTINGS = {
    "FILE_PATTERNS": "*.hpp",
    "RECURSIVE": "NO",
    "EXCLUDE_SYMBOLS": f"{NAMESPACE}detail*",
    "GENERATE_HTML": "NO",
    "GENERATE_LATEX": "NO",
    "GENERATE_XML": "YES",
    "XML_PROGRAMLISTING": "NO",
    "EXTRACT_ALL": "YES",
    "EXTRACT_STATIC": "YES",
    "MACRO_EXPANSION": "YES",
    "EXPAND_ONLY_PREDEF": "YES",
    "PREDEFINED": "CPPWORKER_EXPORT=",
    "WARN_IF_DOC_ERROR": "NO",
    "QUIET": "YES",
}


@dataclass
class Declaration:
    """A class, function, variable, type or macro that a locustfile can use."""

    id: str
    kind: str  # class, function, variable, typedef, enum or define
    name: str
    signature: str
    header: str
    line: int
    description: str
    members: list["Declaration"] = field(default_factory=list)
    enumerators: list[tuple[str, str]] = field(default_factory=list)


def read(headers: Path, output: Path) -> list[Declaration]:
    """The declarations of all headers, in the order of the files."""
    settings = {
        **SETTINGS,
        "INPUT": headers,
        "STRIP_FROM_PATH": headers,
        "OUTPUT_DIRECTORY": output,
        "WARN_LOGFILE": output / "warnings.log",
    }
    output.mkdir(parents=True, exist_ok=True)
    subprocess.run(
        ["doxygen", "-"],
        input="".join(f'{name} = "{value}"\n' for name, value in settings.items()),
        text=True,
        check=True,
    )
    compounds = {}
    for file in sorted((output / "xml").glob("*.xml")):
        for compound in ElementTree.parse(file).getroot().iter("compounddef"):
            compounds[compound.get("id")] = compound
    inner = {
        nested.get("refid")
        for compound in compounds.values()
        if compound.get("kind") in ("class", "struct")
        for nested in compound.findall("innerclass")
    }
    declarations = []
    for id_, compound in compounds.items():
        kind = compound.get("kind")
        if kind in ("class", "struct") and id_ not in inner:
            declarations.append(_class(compound, compounds))
        elif kind == "file":
            declarations += _members(compound, "", {"define"})
        elif kind == "namespace" and compound.findtext("compoundname") == NAMESPACE.rstrip(":"):
            declarations += _members(compound, NAMESPACE, {"function", "variable", "typedef", "enum"})
    return sorted(
        (d for d in declarations if d.header), key=lambda declaration: (declaration.header, declaration.line)
    )


def introduction(header: Path) -> str:
    """The comment before a header's namespace, which describes the whole header."""
    match = re.search(r"((?:^///.*\n)+)namespace cppworker \{", header.read_text(), re.M)
    return re.sub(r"^/// ?", "", match[1], flags=re.M) if match else ""


def _class(compound, compounds) -> Declaration:
    name = compound.findtext("compoundname").removeprefix(NAMESPACE)
    bases = [
        f"{base.get('prot')} {_spaced(base.text).removeprefix(NAMESPACE)}"
        for base in compound.findall("basecompoundref")
        if "detail::" not in base.text
    ]
    signature = _template(compound) + f"{compound.get('kind')} {name}" + (f" : {', '.join(bases)}" if bases else "")
    declaration = Declaration(
        id=compound.get("id"),
        kind="class",
        name=name,
        signature=signature,
        header=compound.find("location").get("file"),
        line=int(compound.find("location").get("line")),
        description=_description(compound),
    )
    members = _members(compound, f"{NAMESPACE}{name}::", {"function", "variable", "typedef", "enum", "friend"})
    for nested in compound.findall("innerclass"):
        if nested.get("prot") == "public" and nested.get("refid") in compounds:
            members.append(_class(compounds[nested.get("refid")], compounds))
    declaration.members = sorted(members, key=lambda member: member.line)
    return declaration


def _members(compound, scope: str, kinds: set[str]) -> list[Declaration]:
    members = []
    for member in compound.iter("memberdef"):
        if member.get("kind") in kinds and member.get("prot") in ("public", "protected"):
            if declaration := _member(member, scope):
                members.append(declaration)
    return members


def _member(member, scope: str) -> Declaration | None:
    kind, name = member.get("kind"), member.findtext("name")
    arguments = member.findtext("argsstring") or ""
    own_class = scope.removesuffix("::").split("::")[-1].split("<")[0]
    # What nobody can call, and what every class has.
    if arguments.endswith("=delete") or name.startswith("~") or (name == "operator=" and not _description(member)):
        return None
    if scope and not member.findtext("qualifiedname", "").startswith(scope) and kind != "friend":
        return None  # a constructor of the base class
    if "detail::" in _text(member.find("requiresclause")) and not _description(member):
        return None  # an overload that only makes the compiler explain a mistake
    if kind == "friend":
        if "(" not in arguments:  # a friend class
            return None
        kind = "function"
    if kind == "define":
        parameters = ", ".join(p.findtext("defname") or "" for p in member.findall("param"))
        signature = f"#define {name}" + (f"({parameters})" if member.find("param") is not None else "")
    elif kind == "enum":
        is_class = "class " if member.get("strong") == "yes" else ""
        base = _text(member.find("type"))
        signature = f"enum {is_class}{name}" + (f" : {base}" if base else "")
    else:
        definition = _spaced(member.findtext("definition"))
        definition = definition.replace(scope, "").replace(NAMESPACE, "")
        if member.get("explicit") == "yes":
            definition = "explicit " + definition
        if member.get("kind") == "friend" and not definition.startswith("friend"):
            definition = "friend " + definition
        initializer = _text(member.find("initializer")) if kind == "variable" else ""
        if initializer and not initializer.startswith(("=", "{")):
            initializer = "= " + initializer
        separator = " " if initializer.startswith("=") else ""
        if member.get("static") == "yes" and scope and not definition.startswith("static"):
            definition = "static " + definition
        arguments = re.sub(r"(?<=[\w)>&*])=(?=[^=])", " = ", _spaced(arguments)).replace(" =d", " = d")
        signature = _template(member) + definition + arguments + separator + initializer
    if member.get("prot") == "protected":
        signature = f"protected: {signature}"
    location = member.find("location")
    return Declaration(
        id=member.get("id"),
        kind=kind,
        name="constructor" if kind == "function" and name == own_class else name,
        signature=signature.replace(NAMESPACE, ""),
        header=location.get("file"),
        line=int(location.get("line")),
        description=_description(member),
        enumerators=[
            (value.findtext("name"), _description(value)) for value in member.findall("enumvalue")
        ],
    )


def _template(element) -> str:
    parameters = element.find("templateparamlist")
    if parameters is None:
        return ""
    texts = []
    for parameter in parameters.findall("param"):
        text = _text(parameter.find("type"))
        if (name := parameter.findtext("declname")) and not text.endswith(name):
            text += f" {name}"
        if (default := parameter.find("defval")) is not None:
            text += f" = {_text(default)}"
        texts.append(text)
    requires = element.find("requiresclause")
    clause = f"  requires {' '.join(''.join(requires.itertext()).split())}\n" if requires is not None else ""
    return f"template <{', '.join(texts)}>\n{clause}"


def _text(element) -> str:
    return "" if element is None else _spaced("".join(element.itertext()).strip())


def _spaced(code: str) -> str:
    """Doxygen writes `std::vector< int > &x`; this writes `std::vector<int>& x`."""
    code = re.sub(r"\s+", " ", code)
    code = code.replace("< ", "<").replace(" >", ">")
    code = re.sub(r" ([&*]+)(?! )", r"\1", re.sub(r" ([&*]+) (?=[\w~])", r"\1 ", code))
    return re.sub(r"([&*]+)(?=[A-Za-z_])", r"\1 ", code).strip()


def _description(element) -> str:
    parts = [_markdown(element.find(name)) for name in ("briefdescription", "detaileddescription")]
    return "\n\n".join(part for part in parts if part)


def _markdown(element) -> str:
    if element is None:
        return ""
    blocks = []
    for child in element:
        blocks += _blocks(child)
    return "\n\n".join(block for block in blocks if block.strip())


def _blocks(element) -> list[str]:
    """A paragraph may contain lists and code, which are blocks of their own in Markdown."""
    blocks, line = [], _escaped(element.text)
    for child in element:
        block = None
        if child.tag in ("itemizedlist", "orderedlist"):
            mark = "- " if child.tag == "itemizedlist" else "1. "
            items = [_markdown(item).replace("\n", "\n    ") for item in child.findall("listitem")]
            block = "\n".join(mark + item for item in items)
        elif child.tag in ("verbatim", "programlisting", "preformatted"):
            code = _listing(child) if child.tag == "programlisting" else "".join(child.itertext())
            block = f"```cpp\n{code.strip(chr(10))}\n```"
        elif child.tag == "parameterlist":
            items = []
            for item in child.findall("parameteritem"):
                names = ", ".join(f"`{_text(name)}`" for name in item.iter("parametername"))
                items.append(f"- {names}: {_markdown(item.find('parameterdescription'))}")
            block = "\n".join(items)
        elif child.tag == "blockquote":  # a sentence that begins with >
            block = f"&gt; {_markdown(child)}"
        elif child.tag == "simplesect":
            title = {"return": "Returns ", "pre": "Precondition: ", "note": "Note: "}.get(child.get("kind"), "")
            block = title + _markdown(child)
        if block is None:
            line += _inline(child)
        else:
            blocks += [line.strip(), block]
            line = ""
        line += _escaped(child.tail)
    return [*blocks, line.strip()]


def _inline(element) -> str:
    if element.tag == "computeroutput":
        return f"`{''.join(element.itertext())}`"
    if element.tag == "ref":
        return f"[{_escaped(''.join(element.itertext()))}](doxygen:{element.get('refid')})"
    if element.tag in ("emphasis", "bold"):
        mark = "*" if element.tag == "emphasis" else "**"
        return f"{mark}{_escaped(''.join(element.itertext()))}{mark}"
    if element.tag in ("ndash", "mdash"):  # Doxygen's typography of --option
        return "--" if element.tag == "ndash" else "---"
    if element.tag == "linebreak":
        return "  \n"
    return _escaped("".join(element.itertext()))  # ulink: http:// in a sentence is not a link


def _listing(element) -> str:
    """Doxygen writes a blank in a listing as an element."""
    lines = []
    for line in element.findall("codeline"):
        for blank in line.iter("sp"):
            blank.text = " "
        lines.append("".join(line.itertext()))
    return "\n".join(lines)


def _escaped(text: str | None) -> str:
    text = re.sub(r"\s+", " ", text or "")
    return re.sub(r"([\\`*_\[\]])", r"\\\1", text).replace("<", "&lt;").replace(">", "&gt;")
