"""The settings of a Hadoop cluster, found and merged as Hadoop's own clients do it.

Only what the site files and the user say: Hadoop's defaults are the caller's to give.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from hadoopjobs.core.errors import ConfigError
from hadoopjobs.core.hadoop_names import current_name
from hadoopjobs.core.hadoop_values import (
    TooDeep,
    expand,
    integer,
    login_name,
    seconds,
    size_bytes,
    truth,
)
from hadoopjobs.core.hadoop_xml import read_site_file

SITE_FILES = ("core-site.xml", "hdfs-site.xml", "yarn-site.xml", "mapred-site.xml")

T = TypeVar("T")


@dataclass(frozen=True)
class Setting:
    """One place that sets a key; `value` is as written there, its variables not expanded.

    `source` is the path of a file, or whatever the caller named it ("command line", "job").
    """

    key: str
    value: str
    source: str
    line: int | None = None
    is_final: bool = False
    is_winner: bool = False

    @property
    def place(self) -> str:
        return self.source if self.line is None else f"{self.source}, line {self.line}"


Override = tuple[str, Mapping[str, str]]  # a source and what it sets


class HadoopConf:
    """Settings by key; an old name of a key and the new one are the same key."""

    def __init__(
        self, settings: Iterable[Setting] = (), environ: Mapping[str, str] | None = None
    ) -> None:
        """`settings` from the weakest to the strongest, but for what is final before."""
        self._environ: Mapping[str, str] = environ if environ is not None else {}
        self._settings: dict[str, list[Setting]] = {}
        for setting in settings:
            self._settings.setdefault(current_name(setting.key), []).append(setting)
        self._winners = {key: _winner(found) for key, found in self._settings.items()}

    def get(self, key: str, default: str | None = None) -> str | None:
        """The value with `${variables}` expanded; spaces around it stay."""
        winner = self._winners.get(current_name(key))
        if winner is None:
            return default
        try:
            return expand(winner.value, self._raw, self._environ)
        except TooDeep as error:
            raise _bad(winner, winner.value, error) from error

    def get_int(self, key: str, default: int) -> int:
        return self._parsed(key, default, integer)

    def get_bool(self, key: str, default: bool) -> bool:
        return self._parsed(key, default, truth)

    def get_bytes(self, key: str, default: int) -> int:
        """A size such as `128m`, in powers of 1024."""
        return self._parsed(key, default, size_bytes)

    def get_seconds(self, key: str, default: float, *, unit: str = "s") -> float:
        """A time such as `10s`; a number without a unit counts in `unit` (ms for some keys)."""
        return self._parsed(key, default, lambda text: seconds(text, unit))

    def get_list(self, key: str) -> list[str]:
        """The parts between commas, trimmed, without empty ones."""
        parts = (part.strip() for part in (self.get(key) or "").split(","))
        return [part for part in parts if part]

    def keys(self) -> list[str]:
        """Every key that is set, by its current name, sorted."""
        return sorted(self._settings)

    def explain(self, key: str) -> tuple[Setting, ...]:
        """Every place that sets `key`, the winner first, then from the strongest to the weakest."""
        found = self._settings.get(current_name(key), [])
        winner = _winner(found) if found else None
        others = [setting for setting in reversed(found) if setting is not winner]
        return () if winner is None else (replace(winner, is_winner=True), *others)

    @property
    def user(self) -> str:
        """HADOOP_USER_NAME, else the login name."""
        name = self._environ.get("HADOOP_USER_NAME") or login_name()
        if name == "?":
            raise ConfigError("this process has no login name: set HADOOP_USER_NAME")
        return name

    def with_overrides(self, overrides: Sequence[Override]) -> HadoopConf:
        """These settings under stronger ones."""
        settings = [setting for found in self._settings.values() for setting in found]
        return HadoopConf([*settings, *_override_settings(overrides)], self._environ)

    def _raw(self, key: str) -> str | None:
        winner = self._winners.get(current_name(key))
        return None if winner is None else winner.value

    def _parsed(self, key: str, default: T, parse: Callable[[str], T]) -> T:
        text = self.get(key)
        if text is None or not text.strip():
            return default
        try:
            return parse(text)
        except ValueError as error:
            raise _bad(self._winners[current_name(key)], text, error) from error


def load_hadoop_conf(environ: Mapping[str, str], overrides: Sequence[Override] = ()) -> HadoopConf:
    """The site files that `environ` leads to, then `overrides`, the stronger ones later.

    A name of a file counts once, in the first folder that has it, as on a class path:
    HADOOP_CONF_DIR (without it HADOOP_HOME/etc/hadoop), then YARN_CONF_DIR; hive-site.xml in
    HIVE_CONF_DIR, HIVE_HOME/conf, then those. `final` holds against later files, not against
    `overrides`, as in Hadoop. Without any folder there are no settings but `overrides`.
    """
    settings: list[Setting] = []
    for path in site_files(environ):
        for found in read_site_file(path):
            settings.append(Setting(found.key, found.value, found.path, found.line, found.is_final))
    return HadoopConf([*settings, *_override_settings(overrides)], environ)


def site_files(environ: Mapping[str, str]) -> list[str]:
    """The site files that count, from the weakest to the strongest."""
    folders = conf_folders(environ)
    hive = _given(environ, "HIVE_CONF_DIR") or _below(environ, "HIVE_HOME", "conf")
    paths = [_first(folders, name) for name in SITE_FILES]
    paths.append(_first([*hive, *folders], "hive-site.xml"))
    return [path for path in paths if path is not None]


def conf_folders(environ: Mapping[str, str]) -> list[str]:
    """The folders in which Hadoop's site files are looked for; empty if none is named."""
    hadoop = _given(environ, "HADOOP_CONF_DIR") or _below(environ, "HADOOP_HOME", "etc/hadoop")
    return [*hadoop, *_given(environ, "YARN_CONF_DIR")]


def _given(environ: Mapping[str, str], name: str) -> list[str]:
    folder = environ.get(name)
    if not folder:
        return []
    if not os.path.isdir(folder):
        raise ConfigError(f"{name} is {folder!r}, which is no folder: correct it or unset it")
    return [folder]


def _below(environ: Mapping[str, str], name: str, path: str) -> list[str]:
    home = environ.get(name)
    return [os.path.join(home, path)] if home else []


def _first(folders: Iterable[str], name: str) -> str | None:
    paths = (os.path.join(folder, name) for folder in folders)
    return next((path for path in paths if os.path.isfile(path)), None)


def _override_settings(overrides: Sequence[Override]) -> list[Setting]:
    return [
        Setting(key, value, source) for source, layer in overrides for key, value in layer.items()
    ]


def _winner(settings: Sequence[Setting]) -> Setting:
    """The last override; without one the first source that is final, else the last.

    Within one file the last of its settings counts, until one is final.
    """
    if settings[-1].line is None:
        return settings[-1]
    return next((setting for setting in settings if setting.is_final), settings[-1])


def _bad(setting: Setting, value: str, error: ValueError) -> ConfigError:
    return ConfigError(f"{setting.key} is {value!r} ({setting.place}): {error}")
