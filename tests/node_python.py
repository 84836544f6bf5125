"""Site files by which the nodes of the tests' cluster, this machine, use the tests' own Python."""

from __future__ import annotations

import sys
from pathlib import Path

_END = "</configuration>"


def conf_with_python(conf: Path, folder: Path, **more: str) -> Path:
    """A copy of `conf` in the new `folder` that names this interpreter, which has all packages;
    `more` settings have __ in place of each dot."""
    folder.mkdir()
    for path in conf.glob("*-site.xml"):
        (folder / path.name).write_bytes(path.read_bytes())
    settings = {"hadoopjobs.python": sys.executable, "hadoopjobs.env": "none"}
    settings |= {name.replace("__", "."): value for name, value in more.items()}
    site = folder / "mapred-site.xml"
    text = site.read_text().replace(_END, "")
    for name, value in settings.items():
        text += f"<property><name>{name}</name><value>{value}</value></property>\n"
    site.write_text(text + _END)
    return folder
