"""The connection to a bucket, configured as AWS's own tools are, and its errors as ours.

Source: AWS CLI, "Environment variables" and "Configuration and credential file settings".
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from hadoopjobs.core.errors import (
    ConfigError,
    FileExists,
    FileMissing,
    PermissionDenied,
    StorageError,
    UsageError,
)
from hadoopjobs.storage.hdfs_errors import Unreachable

if TYPE_CHECKING:
    from obstore.store import S3Store

_FILES = (
    ("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"),
    ("AWS_CONFIG_FILE", "~/.aws/config"),
)
_KEYS = (
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "region",
    "endpoint_url",
)

_stores: dict[tuple[int, str, tuple[tuple[str, str], ...]], S3Store] = {}


def store_for(bucket: str, uri: str) -> S3Store:
    """The store of this process for a bucket; its threads must not be shared across a fork."""
    if not bucket:
        raise UsageError(f"{uri!r} names no bucket: write s3://bucket/key")
    settings = s3_settings(os.environ)
    key = os.getpid(), bucket, tuple(sorted(settings.items()))
    if key not in _stores:
        _stores[key] = _new_store(bucket, settings, uri)
    return _stores[key]


def _new_store(bucket: str, settings: Mapping[str, str], uri: str) -> S3Store:
    try:
        from obstore.store import S3Store
    except ImportError as error:
        raise ConfigError(f"{uri} needs obstore: pip install 'hadoopjobs[s3]'") from error
    endpoint = settings.get("endpoint", "")
    more: Any = settings
    with s3_errors("reach", uri):
        return S3Store(
            bucket,
            config=more,
            client_options={"allow_http": endpoint.startswith("http://")},
            retry_config={"max_retries": 4},
        )


def s3_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Endpoint, region and credentials: from variables, then from the files of the profile.

    Without keys the store itself asks the machine that it runs on, as AWS's tools do.
    """
    found = _from_files(environ)
    region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or found.get("region")
    endpoint = (
        environ.get("AWS_ENDPOINT_URL_S3")
        or environ.get("AWS_ENDPOINT_URL")
        or found.get("endpoint_url")
    )
    settings = {"region": region or "us-east-1"}
    if endpoint:
        settings["endpoint"] = endpoint
    for key in _KEYS[:3]:
        value = environ.get(key.upper()) or found.get(key)
        if value:
            settings[key] = value
    return settings


def _from_files(environ: Mapping[str, str]) -> dict[str, str]:
    profile = environ.get("AWS_PROFILE") or "default"
    found: dict[str, str] = {}
    for variable, path in _FILES:
        parser = configparser.RawConfigParser()
        try:
            parser.read(os.path.expanduser(environ.get(variable) or path), "utf-8")
        except configparser.Error as error:
            raise ConfigError(str(error).replace("\n", " ")) from error
        for section in (profile, f"profile {profile}"):
            if parser.has_section(section):
                for key in _KEYS:
                    if parser.has_option(section, key):
                        found.setdefault(key, parser.get(section, key))
    return found


@contextmanager
def s3_errors(what: str, uri: str) -> Iterator[None]:
    """Raise our error in place of obstore's."""
    try:
        yield
    except StorageError:
        raise
    except Exception as error:
        mapped = _mapped(error, f"cannot {what} {uri}: ", uri)
        if mapped is None:
            raise
        raise mapped from error


def _mapped(error: Exception, begin: str, uri: str) -> StorageError | None:
    from obstore import exceptions

    text = " ".join(str(error).split())
    if isinstance(error, exceptions.AlreadyExistsError):
        return FileExists(begin + "it exists", uri=uri)
    if isinstance(error, exceptions.NotFoundError | FileNotFoundError):
        if "NoSuchBucket" in text:
            return FileMissing(begin + "there is no such bucket", uri=uri)
        return FileMissing(begin + "it does not exist", uri=uri)
    if isinstance(error, exceptions.PermissionDeniedError | exceptions.UnauthenticatedError):
        return PermissionDenied(begin + "permission denied: check your AWS credentials", uri=uri)
    if isinstance(error, exceptions.BaseError):
        return _generic(text, begin, uri)
    return None


def _generic(text: str, begin: str, uri: str) -> StorageError:
    if "InvalidAccessKeyId" in text or "SignatureDoesNotMatch" in text:
        return PermissionDenied(begin + "the AWS credentials are wrong", uri=uri)
    if "169.254.169.254" in text or "credential" in text.lower():
        message = "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
        return PermissionDenied(begin + message, uri=uri)
    if "Connection refused" in text or "dns error" in text or "error sending request" in text:
        message = "the server cannot be reached: check AWS_ENDPOINT_URL and AWS_REGION"
        return Unreachable(begin + message, uri=uri)
    return StorageError(begin + text[:300], uri=uri)
