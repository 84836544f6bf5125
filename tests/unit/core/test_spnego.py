from __future__ import annotations

import ctypes.util

import pytest

from hadoopjobs.core import spnego
from hadoopjobs.core.errors import ConfigError, NotAuthenticated


@pytest.mark.skipif(not ctypes.util.find_library("gssapi_krb5"), reason="no libgssapi_krb5")
def test_without_a_ticket_kinit_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("KRB5CCNAME", str(tmp_path / "none"))
    monkeypatch.setenv("KRB5_CONFIG", "/dev/null")
    with pytest.raises(NotAuthenticated, match=r"no Kerberos ticket for HTTP/nn\.example: .*kinit"):
        spnego.negotiate_token("nn.example")


def test_without_the_library_its_package_is_named(monkeypatch):
    monkeypatch.setattr(spnego, "_LIBRARY", "libno-such.so.2")
    spnego._load.cache_clear()
    try:
        with pytest.raises(ConfigError, match="apt-get install libgssapi-krb5-2"):
            spnego.negotiate_token("nn.example")
    finally:
        spnego._load.cache_clear()
