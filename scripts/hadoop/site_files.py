"""Hadoop's `*-site.xml` files and the like, as text."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from xml.sax.saxutils import escape

Site = Mapping[str, str | int]  # from the name of a setting to its value

LOG4J = """\
log4j.rootLogger=INFO,console
log4j.appender.console=org.apache.log4j.ConsoleAppender
log4j.appender.console.target=System.err
log4j.appender.console.layout=org.apache.log4j.PatternLayout
log4j.appender.console.layout.ConversionPattern=%d{ISO8601} %p %c{2}: %m%n
log4j.logger.org.apache.hadoop.util.NativeCodeLoader=ERROR
log4j.logger.org.apache.hadoop.hdfs.server.namenode.FSNamesystem.audit=WARN
log4j.logger.org.apache.hadoop.hdfs.StateChange=WARN
log4j.logger.BlockStateChange=WARN
"""


def xml(site: Site) -> str:
    properties = "".join(
        f"  <property><name>{escape(name)}</name><value>{escape(str(value))}</value></property>\n"
        for name, value in site.items()
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<configuration>\n{properties}</configuration>\n'
    )


def write(folder: Path, sites: Mapping[str, Site]) -> None:
    """Write each site as `<name>.xml`; `folder` may exist."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, site in sites.items():
        (folder / f"{name}.xml").write_text(xml(site), "utf-8")
