import pytest

from jobs.pagerank import PageRank
from tests.jobs.carried import EDGES, lines_of


def reference(lines, iterations=10, damping=0.85):
    links: dict = {}
    for line in lines:
        source, *target = line.split("\t")
        links.setdefault(source, set()).update(target[:1])
        for node in target[:1]:
            links.setdefault(node, set())
    ranks = dict.fromkeys(links, 1 / len(links) if links else 0)
    for _ in range(iterations):
        dangling = sum(ranks[node] for node in links if not links[node])
        new = {node: (1 - damping + damping * dangling) / len(links) for node in links}
        for node, targets in links.items():
            for target in targets:
                new[target] += damping * ranks[node] / len(targets)
        ranks = new
    return ranks


def test_ranks_packages_by_those_that_need_them(pairs_of):
    ranks = dict(pairs_of(PageRank(), EDGES))

    assert ranks == pytest.approx(reference(lines_of(EDGES.read_bytes())), rel=1e-12)
    assert sum(ranks.values()) == pytest.approx(1, rel=1e-12)
    assert max(ranks, key=lambda node: ranks[node]) == "libc6"


GRAPHS = {
    "nothing": "",
    "a node": "a",
    "a loop": "a\ta",
    "a dangling node": "a\tb",
    "dangling nodes, a loop, an edge twice": "a\tb\na\tb\na\ta\na\tc\nb\tc\nd\ta\ne",
    "odd names": "é\t日本 語\n日本 語\t\n1\té\n \t1\textra\n\udcff\t1".replace("\udcff", "𝒳"),
    "a circle": "a\tb\nb\tc\nc\ta\n",
}


@pytest.mark.parametrize("text", GRAPHS.values(), ids=GRAPHS)
def test_ranks_small_graphs(pairs_of, text):
    job = PageRank(iterations=3, damping=0.5, parts=3)

    ranks = dict(pairs_of(job, text.encode(), split_bytes=6))

    assert ranks == pytest.approx(reference(text.splitlines(), 3, 0.5), rel=1e-12)


def test_blank_lines_and_comments_are_no_nodes(pairs_of):
    assert pairs_of(PageRank(), b"# from\tto\n\n  \na\ta\n") == [("a", 1.0)]


def test_one_iteration_divides_each_rank_once(pairs_of):
    assert dict(pairs_of(PageRank(iterations=1, damping=1), b"a\tb\nb\ta\na\tc\nc\tc\n")) == {
        "a": pytest.approx(1 / 3),
        "b": pytest.approx(1 / 6),
        "c": pytest.approx(1 / 2),
    }
