"""Looks at a cluster as a job would meet it, and says what is wrong and what to do."""

from hadoopjobs.session.doctor.diagnosis import diagnose
from hadoopjobs.session.doctor.finding import Finding, Level

__all__ = ["Finding", "Level", "diagnose"]
