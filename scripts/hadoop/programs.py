"""The programs of this machine that a cluster needs, and how to get them on Debian."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

from errors import ClusterError

_PACKAGES = {
    "java": "openjdk-17-jre-headless",
    "mvn": "maven",
    "ip": "iproute2",
    "unshare": "util-linux",
    "hostname": "hostname",
    "krb5kdc": "krb5-kdc",
    "kdb5_util": "krb5-kdc",
    "kadmin.local": "krb5-admin-server",
    "kinit": "krb5-user",
    "curl": "curl",
}
_SYSTEM_FOLDERS = "/usr/sbin:/sbin"  # not in everybody's PATH


def require(*names: str) -> None:
    """Refuse, with what to install, if one of the programs is missing."""
    missing = [name for name in names if find(name) is None]
    if missing:
        packages = " ".join(dict.fromkeys(_PACKAGES[name] for name in missing))
        raise ClusterError(
            f"missing {', '.join(missing)}; on Debian and Ubuntu: apt-get install {packages}"
        )


def find(name: str) -> str | None:
    path = f"{os.environ.get('PATH', os.defpath)}:{_SYSTEM_FOLDERS}"
    return (
        str(java_home() / "bin/java")
        if name == "java" and java_home()
        else (shutil.which(name, path=path))
    )


def java_home() -> Path | None:
    """JAVA_HOME, or the home of the `java` in PATH; None if there is neither."""
    if home := os.environ.get("JAVA_HOME"):
        return Path(home) if (Path(home) / "bin/java").is_file() else None
    java = shutil.which("java")
    return Path(java).resolve().parent.parent if java else None


def require_java() -> Path:
    """The home of a Java that Hadoop 3.4 runs on."""
    require("java")
    home = java_home()
    assert home is not None
    shown = subprocess.run(
        [home / "bin/java", "-version"], capture_output=True, text=True, check=False
    ).stderr
    version = re.search(r'version "(\d+)', shown)
    if version is None or not 17 <= int(version[1]) <= 21:
        raise ClusterError(
            f"{home} is Java {version[1] if version else '?'}, Hadoop wants 17; on Debian and "
            f"Ubuntu: apt-get install {_PACKAGES['java']}, or set JAVA_HOME"
        )
    return home
