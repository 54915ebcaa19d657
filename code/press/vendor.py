"""Check the files by others that the project carries, or fetch them again from npm.

    python -m press.vendor          takes the packages from npm again (`npm pack`) and checks what came
    python -m press.vendor check    checks each file's hash, and that nothing else lies beside them

`book/_assets/vendor.toml` lists them: package, version, licence, and for each file where it lies, where it
lies in the package, and its SHA-256. To move to another version: write its number there, fetch, look at the
hashes that the error shows, and write down those.
"""

import argparse
import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

from press import ROOT


class Altered(RuntimeError):
    """A carried file is missing, unlisted, or not the one that is written down."""


def packages(root: Path = ROOT) -> list[dict]:
    """Return the packages that `vendor.toml` lists, each with `name`, `version`, `licence`, `to`, `files`."""
    return tomllib.loads((root / "book" / "_assets" / "vendor.toml").read_text("utf-8"))["package"]


def check(root: Path = ROOT) -> int:
    """Compare every carried file with its hash; return how many there are.

    Raises Altered with a line for each file that is missing, altered or not listed.
    """
    faults, listed = [], set()
    for package in packages(root):
        folder = root / package["to"]
        for file in package["files"]:
            path = folder / file["name"]
            listed.add(path)
            if not path.is_file():
                faults.append(f"{path.relative_to(root)} is missing")
            elif (found := sha256(path.read_bytes())) != file["sha256"]:
                faults.append(f"{path.relative_to(root)} has SHA-256 {found}, not {file['sha256']}")
    for folder in {root / package["to"] for package in packages(root)}:
        extra = {path for path in folder.rglob("*") if path.is_file()} - listed
        faults += [f"{path.relative_to(root)} is in no list" for path in sorted(extra)]
    if faults:
        raise Altered("\n".join(faults))
    return len(listed)


def fetch(root: Path = ROOT) -> None:
    """Take every listed file from npm again. Raises Altered if what came is not what is written down."""
    for package in packages(root):
        with tempfile.TemporaryDirectory() as work:
            wanted = f"{package['name']}@{package['version']}"
            subprocess.run(
                ["npm", "pack", "--silent", wanted], cwd=work, check=True, stdout=subprocess.DEVNULL
            )
            (archive,) = Path(work).glob("*.tgz")
            with tarfile.open(archive) as contents:
                for file in package["files"]:
                    path = root / package["to"] / file["name"]
                    path.parent.mkdir(parents=True, exist_ok=True)
                    path.write_bytes(contents.extractfile(f"package/{file['from']}").read())
    check(root)


def sha256(content: bytes) -> str:
    """Return the SHA-256 of `content` as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m press.vendor", description=__doc__.splitlines()[0])
    parser.add_argument("verb", nargs="?", choices=["fetch", "check"], default="fetch")
    try:
        if parser.parse_args(arguments).verb == "fetch":
            fetch()
        number = check()
    except Altered as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{number} files by others, each the one that is written down in book/_assets/vendor.toml")
    return 0


if __name__ == "__main__":
    sys.exit(main())
