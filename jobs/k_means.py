"""Group points into clusters."""

import random
import re
from heapq import nsmallest
from math import dist, isfinite
from zlib import crc32

import click

from hadoopjobs import Aggregator, Job, Step, option

SEPARATORS = re.compile(r"[,;\s]+")
SAMPLE_SIZE = 1000


class Cluster(Aggregator):
    """From the points of a cluster: how many, their mean, the sum of their squared distances."""

    def zero(self):
        return []

    def add(self, state, value):
        point, squared_distance = value
        return self.merge(state, [1, squared_distance, *point])

    def merge(self, one, other):
        return [a + b for a, b in zip(one, other)] if one and other else one or other

    def finish(self, state):
        count, squared_distances, *sums = state
        return {
            "points": count,
            "centre": [total / count for total in sums],
            "squared distances": squared_distances,
        }


class KMeans(Job):
    """Find k clusters of points by Lloyd's algorithm: number<TAB>{points, centre, ...}.

    A line is a point: numbers divided by commas, semicolons or blanks. Lines that are not, as
    headers, and points of another dimension than most, are counted and passed over.

    The first round takes a sample, from which the starting centres are drawn far apart from
    each other (k-means++), always the same for the same points and --seed. Each further round
    moves the centres to the means of their points, until none moves farther than --tolerance. Of
    fewer than k different points each is a cluster; a cluster that lost all points is left out.
    """

    k = option("-k", "--k", type=click.IntRange(1), required=True, help="how many clusters")
    tolerance = option(type=float, default=1e-6, help="the shortest move that counts")
    rounds = option(type=click.IntRange(1), default=100, help="the most rounds to make")
    seed = option(type=int, default=1, help="another seed, another start")
    centres = option(hidden=True)

    def steps(self):
        if self.centres is None:
            return [
                Step(
                    mapper_init=self.start_sample,
                    mapper=self.sample_point,
                    mapper_final=self.finish_sample,
                )
            ]
        return [Step(mapper=self.assign, aggregator=Cluster(), partitions=1)]

    def next_round(self, pairs):
        if self.centres is None:
            centres = first_centres([point for _, point in pairs], self.k, self.seed)
            return self.with_centres(centres, self.rounds) if centres else None
        centres = list(self.centres)
        for number, cluster in pairs:
            centres[number] = tuple(cluster["centre"])
        moved = max(map(dist, centres, self.centres))
        if moved <= self.tolerance or self.rounds == 1:
            return None
        return self.with_centres(centres, self.rounds - 1)

    def with_centres(self, centres, rounds):
        return KMeans(**self.options | {"centres": centres, "rounds": rounds})

    def start_sample(self):
        self.sample = {}

    def sample_point(self, _, line):
        """Keep the points whose hashes are smallest: the same ones however the input is split."""
        point = point_of(line)
        if point is not None:
            self.sample[point] = rank_of(point, self.seed)
            if len(self.sample) >= 4 * SAMPLE_SIZE:
                self.sample = smallest(self.sample)

    def finish_sample(self):
        for point in smallest(self.sample):
            yield None, point

    def assign(self, _, line):
        point = point_of(line)
        if point is None or len(point) != len(self.centres[0]):
            self.increment_counter("k-means", "lines passed over")
            return
        distances = [dist(point, centre) for centre in self.centres]
        nearest = min(distances)
        yield distances.index(nearest), (point, nearest**2)


def point_of(line):
    """The numbers of a line; None if it is no point.

    >>> point_of("1, 2.5;3"), point_of("width,height"), point_of("1,nan")
    ((1.0, 2.5, 3.0), None, None)
    """
    try:
        point = tuple(map(float, SEPARATORS.split(line.strip())))
    except ValueError:
        return None
    return point if all(map(isfinite, point)) else None


def rank_of(point, seed):
    return crc32(repr((seed, point)).encode()), point


def smallest(sample):
    return dict(nsmallest(SAMPLE_SIZE, sample.items(), key=lambda item: item[1]))


def first_centres(points, k, seed):
    """At most k of the points, the first by chance, the others likely to be far from it.

    Source: D. Arthur and S. Vassilvitskii, k-means++: the advantages of careful seeding, 2007.
    """
    dimensions = [len(point) for point in points]
    most = max(sorted(set(dimensions)), key=dimensions.count, default=0)
    different = {tuple(point) for point in points if len(point) == most}
    sample = nsmallest(SAMPLE_SIZE, different, key=lambda point: rank_of(point, seed))
    centres = sample[:1]
    chance = random.Random(seed)
    squares = [dist(point, centres[0]) ** 2 for point in sample]
    while len(centres) < k and any(squares):
        centres += chance.choices(sample, squares)
        squares = [min(d, dist(p, centres[-1]) ** 2) for d, p in zip(squares, sample)]
    return centres


if __name__ == "__main__":
    KMeans.run()
