"""Hadoop's site files: XML with properties, read without document types and entities.

Source: org.apache.hadoop.conf.Configuration.Parser of Hadoop 3.4.2.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from xml.parsers import expat

from hadoopjobs.core.errors import ConfigError

_XINCLUDE = "http://www.w3.org/2001/XInclude"
_TEXTS = ("name", "value", "final")


@dataclass(frozen=True)
class Property:
    """One `<property>`: `line` is that of its start in the file `path`."""

    key: str
    value: str
    is_final: bool
    path: str
    line: int


def read_site_file(path: str) -> list[Property]:
    """The properties of the file and of the local files that it includes, in their order.

    A property without a value, or with an empty one, is none, as in Hadoop. Raises `ConfigError`
    with the file and the line.
    """
    return _read(path, ())


def _read(path: str, including: tuple[str, ...]) -> list[Property]:
    real = os.path.realpath(path)
    if real in including:
        raise ConfigError(f"{path} includes itself: {' -> '.join((*including, real))}")
    try:
        with open(path, "rb") as file:
            data = file.read()
    except OSError as error:
        raise ConfigError(f"cannot read {path}: {(error.strerror or '').lower()}") from error
    reader = _Reader(path, (*including, real))
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        message = f"{path}, line {error.lineno}: {expat.ErrorString(error.code)}"
        raise ConfigError(f"{message}: the file is not whole XML") from error
    return reader.properties


class _Reader:
    """Collects properties while expat walks through one file."""

    def __init__(self, path: str, including: tuple[str, ...]) -> None:
        self.path = path
        self.including = including
        self.properties: list[Property] = []
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse_doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self._depth = 0
        self._line = 0
        self._fields: dict[str, str] | None = None
        self._token: str | None = None
        self._is_missing = False  # the last include has no file: its fallback counts
        self._skip_depth = 0  # inside a fallback that does not count

    def _fault(self, message: str) -> ConfigError:
        return ConfigError(f"{self.path}, line {self.parser.CurrentLineNumber}: {message}")

    def _refuse_doctype(self, *_: object) -> None:
        raise self._fault("a document type is not allowed in a site file: remove <!DOCTYPE>")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        space, _, local = name.rpartition(" ")
        if self._depth == 1 and local != "configuration":
            raise self._fault(f"the file begins with <{local}>, not with <configuration>")
        if self._skip_depth:
            return
        if space == _XINCLUDE:
            self._start_include(local, attributes)
        elif local == "property":
            self._line = self.parser.CurrentLineNumber
            self._fields = {key: attributes[key] for key in _TEXTS if key in attributes}
        elif local in _TEXTS:
            self._token = ""

    def _start_include(self, local: str, attributes: dict[str, str]) -> None:
        if local == "fallback":
            self._skip_depth = 0 if self._is_missing else self._depth
        elif local == "include":
            self._include(attributes.get("href", ""), attributes.get("parse", "xml"))

    def _include(self, href: str, parse: str) -> None:
        path = _included_path(href, self.path)
        if path is None or parse != "xml":
            raise self._fault(f"cannot include {href!r}: only XML files of this machine can be")
        self._is_missing = not os.path.exists(path)
        if not self._is_missing:
            self.properties += _read(path, self.including)

    def _text(self, text: str) -> None:
        if self._token is not None and not self._skip_depth:
            self._token += text

    def _end(self, name: str) -> None:
        space, _, local = name.rpartition(" ")
        if self._skip_depth:
            if self._depth == self._skip_depth:
                self._skip_depth = 0
        elif space == _XINCLUDE:
            self._end_include(local)
        elif local == "property":
            self._end_property()
        elif local in _TEXTS and self._token is not None:
            if self._fields is not None and self._token:
                self._fields[local] = self._token
            self._token = None
        self._depth -= 1

    def _end_include(self, local: str) -> None:
        if local == "fallback":
            self._is_missing = False
        elif local == "include" and self._is_missing:
            raise self._fault("it includes a file that does not exist, and has no fallback")

    def _end_property(self) -> None:
        fields, self._fields = self._fields or {}, None
        key = fields.get("name", "").strip()
        if key and fields.get("value"):
            is_final = fields.get("final") == "true"
            found = Property(key, fields["value"], is_final, self.path, self._line)
            self.properties.append(found)


def _included_path(href: str, path: str) -> str | None:
    """The local file that `href` in the file `path` names; None for anything else."""
    if href.startswith("file:"):
        href = "/" + href.removeprefix("file:").lstrip("/")
    if not href or "://" in href:
        return None
    return os.path.join(os.path.dirname(path), href)
