import math
import subprocess
import sys

import pytest

from hadoopjobs.testing import run
from jobs.k_means import KMeans, first_centres, point_of
from tests.jobs.carried import JOBS, POINTS, lines_of


def reference(points, k, rounds=100, tolerance=1e-6):
    centres = first_centres(points, k, seed=1)
    for _ in range(rounds):
        clusters: list = [[] for _ in centres]
        for point in points:
            distances = [math.dist(point, centre) for centre in centres]
            clusters[distances.index(min(distances))].append(point)
        moved = [mean(cluster) if cluster else c for c, cluster in zip(centres, clusters)]
        centres, before = moved, centres
        if max(map(math.dist, centres, before)) <= tolerance:
            break
    return [(len(cluster), mean(cluster)) for cluster in clusters if cluster]


def mean(points):
    return [sum(column) / len(points) for column in zip(*points)]


def found(pairs):
    return [(cluster["points"], pytest.approx(cluster["centre"])) for _, cluster in pairs]


@pytest.mark.parametrize("job", [KMeans(k=5), KMeans(k=8, rounds=3)], ids=["5", "8 in 3 rounds"])
def test_finds_clusters(pairs_of, job):
    points = [point_of(line) for line in lines_of(POINTS.read_bytes())]

    pairs = pairs_of(job, POINTS, split_bytes=1 << 14)

    assert found(pairs) == reference(points, job.k, job.rounds)
    assert [number for number, _ in pairs] == list(range(job.k))


def test_finds_the_centres_that_the_points_were_made_about():
    made = [(13.4, 84.7), (76.4, 25.5), (49.5, 44.9), (65.2, 78.9), (9.4, 2.8)]

    done = run(KMeans(k=5), paths=[str(POINTS)])

    centres = [cluster["centre"] for cluster in done.as_dict().values()]
    assert all(min(math.dist(one, other) for other in centres) < 1 for one in made)


SMALL = {
    "a point": (b"1,2", [(1, [1, 2])]),
    "one point thrice": (b"1 2\n1\t2\n1;2.0\n", [(3, [1, 2])]),
    "k points": (b"0\n1\n5\n", [(1, [0]), (1, [1]), (1, [5])]),
    "fewer than k": (b"0\n5\n5", [(1, [0]), (2, [5])]),
    "header, words, another dimension": (b"x,y\n1,1\n1,1\n7\n\nnan,1\n1e999,1\n", [(2, [1, 1])]),
    "nothing": (b"", []),
    "no points": (b"x,y\n", []),
}


@pytest.mark.parametrize(("data", "expected"), SMALL.values(), ids=SMALL)
def test_few_points_are_clusters_of_their_own(pairs_of, data, expected):
    pairs = pairs_of(KMeans(k=3), data, split_bytes=4)

    assert sorted((c["points"], c["centre"]) for _, c in pairs) == sorted(expected)
    assert all(cluster["squared distances"] == 0 for _, cluster in pairs)


def test_the_carried_points_can_be_made_again():
    script = JOBS.parent / "scripts/data/points"

    made = subprocess.run([sys.executable, script, "--points", "2000"], capture_output=True)

    assert made.stdout == POINTS.read_bytes()
