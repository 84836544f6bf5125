"""Find the sessions in a web server's access log."""

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache

from hadoopjobs import Job, option

# Source: Apache HTTP Server, mod_log_config: the common and the combined log format.
LINE = re.compile(
    r"(?P<host>\S+) \S+ .*?"
    r"\[(?P<date>\d{2}/\w{3}/\d{4}):(?P<h>\d{2}):(?P<m>\d{2}):(?P<s>\d{2}) (?P<zone>[+-]\d{4})\] "
    r'"(?P<request>(?:[^"\\]|\\.)*)" \d{3} '
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class Sessions(Job):
    """List the sessions of each host in a log of the combined format, in the order of time.

    A session is a host's requests with no pause longer than --gap between two of them. Each is
    a line host<TAB>{start in UTC, seconds from first to last request, hits, first and last page}.
    Lines that are no log lines are counted and passed over.
    """

    SORT_VALUES = True

    gap = option(type=float, default=30, help="minutes without a request that end a session")

    def mapper(self, _, line):
        match = LINE.match(line)
        time = None if match is None else time_of(match)
        if match is None or time is None:
            self.increment_counter("sessions", "lines not understood")
            return
        words = match["request"].split()
        yield match["host"], (time, words[1] if len(words) > 1 else match["request"])

    def reducer(self, host, requests):
        session = None
        for time, page in requests:
            if session is not None and time - session["last time"] > self.gap * 60:
                yield host, described(session)
                session = None
            if session is None:
                session = {"start": time, "hits": 0, "first": page}
            session |= {"last time": time, "hits": session["hits"] + 1, "last": page}
        if session is not None:
            yield host, described(session)


def described(session):
    start = datetime.fromtimestamp(session["start"], UTC)
    return {
        "start": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seconds": session["last time"] - session["start"],
        "hits": session["hits"],
        "first": session["first"],
        "last": session["last"],
    }


def time_of(match):
    """Seconds since 1970; None if the date is none."""
    day = day_of(match["date"], match["zone"])
    if day is None:
        return None
    return day + int(match["h"]) * 3600 + int(match["m"]) * 60 + int(match["s"])


@lru_cache(maxsize=1024)
def day_of(date, zone):
    """When the day began, in seconds since 1970; None if the date is none.

    >>> day_of("02/Jan/1970", "+0100")
    82800
    >>> day_of("31/Feb/2024", "+0000")
    """
    day, month, year = date.split("/")
    offset = timedelta(hours=int(zone[:3]), minutes=int(zone[0] + zone[3:]))
    try:
        begin = datetime(int(year), MONTHS.index(month) + 1, int(day), tzinfo=timezone(offset))
    except ValueError:
        return None
    return int(begin.timestamp())


if __name__ == "__main__":
    Sessions.run()
