"""The group `hadoopjobs fs`; a command may have Hadoop's dash: `fs -ls /`."""

from __future__ import annotations

import importlib
import os

import click

from hadoopjobs.core.errors import UsageError
from hadoopjobs.core.hadoop_conf import load_hadoop_conf

_ROOM = "hadoopjobs.cli.fs"
COMMANDS = {
    "ls": ("listing", "List a folder, or show a file."),
    "find": ("listing", "Show what lies below a folder, by name."),
    "du": ("listing", "Show how much space files and folders take."),
    "df": ("listing", "Show the space of a file system."),
    "count": ("listing", "Count folders, files and bytes."),
    "stat": ("listing", "Show what is known of a file, in a format."),
    "checksum": ("listing", "Show the checksum that the store keeps."),
    "test": ("listing", "Exit with 0 if something is so, else with 1."),
    "cat": ("reading", "Print files."),
    "head": ("reading", "Print the first kilobyte of a file."),
    "tail": ("reading", "Print the last kilobyte of a file; -f goes on."),
    "put": ("copying", "Copy files of this machine to a file system."),
    "get": ("copying", "Copy files to this machine."),
    "cp": ("copying", "Copy files, between file systems too."),
    "mv": ("changing", "Rename files, or move them into a folder."),
    "rm": ("changing", "Delete files; -r deletes folders."),
    "mkdir": ("changing", "Make folders."),
    "touch": ("changing", "Make empty files, or set their time to now."),
    "chmod": ("changing", "Change permissions."),
    "chown": ("changing", "Change owner and group."),
    "chgrp": ("changing", "Change the group."),
    "setrep": ("changing", "Change the number of copies of each block."),
}
_OTHER_NAMES = {"copyFromLocal": "put", "copyToLocal": "get", "touchz": "touch"}


class _FsCommands(click.Group):
    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        name = _OTHER_NAMES.get(name, name)
        if name not in COMMANDS:
            return None
        module = importlib.import_module(f"{_ROOM}.{COMMANDS[name][0]}")
        command: click.Command = getattr(module, name)
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        return super().parse_args(context, _without_dash(args))


def _without_dash(words: list[str]) -> list[str]:
    """The words with the first that is a command freed of its dash."""
    at = 0
    while at < len(words) and words[at] in ("-D", "-fs"):
        at += 2
    if at < len(words) and words[at].startswith("-"):
        name = words[at][1:]
        if name in COMMANDS or name in _OTHER_NAMES:
            return [*words[:at], name, *words[at + 1 :]]
    return words


@click.command(
    cls=_FsCommands, context_settings={"help_option_names": ["--help"]}, no_args_is_help=True
)
@click.option("-D", "defines", multiple=True, metavar="KEY=VALUE", help="Set a key of Hadoop's.")
@click.option("-fs", "default_fs", metavar="URI", help="Where paths without a scheme lie.")
def fs(defines: tuple[str, ...], default_fs: str | None) -> None:
    """Work with files on this machine, HDFS, WebHDFS and S3, as `hdfs dfs` does.

    A path without a scheme lies on fs.defaultFS (this machine, if no site file names one); those
    that put reads and get writes lie on this machine.
    """
    settings = dict(_pair(text) for text in defines)
    if default_fs is not None:
        settings["fs.defaultFS"] = default_fs
    if settings:
        from hadoopjobs.storage import use_hadoop_conf

        use_hadoop_conf(load_hadoop_conf(os.environ, [("command line", settings)]))


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key:
        raise UsageError(f"-D {text!r} sets nothing: write -D KEY=VALUE")
    return key, value
