"""Failovers and restarts, which a cluster of one ResourceManager does not have."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from hadoopjobs.core.errors import NotFound, ServiceError, ServiceUnreachable
from hadoopjobs.core.hadoop_http import HadoopSession, UserName
from hadoopjobs.yarn.active import ActiveResourceManager
from hadoopjobs.yarn.resource_manager import ResourceManager
from tests.unit.fake_service import Answer, Asked, FakeService, fake_service


@pytest.fixture
def session() -> Iterator[HadoopSession]:
    with HadoopSession(UserName("ann")) as session:
        yield session


def standby_for(url: str):
    def answer(asked: Asked) -> Answer:
        return Answer(
            "This is standby RM. The redirect url is: /x", 307, {"Location": url + asked.path}
        )

    return answer


def test_a_standby_leads_to_the_active_one_which_is_kept(session):
    with fake_service(lambda asked: Answer({"n": 1})) as active:
        with fake_service(standby_for(active.url)) as standby:
            manager = ActiveResourceManager(session, [standby.url, active.url])
            assert [manager.json("GET", "/a"), manager.json("GET", "/a")] == [{"n": 1}] * 2
    assert manager.url == active.url
    assert (len(standby.asked), len(active.asked)) == (1, 2)


def test_a_standby_leads_to_one_that_was_not_configured(session):
    with fake_service(lambda asked: Answer({"n": 1})) as active:
        with fake_service(standby_for(active.url)) as standby:
            manager = ActiveResourceManager(session, [standby.url])
            assert manager.json("POST", "/a", {"x": 1}) == {"n": 1}


def test_two_standbys_are_waited_for(session):
    pages = iter(["Can not find any active RM. Will retry in next 1 seconds."])
    answer = lambda asked: Answer(next(pages, None) or {"n": 1})  # noqa: E731
    with fake_service(answer) as service:
        assert ActiveResourceManager(session, [service.url]).json("GET", "/a") == {"n": 1}
    assert len(service.asked) == 2


def test_a_restart_is_waited_for(session):
    with fake_service(lambda asked: Answer({"n": 1})) as service:
        manager = ActiveResourceManager(session, [service.url], first_seconds=0)
        manager.json("GET", "/a")
    revived: list[FakeService] = []

    def revive() -> None:
        time.sleep(1.5)
        revived.append(FakeService(lambda asked: Answer({"n": 2}), service.port))

    thread = threading.Thread(target=revive)
    thread.start()
    try:
        assert manager.json("GET", "/a") == {"n": 2}
    finally:
        thread.join()
        revived[0].close()


def test_one_that_never_answered_is_told_soon(session):
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{held.getsockname()[1]}"
        manager = ActiveResourceManager(session, [url], first_seconds=0.5)
        with pytest.raises(ServiceUnreachable, match="no active ResourceManager at " + url):
            manager.json("GET", "/a")


def test_other_errors_are_told_at_once(session):
    with fake_service(lambda asked: Answer("no", 404)) as service, pytest.raises(NotFound):
        ActiveResourceManager(session, [service.url]).json("GET", "/a")
    assert len(service.asked) == 1


def test_a_redirect_to_something_else_is_told(session):
    answer = Answer("", 302, {"Location": "http://login.example/sso"})
    with fake_service(lambda asked: answer) as service:
        with pytest.raises(ServiceError, match=r"leads to http://login\.example/sso"):
            ActiveResourceManager(session, [service.url]).json("GET", "/a")


def test_an_application_that_was_alive_is_missed_for_a_while(session):
    answers = iter([Answer({"app": {"id": "application_1_0001", "state": "RUNNING"}})])
    last = {"app": {"id": "application_1_0001", "state": "FINISHED"}}

    def answer(asked: Asked) -> Answer:
        state["n"] += 1
        return next(answers, None) or (Answer("", 404) if state["n"] < 4 else Answer(last))

    state = {"n": 0}
    with fake_service(answer) as service:
        manager = ResourceManager(ActiveResourceManager(session, [service.url]))
        states = [manager.report("application_1_0001").state for _ in range(2)]
    assert states == ["RUNNING", "FINISHED"]


def test_an_application_that_nobody_saw_is_not_waited_for(session):
    with fake_service(lambda asked: Answer("", 404)) as service, pytest.raises(NotFound):
        ResourceManager(ActiveResourceManager(session, [service.url])).report("application_1_0001")
    assert len(service.asked) == 1
