"""Arguments of a job, declared as class attributes with the words of click.

class Grep(Job):
    pattern = option("--pattern", required=True, help="regular expression to look for")
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hadoopjobs.core.errors import ConfigError, JobLoadError

if TYPE_CHECKING:
    import click


class JobOption:
    """A declared option; reads as its value on a job."""

    def __init__(self, declarations: tuple[str, ...], settings: dict[str, Any]) -> None:
        self.declarations = declarations
        self.settings = settings
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, job: Any, owner: type) -> Any:
        """The declaration itself on the class; on a job whose `__init__` did not call ours, the
        default. `Job.__init__` puts the values where they are found before this is asked."""
        return self if job is None else self.default

    @property
    def default(self) -> Any:
        if self.settings.get("is_flag") and "default" not in self.settings:
            return False
        if self.settings.get("multiple") and "default" not in self.settings:
            return ()
        return self.settings.get("default")

    def to_click(self) -> click.Option:
        import click

        flags = self.declarations or ("--" + self.name.replace("_", "-"),)
        settings = {"show_default": self.settings.get("default") is not None, **self.settings}
        return click.Option([*flags, self.name], **settings)


def option(*declarations: str, **settings: Any) -> Any:
    """Declare an option of a job; takes what `click.option` takes.

    Without declarations the flag is made of the attribute's name: `min_count` is `--min-count`.
    The value is typed by `type` or by `default`, and shown by `--help`.
    """
    return JobOption(declarations, settings)


def declared_options(job_class: type) -> dict[str, JobOption]:
    """Name and declaration of each option of the class, base classes first."""
    found: dict[str, JobOption] = {}
    for cls in reversed(job_class.__mro__):
        found.update({k: v for k, v in vars(cls).items() if isinstance(v, JobOption)})
    return found


def option_flags(job_class: type) -> frozenset[str]:
    """All flags that the job takes itself, as `--pattern` or `-p`."""
    flags: set[str] = set()
    for declared in declared_options(job_class).values():
        parameter = declared.to_click()
        flags.update(parameter.opts)
        flags.update(parameter.secondary_opts)
    return frozenset(flags)


def check_values(job_class: type, values: Mapping[str, Any]) -> None:
    """Raises `ConfigError` for a value of an option that is not declared."""
    known = declared_options(job_class)
    for name in values:
        if name not in known:
            choices = ", ".join(known) or "none"
            raise ConfigError(f"{job_class.__name__} has no option {name!r}; it has: {choices}")


def parse_arguments(job_class: type, arguments: Sequence[str]) -> tuple[Any, tuple[str, ...]]:
    """The job with its options set, and the inputs that `arguments` name.

    Raises `click.UsageError` for arguments that do not fit.
    """
    import click

    parameters: list[click.Parameter] = [d.to_click() for d in declared_options(job_class).values()]
    parameters.append(click.Argument(["inputs"], nargs=-1))
    name = job_class.__name__
    command = click.Command(name, params=parameters, add_help_option=False)
    context = command.make_context(name, list(arguments))
    values = dict(context.params)
    inputs: tuple[str, ...] = values.pop("inputs")
    try:
        return job_class(**values), inputs
    except TypeError as error:
        raise JobLoadError(
            f"{name}(...) must take its options as keywords: {error}; "
            "a job that overrides __init__ passes **options to super().__init__"
        ) from error
