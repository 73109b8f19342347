"""The weekly run: what is to be run and when, as cron, systemd and GitHub Actions write it, and putting it there."""

from claimcheck.adapters.schedule.crontab import Crontab
from claimcheck.adapters.schedule.job import DAYS, Job
from claimcheck.adapters.schedule.systemd import Timer
from claimcheck.adapters.schedule.workflow import Workflow, root_of

__all__ = ["DAYS", "Crontab", "Job", "Timer", "Workflow", "root_of"]
