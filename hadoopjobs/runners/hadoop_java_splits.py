"""Which part of which file each map task reads, where a Java input format reads it.

Source: FileInputFormat.getSplits of Hadoop 3.4, and isSplitable of its formats.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from hadoopjobs.core.errors import ConfigError, UsageError
from hadoopjobs.core.streaming import KEY_VALUE_INPUT, TEXT_INPUT
from hadoopjobs.formats.compression import codec_by_extension
from hadoopjobs.formats.splits import file_ranges
from hadoopjobs.runners.base import RunOptions
from hadoopjobs.runners.hadoop_splits import SPLIT_BYTES, Hosts
from hadoopjobs.storage import FileStatus, filesystem_for, resolve_inputs
from hadoopjobs.yarn import InputSplit

_INPUT = "mapreduce.input.fileinputformat"

# Formats that cut a file anywhere, whatever its name; TextInputFormat and its like look at that.
_TEXT_FORMATS = (TEXT_INPUT, KEY_VALUE_INPUT)
_ANYWHERE = (
    "org.apache.hadoop.mapred.SequenceFileInputFormat",
    "org.apache.hadoop.mapred.SequenceFileAsTextInputFormat",
    "org.apache.hadoop.mapred.SequenceFileAsBinaryInputFormat",
    "org.apache.avro.mapred.AvroAsTextInputFormat",
)
_LINES = "org.apache.hadoop.mapred.lib.NLineInputFormat"
_LINES_PER_MAP = "mapreduce.input.lineinputformat.linespermap"
_OWN_SPLITS = ("Combine", "DBInputFormat", "MultipleInputs", "Composite")


def java_splits(uris: Iterable[str], format_name: str, options: RunOptions) -> list[InputSplit]:
    """The splits of the files that `uris` stand for. Raises `UsageError` for a format that makes
    splits of another kind, and gives none where Hadoop's own client will make them."""
    statuses = resolve_inputs(uris)
    asked, settings = options.split_bytes, dict(options.settings)
    if format_name.rpartition(".")[2].startswith(_OWN_SPLITS):
        if options.hadoop_bin is not None:
            return []
        raise UsageError(
            f"{format_name} makes splits of its own, which needs Java on this machine: submit the "
            "job with --hadoop-bin, or use an input format whose splits are ranges of files"
        )
    if format_name == _LINES:
        lines = max(1, _number(settings, _LINES_PER_MAP, 1))
        return [split for status in statuses for split in _splits_of_lines(status, lines)]
    size = asked or _split_bytes(settings, sum(status.length for status in statuses))
    return list(_splits(statuses, format_name, size, is_asked=asked is not None))


def _splits_of_lines(status: FileStatus, lines: int) -> Iterator[InputSplit]:
    """Of so many lines each. A reader that does not begin at 0 skips a line, so each split
    begins a byte early. Source: NLineInputFormat.getSplitsForFile."""
    hosts, start, end, found = Hosts(), 0, 0, 0

    def split() -> InputSplit:
        begin, length = (0, end - 1) if start == 0 else (start - 1, end - start)
        return InputSplit(status.uri, begin, length, hosts.of(status.uri, start, end - start))

    with filesystem_for(status.uri).open_read(status.uri) as file:
        for line in file:
            end += len(line)
            found += 1
            if found % lines == 0:
                yield split()
                start = end
    if end > start:
        yield split()


def _split_bytes(settings: Mapping[str, str], total: int) -> int:
    """As FileInputFormat.computeSplitSize, but by default as few splits as containers are worth."""
    maps = _number(settings, "mapreduce.job.maps", 1)
    least = _number(settings, f"{_INPUT}.split.minsize", 1)
    most = _number(settings, f"{_INPUT}.split.maxsize", SPLIT_BYTES)
    return max(1, least, min(total // max(1, maps), most))


def _number(settings: Mapping[str, str], key: str, default: int) -> int:
    text = settings.get(key, "").strip()
    if text and not text.isdecimal():
        raise ConfigError(f"{key} is {text!r}, which is not a whole number")
    return int(text) if text else default


def _splits(
    statuses: Iterable[FileStatus], format_name: str, split_bytes: int, *, is_asked: bool
) -> Iterator[InputSplit]:
    """An unknown format may need whole files, so it gets them unless a size is asked for."""
    hosts = Hosts()
    for status in statuses:
        is_whole = format_name not in (*_TEXT_FORMATS, *_ANYWHERE) and not is_asked
        if format_name in _TEXT_FORMATS and codec_by_extension(status.uri) not in (None, "bzip2"):
            is_whole = True
        length = status.length
        ranges = [(0, length)] if is_whole or not length else file_ranges(length, split_bytes)
        for start, size in ranges:
            yield InputSplit(status.uri, start, size, hosts.of(status.uri, start, size))
