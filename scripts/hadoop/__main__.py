"""The command line of `scripts/cluster`."""

from __future__ import annotations

import argparse
import dataclasses
import os
import shlex
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import cluster
import layout
import network
import own_folder
import settings as saved_settings
import status
from errors import ClusterError
from settings import Settings

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="scripts/cluster",
        description="A real Hadoop cluster on this machine, from published jars.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _start_options(_add(commands, "start", "start the cluster, or one daemon; print the exports"))
    stop = _add(commands, "stop", "end the cluster and remove its data, or end one daemon")
    stop.add_argument("--keep-data", action="store_true", help="the next start has it again")
    _daemon_option(stop, required=False)
    _daemon_option(_add(commands, "kill", "kill one daemon (SIGKILL)"), required=True)
    _add(commands, "status", "show each daemon; exit code 1 unless all are healthy")
    _add(commands, "env", "print the exports, for eval")
    for name, about in (("cut", "cut the network of a node"), ("mend", "mend it")):
        _add(commands, name, about).add_argument("node", type=int, choices=(1, 2, 3))
    return parser.parse_args()


def _add(commands: Commands, name: str, about: str) -> argparse.ArgumentParser:
    command: argparse.ArgumentParser = commands.add_parser(name, help=about, description=about)
    default = 3 if name in ("cut", "mend") else 1
    command.set_defaults(default_nodes=default)
    command.add_argument("--nodes", type=int, choices=(1, 3), help=f"{default} if not given")
    command.add_argument("--dir", type=Path, metavar="FOLDER", help="holds all files of a cluster")
    return command


def _daemon_option(command: argparse.ArgumentParser, required: bool) -> None:
    command.add_argument(
        "--daemon",
        action="append",
        metavar="NAME",
        required=required,
        help="such as resourcemanager or datanode-1; may be repeated",
    )


def _start_options(command: argparse.ArgumentParser) -> None:
    _daemon_option(command, required=False)
    command.add_argument("--port-base", type=int, metavar="N", help="use the ports from N on")
    command.add_argument("--prefix", help="begins the names of namespaces and links: hj")
    command.add_argument("--subnet", help="addresses of three nodes: 10.77.0.0/24")
    command.add_argument("--secure", action="store_true", default=None, help="with Kerberos")


def start(options: argparse.Namespace, folder: Path) -> int:
    if options.daemon:
        settings = cluster.running(folder)
        cluster.start_daemons(settings, _daemons(settings, options))
        return 0
    _print_exports(cluster.start(_wanted(options, folder)))
    return 0


def _wanted(options: argparse.Namespace, folder: Path) -> Settings:
    """What was asked for; what was not is as in the cluster that is there, if one is."""
    names = ("nodes", "port_base", "prefix", "subnet", "secure")
    given = {name: value for name in names if (value := getattr(options, name)) is not None}
    present = saved_settings.saved(folder)
    base = present or Settings(options.default_nodes, folder)
    wanted = dataclasses.replace(base, **given)
    saved_settings.check(wanted)
    return wanted


def stop(options: argparse.Namespace, folder: Path) -> int:
    if options.daemon:
        return _end_daemons(options, folder, signal.SIGTERM)
    settings = saved_settings.saved(folder)
    if settings is not None:
        cluster.remove(settings, options.keep_data)
    elif own_folder.is_claimed(folder) and not options.keep_data:
        own_folder.clear(folder)
    else:
        print(f"no cluster in {folder}", file=sys.stderr)
    return 0


def kill(options: argparse.Namespace, folder: Path) -> int:
    return _end_daemons(options, folder, signal.SIGKILL)


def cut(options: argparse.Namespace, folder: Path) -> int:
    network.cut(_with_namespaces(folder), options.node)
    return 0


def mend(options: argparse.Namespace, folder: Path) -> int:
    network.mend(_with_namespaces(folder), options.node)
    return 0


def show_status(options: argparse.Namespace, folder: Path) -> int:
    settings = cluster.running(folder)
    rows = status.rows(settings)
    print(status.table(rows))
    return int(not all(row.is_healthy for row in rows))


def show_exports(options: argparse.Namespace, folder: Path) -> int:
    _print_exports(cluster.running(folder))
    return 0


CHANGES = {"start": start, "stop": stop, "kill": kill, "cut": cut, "mend": mend}
QUESTIONS = {"status": show_status, "env": show_exports}


def _end_daemons(options: argparse.Namespace, folder: Path, number: signal.Signals) -> int:
    settings = cluster.running(folder)
    cluster.stop_daemons(settings, _daemons(settings, options), number)
    return 0


def _daemons(settings: Settings, options: argparse.Namespace) -> list[layout.Daemon]:
    return [layout.daemon(settings, name) for name in options.daemon]


def _with_namespaces(folder: Path) -> Settings:
    settings = cluster.running(folder)
    if settings.nodes == 1:
        raise ClusterError(f"the cluster in {folder} is one node on loopback: no network to cut")
    return settings


def _print_exports(settings: Settings) -> None:
    for name, value in status.exports(settings).items():
        print(f"export {name}={shlex.quote(value)}")


def _folder(options: argparse.Namespace) -> Path:
    nodes = options.nodes or options.default_nodes
    return Path(os.path.abspath(options.dir or saved_settings.default_folder(nodes)))


def main() -> int:
    options = parse()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: sys.exit(128 + received))
    folder = _folder(options)
    try:
        if question := QUESTIONS.get(options.command):
            return question(options, folder)
        with own_folder.held(folder):
            return CHANGES[options.command](options, folder)
    except ClusterError as error:
        print(f"error: {error}", file=sys.stderr)
        if error.details:
            print(f"\n{error.details}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
