# mypy: disable-error-code=misc
"""What a task finds around it: files, folders, configuration, variables, counters, arguments."""

import os

from mrjob.compat import jobconf_from_env
from mrjob.job import MRJob
from mrjob.step import MRStep


class MRSurroundings(MRJob):
    FILES = ["side.txt#words.txt"]
    DIRS = ["side_folder"]
    JOBCONF = {"job.own.setting": "a", "mapred.reduce.tasks": 1, "a.bool": True}

    def configure_args(self):
        super().configure_args()
        self.add_file_arg("--table")
        self.add_file_arg("--tables", action="append", default=[])
        self.add_passthru_arg("--times", type=int, default=1)
        self.add_passthru_arg("--mark", default="-")
        self.pass_arg_through("--label")

    def load_args(self, args):
        super().load_args(args)
        self.doubled = self.options.times * 2
        if self.options.times < 0:
            self.arg_parser.error("--times must not be negative")

    def mapper_init(self):
        with open("words.txt") as file:
            self.words = set(file.read().split())
        with open(os.path.join("side_folder", "number.txt")) as file:
            self.number = int(file.read())
        self.tables = []
        for path in [self.options.table, *self.options.tables]:
            if path:
                assert os.sep not in path
                with open(path) as file:
                    self.tables.append(len(file.read()))

    def mapper(self, _, line):
        self.increment_counter("own, group", "li,nes", 2)
        self.set_status("at work")
        found = jobconf_from_env("map.input.file")
        yield "file", found
        names = ("map_input_file", "mapreduce_map_input_file")
        yield "also", len({os.environ[name] for name in names})
        yield "own", jobconf_from_env("job.own.setting")
        yield "bool", jobconf_from_env("a.bool")
        yield "step", jobconf_from_env("step.own")
        yield "reduces", jobconf_from_env("mapreduce.job.reduces")
        yield "ismap", jobconf_from_env("mapreduce.task.ismap")
        yield "cmdenv", os.environ.get("FROM_CMDENV")
        yield "number", self.number * self.doubled
        yield "tables", self.tables
        yield "tag", [self.options.mark, self.options.label, self.is_task()]
        yield "words", sum(word in self.words for word in line.split())

    def reducer(self, key, values):
        values = sorted(values, key=repr)
        yield key, [values[0], values[-1], jobconf_from_env("step.own")]

    def reducer_again(self, key, values):
        self.increment_counter("second", "groups")
        for value in values:
            yield key, [value, jobconf_from_env("step.own"), jobconf_from_env("map.input.file")]

    def steps(self):
        return [
            MRStep(
                mapper_init=self.mapper_init,
                mapper=self.mapper,
                reducer=self.reducer,
                jobconf={"step.own": "one"},
            ),
            MRStep(reducer=self.reducer_again, jobconf={"step.own": "two"}),
        ]


if __name__ == "__main__":
    MRSurroundings.run()
