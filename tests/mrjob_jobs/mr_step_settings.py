# mypy: disable-error-code=misc
"""Steps of mappers alone, each with a configuration of its own."""

from mrjob.compat import jobconf_from_env
from mrjob.job import MRJob
from mrjob.step import MRStep


class MRStepSettings(MRJob):
    JOBCONF = {"my.own.base": "all"}

    def steps(self):
        return [
            MRStep(mapper=self.first, jobconf={"my.own.key": "1"}),
            MRStep(mapper=self.then, jobconf={"my.own.key": "2"}),
            MRStep(mapper=self.then),
            MRStep(mapper=self.then, reducer=self.together, jobconf={"my.own.key": "4"}),
            MRStep(mapper=self.then),
        ]

    def first(self, _, line):
        for word in line.split():
            yield word, [self.seen()]

    def then(self, word, seen):
        yield word, [*seen, self.seen()]

    def together(self, word, seen):
        yield word, [*min(seen), self.seen()]

    def seen(self):
        return [jobconf_from_env("my.own.key"), jobconf_from_env("my.own.base")]


if __name__ == "__main__":
    MRStepSettings.run()
