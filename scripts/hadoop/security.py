"""What `--secure` adds to the site files: Kerberos everywhere, SPNEGO on every web interface.

All daemons are one user of the operating system, so their principals mean that user. Source:
Hadoop 3.4.2, "Hadoop in Secure Mode".
"""

from __future__ import annotations

import getpass

import kerberos
from settings import Settings
from site_files import Site


def core(settings: Settings) -> Site:
    if not settings.secure:
        return {}
    return {
        "hadoop.security.authentication": "kerberos",
        "hadoop.security.authorization": "true",
        "hadoop.security.auth_to_local": _names(settings),
    }


def node_core(settings: Settings) -> Site:
    if not settings.secure:
        return {}
    http = "hadoop.http.authentication"
    return {
        "hadoop.http.filter.initializers": "org.apache.hadoop.security."
        "AuthenticationFilterInitializer",
        f"{http}.type": "kerberos",
        f"{http}.simple.anonymous.allowed": "false",
        f"{http}.signature.secret.file": str(kerberos.signature_secret(settings)),
        f"{http}.kerberos.principal": _web(settings),
        f"{http}.kerberos.keytab": _keytab(settings),
    }


def hdfs(settings: Settings) -> Site:
    if not settings.secure:
        return {}
    return {
        "dfs.namenode.kerberos.principal": kerberos.principal(settings, "nn"),
        "dfs.datanode.kerberos.principal": kerberos.principal(settings, "dn"),
        "dfs.block.access.token.enable": "true",
    }


def node_hdfs(settings: Settings) -> Site:
    if not settings.secure:
        return {}
    return {
        "dfs.namenode.keytab.file": _keytab(settings),
        "dfs.datanode.keytab.file": _keytab(settings),
        "dfs.namenode.kerberos.internal.spnego.principal": _web(settings),
        "dfs.web.authentication.kerberos.principal": _web(settings),
        "dfs.web.authentication.kerberos.keytab": _keytab(settings),
        # Lets the DataNode use ports that every user may.
        "ignore.secure.ports.for.testing": "true",
    }


def yarn(settings: Settings) -> Site:
    if not settings.secure:
        return {}
    return {
        "yarn.resourcemanager.principal": kerberos.principal(settings, "rm"),
        "yarn.nodemanager.principal": kerberos.principal(settings, "nm"),
    }


def node_yarn(settings: Settings) -> Site:
    if not settings.secure:
        return {}
    site: dict[str, str | int] = {}
    for name in ("resourcemanager", "nodemanager"):
        site[f"yarn.{name}.keytab"] = _keytab(settings)
        site[f"yarn.{name}.webapp.spnego-principal"] = _web(settings)
        site[f"yarn.{name}.webapp.spnego-keytab-file"] = _keytab(settings)
    return site


def mapred(settings: Settings) -> Site:
    if not settings.secure:
        return {}
    return {"mapreduce.jobhistory.principal": kerberos.principal(settings, "jhs")}


def node_mapred(settings: Settings) -> Site:
    if not settings.secure:
        return {}
    history = "mapreduce.jobhistory"
    return {
        f"{history}.keytab": _keytab(settings),
        f"{history}.webapp.spnego-principal": _web(settings),
        f"{history}.webapp.spnego-keytab-file": _keytab(settings),
    }


def _names(settings: Settings) -> str:
    """Rules from principals to users; containers have no krb5.conf, so no rule needs its realm."""
    realm = kerberos.REALM.replace(".", "\\.")
    services = [
        f"RULE:[2:$1@$0]({service}@{realm})s/.*/{getpass.getuser()}/"
        for service in kerberos.SERVICES.values()
    ]
    others = [f"RULE:[{parts}:$1@$0](.*@{realm})s/@.*//" for parts in (1, 2)]
    return "\n".join([*services, *others, "DEFAULT"])


def _web(settings: Settings) -> str:
    return kerberos.principal(settings, kerberos.WEB_SERVICE)


def _keytab(settings: Settings) -> str:
    return str(kerberos.service_keytab(settings))
