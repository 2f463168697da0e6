"""The types that C++ needs and Python does not: parents of sets, and parameters of functions that are tasks."""

from __future__ import annotations

from model import Class, Function, Locustfile, Row

WITH_CLIENT = ("HttpUser", "FastHttpUser")


class Relations:
    def __init__(self, locustfile: Locustfile) -> None:
        self._every_class = locustfile.every_class()
        self._roots: dict[Class, set[str]] = {}  # Locust's classes of the users that reach a set
        for user in self._every_class:
            if user.kind == "user":
                self._reach(user, user.root, set())
        used = {user.root for user in self._every_class if user.kind == "user"}
        self._default_root = used.pop() if len(used) == 1 else "HttpUser"

    def _reach(self, holder: Class, root: str, seen: set[Class]) -> None:
        for row in holder.all_rows():
            if isinstance(row.target, Class) and row.target not in seen:
                seen.add(row.target)
                for family in self._family(row.target):
                    self._roots.setdefault(family, set()).add(root)
                self._reach(row.target, root, seen)

    def _family(self, task_set: Class) -> list[Class]:
        """The sets with the same parent: those that derive from each other."""
        ancestors = [c for c in task_set.ancestors() if c.kind == "set"]
        oldest = ancestors[-1]
        return [c for c in self._every_class if c.kind == "set" and oldest in c.ancestors()]

    def parent_of(self, task_set: Class) -> "Class | str":
        """The Parent in TaskSet<Parent>: the class around it if only that lists it, else a class of the library."""
        family = self._family(task_set)
        listers = {c for c in self._every_class for row in c.rows if row.target in family}
        oldest = family[0]
        if len(family) == 1 and oldest.outer is not None and oldest.outer.kind in ("user", "set"):
            if listers <= {oldest.outer}:
                return oldest.outer
        return self._root_of(task_set)

    def _root_of(self, task_set: Class) -> str:
        roots: set[str] = set()
        for family in self._family(task_set):
            roots |= self._roots.get(family, set())
        if not roots and task_set.outer is not None and task_set.outer.kind in ("user", "set"):
            return task_set.outer.root if task_set.outer.kind == "user" else self._root_of(task_set.outer)
        if not roots:
            return self._default_root
        return roots.pop() if len(roots) == 1 else "User"

    def has_client(self, holder: Class) -> bool:
        if holder.kind == "user":
            return holder.root in WITH_CLIENT
        if holder.kind == "set":
            return self._root_of(holder) in WITH_CLIENT
        derived = self.users_of_mixin(holder)
        return bool(derived) and all(self.has_client(c) for c in derived)

    def has_mixed_users(self, task_set: Class) -> bool:
        """Users with and without a client, or with different ones, list this set."""
        return len({root for family in self._family(task_set) for root in self._roots.get(family, ())}) > 1

    def users_of_mixin(self, mixin: Class) -> list[Class]:
        """The users and sets that derive from a plain class."""
        return [c for c in self._every_class if c.kind in ("user", "set") and mixin in c.ancestors()]

    def parameter_of(self, function: Function) -> str:
        """The type of the parameter of a function that is a task: "HttpUser", "TaskSet<HttpUser>", or "" if it
        must be a template."""
        types: set[str] = set()
        for holder in function.used_by:
            if holder.kind == "user":
                types.add(holder.root)
            else:
                parent = self.parent_of(holder)
                types.add(f"TaskSet<{parent}>" if isinstance(parent, str) else "")
        return types.pop() if len(types) == 1 else ""

    def function_has_client(self, function: Function) -> bool:
        return all(self.has_client(holder) for holder in function.used_by)

    def copied_rows(self, holder: Class) -> list[Row]:
        """The rows of the second and further bases: a C++ class can't inherit from two users."""
        bases = [base for base in holder.bases if base.kind == holder.kind]
        return [row for base in bases[1:] for row in base.all_rows()]
