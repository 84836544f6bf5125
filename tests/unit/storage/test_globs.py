"""Patterns as Hadoop reads them."""

from __future__ import annotations

import pytest

from hadoopjobs.storage.globs import compile_name, expand_braces


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("plain", ["plain"]),
        ("{a,b}{1,2}", ["a1", "a2", "b1", "b2"]),
        ("{a,{b,c}d}", ["a", "bd", "cd"]),
        ("{a}", ["a"]),
        ("{a,a}", ["a"]),
        ("x{,y}", ["x", "xy"]),
        ("{open", ["{open"]),
        ("shut}", ["shut}"]),
        ("\\{a,b}", ["\\{a,b}"]),
        ("{a\\,b,c}", ["a\\,b", "c"]),
        ("{x/y,z}/w", ["x/y/w", "z/w"]),
    ],
)
def test_expand_braces(pattern, expected):
    assert expand_braces(pattern) == expected


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("*", "anything\nat all", True),
        ("a.c", "abc", False),
        ("a\\*", "a*", True),
        ("a\\*", "ab", False),
        ("[]]", "]", True),
        ("[^]]", "]", False),
        ("[a-c]", "b", True),
        ("[a\\-c]", "b", False),
        ("[", "[", True),
        ("[c-a]", "b", False),
        ("[&&x]", "&", True),
        ("a(b)+", "a(b)+", True),
    ],
)
def test_compile_name(pattern, name, matches):
    assert bool(compile_name(pattern).fullmatch(name)) is matches
