"""HTTP to Hadoop's services: who asks, how long to wait, what may be repeated, what went wrong.

Import it where requests are made; it loads `requests`.

Source: Hadoop, "Authentication for Hadoop HTTP web-consoles" and "WebHDFS REST API",
section "Error Responses".
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from urllib3.util.retry import Retry

from hadoopjobs.core.errors import (
    AccessDenied,
    ConfigError,
    NotAuthenticated,
    NotFound,
    ServiceError,
    ServiceUnreachable,
)
from hadoopjobs.core.hadoop_conf import HadoopConf
from hadoopjobs.core.spnego import negotiate_token

CONNECT_SECONDS = 10.0
READ_SECONDS = 60.0
_COOKIE = "hadoop.auth"
_HAS_COOKIE = re.compile(r'hadoop\.auth="?[^";]')
_CA_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")


class HadoopSession(requests.Session):
    """A session that says who asks, gives up after a time, and repeats what is safe to repeat.

    A request that never reached the service is sent again, a GET also when its answer was cut.
    Proxies of the environment are not used, as Hadoop's own client does not.
    """

    def __init__(self, auth: UserName | Negotiate) -> None:
        super().__init__()
        self.trust_env = False
        self.auth = auth
        retries = Retry(
            total=2,
            status=0,
            redirect=0,
            allowed_methods={"GET", "HEAD"},
            backoff_factor=0.2,
            backoff_jitter=0.3,
            raise_on_status=False,
        )
        for scheme in ("http://", "https://"):
            self.mount(scheme, HTTPAdapter(max_retries=retries))

    @property
    def user(self) -> str | None:
        """The user that the services know us as; with Kerberos None before the first answer."""
        if isinstance(self.auth, UserName):
            return self.auth.name
        names = (_user_in(cookie.value) for cookie in self.cookies if cookie.name == _COOKIE)
        return next((name for name in names if name), None)

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **more: Any) -> Any:
        """As in `requests`, with time-outs."""
        more.setdefault("timeout", (CONNECT_SECONDS, READ_SECONDS))
        return super().request(method, url, *args, **more)

    def call(self, method: str, url: str, **more: Any) -> requests.Response:
        """The answer of a service. Raises `ServiceError` unless it is good."""
        try:
            response: requests.Response = self.request(method, url, **more)
        except requests.exceptions.RequestException as error:
            raise service_unreachable(url, error) from error
        if response.status_code >= 400:
            raise service_error(response)
        return response

    def json(self, method: str, url: str, body: object = None, **more: Any) -> Any:
        """The JSON that a service answers, None where it answers nothing; `body` is sent as JSON.

        Raises `ServiceError`.
        """
        return self.decoded(self.answer(method, url, body, **more))

    def answer(
        self,
        method: str,
        url: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> requests.Response:
        """The answer to a question in JSON. Raises `ServiceError` unless it is good."""
        headers = {"Accept": "application/json", **(headers or {})}
        if body is not None:
            headers["Content-Type"] = "application/json"
            more["data"] = json.dumps(body).encode()
        return self.call(method, url, headers=headers, **more)

    def decoded(self, response: requests.Response) -> Any:
        """The JSON in an answer, None for an empty one. Raises `ServiceError`."""
        if not response.content.strip():
            return None
        try:
            return response.json()
        except ValueError as error:
            raise ServiceError(
                f"{place_of(response.url)} answered something else than JSON: is it right?",
                url=response.url,
                status=response.status_code,
            ) from error


def hadoop_session(conf: HadoopConf, environ: Mapping[str, str]) -> HadoopSession:
    """The session for every REST call, with the authentication that `conf` names.

    The authorities that TLS trusts are the system's, or those in the file that
    REQUESTS_CA_BUNDLE or SSL_CERT_FILE names.
    """
    kind = (conf.get("hadoop.security.authentication") or "simple").strip().lower()
    if kind not in ("simple", "kerberos"):
        raise ConfigError(
            f"hadoop.security.authentication is {kind!r}: this client knows simple and kerberos"
        )
    session = HadoopSession(Negotiate() if kind == "kerberos" else UserName(conf.user))
    bundle = next((environ[name] for name in _CA_BUNDLES if environ.get(name)), None)
    if bundle is not None:
        session.verify = bundle
    return session


class UserName(AuthBase):
    """Simple authentication: the name goes into the address."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        query = urlsplit(request.url or "").query
        if "user.name=" not in query and "delegation=" not in query:
            request.prepare_url(request.url or "", {"user.name": self.name})
        return request


class Negotiate(AuthBase):
    """Kerberos: a token where a service asks for one; afterwards its cookie does.

    A stream is not read twice, so it is sent with a token at once.
    """

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        has_cookie = _HAS_COOKIE.search(str(request.headers.get("Cookie", "")))
        has_token = "delegation=" in urlsplit(request.url or "").query
        if _is_stream(request.body) and not has_cookie and not has_token:
            _authorize(request)
        request.hooks["response"].append(self._answer)
        return request

    def _answer(self, response: requests.Response, **more: Any) -> requests.Response:
        """Ask again, once, with a token."""
        asked = response.headers.get("WWW-Authenticate", "")
        is_first = "Authorization" not in response.request.headers
        if response.status_code != 401 or "negotiate" not in asked.lower() or not is_first:
            return response
        if _is_stream(response.request.body):
            return response
        response.content  # noqa: B018  frees the connection
        request = response.request.copy()
        request.headers.pop("Cookie", None)
        _authorize(request)
        again: requests.Response = response.connection.send(request, **more)
        again.history.append(response)
        again.request = request
        return again


def _is_stream(body: object) -> bool:
    return body is not None and not isinstance(body, (bytes, str))


def _authorize(request: requests.PreparedRequest) -> None:
    token = negotiate_token(urlsplit(request.url or "").hostname or "")
    request.headers["Authorization"] = "Negotiate " + base64.b64encode(token).decode()


def _user_in(cookie: str | None) -> str | None:
    """The user in Hadoop's cookie.

    >>> _user_in('"u=ann&p=ann@EXAMPLE.COM&t=kerberos&e=1&s=x"')
    'ann'
    """
    match = re.search(r'(?:^|[&"])u=([^&"]+)', cookie or "")
    return None if match is None else match[1]


def service_unreachable(url: str, error: Exception) -> ServiceError:
    """What to say when there was no answer."""
    place = place_of(url)
    if isinstance(error, requests.exceptions.SSLError):
        return ServiceUnreachable(
            f"{place} has a certificate that is not trusted: name the file with its authority in "
            f"REQUESTS_CA_BUNDLE ({_reason(error)})",
            url=url,
        )
    if isinstance(error, requests.exceptions.Timeout):
        return ServiceUnreachable(f"{place} did not answer in time", url=url)
    if isinstance(error, (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema)):
        return ServiceUnreachable(f"{url!r} is no address of a service", url=url)
    return ServiceUnreachable(f"cannot reach {place}: {_reason(error)}", url=url)


_REASONS = (
    ("refused", "nothing listens there"),
    ("Name or service not known", "no such host"),
    ("Temporary failure in name resolution", "its name cannot be resolved"),
    ("No address associated", "no such host"),
    ("No route to host", "no route to it"),
    ("Network is unreachable", "the network is unreachable"),
    ("certificate verify failed", "certificate verify failed"),
    ("wrong version number", "it does not speak TLS"),
    ("reset by peer", "the connection was reset"),
)


def _reason(error: Exception) -> str:
    text = str(error)
    return next((said for part, said in _REASONS if part in text), "the connection broke")


_DENIALS = ("AccessControlException", "AuthorizationException", "SecurityException")


def service_error(response: requests.Response) -> ServiceError:
    """The error for a bad answer, in one line."""
    java_class, message = remote_exception(response)
    status, place = response.status_code, place_of(response.url)
    reason = message
    kinds = {401: NotAuthenticated, 403: AccessDenied, 404: NotFound}
    if java_class in _DENIALS:
        kind: type[ServiceError] = AccessDenied
    elif status == 403 and java_class is not None:  # WebHDFS: any IOException
        kind = ServiceError
    else:
        kind = kinds.get(status, ServiceError)
    if kind is NotAuthenticated:
        message = f"{message}; with Kerberos run kinit, and see hadoop.security.authentication"
    told = f"{place} says {status}: {message}"
    return kind(told, url=response.url, status=status, java_class=java_class, reason=reason)


def remote_exception(response: requests.Response) -> tuple[str | None, str]:
    """The simple name of the exception on the other side, and its message in one line."""
    try:
        answer = response.json()
        told = answer.get("RemoteException", answer)  # the bare form is Jetty's
        name, message = str(told.get("exception", "")), str(told["message"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None, _text_of(response)
    return name or None, one_line(message) or name or "no reason"


def one_line(message: str) -> str:
    """A message of Java's without class names in front and stack behind.

    >>> one_line("java.lang.Exception: app with id: x not found\\n\\tat a.b(C.java)")
    'app with id: x not found'
    """
    first = next((line.strip() for line in message.splitlines() if line.strip()), "")
    return re.sub(r"^(?:(?:[\w$]+\.)+[\w$]*(?:Exception|Error): *)+", "", first)


_TELLING = (r"<pre>(.*?)</pre>", r"<th>MESSAGE:</th><td>(.*?)</td>", r"<title>(.*?)</title>")


def _text_of(response: requests.Response) -> str:
    """The line of a page or a plain text that says most."""
    text = response.text if len(response.content) < 1 << 20 else ""
    if "<" not in text:
        return one_line(text)[:300] or response.reason or "no reason"
    for pattern in (
        r"<pre>(.*?)</pre>",
        r"<th>MESSAGE:</th><td>(.*?)</td>",
        r"<title>(.*?)</title>",
    ):
        match = re.search(pattern, text, re.DOTALL | re.IGNORECASE)
        if match and match[1].strip():
            return one_line(match[1])[:300]
    return response.reason or "no reason"


def place_of(url: str) -> str:
    """An address without its query, which may hold a token."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
