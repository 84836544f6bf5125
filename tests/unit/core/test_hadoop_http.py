from __future__ import annotations

import pytest

from hadoopjobs.core.errors import (
    AccessDenied,
    ConfigError,
    NotAuthenticated,
    NotFound,
    ServiceError,
    ServiceUnreachable,
)
from hadoopjobs.core.hadoop_conf import load_hadoop_conf
from hadoopjobs.core.hadoop_http import HadoopSession, UserName, hadoop_session
from tests.unit.fake_service import Answer, fake_service


@pytest.fixture
def session():
    with HadoopSession(UserName("ann")) as session:
        yield session


def remote(name, message, status):
    return Answer({"RemoteException": {"exception": name, "message": message}}, status)


def test_the_user_is_named_and_json_sent_and_read(session):
    with fake_service(lambda asked: Answer({"got": asked.body.decode()})) as service:
        answer = session.json("PUT", f"{service.url}/a", {"x": "é"}, params={"q": "1"})
    (asked,) = service.asked
    assert answer == {"got": '{"x": "\\u00e9"}'}
    assert asked.query == {"q": "1", "user.name": "ann"}
    assert asked.headers["Accept"] == "application/json"


def test_a_user_in_the_address_stays(session):
    with fake_service(lambda asked: Answer()) as service:
        session.json("GET", f"{service.url}/a?user.name=bob")
    assert service.asked[0].query == {"user.name": "bob"}


def test_an_empty_answer_is_none(session):
    with fake_service(lambda asked: Answer(b"")) as service:
        assert session.json("GET", service.url) is None


@pytest.mark.parametrize(
    ("answer", "kind", "told"),
    [
        (
            remote("NotFoundException", "java.lang.Exception: no app\n\tat x", 404),
            NotFound,
            "404: no app",
        ),
        (remote("AccessControlException", "Permission denied", 403), AccessDenied, "Permission"),
        (remote("IOException", "no space", 403), ServiceError, "403: no space"),
        (remote("AuthorizationException", "not you", 500), AccessDenied, "500: not you"),
        (
            Answer("<title>Error 401</title>", 401),
            NotAuthenticated,
            "401: Error 401; with K",
        ),
        (Answer("<pre>org.a.BException: bad\n\tat c</pre>", 500), ServiceError, "500: bad"),
        (Answer({"odd": 1}, 400), ServiceError, '400: {"odd": 1}'),
        (Answer({"message": "no entry", "status": "401"}, 401), NotAuthenticated, "401: no entry;"),
        (Answer("<html>welcome</html>"), ServiceError, "something else than JSON"),
    ],
)
def test_a_bad_answer_is_told_in_one_line(session, answer, kind, told):
    with (
        fake_service(lambda asked: answer) as service,
        pytest.raises(ServiceError) as caught,
    ):
        session.json("GET", f"{service.url}/p?delegation=secret")
    assert type(caught.value) is kind
    assert told in str(caught.value)
    assert f"{service.url}/p" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_get_whose_answer_was_cut_is_repeated(session):
    answers = iter([None, Answer({"n": 2})])
    with fake_service(lambda asked: next(answers)) as service:
        assert session.json("GET", service.url) == {"n": 2}


def test_a_post_whose_answer_was_cut_is_not_repeated(session):
    with fake_service(lambda asked: None) as service, pytest.raises(ServiceUnreachable):
        session.json("POST", service.url, {})
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("http://127.0.0.1:1/x", "cannot reach http://127.0.0.1:1/x: nothing listens there"),
        ("http://no-such-host.invalid/", "cannot reach"),
        ("nothing", "'nothing' is no address of a service"),
    ],
)
def test_no_answer_is_told_in_one_line(session, url, told):
    with pytest.raises(ServiceUnreachable, match=told):
        session.json("GET", url)


def test_proxies_of_the_environment_are_not_used(session, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    with fake_service(lambda asked: Answer()) as service:
        assert session.json("GET", service.url) == {}


def test_a_service_without_tls_is_told(session):
    with fake_service(lambda asked: Answer()) as service:
        url = service.url.replace("http:", "https:")
        with pytest.raises(ServiceUnreachable, match="it does not speak TLS"):
            session.json("GET", url)


def test_the_session_is_that_of_the_settings():
    environ = {"HADOOP_USER_NAME": "eve", "SSL_CERT_FILE": "/ca.pem"}
    session = hadoop_session(load_hadoop_conf(environ), environ)
    assert (session.user, session.verify) == ("eve", "/ca.pem")


def test_unknown_authentication_is_refused():
    conf = load_hadoop_conf({}, [("test", {"hadoop.security.authentication": "magic"})])
    with pytest.raises(ConfigError, match="'magic': this client knows simple and kerberos"):
        hadoop_session(conf, {})
