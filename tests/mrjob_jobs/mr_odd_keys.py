# mypy: disable-error-code=misc
"""Keys of every kind that JSON can write, and values that it changes."""

from mrjob.job import MRJob

KEYS = [
    None,
    True,
    False,
    0,
    1,
    2**70,
    -3,
    0.5,
    -0.0,
    1e300,
    float("inf"),
    "",
    "a\tb",
    "é",
    "\u2028",
]
NESTED = [(1, "a"), [1, "b"], ("x", None), {"k": (1, 2)}, {3: "three"}, [], {}, ((1,), [2])]


class MROddKeys(MRJob):
    def mapper(self, _, line):
        for number, key in enumerate([*KEYS, *NESTED]):
            yield key, (line, number, {"tuple": (1, 2)})

    def reducer(self, key, values):
        values = sorted(values, key=repr)
        yield [key, type(key).__name__], [len(values), values[0], type(values[0]).__name__]


if __name__ == "__main__":
    MROddKeys.run()
