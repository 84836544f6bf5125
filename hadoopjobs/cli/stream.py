"""`hadoopjobs stream`: the options of Hadoop Streaming, and ours beside them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from hadoopjobs.cli.job_command import Size, key_values, save_json
from hadoopjobs.core.errors import UsageError

if TYPE_CHECKING:
    from hadoopjobs.session import Settings, StreamingCall

_Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]

# These take all words up to the next option, as in Hadoop's client.
_GREEDY = ("-input", "-file", "-cacheFile", "-cacheArchive")


class _Streaming(click.Command):
    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(context, list(_one_each(args)))


def _one_each(words: Sequence[str]) -> Iterator[str]:
    """`-input a b` as `-input a -input b`."""
    greedy, taken = "", 0
    for word in words:
        if word.startswith("-") and word != "-":
            greedy, taken = (word, 0) if word in _GREEDY else ("", 0)
        elif greedy:
            if taken:
                yield greedy
            taken += 1
        yield word


def _option(name: str, **attributes: Any) -> _Decorator:
    """One of Hadoop's: a single dash, or two, which its client takes as well."""
    variable = name.lower()
    return click.option(variable, f"-{name}", f"--{name}", **attributes)


@click.command(cls=_Streaming, context_settings={"help_option_names": ["-h", "--help", "-help"]})
@_option("input", multiple=True, metavar="PATH", help="Input: files, folders, globs.")
@_option("output", metavar="PATH", help="Folder to write, which must not be there.")
@_option("mapper", metavar="CMD", help="Command, or Java class, that reads input.")
@_option("combiner", metavar="CMD", help="Command that shrinks what mappers write.")
@_option("reducer", metavar="CMD", help="Command that reads it sorted; NONE: mappers only.")
@_option("numReduceTasks", metavar="N", help="Number of reduce tasks.  [default: 1]")
@_option("file", multiple=True, metavar="FILE", help="File that tasks find in their folder.")
@_option("files", multiple=True, metavar="FILE#NAME,...", help="Likewise, under other names.")
@_option("archives", multiple=True, metavar="FILE#NAME,...", help="Archives, unpacked.")
@_option("cacheFile", multiple=True, metavar="URI#NAME", help="A file in the cluster's storage.")
@_option("cacheArchive", multiple=True, metavar="URI#NAME", help="An archive there.")
@_option("libjars", multiple=True, metavar="JAR,...", help="Jars for the class path of tasks.")
@_option("inputformat", metavar="CLASS", help="Java class that reads input.")
@_option("outputformat", metavar="CLASS", help="Java class that writes output.")
@_option("inputreader", metavar="CLASS,...", help="Record reader for StreamInputFormat.")
@_option("partitioner", metavar="CLASS", help="Java class that chooses the reduce task.")
@_option("io", metavar="ENCODING", help="text, typedbytes, rawbytes or keyonlytext.")
@_option("lazyOutput", is_flag=True, help="Make no file for a task without output.")
@click.option("cmdenv", "-cmdenv", "--cmdenv", multiple=True, metavar="K=V", help="Variable.")
@click.option("jobconf", "-D", "-jobconf", "--jobconf", multiple=True, metavar="K=V",
              help="Hadoop setting.")  # fmt: skip
@click.option("-r", "--runner", default="memory", show_default=True,
              help="inline, local, memory or hadoop.")  # fmt: skip
@click.option("--explain", is_flag=True, help="Show the plan instead of running it.")
@click.option("--overwrite", is_flag=True, help="Replace the output if it exists.")
@click.option("--split-size", type=Size(), help="Input for one map task.")
@click.option("--memory", type=Size(), help="Memory budget.  [default: 60 % of all]")
@click.option("--workers", type=click.IntRange(1), help="Processes.  [default: cores]")
@click.option("--temp-dir", help="Folder for spills and intermediate data.")
@click.option("--max-attempts", type=click.IntRange(1), help="Tries a task.  [default: 4]")
@click.option(
    "detach", "--detach", "-background", is_flag=True, help="Submit, and wait for nothing (hadoop)."
)
@click.option("--hadoop-bin", metavar="FILE", help="Submit by this `hadoop` program.")
@click.option("--metrics", metavar="FILE", help="Write the run's numbers as JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Say only warnings and errors.")
@click.option("-v", "--verbose", "-verbose", is_flag=True, help="Show our traceback with errors.")
def stream(**values: Any) -> None:
    """Run commands as mapper and reducer, as Hadoop Streaming does.

    The options with one dash are Hadoop's own; a script that calls `hadoop jar
    hadoop-streaming.jar` runs with this in its place. Commands are split at spaces and read by no
    shell.
    """
    from hadoopjobs.session import explain_program, program_of_streaming

    settings = _settings(values)
    program = program_of_streaming(_call(values), settings)
    if values["explain"]:
        click.echo(explain_program(program, settings), nl=False)
    else:
        _run(program, settings, values)


def _run(program: Any, settings: Settings, values: Mapping[str, Any]) -> None:
    from hadoopjobs.cli.progress import listener_for, say_summary
    from hadoopjobs.session import run_program

    listener = listener_for(values["quiet"])
    with ExitStack() as cleanup:
        cleanup.callback(listener.close)
        result = run_program(program, settings, listener=listener)
    if result.application is not None:
        click.echo(result.application)
        return
    if values["metrics"]:
        save_json(values["metrics"], result.to_json())
    if not values["quiet"]:
        say_summary(result)


def _settings(values: Mapping[str, Any]) -> Settings:
    from hadoopjobs.session import Settings

    return Settings(
        runner=values["runner"],
        memory_bytes=values["memory"],
        workers=values["workers"],
        temp_dir=values["temp_dir"],
        max_attempts=values["max_attempts"],
        overwrite=values["overwrite"],
        split_bytes=values["split_size"],
        detach=values["detach"],
        hadoop_bin=values["hadoop_bin"],
    )


def _call(values: Mapping[str, Any]) -> StreamingCall:
    from hadoopjobs.session import StreamingCall

    if not values["input"]:
        raise click.UsageError("name an input: -input PATH")
    return StreamingCall(
        inputs=values["input"],
        output=values["output"],
        mapper=values["mapper"],
        combiner=values["combiner"],
        reducer=values["reducer"],
        reduces=values["numreducetasks"],
        io=values["io"],
        input_format=values["inputformat"],
        output_format=values["outputformat"],
        partitioner=values["partitioner"],
        input_reader=values["inputreader"],
        is_lazy=values["lazyoutput"],
        libjars=tuple(_by_commas(values["libjars"])),
        settings=key_values(values["jobconf"], "-D"),
        environment=key_values(values["cmdenv"], "-cmdenv"),
        files=tuple(_side_files(values)),
        shipped=values["file"],
    )


def _side_files(values: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    from hadoopjobs.session import parse_side_file

    for path in values["file"]:
        if not os.path.exists(path):
            raise UsageError(f"-file {path} does not exist")
        name = os.path.basename(path.rstrip("/"))
        yield path, name, "dir" if os.path.isdir(path) else "file"
    for text in (*_by_commas(values["files"]), *values["cachefile"]):
        yield parse_side_file(text, "file")
    for text in (*_by_commas(values["archives"]), *values["cachearchive"]):
        yield parse_side_file(text, "archive")


def _by_commas(texts: Sequence[str]) -> list[str]:
    return [part for text in texts for part in text.split(",") if part]
