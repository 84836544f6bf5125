"""Bytes to batches and back, by format name. Each format is loaded when it is first asked for."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, BinaryIO

from hadoopjobs.core.dataset import DatasetRef, Options
from hadoopjobs.core.errors import ConfigError
from hadoopjobs.formats.base import Batch, Format, Layout, Split, Writer
from hadoopjobs.storage import FileStatus, FileSystem, filesystem_for, resolve_inputs

__all__ = [
    "Batch",
    "Format",
    "Layout",
    "Split",
    "Writer",
    "detect",
    "format_named",
    "open_writer",
    "plan_splits",
    "read_split",
]

_FORMATS = {
    "avro": "hadoopjobs.formats.avro:AvroFormat",
    "csv": "hadoopjobs.formats.csv:CsvFormat",
    "delimited": "hadoopjobs.formats.delimited:delimited_format",
    "hadoop_text": "hadoopjobs.formats.hadoop_text:hadoop_text_format",
    "json": "hadoopjobs.formats.json_pairs:json_pairs_format",
    "jsonl": "hadoopjobs.formats.json_lines:json_lines_format",
    "lines": "hadoopjobs.formats.text:lines_format",
    "orc": "hadoopjobs.formats.orc:orc_format",
    "parquet": "hadoopjobs.formats.parquet:parquet_format",
    "sequencefile": "hadoopjobs.formats.sequence_file:SequenceFileFormat",
    "text": "hadoopjobs.formats.text:text_format",
    "values": "hadoopjobs.formats.text:values_format",
}

_MAGIC = {b"SEQ": "sequencefile", b"PAR1": "parquet", b"Obj\x01": "avro", b"ORC": "orc"}


def format_named(name: str) -> Format:
    """The format called `name`. Raises `ConfigError` for a name we do not know."""
    if name not in _FORMATS:
        raise ConfigError(f"unknown format {name!r}: choose one of {', '.join(sorted(_FORMATS))}")
    return _load(name)


@cache
def _load(name: str) -> Format:
    module, _, maker = _FORMATS[name].partition(":")
    format_: Format = getattr(importlib.import_module(module), maker)()
    return format_


def detect(fs: FileSystem, status: FileStatus) -> str:
    """The name of a file's format by its first bytes; text, compressed or not, if they say nothing.

    JSON lines and delimited text look like any text and must be asked for.
    """
    with fs.open_read(status.uri) as stream:
        head = stream.read(4)
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), "text")


def plan_splits(dataset: DatasetRef, split_bytes: int) -> list[Split]:
    """The splits of all files of `dataset`, in the order of `resolve_inputs`."""
    options = dict(dataset.options)
    return [
        split
        for status in resolve_inputs(dataset.uris)
        for split in _file_splits(status, dataset.format, split_bytes, options)
    ]


def _file_splits(
    status: FileStatus, name: str, split_bytes: int, options: Mapping[str, Any]
) -> list[Split]:
    if name != "auto":
        format_named(name)  # a wrong name is refused even if all files are empty
    if not status.length:  # a task of its own, as on Hadoop: its mapper_final may yield
        return [Split(status.uri, 0, 0, 0, "text" if name == "auto" else name)]
    fs = filesystem_for(status.uri)
    format_ = format_named(detect(fs, status) if name == "auto" else name)
    _check(format_, options)
    return format_.splits(fs, status, split_bytes, options)


def read_split(
    split: Split, layout: Layout = "pairs", options: Mapping[str, Any] | Options = ()
) -> Iterator[Batch]:
    """The records that begin in `split`, in order."""
    format_, named = format_named(split.format), dict(options)
    _check(format_, named)
    if not split.file_length:
        return iter(())
    return format_.read(filesystem_for(split.uri), split, layout, named)


def open_writer(name: str, stream: BinaryIO, options: Mapping[str, Any] | Options = ()) -> Writer:
    """A writer of format `name` onto `stream`."""
    format_, named = format_named(name), dict(options)
    _check(format_, named)
    return format_.open_writer(stream, named)


def _check(format_: Format, options: Mapping[str, Any]) -> None:
    for option in options:
        if option not in format_.option_names:
            known = ", ".join(sorted(format_.option_names))
            raise ConfigError(
                f"format {format_.name} has no option {option!r}: choose from {known}"
            )
