"""What runs on other people's machines: every action pinned, every right named, every verb one of the Makefile's."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from press import ROOT

FOLDER = ROOT / ".github" / "workflows"
WORKFLOWS = sorted(FOLDER.glob("*.yml"))
PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
# Rights to write, and the one job that may have them.
WRITES = {("publish.yml", "deploy"): {"pages", "id-token"}}


def faults(name: str, text: str) -> list[str]:
    """Return a line for each thing that is wrong in a workflow; `name` is its file's."""
    flow, found = yaml.safe_load(text), []
    if flow.get("permissions") != {}:
        found.append("takes rights for all of its jobs: begin with `permissions: {}`")
    if not flow.get("concurrency"):
        found.append("says nothing on concurrency")
    if "pull_request_target" in flow[True]:  # YAML 1.1 reads the word `on` as true
        found.append("runs what strangers propose with this repository's rights")
    if re.search(r"\bsecrets\b", text):
        found.append("uses a secret; none is needed")
    for line in re.findall(r"(?m)^\s*(?:- )?uses:\s*(.*?)\s*$", text):
        if not PINNED.fullmatch(line):
            found.append(f"uses {line}; expected 40 digits of a commit and its version as a comment")
    for key, job in flow["jobs"].items():
        rights = job.get("permissions")
        if not isinstance(rights, dict):
            found.append(f"{key} does not say its permissions")
        elif extra := {right for right, level in rights.items() if level != "read"} - WRITES.get(
            (name, key), set()
        ):
            found.append(f"{key} may write: {', '.join(sorted(extra))}")
        if not 0 < job.get("timeout-minutes", 0) <= 120:
            found.append(f"{key} may run for hours: give it timeout-minutes")
        for step in job["steps"]:
            found += [f"{key}: {fault}" for fault in _step_faults(step)]
    return [f"{name} {fault}" for fault in found]


def _step_faults(step: dict) -> list[str]:
    found = []
    if step.get("uses", "").startswith("actions/checkout@") and step.get("with", {}).get(
        "persist-credentials", True
    ):
        found.append("leaves its token in the checkout: persist-credentials: false")
    command = step.get("run", "")
    if "${{" in command:
        found.append(f"pastes an expression into a shell: {command.strip()}; hand it over by env")
    for verb in re.findall(r"\bmake ([a-z]+)", command):
        if verb not in verbs():
            found.append(f"calls make {verb}, which the Makefile does not know")
    return found


def verbs() -> set[str]:
    """Return the verbs that the Makefile lists."""
    return set(re.findall(r"(?m)^([a-z]+):.*## ", (ROOT / "Makefile").read_text("utf-8")))


def commands(name: str) -> list[str]:
    """Return what the steps of a workflow run."""
    jobs = yaml.safe_load((FOLDER / name).read_text("utf-8"))["jobs"].values()
    return [step["run"].strip() for job in jobs for step in job["steps"] if "run" in step]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_is_pinned_bounded_and_takes_no_right_it_does_not_need(path):
    assert not (found := faults(path.name, path.read_text("utf-8"))), "\n".join(found)


GOOD = """
on: [push]
permissions: {}
concurrency: good
jobs:
  one:
    runs-on: ubuntu-latest
    timeout-minutes: 5
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@0123456789012345678901234567890123456789 # v1.2.3
        with:
          persist-credentials: false
      - run: make book
"""


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        (
            "@0123456789012345678901234567890123456789 # v1.2.3",
            "@v1",
            "uses actions/checkout@v1; expected 40",
        ),
        (" # v1.2.3", "", "expected 40 digits"),
        ("permissions: {}", "permissions: write-all", "takes rights for all of its jobs"),
        ("contents: read", "contents: write", "one may write: contents"),
        ("    permissions:\n      contents: read\n", "", "one does not say its permissions"),
        ("    timeout-minutes: 5\n", "", "one may run for hours"),
        ("concurrency: good\n", "", "says nothing on concurrency"),
        ("on: [push]", "on: [pull_request_target]", "runs what strangers propose"),
        ("          persist-credentials: false\n", "          lfs: true\n", "leaves its token"),
        ("make book", "make boook", "calls make boook"),
        ("make book", "echo ${{ github.head_ref }}", "pastes an expression into a shell"),
        ("make book", "make book\n        env: {T: '${{ secrets.T }}'}", "uses a secret"),
    ],
)
def test_each_fault_is_found(right, wrong, said):
    assert not faults("good.yml", GOOD)
    assert right in GOOD
    found = faults("bad.yml", GOOD.replace(right, wrong))
    assert len(found) == 1
    assert said in found[0]


def test_one_action_has_one_version():
    used = {}
    for path in WORKFLOWS:
        for action, version in re.findall(r"uses: ([\w./-]+)@(.*)", path.read_text("utf-8")):
            used.setdefault(action, set()).add(version)
    assert not {action: versions for action, versions in used.items() if len(versions) > 1}


def test_the_checks_are_the_readmes_commands():
    assert commands("check.yml") == ["make book", "make test"]
    assert commands("publish.yml") == ["make book"]
    flow = yaml.safe_load((FOLDER / "check.yml").read_text("utf-8"))["jobs"]["check"]
    first, past_last = re.search(
        r'requires-python = ">=3\.(\d+),<3\.(\d+)"', _text("pyproject.toml")
    ).groups()
    assert flow["strategy"]["matrix"]["python"] == [f"3.{first}", f"3.{int(past_last) - 1}"]
    index = re.search(r"TORCH_INDEX=(\S+)", _text("README.md"))[1]
    assert index in _text(".github/workflows/check.yml")


def test_colab_runs_every_page_with_the_package_alone():
    (script,) = [command for command in commands("colab.yml") if "docker run" in command]
    assert "--no-deps /content/rectified" in script
    assert "book/[0-9]*.ipynb" in script
    inner = script.split("'")
    assert len(inner) == 3, "an apostrophe inside the script would end it"
    for shell in (script, inner[1]):
        said = subprocess.run(["bash", "-n"], input=shell, capture_output=True, text=True)
        assert not said.stderr


def test_an_erratum_asks_for_the_page_both_readings_and_the_source():
    form = yaml.safe_load(_text(".github/ISSUE_TEMPLATE/erratum.yml"))
    asked = {field["id"]: field for field in form["body"] if field["type"] != "markdown"}
    needed = {key for key, field in asked.items() if field.get("validations", {}).get("required")}
    assert {"page", "says", "right", "source"} <= needed
    assert all(field["attributes"]["label"] for field in asked.values())


def test_an_outside_reading_agrees():
    zizmor = shutil.which("zizmor", path=str(Path(sys.executable).parent))
    if zizmor is None:
        pytest.skip("zizmor is not installed here; it reads workflows for security: pip install zizmor")
    done = subprocess.run(
        [zizmor, "--offline", "--no-progress", "--persona", "pedantic", ROOT / ".github"],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _text(name: str) -> str:
    return (ROOT / name).read_text("utf-8")
