"""Glob patterns as Hadoop's FileSystem.globStatus reads them, with `**` in addition.

Source: Hadoop's FileSystem.globStatus javadoc: `?`, `*`, `[abc]`, `[a-b]`, `[^a]`, `\\c`, `{ab,c}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

_MAGIC = re.compile(r"[*?\[{]")


def is_glob(pattern: str) -> bool:
    """Whether `pattern` holds a character that globs read as more than itself."""
    return _MAGIC.search(pattern) is not None


def expand_braces(pattern: str) -> list[str]:
    """The patterns that `{a,b}` in `pattern` stands for, braces inside braces too.

    A brace without its partner stands for itself, and so does one after a backslash.

    >>> expand_braces("d/{a,b{1,2}}.txt")
    ['d/a.txt', 'd/b1.txt', 'd/b2.txt']
    """
    found = _first_braces(pattern)
    if found is None:
        return [pattern]
    begin, commas, end = found
    edges = [begin, *commas, end]
    choices = [pattern[a + 1 : b] for a, b in pairwise(edges)]
    head, tail = pattern[:begin], pattern[end + 1 :]
    expanded = (whole for choice in choices for whole in expand_braces(head + choice + tail))
    return list(dict.fromkeys(expanded))


def _first_braces(pattern: str) -> tuple[int, list[int], int] | None:
    """Where the first outermost pair of braces begins, has its commas, and ends."""
    begin, depth, commas = -1, 0, list[int]()
    for at, char in _unescaped(pattern):
        if char == "{":
            depth += 1
            if depth == 1:
                begin, commas = at, []
        elif char == "," and depth == 1:
            commas.append(at)
        elif char == "}" and depth:
            depth -= 1
            if depth == 0:
                return begin, commas, at
    return None


def _unescaped(pattern: str) -> Iterator[tuple[int, str]]:
    escaped = False
    for at, char in enumerate(pattern):
        if escaped:
            escaped = False
        elif char == "\\":
            escaped = True
        else:
            yield at, char


def compile_name(pattern: str) -> re.Pattern[str]:
    """A matcher of one name for one component of a pattern, its braces expanded before.

    >>> bool(compile_name("part-[0-9]*").fullmatch("part-00017"))
    True
    """
    parts, at = [], 0
    while at < len(pattern):
        piece, at = _translate(pattern, at)
        parts.append(piece)
    return re.compile("".join(parts), re.DOTALL)


def _translate(pattern: str, at: int) -> tuple[str, int]:
    """The regular expression for what begins at `at`, and where the next piece begins."""
    char = pattern[at]
    if char == "*":
        return ".*", at + 1
    if char == "?":
        return ".", at + 1
    if char == "\\" and at + 1 < len(pattern):
        return re.escape(pattern[at + 1]), at + 2
    if char == "[":
        return _translate_set(pattern, at)
    return re.escape(char), at + 1


_SET = re.compile(r"\[(?P<not>[!^]?)(?P<members>(?:\\.|\])?(?:\\.|[^\]\\])*)\]", re.DOTALL)
_MEMBER = re.compile(r"\\?(.)(?:-\\?(.))?", re.DOTALL)


def _translate_set(pattern: str, at: int) -> tuple[str, int]:
    """A bracket that comes first in its set stands for itself, and so does one never closed."""
    match = _SET.match(pattern, at)
    if match is None or not match["members"]:
        return re.escape("["), at + 1
    ranges = []
    for first, last in _MEMBER.findall(match["members"]):
        if (last or first) >= first:  # a range that runs backwards is empty
            ranges.append(re.escape(first) + (f"-{re.escape(last)}" if last else ""))
    if not ranges:
        return ("." if match["not"] else "(?!)"), match.end()
    return f"[{'^' if match['not'] else ''}{''.join(ranges)}]", match.end()


def unescape(component: str) -> str:
    """The name that a component without magic stands for."""
    return re.sub(r"\\(.)", r"\1", component, flags=re.DOTALL)


def match_paths(
    pattern: str, names_in: Callable[[str], list[str]], exists: Callable[[str], bool]
) -> list[str]:
    """The absolute paths that match the absolute `pattern`, sorted, each once.

    `names_in` lists a folder and gives nothing for what is no folder.
    """
    found = {
        path
        for plain in expand_braces(pattern)
        for path in _descend("/", [part for part in plain.split("/") if part], names_in, exists)
    }
    return sorted(found)


def _descend(
    folder: str,
    components: list[str],
    names_in: Callable[[str], list[str]],
    exists: Callable[[str], bool],
) -> Iterator[str]:
    if not components:
        yield folder
        return
    first, rest = components[0], components[1:]
    if first == "**":
        yield from _descend(folder, rest or ["*"], names_in, exists)
        for name in names_in(folder):
            yield from _descend(_join(folder, name), components, names_in, exists)
    elif is_glob(first):
        matcher = compile_name(first)
        for name in names_in(folder):
            if matcher.fullmatch(name):
                yield from _descend(_join(folder, name), rest, names_in, exists)
    elif exists(path := _join(folder, unescape(first))):
        yield from _descend(path, rest, names_in, exists)


def _join(folder: str, name: str) -> str:
    return folder.rstrip("/") + "/" + name
