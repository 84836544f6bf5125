"""The least that a job can do: lines through cat, twice."""

from hadoopjobs import Job


class Cat(Job):
    output_format = "text"

    def mapper_cmd(self):
        return "cat"

    def reducer_cmd(self):
        return "cat"


if __name__ == "__main__":
    Cat.run()
