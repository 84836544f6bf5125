"""Runs on a node, before anything else: checks what is there, then runs a module.

`start.py MODULE ARGUMENTS`. It is a program of its own which any Python since 3.6 can read, so
that an old one is told about in one line.
"""

import json
import os
import platform
import sys

_SITE_PACKAGES = ("site-packages", "dist-packages")


def _check(facts: dict) -> None:  # type: ignore[type-arg]
    """Ends with one line if the packages would not run here."""
    found, wanted = sys.version_info[:2], tuple(facts["python"])
    if found != wanted:
        _stop(
            f"Python is {_text(found)} ({sys.executable}) and the job needs {_text(wanted)}; "
            "name its Python with --python PATH"
        )
    machine = platform.machine()
    if facts["machine"] not in ("", machine):
        _stop(f"it is {machine} and the packages are for {facts['machine']}")
    needed = tuple(facts["glibc"])
    if needed > _glibc():
        _stop(f"its C library is {_libc()} and the packages need glibc {_text(needed)}")


def _glibc() -> tuple:  # type: ignore[type-arg]
    """(0, 0) for another C library."""
    name, _, version = _libc().partition(" ")
    return tuple(int(part) for part in version.split(".")[:2]) if name == "glibc" else (0, 0)


def _libc() -> str:
    try:
        return os.confstr("CS_GNU_LIBC_VERSION") or "another one"
    except (AttributeError, OSError, ValueError):
        return "another one"


def _text(version: tuple) -> str:  # type: ignore[type-arg]
    return ".".join(map(str, version))


def _stop(why: str) -> None:
    sys.stderr.write(f"hadoopjobs cannot start on {platform.node()}: {why}\n")
    sys.stderr.flush()
    os._exit(126)


def _import_from(modules: list, packages: list) -> None:  # type: ignore[type-arg]
    """For this process and for those it starts: `modules` before all else, as the folder of a
    program is, and `packages` before the node's own ones."""
    import site

    own = list(sys.path)
    for folder in packages:
        site.addsitedir(folder)  # some packages bring .pth files
    added = [path for path in sys.path if path not in own]
    at = next((i for i, path in enumerate(own) if path.endswith(_SITE_PACKAGES)), len(own))
    sys.path[:] = modules + own[:at] + added + own[at:]
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(modules + packages + ([before] if before else []))


def main() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "start.json"), encoding="utf-8") as file:
        facts = json.load(file)
    _check(facts)
    working = os.path.dirname(here)
    del sys.path[0]  # this file's folder
    modules, packages = (
        [os.path.join(working, folder) for folder in facts[kind]]
        for kind in ("modules", "packages")
    )
    _import_from(modules, packages)
    module = sys.argv[1]
    sys.argv[:] = sys.argv[1:]
    import runpy

    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
