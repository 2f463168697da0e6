"""Translates statements that mean the same in C++. The others stay comments, marked TODO."""

from __future__ import annotations

import ast
import re

import literals
from comments import WIDTH, comments
from expressions import Untranslatable, condition, random_number, string_of, text_of, translate
from http_calls import Request
from literals import NO_VALUE, value_of
from scope import Scope
from source import Source

INDENT = "  "


class Body:
    """The statements of one function as lines of C++, without the indentation of the function."""

    def __init__(self, source: Source, scope: Scope, indent: int) -> None:
        """@param indent the column of the statements in C++, for the width of comments"""
        self._source = source
        self._scope = scope
        self._indent = indent
        self._declared: set[str] = set()  # variables of the C++ block
        self._caught: set[str] = set()  # those that a `with` names

    def lines(self, body: list[ast.stmt], first_line: int) -> list[str]:
        """@param first_line the line after the function's head: comments may come before the first statement"""
        result: list[str] = []
        pending: list[str] = []  # untranslated lines of Python
        pending_line = 0
        next_line = first_line
        column = body[0].col_offset

        def write_pending() -> None:
            nonlocal pending
            if pending:
                result.extend(comments([f"TODO: translate from line {pending_line}:", *pending], self._indent))
            pending = []

        for group in _groups(body):
            first, last = group[0].lineno, group[-1].end_lineno or group[-1].lineno
            before = self._source.slice(next_line, first - 1, column) if next_line < first else []
            next_line = last + 1
            translated = self._try_group(group, first >= first_line)
            if translated is None:
                if pending:
                    pending += before
                else:
                    result.extend(_python_comments(before, self._indent))
                    pending_line = first
                pending += self._untranslated(group, first >= first_line, column)
                while pending and not pending[-1].strip():
                    pending.pop()
                continue
            write_pending()
            result.extend(_python_comments(before, self._indent))
            result.extend(_python_comments(self._comments_in(group), self._indent))
            result.extend(translated)
        write_pending()
        return result

    def _comments_in(self, group: list[ast.stmt]) -> list[str]:
        """The comments in translated statements, without those that the body of a `with` writes itself."""
        lines: list[int] = []
        for statement in group:
            last = statement.end_lineno or statement.lineno
            if isinstance(statement, ast.With):
                last = statement.items[0].context_expr.end_lineno or last
            lines += range(statement.lineno, last + 1)
        found = [self._source.trailing_comment(line) for line in dict.fromkeys(lines)]
        return [text for text in found if text]

    def _untranslated(self, group: list[ast.stmt], has_own_line: bool, column: int) -> list[str]:
        if has_own_line:
            return self._source.slice(group[0].lineno, group[-1].end_lineno or group[-1].lineno, column)
        return [self._source.segment(statement) for statement in group]  # def f(self): return 1

    def _try_group(self, group: list[ast.stmt], has_own_line: bool) -> list[str] | None:
        known = dict(self._scope.variables)
        try:
            return [line for statement in group for line in self._statement(statement)]
        except (Untranslatable, RecursionError):
            self._scope.variables.clear()
            self._scope.variables.update(known)
            # A name that is assigned there has an unknown type from now on.
            for statement in group:
                for node in ast.walk(statement):
                    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                        self._scope.variables.pop(node.id, None)
            return None

    def _statement(self, node: ast.stmt) -> list[str]:
        if isinstance(node, ast.Pass):
            return []
        if isinstance(node, ast.Expr):
            return self._expression_statement(node.value)
        if isinstance(node, ast.Assign):
            return self._assignment(node)
        if isinstance(node, ast.Return) and node.value is None and self._scope.is_void:
            return ["return;"]
        if isinstance(node, ast.Raise):
            return self._raise(node)
        if isinstance(node, ast.With):
            return self._with(node)
        if isinstance(node, ast.For):
            return self._for(node)
        if isinstance(node, ast.If):
            return self._if(node)
        raise Untranslatable

    def _block(self, body: list[ast.stmt]) -> list[str]:
        """A block in which everything can be translated."""
        return [INDENT + line for statement in body for line in self._statement(statement)]

    # --- calls ---

    def _expression_statement(self, node: ast.expr) -> list[str]:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):  # a docstring
            return comments([line.strip() for line in node.value.strip().split("\n")], self._indent)
        if not isinstance(node, ast.Call):
            raise Untranslatable
        for read in (self._request, self._sleep, self._log, self._own_call, self._verdict, self._super_call):
            text = read(node)
            if text is not None:
                return [f"{text};"] if text else []
        raise Untranslatable

    def _request(self, node: ast.Call) -> str | None:
        if not isinstance(node.func, ast.Attribute) or not self._scope.is_client(node.func.value):
            return None
        request = Request(node, self._scope)
        if request.is_caught:
            raise Untranslatable  # outside of a `with`, which reports it
        return request.text()

    def _sleep(self, node: ast.Call) -> str | None:
        if self._scope.meaning(node.func) not in ("time.sleep", "gevent.sleep"):
            return None
        value = value_of(node.args[0], self._scope.known_constants()) if len(node.args) == 1 else NO_VALUE
        number = random_number(node.args[0], self._scope) if len(node.args) == 1 and not node.keywords else None
        if number is not None:
            return f"sleep_for({self._scope.names.library('Seconds')}({number.text}))"
        if not literals.is_number(value) or value < 0 or node.keywords:
            raise Untranslatable
        return f"sleep_for({literals.duration(value)})"

    def _log(self, node: ast.Call) -> str | None:
        """`logging.info("…")`."""
        levels = {f"logging.{level}": f"log_{level}" for level in ("debug", "info", "warning", "error")}
        function = levels.get(self._scope.meaning(node.func))
        if function is None:
            return None
        if len(node.args) != 1 or node.keywords:
            raise Untranslatable
        return f"{function}({text_of(node.args[0], self._scope)})"

    def _own_call(self, node: ast.Call) -> str | None:
        """`self.wait()`, `self.interrupt(…)`, `self.log_in()`."""
        scope = self._scope
        if not isinstance(node.func, ast.Attribute) or not scope.is_self(node.func.value):
            return None
        name = node.func.attr
        if name in scope.methods and not node.args and not node.keywords:
            return f"{scope.prefix}{scope.methods[name]}()"
        if name == "wait" and (scope.is_set or scope.is_user) and not node.args and not node.keywords:
            return f"{scope.prefix}wait()"
        if name == "interrupt" and scope.is_set:
            values = [*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "reschedule")]
            reschedule = value_of(values[0], {}) if values else True
            if len(values) <= 1 and len(values) == len(node.args) + len(node.keywords) and isinstance(reschedule, bool):
                return f"{scope.prefix}interrupt({'' if reschedule else 'false'})"
        raise Untranslatable

    def _super_call(self, node: ast.Call) -> str | None:
        """`super().on_start()`."""
        function = node.func
        if (
            isinstance(function, ast.Attribute)
            and isinstance(function.value, ast.Call)
            and isinstance(function.value.func, ast.Name)
            and function.value.func.id == "super"
            and function.attr in self._scope.super_methods
            and not node.args
            and not node.keywords
        ):
            target = self._scope.super_methods[function.attr]
            return f"{target}()" if target else ""
        return None

    def _verdict(self, node: ast.Call) -> str | None:
        """`response.failure("…")`, `response.success()` in a `with`."""
        function = node.func
        if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
            return None
        variable = self._scope.variables.get(function.value.id)
        if variable is None or not self._is_caught(function.value.id):
            return None
        if function.attr == "success" and not node.args and not node.keywords:
            return f"{variable[0]}.success()"
        if function.attr == "failure" and len(node.args) == 1 and not node.keywords:
            return f"{variable[0]}.failure({string_of(node.args[0], self._scope)})"
        raise Untranslatable

    # --- other statements ---

    def _assignment(self, node: ast.Assign) -> list[str]:
        if len(node.targets) != 1:
            raise Untranslatable
        target = node.targets[0]
        if isinstance(target, ast.Name) and isinstance(node.value, ast.Call):
            text = self._request(node.value)
            if text is None:
                raise Untranslatable
            is_known = self._scope.variables.get(target.id, ("", ""))[1] == "response" and not self._is_caught(target.id)
            name = self._scope.names.of_variable(target.id)
            if not is_known and target.id in self._declared:
                raise Untranslatable  # in C++, the block has this variable already
            self._declared.add(target.id)
            self._scope.variables[target.id] = (name, "response")
            return [f"{name} = {text};" if is_known else f"{self._scope.names.library('Response')} {name} = {text};"]
        return [self._client_setting(target, node.value)]

    def _client_setting(self, target: ast.expr, value: ast.expr) -> str:
        """`self.client.headers["X"] = "y"`, `self.client.verify = False`."""
        scope = self._scope
        if isinstance(target, ast.Subscript) and isinstance(target.value, ast.Attribute):
            key = target.slice.value if isinstance(target.slice, ast.Constant) else None
            if target.value.attr == "headers" and scope.is_client(target.value.value) and literals.is_text(key):
                return f"{scope.prefix}client().headers[{literals.text_literal(key)}] = {string_of(value, scope)};"
        if isinstance(target, ast.Attribute) and target.attr == "verify" and scope.is_client(target.value):
            expression = translate(value, scope)
            if expression.type == "bool":
                return f"{scope.prefix}client().verify = {expression.text};"
        raise Untranslatable

    def _raise(self, node: ast.Raise) -> list[str]:
        call = node.exc
        exception = call.func if isinstance(call, ast.Call) else call
        if exception is None or node.cause is not None or (isinstance(call, ast.Call) and (call.args or call.keywords)):
            raise Untranslatable
        name = self._scope.meaning(exception).partition("locust.")[2]
        if name not in ("StopUser", "RescheduleTask", "RescheduleTaskImmediately"):
            raise Untranslatable
        return [f"throw {self._scope.names.library(name)}{{}};"]

    def _with(self, node: ast.With) -> list[str]:
        """A request with catch_response=True. What can't be translated in its body becomes a comment there."""
        item = node.items[0]
        is_request = (
            len(node.items) == 1
            and isinstance(item.context_expr, ast.Call)
            and isinstance(item.context_expr.func, ast.Attribute)
            and self._scope.is_client(item.context_expr.func.value)
        )
        if not is_request or not (item.optional_vars is None or isinstance(item.optional_vars, ast.Name)):
            raise Untranslatable
        request = Request(item.context_expr, self._scope)  # type: ignore[arg-type]
        if not request.is_caught or any(isinstance(inner, (ast.Return, ast.Break, ast.Continue)) for inner in ast.walk(node)):
            raise Untranslatable
        variable = item.optional_vars.id if isinstance(item.optional_vars, ast.Name) else "response"
        name = self._scope.names.of_variable(variable)
        inner_scope = Scope(**{**vars(self._scope), "variables": {**self._scope.variables, variable: (name, "response")}})
        inner = Body(self._source, inner_scope, self._indent + len(INDENT))
        inner._caught = self._caught | {variable}
        head_line = (node.items[0].context_expr.end_lineno or node.lineno) + 1
        lines = inner.lines(node.body, head_line)
        capture = "[&]" if self._uses_outside(lines, variable) else "[]"
        head = request.text(f"{capture}({self._scope.names.library('CatchResponse')}& {name}) {{")[: -len(")")]
        self._scope.variables.pop(variable, None)  # its Python value is that of this request from now on
        if not lines:
            return [head + "});"]
        short = f"{head} {lines[0]} }});"
        if len(lines) == 1 and not lines[0].startswith("//") and self._indent + len(short) <= WIDTH:
            return [short]
        return [head, *(INDENT + line for line in lines), "});"]

    def _uses_outside(self, lines: list[str], variable: str) -> bool:
        """True if the code uses the user, the set or a variable of the function other than `variable`."""
        scope = self._scope
        words = {"this", "client", "wait", "interrupt", scope.prefix.rstrip("."), *scope.methods.values()}
        words |= {name for own, (name, _) in scope.variables.items() if own != variable}
        code = " ".join(line for line in lines if not line.lstrip().startswith("//"))
        return bool(words & set(re.findall(r"\w+", code)))

    def _is_caught(self, name: str) -> bool:
        return name in self._caught

    def _for(self, node: ast.For) -> list[str]:
        """`for i in range(3):`, if all of its body can be translated."""
        call = node.iter
        is_range = (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Name)
            and call.func.id == "range"
            and "range" not in self._scope.own_names
            and not call.keywords
            and len(call.args) in (1, 2)
        )
        if not is_range or not isinstance(node.target, ast.Name) or node.orelse:
            raise Untranslatable
        bounds = [translate(argument, self._scope) for argument in call.args]  # type: ignore[union-attr]
        if any(bound.type != "int" for bound in bounds) or node.target.id in self._declared:
            raise Untranslatable
        if sum(isinstance(n, ast.Name) and n.id == node.target.id and isinstance(n.ctx, ast.Store) for n in ast.walk(node)) > 1:
            raise Untranslatable
        first, end = ("0", bounds[0].text) if len(bounds) == 1 else (bounds[0].text, bounds[1].text)
        name = self._scope.names.of_variable(node.target.id)
        outside = dict(self._scope.variables)
        self._scope.variables[node.target.id] = (name, "int")
        block = self._block(node.body)
        self._scope.variables.clear()  # what the loop declares ends with it
        self._scope.variables.update(outside)
        return [f"for (int {name} = {first}; {name} < {end}; ++{name}) {{", *block, "}"]

    def _if(self, node: ast.If) -> list[str]:
        """An `if`, if all of it can be translated."""
        lines = [f"if ({condition(node.test, self._scope)}) {{", *self._inner_block(node.body)]
        if len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If):
            first, *others = self._if(node.orelse[0])
            return [*lines, f"}} else {first}", *others]
        if node.orelse:
            lines += ["} else {", *self._inner_block(node.orelse)]
        return [*lines, "}"]

    def _inner_block(self, body: list[ast.stmt]) -> list[str]:
        outside = dict(self._scope.variables)
        lines = self._block(body)
        if any(name not in outside for name in self._scope.variables):
            raise Untranslatable  # Python's variable outlives the block
        return lines


def _groups(body: list[ast.stmt]) -> list[list[ast.stmt]]:
    """Statements that share a line are in one group."""
    groups: list[list[ast.stmt]] = []
    for statement in body:
        if groups and statement.lineno <= (groups[-1][-1].end_lineno or groups[-1][-1].lineno):
            groups[-1].append(statement)
        else:
            groups.append([statement])
    return groups


def _python_comments(lines: list[str], indent: int) -> list[str]:
    """Comments of the Python file between its statements; blank lines are left out."""
    texts = [line.strip()[1:].removeprefix(" ") for line in lines if line.strip().startswith("#")]
    return comments(texts, indent)
