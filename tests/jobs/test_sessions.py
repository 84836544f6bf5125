from datetime import datetime

import pytest

from hadoopjobs.testing import run
from jobs.sessions import Sessions
from tests.jobs.carried import LOG


def reference(lines, gap=30):
    requests: dict = {}
    for line in lines:
        host, _, _, day, zone, _, page, *_ = line.split()
        moment = datetime.strptime(f"{day} {zone}", "[%d/%b/%Y:%H:%M:%S %z]")
        requests.setdefault(host, []).append((int(moment.timestamp()), page))
    sessions: list = []
    for host, visits in requests.items():
        for time, page in sorted(visits):
            if not sessions or sessions[-1][0] != host or time - sessions[-1][1][-1][0] > gap * 60:
                sessions.append((host, []))
            sessions[-1][1].append((time, page))
    return sorted((h, v[0][0], v[-1][0] - v[0][0], len(v), v[0][1], v[-1][1]) for h, v in sessions)


def flat(pairs):
    return sorted(
        (host, int(datetime.fromisoformat(s["start"]).timestamp()), *list(s.values())[1:])
        for host, s in pairs
    )


def entry(time, page, host="10.0.0.1", zone="+0000"):
    return f'{host} - - [{time} {zone}] "GET {page} HTTP/1.1" 200 1 "-" "agent"'


@pytest.mark.parametrize("gap", [30, 2])
def test_finds_the_sessions_of_a_log(pairs_of, gap):
    found = flat(pairs_of(Sessions(gap=gap), LOG, split_bytes=1 << 16))

    assert found == reference(LOG.read_text().splitlines(), gap)
    assert gap != 30 or len(found) == 296  # as scripts/data/access_log said when it made the log


LINES = [
    entry("01/Mar/2024:00:29:59", "/late"),
    entry("29/Feb/2024:23:59:59", "/first"),
    entry("01/Mar/2024:01:00:00", "/new"),
    entry("01/Mar/2024:01:30:00", "/east", zone="+0100"),
    entry("29/Feb/2024:19:00:01", "/west", zone="-0530"),
    entry("01/Mar/2024:00:00:00", "/straße?a=%20&b", host="2001:db8::1"),
    entry("01/Mar/2024:00:00:00", "/straße?a=%20&b", host="2001:db8::1"),
]


@pytest.mark.parametrize("lines", [LINES, LINES[:1], []], ids=["many", "one", "none"])
def test_finds_those_of_lines_out_of_order(pairs_of, lines):
    assert flat(pairs_of(Sessions(), "\n".join(lines).encode(), split_bytes=128)) == reference(
        lines
    )


def test_a_pause_as_long_as_the_gap_ends_no_session():
    times = ("10:00:00", "10:30:00", "11:00:01")

    done = run(Sessions(), [entry(f"01/Mar/2024:{time}", "/") for time in times])

    assert [session["hits"] for _, session in done.output] == [2, 1]


def test_understands_odd_requests_and_counts_what_is_no_log_line():
    lines = [
        r'h - mary ann [01/Mar/2024:10:00:00 +0000] "GET /a\"b HTTP/1.1" 200 - "-" "x \" y"',
        'h - - [01/Mar/2024:10:00:01 +0000] "-" 408 -',
        'h - - [31/Feb/2024:10:00:01 +0000] "GET / HTTP/1.1" 200 1 "-" "-"',
        'h - - [01/Foo/2024:10:00:01 +0000] "GET / HTTP/1.1" 200 1 "-" "-"',
        "",
        "nonsense\tline",
    ]

    done = run(Sessions(), lines)

    session = {"start": "2024-03-01T10:00:00Z", "seconds": 1, "hits": 2}
    assert done.output == [("h", session | {"first": r"/a\"b", "last": "-"})]
    assert done.counters == {"sessions": {"lines not understood": 4}}
