"""All runners give what a ten-line reference gives, whatever the records and the settings."""

from __future__ import annotations

import io
from collections import deque

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from hadoopjobs import Job, Sum
from hadoopjobs.core.codec import pack, unpack
from hadoopjobs.core.sort_key import encode
from hadoopjobs.session import Settings, collect_job
from tests.property.strategies import keys, values

# A runner with processes takes some tenths of a second to start.
EXAMPLES = {"inline": 80, "local": 8, "memory": 8}

pair_lists = st.lists(st.tuples(keys, values), max_size=40)


def shown(value):
    """A value with its class as text; a set's members sorted, for processes iterate differently."""
    name = type(value).__name__
    if isinstance(value, set | frozenset):
        return f"{name} {sorted(map(shown, value))}"
    if isinstance(value, dict):
        return f"{name} {[(shown(key), shown(inner)) for key, inner in value.items()]}"
    if isinstance(value, list | tuple | deque):
        return f"{name} {list(map(shown, value))}"
    return f"{name} {value!r}"


class Grouped(Job):
    """The input is lines of pairs in hexadecimal, as the codec packs them."""

    def mapper(self, _, line):
        for key, value in unpack(bytes.fromhex(line)):
            yield key, [shown(value)]

    def reducer(self, key, lists):
        yield encode(key).hex(), sorted(text for texts in lists for text in texts)


class Combined(Grouped):
    def combiner(self, key, lists):
        yield key, [text for texts in lists for text in texts]


class Counted(Grouped):
    aggregator = Sum()

    def mapper(self, _, line):
        for key, _value in unpack(bytes.fromhex(line)):
            yield key, 1

    reducer = None  # type: ignore[assignment]


class Sorted(Grouped):
    SORT_VALUES = True


def reference(pairs):
    groups: dict[str, list[str]] = {}
    for key, value in pairs:
        groups.setdefault(encode(key).hex(), []).append(shown(value))
    return {key: sorted(group) for key, group in groups.items()}


@pytest.mark.parametrize("runner", list(EXAMPLES))
def test_runners_agree_with_the_reference(runner):
    phases = set(Phase) if runner == "inline" else {Phase.explicit, Phase.reuse, Phase.generate}

    @settings(max_examples=EXAMPLES[runner], phases=phases)
    @given(
        lines=st.lists(pair_lists, max_size=4),
        job=st.sampled_from([Grouped, Combined, Counted, Sorted]),
        partitions=st.integers(1, 4),
        memory=st.sampled_from([1 << 20, 1 << 28]),
        split_bytes=st.sampled_from([100, 1 << 20]),
        repeat=st.sampled_from([1, 30]),
    )
    def check(lines, job, partitions, memory, split_bytes, repeat):
        text = "".join(pack(pairs * repeat).hex() + "\n" for pairs in lines)
        output = collect_job(
            job(),
            ["-"],
            Settings(
                runner=runner,
                memory_bytes=memory,
                workers=2,
                max_attempts=1,
                split_bytes=split_bytes,
            ),
            job_settings={"mapreduce.job.reduces": str(partitions)},
            stdin=io.BytesIO(text.encode()),
        ).pairs
        expected = reference([pair for pairs in lines for pair in pairs * repeat])
        if job is Counted:
            counts = {encode(key).hex(): count for key, count in output}
            assert counts == {key: len(group) for key, group in expected.items()}
        else:
            assert dict(output) == expected
        assert len(output) == len(expected)

    check()
