"""Writes the classes of users and sets of tasks."""

from __future__ import annotations

import ast
from typing import Any

import literals
from comments import WIDTH, comments
from functions import Functions, first_line_of, in_braces, member_scope, parameters_of, single_number
from imports import Imports
from layout import broken
from literals import NO_VALUE, value_of
from model import Class, Function, Locustfile, Row
from names import NAMES_OF_MEMBERS, Names
from reader import assignments, environment_call, environment_default
from relations import Relations
from scope import Scope
from source import Source
from statements import INDENT
from waits import wait_time

_FAST_SETTINGS = {
    "network_timeout": "Seconds",
    "connection_timeout": "Seconds",
    "max_redirects": "int",
    "insecure": "bool",
    "concurrency": "int",
}


class Classes:
    """Writes the classes of one file."""

    def __init__(self, source: Source, locustfile: Locustfile, imports: Imports, names: Names) -> None:
        self._source = source
        self._locustfile = locustfile
        self._imports = imports
        self._names = names
        self._relations = Relations(locustfile)
        self._functions = Functions(source)
        self._constants = {c.name: c.value for c in locustfile.constants.values()}
        self.certain_constants = {c.name: c.value for c in locustfile.constants.values() if c.is_certain}
        self._tasks_of_all = {row.target for c in locustfile.every_class() for row in c.rows}
        self._names_within: dict[Class, set[str]] = {}  # results of _member_names()
        self._scopes: dict[Class, Scope] = {}  # results of _scope()
        self._callable: dict[Class, dict[str, str]] = {}  # results of _callable_methods()

    # --- names ---

    def name(self, of: Class) -> str:
        """The class's name where it is declared."""
        if of.outer is not None:
            around = [self.name(of.outer)]
            return self._names.of_member(of.name, around)
        return self._names.of_user(of.name) if of.kind == "user" else self._names.of_module(of.name)

    def reference(self, of: Class, within: Class | None = None) -> str:
        """The class's name where another class uses it."""
        if of is within:
            return self.name(of)
        if of.outer is None:
            name = self.name(of)
            is_hidden = within is not None and name in self._member_names(within)
            return f"::{name}" if name in self._names.shared or is_hidden else name
        holder: Class | None = within
        while holder is not None:
            if of.outer in holder.ancestors():
                return self.name(of)
            holder = holder.outer
        return f"{self.reference(of.outer, within)}::{self.name(of)}"

    def member(self, name: str, owner: Class) -> str:
        around: list[str] = []
        holder: Class | None = owner
        while holder is not None:
            around.append(self.name(holder))
            holder = None  # only its own class's name is taken
        return self._names.of_member(name, around)

    def _member_names(self, within: Class) -> set[str]:
        if within in self._names_within:
            return self._names_within[within]
        names = self._names_within[within] = set()
        holder: Class | None = within
        while holder is not None:
            for c in holder.ancestors():
                names |= {self.member(name, c) for name in [*c.methods, *c.classes]}
            holder = holder.outer
        return names

    # --- a class ---

    def written(self, of: Class, indent: int) -> list[str]:
        """A user, set or mixin."""
        inner = indent + len(INDENT)
        members = self._members(of, inner)
        tasks = self._tasks(of, inner)
        lines = [self._head(of)]
        if of.kind != "set":
            lines.append(" public:")
        if of.kind == "plain":
            lines.insert(0, f"template <class {self._template_parameter(of)}>")
        body: list[str] = []
        previous = ""
        for kind, text in [*members, *([("tasks", tasks)] if tasks else [])]:
            if body and not (kind == previous == "attribute"):
                body.append("")
            body += text
            previous = kind
        head = self._source.comments_of_code(first_line_of(of.node), self._first_line(of.node) - 1)
        before = comments(head, indent) + self._notes(of, indent)
        if not body:
            head = [line for line in lines if line != " public:"]
            return [*before, *head[:-1], head[-1] + "};"]
        return [*before, *lines, *(INDENT + line if line else "" for line in body), "};"]

    def _template_parameter(self, of: Class) -> str:
        return "Base" if of.name != "Base" else "BaseClass"

    def _head(self, of: Class) -> str:
        keyword = "struct" if of.kind == "set" else "class"
        access = "" if of.kind == "set" else "public "
        return f"{keyword} {self.name(of)} : {access}{self._base(of)} {{"

    def _base(self, of: Class) -> str:
        own = [base for base in of.bases if base.kind == of.kind]
        if of.kind == "plain":
            result = self._template_parameter(of)
        elif own:
            result = self.reference(own[0], of.outer)
        elif of.kind == "user":
            result = self._names.library(of.root)
        else:
            parent = self._relations.parent_of(of)
            name = self._names.library(parent) if isinstance(parent, str) else self.name(parent)
            result = f"{self._names.library(of.root)}<{name}>"
        mixins = [base for base in of.bases if base.kind == "plain" and base.outer is None]
        if own and of.kind != "plain":
            known = own[0].ancestors()
            mixins = [mixin for mixin in mixins if mixin not in known]
        for mixin in reversed(mixins):
            result = f"{self.name(mixin)}<{result}>"
        return result

    def _notes(self, of: Class, indent: int) -> list[str]:
        notes: list[str] = []
        if of.unknown_bases:
            notes.append(f"TODO: the base class in Python is {', '.join(of.unknown_bases)}")
        if of.kind == "user" and self.name(of) != of.name:
            notes.append(f"TODO: {of.name} can't be the name of a class in C++. Rename it in the Python file too.")
        if of.kind == "set" and self._relations.has_mixed_users(of):
            notes.append("TODO: users with different clients list this set, so it has no client() here")
        return comments(notes, indent)

    # --- members ---

    def _members(self, of: Class, indent: int) -> list[tuple[str, list[str]]]:
        """Kind ("attribute", "function", "class", "comment") and lines of each member."""
        found: list[tuple[str, list[str]]] = []
        body = of.node.body
        column = body[0].col_offset
        next_line = self._first_line(of.node)
        written: set[str] = set()
        for statement in body:
            first = first_line_of(statement)
            before = self._comments_between(next_line, first - 1, indent)
            last = statement.end_lineno or statement.lineno
            next_line = max(next_line, last + 1)
            kind, lines = self._member(of, statement, indent, column, written)
            is_simple = isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Pass, ast.Expr))
            if is_simple and not (lines and lines[0].startswith("// TODO: translate")):
                before += comments(self._source.comments_of_code(statement.lineno, last), indent)
            if lines or before:
                found.append((kind if lines else "comment", before + lines))
        for function in self._copied(of, written):
            found.append(("function", self._method(function, of, indent)))
        return found

    def _first_line(self, node: ast.ClassDef) -> int:
        last = node.lineno
        for base in [*node.bases, *(keyword.value for keyword in node.keywords)]:
            last = max(last, base.end_lineno or last)
        return last + 1

    def _comments_between(self, first: int, last: int, indent: int) -> list[str]:
        return comments(self._source.comments_of_code(first, last), indent)

    def _member(
        self, of: Class, statement: ast.stmt, indent: int, column: int, written: set[str]
    ) -> tuple[str, list[str]]:
        if isinstance(statement, (ast.FunctionDef, ast.AsyncFunctionDef)):
            function = of.methods[statement.name]
            if function.node is not statement or statement.name in of.classes and not self._is_task(function):
                return "comment", self._functions.commented(statement, indent, column)
            written.add(statement.name)
            return "function", self._method(function, of, indent)
        if isinstance(statement, ast.ClassDef):
            inner = of.classes[statement.name]
            if inner.node is statement and inner.kind == "set" and of.kind != "plain" and statement.name not in of.methods:
                written.add(statement.name)
                return "class", self.written(inner, indent)
            return "comment", self._functions.commented(statement, indent, column)
        if isinstance(statement, ast.Pass):
            return "comment", []
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            text = statement.value.value
            lines = [line.strip() for line in text.strip().split("\n")] if isinstance(text, str) else []
            return "comment", comments(lines, indent)
        return self._attribute(of, statement, indent, column, written)

    def _attribute(
        self, of: Class, statement: ast.stmt, indent: int, column: int, written: set[str]
    ) -> tuple[str, list[str]]:
        names = assignments(statement)
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        lines: list[str] = []
        for name, value in names:
            text = None if name in written else self._attribute_text(of, name, value, statement)
            if text is None or len(targets) > len(names):
                return "comment", self._functions.commented(statement, indent, column)
            if text:
                written.add(name)
            lines += text
        if not names:
            return "comment", self._functions.commented(statement, indent, column)
        is_function = any(line.startswith(INDENT) for line in lines)
        return ("function" if is_function else "attribute"), lines

    def _attribute_text(self, of: Class, name: str, value: ast.expr, statement: ast.stmt) -> list[str] | None:
        """The declaration of a class attribute; [] if C++ needs none, None if it can't be translated."""
        if name in ("abstract", "tasks", "task_set"):
            return []
        known = value_of(value, self._constants)
        is_certain = value_of(value, self.certain_constants) is not NO_VALUE
        if known is NO_VALUE:
            known = environment_default(value, self._imports, self._constants)
        at_start_up = None if is_certain else self._at_start_up(value)
        todo = [] if is_certain or at_start_up else self._todo(statement)
        storage = "inline static const" if at_start_up else "static constexpr"
        if name == "wait_time":
            return self._wait_time(value, statement)
        if name in ("min_wait", "max_wait"):
            return self._old_wait(of, name)
        if name == "host":
            if known is None and is_certain:
                return []
            if not literals.is_text(known):
                return None
            kind = "std::string" if at_start_up else "std::string_view"
            return [*todo, f"{storage} {kind} host = {at_start_up or self._text(value, known)};"]
        if name == "weight" and literals.is_number(known) and known >= 0:
            return [*todo, f"{storage} {number_type(known)} weight = {at_start_up or self._number(value, known)};"]
        if name == "fixed_count" and literals.is_int(known) and known >= 0:
            return [*todo, f"{storage} int fixed_count = {at_start_up or self._number(value, known)};"]
        if of.root == "FastHttpUser" and name in _FAST_SETTINGS:
            setting = _fast_setting(name, known)
            return None if setting is None else [*todo, setting]
        return self._data_member(of, name, value, known, todo, at_start_up)

    def _at_start_up(self, node: ast.expr) -> str | None:
        """The C++ for a value from the environment: `env("X", 3)`, or the constant that has it."""
        constant = self._locustfile.constants.get(node.id) if isinstance(node, ast.Name) else None
        if constant is not None:
            return self._names.of_module(constant.name) if constant.is_from_environment else None
        return environment_call(node, self._imports, self.certain_constants)

    def _todo(self, statement: ast.stmt) -> list[str]:
        line = statement.lineno
        text = " ".join(self._source.slice(line, statement.end_lineno or line, 1000))
        return comments([f"TODO: the default of line {line}: {text}"], 2)

    def _text(self, node: ast.expr, value: str) -> str:
        if isinstance(node, ast.Name):
            return self._names.of_module(node.id)
        return literals.text_literal(value)

    def _number(self, node: ast.expr, value: Any) -> str:
        return self._names.of_module(node.id) if isinstance(node, ast.Name) else literals.number_literal(value)

    def _wait_time(self, value: ast.expr, statement: ast.stmt) -> list[str] | None:
        found = wait_time(value, self._imports, self._locustfile, self._names)
        if found is not None:
            text, is_at_start_up = found
            storage = "inline static const" if is_at_start_up else "static constexpr"
            return [f"{storage} {self._names.library('WaitTime')} wait_time = {text};"]
        seconds = self._names.library("Seconds")
        if isinstance(value, ast.Lambda):
            number = single_number(value, self.certain_constants)
            if number is not None:
                return [f"{seconds} wait_time() {{ return {literals.duration(number)}; }}"]
        line = statement.lineno
        texts = self._source.slice(line, statement.end_lineno or line, statement.col_offset)
        head = f"{seconds} wait_time()"
        if not isinstance(value, ast.Lambda):
            return None
        return in_braces(head, [*comments([f"TODO: translate from line {line}:", *texts], 4), "return 1s;"], 2)

    def _old_wait(self, of: Class, name: str) -> list[str] | None:
        """min_wait and max_wait in milliseconds, from before Locust 1.0."""
        found = {key: value for statement in of.node.body for key, value in assignments(statement)}
        values = [value_of(found[key], self.certain_constants) if key in found else NO_VALUE for key in ("min_wait", "max_wait")]
        is_valid = all(map(literals.is_number, values)) and 0 <= values[0] <= values[1] and "wait_time" not in found
        if not is_valid:
            return None
        low, high = (literals.duration(value / 1000) for value in values)
        return [] if name == "min_wait" else [f"static constexpr {self._names.library('WaitTime')} wait_time = between({low}, {high});"]

    def _data_member(
        self, of: Class, name: str, node: ast.expr, value: Any, todo: list[str], at_start_up: str | None
    ) -> list[str] | None:
        """A data member of each user, unless the file changes it as an attribute of the class."""
        is_taken = name in of.methods or name in of.classes or name in NAMES_OF_MEMBERS or name.startswith("__")
        if is_taken or self._is_shared(name):
            return None
        member = self.member(name, of)
        if at_start_up and (literals.is_text(value) or literals.is_number(value)):
            kind = "std::string" if isinstance(value, str) else number_type(value)
            return [f"{kind} {member} = {at_start_up};"]
        if isinstance(value, bool):
            return [*todo, f"bool {member} = {'true' if value else 'false'};"]
        if literals.is_number(value):
            return [*todo, f"{number_type(value)} {member} = {self._number(node, value)};"]
        if literals.is_text(value):
            if value == "":
                return [*todo, f"std::string {member};"]
            text = self._text(node, value)
            return [*todo, f"std::string {member}{{{text}}};" if isinstance(node, ast.Name) else f"std::string {member} = {text};"]
        return None

    def _is_shared(self, name: str) -> bool:
        """True if the file assigns it by a class's name: `ShopUser.count += 1`."""
        return any(
            isinstance(node, ast.Attribute)
            and node.attr == name
            and not isinstance(node.ctx, ast.Load)
            and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "l", "cls") and node.value.id != "cls")
            for node in ast.walk(self._source.tree)
        )

    # --- methods ---

    def _is_task(self, function: Function) -> bool:
        return function in self._tasks_of_all

    def _callable_methods(self, of: Class) -> dict[str, str]:
        """The methods that can be called without arguments, with their C++ names."""
        if of not in self._callable:
            found = self._callable[of] = {}
            for c in reversed(of.ancestors()):
                for name, method in c.methods.items():
                    found.pop(name, None)
                    if self._is_callable(method):
                        found[name] = self.member(name, c)
        return self._callable[of]

    def _scope(self, of: Class) -> Scope:
        if of not in self._scopes:
            self._scopes[of] = self._new_scope(of)
        return self._scopes[of]

    def _new_scope(self, of: Class) -> Scope:
        is_template = of.kind == "plain"
        return Scope(
            imports=self._imports,
            names=self._names,
            constants=self.certain_constants,
            prefix="this->" if is_template else "",
            is_set=of.kind == "set",
            is_user=of.kind == "user",
            has_client=self._relations.has_client(of) and not _has_own_client(of),
            methods=self._callable_methods(of),
            super_methods={} if is_template else {name: self._super_method(of, name) for name in ("on_start", "on_stop")},
        )

    def _super_method(self, of: Class, name: str) -> str:
        for base in of.bases:
            if base.kind == of.kind and base.find_method(name):
                return f"{self.reference(base, of)}::{name}"
        return ""

    def _is_callable(self, method: Function) -> bool:
        """True for a method that C++ can call without arguments."""
        if self._is_task(method):
            return True
        return (
            parameters_of(method) == []
            and not method.other_decorators
            and not method.name.startswith("__")
            and method.name not in NAMES_OF_MEMBERS
            and not any(isinstance(node, ast.Return) and node.value is not None for node in ast.walk(method.node))
        )

    def _method(self, method: Function, of: Class, indent: int) -> list[str]:
        scope = member_scope(self._scope(of), of, method)
        name = method.name
        parameters = parameters_of(method)
        is_task = self._is_task(method)
        if name in ("on_start", "on_stop") and parameters == [] and not method.other_decorators:
            return self._functions.written(f"void {name}() override", method, scope, indent)
        if name == "wait_time" and not is_task:
            head = f"{self._names.library('Seconds')} wait_time()"
            number = single_number(method.node, self.certain_constants)
            if number is not None:
                return in_braces(head, [f"return {literals.duration(number)};"], indent)
            scope.is_void = False
            return self._functions.written(head, method, scope, indent, "return 1s;  // TODO: the wait time")
        if name == "context" and not is_task and parameters == []:
            scope.is_void = False
            head = f"[[nodiscard]] {self._names.library('Value')}::Map context() override"
            return self._functions.written(head, method, scope, indent, "return {};  // TODO: the context")
        is_method = bool(method.node.args.args or method.node.args.posonlyargs) and not method.other_decorators
        if is_task or (is_method and parameters is not None and not name.startswith("__") and name not in NAMES_OF_MEMBERS):
            given = [] if is_task else [f"const auto& {self._names.of_variable(parameter)}" for parameter in parameters or []]
            return self._functions.written(f"void {self.member(name, of)}({', '.join(given)})", method, scope, indent)
        return self._functions.commented(method.node, indent, method.node.col_offset)

    # --- tasks ---

    def _copied(self, of: Class, written: set[str]) -> list[Function]:
        """The methods for the rows of further bases."""
        functions = [row.target for row in self._relations.copied_rows(of) if isinstance(row.target, Function)]
        primary = next((base for base in of.bases if base.kind == of.kind), of)
        return [
            function
            for function in dict.fromkeys(functions)
            if function.owner is not None and function.name not in written and not primary.find_method(function.name)
        ]

    def has_tasks(self, of: Class) -> bool:
        """True if the C++ class has a task to run."""
        own = [row for row in self._rows(of) if row.weight > 0]
        primary = next((base for base in of.bases if base.kind == of.kind), None)
        return bool(own) or (primary is not None and of.root != "MarkovTaskSet" and self.has_tasks(primary))

    def _rows(self, of: Class) -> list[Row]:
        """The rows that the class's table lists, without those that C++ refuses."""
        if of.root == "MarkovTaskSet":
            return self._markov_rows(of)
        return [row for row in [*self._relations.copied_rows(of), *of.rows] if self._row_fault(of, row) == ""]

    def _row_fault(self, of: Class, row: Row) -> str:
        target = row.target
        if isinstance(target, Class):
            return "" if self.has_tasks(target) else f"{target.name} has no tasks"
        if target.name in ("on_start", "on_stop"):
            return f"{target.name} can't be a task"
        if target.owner is None or target.owner in of.ancestors():
            return ""
        return f"{target.name} is a method of another class"

    def _markov_rows(self, of: Class) -> list[Row]:
        rows = list(of.rows)
        while True:
            names = {row.target.name for row in rows}
            kept = [
                row
                for row in rows
                if isinstance(row.target, Function) and any(to in names and w > 0 for to, w in row.target.transitions.items())
            ]
            if len(kept) == len(rows):
                return kept
            rows = kept

    def _tasks(self, of: Class, indent: int) -> list[str]:
        if of.kind not in ("user", "set"):
            return []
        notes = [f"TODO: translate {note}" for note in of.notes]
        if of.root != "MarkovTaskSet":
            faults = [self._row_fault(of, row) for row in [*self._relations.copied_rows(of), *of.rows]]
            notes += [f"TODO: a task that is left out: {fault}" for fault in faults if fault]
        rows = self._rows(of)
        texts = [self._row_text(of, row) for row in rows]
        primary = next((base for base in of.bases if base.kind == of.kind), None)
        if texts and primary is not None and of.root != "MarkovTaskSet" and self.has_tasks(primary):
            texts.insert(0, f"tasks_of<{self.reference(primary, of)}>()")
        lines = comments(notes, indent)
        if not texts:
            return lines
        call = f"return task_list({', '.join(texts)});"
        head = "static constexpr auto tasks()"
        if len(head) + len(call) + len(" {  }") + indent <= WIDTH:
            return [*lines, f"{head} {{ {call} }}"]
        return [*lines, head + " {", *(INDENT + part for part in broken(call, indent + len(INDENT))), "}"]

    def _row_text(self, of: Class, row: Row) -> str:
        target = row.target
        options: list[str] = []
        if row.weight != 1 and of.root != "MarkovTaskSet":
            options.append(f".weight = {row.weight}")
        tags = self._tags(of, target)
        if tags and of.root != "MarkovTaskSet":
            options.append(f".tags = {{{', '.join(map(literals.text_literal, tags[:8]))}}}")
        if of.root == "MarkovTaskSet" and isinstance(target, Function):
            options.append(f".transitions = {self._transitions(of, target)}")
        text = f"({{{', '.join(options)}}})" if options else "()"
        return f"task<{self._task(of, target)}>{text}"

    def _task(self, of: Class, target: "Function | Class") -> str:
        if isinstance(target, Class):
            return self.reference(target, of)
        if target.owner is None:
            name = self.function(target)
            scope = "::" if name in self._member_names(of) else ""
            argument = "" if self._relations.parameter_of(target) else f"<{self.name(of)}>"
            return f"&{scope}{name}{argument}"
        primary = next((base for base in of.bases if base.kind == of.kind), None)
        is_inherited = target.owner is not of and primary is not None and target.owner in primary.ancestors()
        owner = self.reference(target.owner, of) if is_inherited else self.name(of)
        return f"&{owner}::{self.member(target.name, target.owner)}"

    def _tags(self, of: Class, target: "Function | Class") -> list[str]:
        if isinstance(target, Class):
            return target.class_tags
        around: set[str] = set()
        has_derived = any(of in c.bases for c in self._locustfile.every_class())
        if of.kind == "set" and not has_derived:
            around.update(of.class_tags)
        return [tag for tag in target.tags if tag not in around]

    def _transitions(self, of: Class, target: Function) -> str:
        names = {row.target.name for row in self._rows(of)}
        texts = []
        for to, weight in list(target.transitions.items()):
            if to in names and weight >= 0:
                name = literals.text_literal(self.member(to, of))
                texts.append(name if weight == 1 else f"{{{name}, {weight}}}")
        return f"{{{', '.join(texts[:16])}}}"

    # --- functions that are tasks ---

    def function(self, function: Function) -> str:
        return self._names.of_module(function.name)

    def task_function(self, function: Function) -> list[str]:
        name = function.node.args.args[0].arg if function.node.args.args else "self"
        parameter = self._names.of_variable(name) if name not in NAMES_OF_MEMBERS else name
        type_ = self._relations.parameter_of(function)
        scope = Scope(
            imports=self._imports,
            names=self._names,
            constants=self.certain_constants,
            self_name=name if function.node.args.args else "",
            prefix=f"{parameter}.",
            is_set=all(holder.kind == "set" for holder in function.used_by),
            is_user=all(holder.kind == "user" for holder in function.used_by),
            has_client=self._relations.function_has_client(function),
        )
        if type_:
            inner = type_.removeprefix("TaskSet<").removesuffix(">")
            written = self._names.library(inner)
            type_ = f"{self._names.library('TaskSet')}<{written}>" if inner != type_ else written
            return self._functions.written(f"void {self.function(function)}({type_}& {parameter})", function, scope, 0)
        own = "Self" if parameter != "Self" else "Holder"
        head = f"void {self.function(function)}({own}& {parameter})"
        lines = self._functions.written(head, function, scope, 0, is_template=True)
        return [f"template <class {own}>", *lines]


def _has_own_client(of: Class) -> bool:
    """True if the class, or the class around it, makes `self.client` something else than Locust's client."""
    classes = [*of.ancestors(), *(of.outer.ancestors() if of.outer else [])]
    return any(
        "client" in c.methods
        or any(name == "client" for statement in c.node.body for name, _ in assignments(statement))
        or any(
            isinstance(node, ast.Attribute) and node.attr == "client" and isinstance(node.ctx, ast.Store)
            for node in ast.walk(c.node)
        )
        for c in classes
    )


def number_type(value: int | float) -> str:
    return "int" if type(value) is int else "double"


def _fast_setting(name: str, value: Any) -> str | None:
    kind = _FAST_SETTINGS[name]
    if kind == "Seconds" and literals.is_number(value) and value > 0:
        return f"static constexpr Seconds {name}{{{literals.number_literal(value)}}};"
    if kind == "int" and literals.is_int(value) and value >= 0:
        return f"static constexpr int {name} = {value};"
    if kind == "bool" and isinstance(value, bool):
        return f"static constexpr bool {name} = {'true' if value else 'false'};"
    return None
