"""The weekly run as cron, systemd and GitHub Actions write it: quoting, marks, and what a workflow may do."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from claimcheck.adapters.schedule import DAYS, Job, Timer, Workflow, root_of
from claimcheck.adapters.schedule.crontab import line
from claimcheck.cli.app import app
from claimcheck.config import KEYS, SETTINGS
from claimcheck.errors import UsageError

ROOT = Path(__file__).resolve().parents[2]
ODD = Path("/srv/a b%c/it's $HOME & more/claims.yaml")
JOB = Job(("/opt/my venv/bin/claimcheck",), ODD, "wed", 23, 5, Path("/etc/my keys.env"))


def workflow(job: Job = JOB, **more: Any) -> Workflow:
    given = {"root": ODD.parent, "home": ODD.parent / ".claimcheck", "reports": ODD.parent / "reports", "package": "claimcheck"}
    return Workflow(job, **{**given, **more})


def parsed(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(text, yaml.BaseLoader)
    return found


def test_a_cron_line_is_what_the_shell_then_runs(tmp_path: Path) -> None:
    keys, folder = tmp_path / "my keys.env", tmp_path / "a b%c" / "it's $HOME"
    folder.mkdir(parents=True)
    keys.write_text("OPENAI_API_KEY=sk-1\n", encoding="utf-8")
    job = Job(("printf", "%s|"), folder / "claims.yaml", "wed", 23, 5, keys)
    minute, hour, day, month, weekday, command = line(job).split(" ", 5)
    assert (minute, hour, day, month, weekday) == ("5", "23", "*", "*", "3")
    assert re.search(r"(?<!\\)%", command) is None  # cron would end the command there
    said = subprocess.run(
        ["sh", "-c", command.replace("\\%", "%") + "; echo; pwd; echo $OPENAI_API_KEY"], capture_output=True, text=True
    )
    words, place, key = said.stdout.splitlines()
    assert words == f"refresh|--quiet|--claims|{folder / 'claims.yaml'}|"
    assert (place, key) == (str(folder), "sk-1")


def test_a_systemd_unit_quotes_and_escapes(tmp_path: Path) -> None:
    service, timer = Timer(JOB, tmp_path).files().values()
    assert (
        'ExecStart="/opt/my venv/bin/claimcheck" "refresh" "--quiet" "--claims" "/srv/a b%%c/it\'s $$HOME & more/claims.yaml"'
    ) in service.splitlines()
    assert "WorkingDirectory=/srv/a b%%c/it's $HOME & more" in service.splitlines()
    assert "EnvironmentFile=/etc/my keys.env" in service.splitlines()
    assert "OnCalendar=Wed *-*-* 23:05:00 UTC" in timer.splitlines()
    assert "Persistent=true" in timer.splitlines()


def test_line_ends_and_backslashes_are_refused() -> None:
    with pytest.raises(UsageError, match="line end"):
        Job(("claimcheck",), Path("/a\n* * * * * rm/claims.yaml"))
    with pytest.raises(UsageError, match="backslash"):
        line(Job(("claimcheck",), Path("/a\\b/claims.yaml")))


def test_every_claims_file_has_a_name_of_its_own() -> None:
    assert Job(("c",), ODD).name == JOB.name != Job(("c",), Path("/elsewhere/claims.yaml")).name


def test_a_workflow_runs_weekly_one_at_a_time_with_the_least_permissions() -> None:
    found = parsed(workflow().text())
    assert found["on"]["schedule"] == [{"cron": "5 23 * * 3"}]
    assert found["permissions"] == {}
    assert found["concurrency"] == {"group": "claimcheck-weekly", "cancel-in-progress": "false"}
    assert found["jobs"]["refresh"]["permissions"] == {"contents": "write", "pull-requests": "write"}
    assert found["jobs"]["awake"]["permissions"] == {"actions": "write"}
    assert found["env"]["CLAIMS"] == "claims.yaml"
    steps = [step for job in found["jobs"].values() for step in job["steps"]]
    assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"]) for step in steps if "uses" in step)
    assert steps[0]["with"]["persist-credentials"] == "false"


def test_secrets_reach_only_the_refresh_and_by_name_only() -> None:
    found = parsed(workflow().text())
    with_secrets = [s for s in found["jobs"]["refresh"]["steps"] if "secrets." in str(s)]
    assert [step["name"] for step in with_secrets] == ["Refresh"]
    env = with_secrets[0]["env"]
    assert {name for name, value in env.items() if "secrets." in value} == {
        info.variable for info in SETTINGS if info.name in KEYS
    }
    assert all(value in (f"${{{{ secrets.{name} }}}}", f"${{{{ vars.{name} }}}}") for name, value in env.items())
    assert "${{" not in "".join(step.get("run", "") for job in found["jobs"].values() for step in job["steps"])


def test_each_script_of_the_workflow_is_one_that_bash_reads() -> None:
    for job in parsed(workflow().text())["jobs"].values():
        for step in job["steps"]:
            if "run" in step:
                assert subprocess.run(["bash", "-n"], input=step["run"], text=True).returncode == 0, step


def test_a_workflow_names_paths_within_its_repository() -> None:
    quoted = workflow(reports=ODD.parent / 'my "reports": #1')
    assert parsed(quoted.text())["env"]["CLAIMCHECK_REPORTS"] == 'my "reports": #1'
    with pytest.raises(UsageError, match="outside of the repository"):
        workflow(home=Path("/var/lib/claimcheck")).text()
    with pytest.raises(UsageError, match="GitHub evaluates"):
        workflow(package="${{ secrets.X }}").text()


def test_a_workflow_of_somebody_else_is_left_alone(tmp_path: Path) -> None:
    job = Job(("claimcheck",), tmp_path / "claims.yaml")
    ours = workflow(job, root=tmp_path, home=tmp_path / "h", reports=tmp_path / "r")
    path = tmp_path / ".github" / "workflows" / "weekly.yml"
    path.parent.mkdir(parents=True)
    path.write_text("name: mine\n", encoding="utf-8")
    for act in (ours.install, ours.remove):
        with pytest.raises(UsageError, match="not written by claimcheck"):
            act()
    assert path.read_text(encoding="utf-8") == "name: mine\n"
    path.unlink()
    ours.install()
    assert ours.installed()
    ours.remove()
    assert not path.exists()
    assert "nothing was changed" in ours.remove()


def test_a_repository_is_found_above_or_said_to_be_missing(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "a" / "b").mkdir(parents=True)
    assert root_of(tmp_path / "a" / "b") == tmp_path
    with pytest.raises(UsageError, match="no git repository"):
        root_of(Path("/"))


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="this is not a clone of the repository")
def test_the_project_carries_the_workflow_that_the_command_makes() -> None:
    args = [
        "schedule",
        "--kind",
        "ci",
        "--claims",
        str(ROOT / "claims.yaml"),
        "--package",
        ".",
        "--lock",
        str(ROOT / "requirements.lock"),
    ]
    done = CliRunner().invoke(app, args, env={"CLAIMCHECK_HOME": "", "CLAIMCHECK_REPORTS": ""})
    assert done.exit_code == 0, done.output
    assert (ROOT / ".github" / "workflows" / "weekly.yml").read_text(encoding="utf-8") == done.stdout


@pytest.mark.parametrize(
    ("options", "said"), [(["--at", "25:00"], "not a time"), (["--install", "--remove"], "exclude each other")]
)
def test_wrong_options_are_refused(options: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["schedule", "--kind", "cron", "--claims", str(ROOT / "claims.yaml"), *options])
    assert isinstance(done.exception, UsageError)
    assert said in str(done.exception)


def test_the_shells_own_settings_are_named_and_not_their_values() -> None:
    env = {"OPENAI_API_KEY": "sk-canary-0123456789"}
    done = CliRunner().invoke(app, ["schedule", "--kind", "cron", "--claims", str(ROOT / "claims.yaml")], env=env)
    assert "(OPENAI_API_KEY)" in done.stderr
    assert "canary" not in done.output


@pytest.mark.parametrize(("kind", "at", "warned"), [("cron", "2:30", True), ("cron", "4:00", False), ("systemd", "2:30", False)])
def test_a_time_that_clocks_may_skip_is_told_where_it_is_local(kind: str, at: str, warned: bool) -> None:
    done = CliRunner().invoke(app, ["schedule", "--kind", kind, "--at", at, "--claims", str(ROOT / "claims.yaml")])
    assert ("clocks may be put" in done.stderr) is warned


def test_days_begin_with_sunday_as_crons_do() -> None:
    assert DAYS == ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
