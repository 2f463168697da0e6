"""Which names C++ leaves free. A name that is taken gets a "_" at its end, as in Python.

--check and the master compare names of tasks without that "_".
"""

from __future__ import annotations

import re
from pathlib import Path

KEYWORDS = frozenset(
    """alignas alignof and and_eq asm auto bitand bitor bool break case catch char char16_t char32_t char8_t class
    co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype default
    delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline int long
    mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public register
    reinterpret_cast requires return short signed sizeof static static_assert static_cast struct switch template this
    thread_local throw true try typedef typeid typename union unsigned using virtual void volatile wchar_t while xor
    xor_eq""".split()
)

NAMES_OF_MEMBERS = frozenset(
    """base_host base_host_ between CatchResponse choices_ class_ class_attribute class_settings client client_
    concurrency connection_timeout constant constant_pacing constant_throughput context cppworker default_headers
    env environment environment_ FastHttpUser fixed_count gather Headers host HttpUser insecure interrupt iterations
    kTaskSetKind log_debug log_error log_info log_warning MarkovTaskSet max_redirects Milliseconds network_timeout
    next_ on_start on_stop outer_ paced_until_ parent parent_ ParentType poisson proxy_host proxy_port queue_
    randint RescheduleTask RescheduleTaskImmediately Response rest rest_ run_ run_blocking schedule_task Seconds
    SequentialTaskSet sleep_for spawn std StopUser task task_list tasks tasks_of TaskSet uniform User user user_
    Value wait wait_time WaitTime weight""".split()
)
"""Members of users and sets, and names that the skeleton uses in classes. An author's member would hide them."""

_RULES = re.compile(
    r"((SYS|PTHREAD|pthread|CLONE|LC|CPPWORKER|cppworker)_.*|main|init|std|cppworker|__.*|_[A-Z].*)(?<!_)"
)
"""Names of C and C++, and of the skeleton itself, that are not in names_of_c.txt. None ends with "_"."""

_DECLARATION = re.compile(
    r"^(?:template <.*>\s*)?(?:.*\b(?:class|struct|enum|enum class|concept|namespace)\s+(?:CPPWORKER_EXPORT\s+)?(\w+)"
    r"|using\s+(\w+)|(?:[\w:<>,.&*\[\] ]+?[ &*])(\w+)\s*(?:[({=;]|$))"
)


def names_in_headers(include_dir: str) -> frozenset[str]:
    """What the public headers declare in the namespace cppworker: there, a declaration begins in column 0."""
    found: set[str] = set()
    for header in Path(include_dir, "cppworker").glob("*.hpp"):
        for line in header.read_text(encoding="utf-8").splitlines():
            if line[:1].isalpha() or line[:1] == "[":
                match = _DECLARATION.match(line)
                if match:
                    found.add(match[1] or match[2] or match[3])
    return frozenset(found)


class Names:
    """The names of one skeleton."""

    def __init__(self, include_dir: str) -> None:
        self.shared: frozenset[str] = frozenset()  # user classes of the file that cppworker has, too
        text = Path(__file__).with_name("names_of_c.txt").read_text(encoding="utf-8")
        self._of_c = frozenset(word for line in text.splitlines() if line[:1] != "#" for word in line.split())
        self._of_cppworker = names_in_headers(include_dir)

    def is_ambiguous(self, name: str) -> bool:
        """True for a class that must be written as `::Name`, because cppworker has one of that name."""
        return name in self._of_cppworker and not self._is_taken_everywhere(name)

    def of_user(self, name: str) -> str:
        """A user class, where it is declared. The master identifies it by its name."""
        return name + "_" if self._is_taken_everywhere(name) else name

    def library(self, name: str) -> str:
        """A name of the library in the skeleton."""
        return f"cppworker::{name}" if name in self.shared else name

    def of_module(self, name: str) -> str:
        """A function, constant or set at the top of the file."""
        while self._is_taken_everywhere(name) or name in self._of_cppworker or name in NAMES_OF_MEMBERS:
            name += "_"
        return name

    def of_member(self, name: str, class_names: list[str]) -> str:
        """A method, nested class or data member of a class in these classes, which can't have their names."""
        while self._is_macro(name) or name in NAMES_OF_MEMBERS or name in class_names:
            name += "_"
        return name

    def of_variable(self, name: str) -> str:
        """A parameter or local variable."""
        return name + "_" if self._is_macro(name) or name in NAMES_OF_MEMBERS else name

    def _is_macro(self, name: str) -> bool:
        """Keywords and everything that may be a macro: its name is taken in every scope."""
        may_be_macro = name[0].isupper() or name.startswith("pthread_") or name in _SMALL_MACROS
        return name in KEYWORDS or (may_be_macro and self._is_taken_everywhere(name))

    def _is_taken_everywhere(self, name: str) -> bool:
        return name in KEYWORDS or name in self._of_c or _RULES.fullmatch(name) is not None


_SMALL_MACROS = frozenset(
    """alloca assert be16toh be32toh be64toh errno htobe16 htobe32 htobe64 htole16 htole32 htole64 le16toh le32toh
    le64toh linux major minor makedev offsetof sched_priority stderr stdin stdout unix""".split()
)
