"""The Kerberos of a secure cluster: a KDC of its own, its principals and their keys.

All of it lies in the cluster's folder; the machine's own Kerberos files are neither read nor
changed. Source: MIT Kerberos 1.20, krb5.conf(5) and kdc.conf(5).
"""

from __future__ import annotations

import getpass
import os
import secrets
import subprocess
from collections.abc import Mapping
from pathlib import Path

import layout
import programs
from errors import ClusterError
from settings import Settings

REALM = "HADOOPJOBS.TEST"
OTHER_USER = "alice"  # may log in, and is not the administrator
SERVICES = {  # the first part of each service's principal
    layout.NAMENODE: "nn",
    layout.DATANODE: "dn",
    layout.RESOURCEMANAGER: "rm",
    layout.NODEMANAGER: "nm",
    layout.HISTORYSERVER: "jhs",
}
WEB_SERVICE = "HTTP"
PROGRAMS = ("krb5kdc", "kdb5_util", "kadmin.local", "kinit", "curl")

_CLIENT = """\
[libdefaults]
  default_realm = {realm}
  dns_lookup_kdc = false
  dns_lookup_realm = false
  dns_canonicalize_hostname = false
  rdns = false
  udp_preference_limit = 1
  ticket_lifetime = 24h
  renew_lifetime = 7d
  forwardable = true
[realms]
  {realm} = {{
    kdc = 127.0.0.1:{port}
  }}
[domain_realm]
  localhost = {realm}
"""
_KDC = """\
[kdcdefaults]
  kdc_listen = 127.0.0.1:{port}
  kdc_tcp_listen = 127.0.0.1:{port}
[realms]
  {realm} = {{
    database_name = {folder}/principals
    key_stash_file = {folder}/stash
    acl_file = {folder}/kadm5.acl
    max_life = 24h
    max_renewable_life = 7d
    supported_enctypes = aes256-cts:normal aes128-cts:normal
  }}
[logging]
  kdc = STDERR
"""


def folder(settings: Settings) -> Path:
    return settings.data / "kerberos"


def client_conf(settings: Settings) -> Path:
    """KRB5_CONFIG."""
    return folder(settings) / "krb5.conf"


def principal(settings: Settings, service: str) -> str:
    return f"{service}/{layout.host(settings)}@{REALM}"


def service_keytab(settings: Settings) -> Path:
    """The keys of all services; in a real cluster each has its own file."""
    return folder(settings) / "services.keytab"


def user_principal(user: str) -> str:
    return f"{user}@{REALM}"


def user_keytab(settings: Settings, user: str) -> Path:
    return folder(settings) / f"{user}.keytab"


def signature_secret(settings: Settings) -> Path:
    """What the daemons sign the cookies of their web interfaces with."""
    return folder(settings) / "http.secret"


def exports(settings: Settings) -> dict[str, str]:
    """The environment of a client, who needs no `kinit`: MIT's library takes the keytab itself."""
    me = getpass.getuser()
    return {
        "KRB5_CONFIG": str(client_conf(settings)),
        "KRB5CCNAME": f"FILE:{folder(settings) / 'tickets'}",
        "KRB5_CLIENT_KTNAME": str(user_keytab(settings, me)),
        "HADOOPJOBS_PRINCIPAL": user_principal(me),
        "HADOOPJOBS_KEYTAB": str(user_keytab(settings, me)),
        "HADOOPJOBS_OTHER_PRINCIPAL": user_principal(OTHER_USER),
        "HADOOPJOBS_OTHER_KEYTAB": str(user_keytab(settings, OTHER_USER)),
    }


def environment(settings: Settings) -> dict[str, str]:
    """The environment of MIT's programs."""
    return {**os.environ, **exports(settings), **kdc_environment(settings)}


def kdc_environment(settings: Settings) -> dict[str, str]:
    return {
        "KRB5_CONFIG": str(client_conf(settings)),
        "KRB5_KDC_PROFILE": str(_kdc_conf(settings)),
    }


def kdc_command(settings: Settings) -> list[str]:
    return [_program("krb5kdc"), "-n", "-r", REALM, "-P", str(folder(settings) / "pid")]


def make(settings: Settings) -> None:
    """Write the KDC's files, unless they are there from an earlier start; the port may be new."""
    home = folder(settings)
    home.mkdir(parents=True, exist_ok=True)
    home.chmod(0o700)
    values = {"realm": REALM, "port": layout.port(settings, "kdc web"), "folder": home}
    client_conf(settings).write_text(_CLIENT.format_map(values), "utf-8")
    _kdc_conf(settings).write_text(_KDC.format_map(values), "utf-8")
    if not _is_made(settings).exists():
        (home / "kadm5.acl").touch()
        _run(settings, "kdb5_util", "create", "-s", "-r", REALM, "-P", secrets.token_hex(32))
        signature_secret(settings).write_text(secrets.token_hex(32))
        for keytab, names in _keys(settings).items():
            for name in names:
                _admin(settings, f"addprinc -randkey {name}")
                _admin(settings, f"ktadd -k {keytab} {name}")
        _is_made(settings).touch()


def log_in(settings: Settings) -> None:
    """Get the user's ticket, which clients in Java look for."""
    me = getpass.getuser()
    _run(settings, "kinit", "-k", "-t", str(user_keytab(settings, me)), user_principal(me))


def _keys(settings: Settings) -> Mapping[Path, list[str]]:
    """The principals of each keytab."""
    services = [principal(settings, name) for name in (*SERVICES.values(), WEB_SERVICE)]
    users = {
        user_keytab(settings, user): [user_principal(user)]
        for user in (getpass.getuser(), OTHER_USER)
    }
    return {service_keytab(settings): services, **users}


def _kdc_conf(settings: Settings) -> Path:
    return folder(settings) / "kdc.conf"


def _is_made(settings: Settings) -> Path:
    return folder(settings) / "made"


def _admin(settings: Settings, query: str) -> None:
    _run(settings, "kadmin.local", "-r", REALM, "-q", query)


def _run(settings: Settings, program: str, *arguments: str) -> None:
    done = subprocess.run(
        [_program(program), *arguments],
        env=environment(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ClusterError(f"{program} ends with {done.returncode}", done.stderr.strip())


def _program(name: str) -> str:
    path = programs.find(name)
    assert path is not None
    return path
