"""Tokens of SPNEGO (HTTP's `Negotiate`) from the Kerberos tickets of this user.

Calls the system's GSS-API library, so nothing needs to be compiled.

Source: RFC 4559 (Negotiate), RFC 4178 (SPNEGO), RFC 2744 (GSS-API's C bindings).
"""

from __future__ import annotations

import ctypes
from ctypes import POINTER, byref, c_char_p, c_uint32, c_void_p
from functools import cache

from hadoopjobs.core.errors import ConfigError, NotAuthenticated

_LIBRARY = "libgssapi_krb5.so.2"
_HOST_BASED_SERVICE = bytes([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 0x01, 0x02, 0x01, 0x04])
_SPNEGO = bytes([0x2B, 0x06, 0x01, 0x05, 0x05, 0x02])
_KERBEROS = bytes([0x2A, 0x86, 0x48, 0x86, 0xF7, 0x12, 0x01, 0x02, 0x02])
_IS_ERROR = 0xFFFF0000
_GSS_CODE, _MECH_CODE = 1, 2


class _Buffer(ctypes.Structure):
    _fields_ = (("length", ctypes.c_size_t), ("value", c_void_p))


class _Oid(ctypes.Structure):
    _fields_ = (("length", c_uint32), ("elements", c_char_p))


def negotiate_token(host: str) -> bytes:
    """The first token for the service HTTP at `host`, to be sent to it in base 64.

    The service is not asked to prove who it is; TLS does that.

    Raises `NotAuthenticated` without a valid ticket, `ConfigError` without the library.
    """
    gss = _load()
    name = _import_name(gss, f"HTTP@{host}")
    try:
        major, _, token = _first_token(gss, name, _SPNEGO)
        if major & _IS_ERROR:  # SPNEGO hides why
            major, minor, token = _first_token(gss, name, _KERBEROS)
            _check(gss, major, minor, f"no Kerberos ticket for HTTP/{host}")
        return token
    finally:
        gss.gss_release_name(byref(c_uint32()), byref(name))


def _first_token(gss: ctypes.CDLL, name: c_void_p, mechanism: bytes) -> tuple[int, c_uint32, bytes]:
    """The two codes of the library, and the token where the first is no error."""
    context, minor, token = c_void_p(), c_uint32(), _Buffer()
    try:
        major = gss.gss_init_sec_context(
            byref(minor), None, byref(context), name, byref(_oid(mechanism)), 0, 0,
            None, None, None, byref(token), None, None,
        )  # fmt: skip
        return major, minor, ctypes.string_at(token.value or 0, token.length)
    finally:
        gss.gss_release_buffer(byref(c_uint32()), byref(token))
        gss.gss_delete_sec_context(byref(c_uint32()), byref(context), None)


@cache
def _load() -> ctypes.CDLL:
    try:
        gss = ctypes.CDLL(_LIBRARY)
    except OSError as error:
        raise ConfigError(
            f"Kerberos needs the system library {_LIBRARY}: on Debian and Ubuntu "
            "apt-get install libgssapi-krb5-2, on Fedora dnf install krb5-libs"
        ) from error
    gss.gss_import_name.argtypes = (
        POINTER(c_uint32), POINTER(_Buffer), POINTER(_Oid), POINTER(c_void_p),
    )  # fmt: skip
    gss.gss_init_sec_context.argtypes = (
        POINTER(c_uint32), c_void_p, POINTER(c_void_p), c_void_p, POINTER(_Oid), c_uint32,
        c_uint32, c_void_p, c_void_p, c_void_p, POINTER(_Buffer), c_void_p, c_void_p,
    )  # fmt: skip
    for function in (gss.gss_import_name, gss.gss_init_sec_context, gss.gss_display_status):
        function.restype = c_uint32
    return gss


def _oid(elements: bytes) -> _Oid:
    return _Oid(len(elements), elements)


def _import_name(gss: ctypes.CDLL, text: str) -> c_void_p:
    encoded = text.encode()
    held = ctypes.create_string_buffer(encoded)
    minor, name = c_uint32(), c_void_p()
    buffer = _Buffer(len(encoded), ctypes.cast(held, c_void_p))
    oid = _oid(_HOST_BASED_SERVICE)
    major = gss.gss_import_name(byref(minor), byref(buffer), byref(oid), byref(name))
    _check(gss, major, minor, f"{text!r} is no name of a service")
    return name


def _check(gss: ctypes.CDLL, major: int, minor: c_uint32, what: str) -> None:
    if not major & _IS_ERROR:
        return
    told = _told(gss, minor.value, _MECH_CODE) or _told(gss, major, _GSS_CODE)
    raise NotAuthenticated(f"{what}: {told}; run kinit, or see klist for what there is")


def _told(gss: ctypes.CDLL, code: int, kind: int) -> str:
    """What the library says of an error."""
    if not code:
        return ""
    minor, more, text = c_uint32(), c_uint32(), _Buffer()
    if gss.gss_display_status(byref(minor), c_uint32(code), kind, None, byref(more), byref(text)):
        return f"error {code}"
    try:
        return ctypes.string_at(text.value or 0, text.length).decode("utf-8", "replace")
    finally:
        gss.gss_release_buffer(byref(minor), byref(text))
