"""Files from elsewhere: read from a folder of the reader's own, or downloaded once, and never half a file.

`RECTIFIED_DATA` names a folder with the files under their public names (`mnist/train-images-idx3-ubyte.gz`).
Where it is set, files are looked for there and nowhere else, and nothing is downloaded or written; where it
is not, they are downloaded into `cache()`. Either way the checksum is compared each time.
"""

import hashlib
import os
import sys
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pooch

from rectified.data.sets import DataError

try:
    import fcntl
except ImportError:  # Windows: downloads work, but start anew after an interruption
    fcntl = None

TIMEOUT = 30  # seconds for which an address may stay silent before the next one is tried


@dataclass(frozen=True)
class Source:
    """Where the files of a data set come from.

    folder: their folder under `RECTIFIED_DATA` and in the cache. mirrors: addresses to which a file's name is
    appended, in the order in which they are tried. files: checksum by public name: SHA-256, or "md5:…".
    archive: the one of the files in which all others come, as `folder/NAME`, if they come so. slow: how long a
    download takes, in a sentence or two, where that is worth a warning.
    """

    folder: str
    mirrors: tuple[str, ...]
    files: dict[str, str]
    archive: str = ""
    slow: str = ""

    def addresses(self, name: str) -> list[str]:
        """Return the addresses of a file, or of its archive, in the order in which they are tried."""
        return [mirror + (self.archive or name) for mirror in self.mirrors]


def cache() -> Path:
    """Return the folder in which downloaded files are kept."""
    return Path(pooch.os_cache("rectified"))


def find(source: Source, name: str, *, progress: bool | None = None) -> Path:
    """Return the path of a file whose checksum is right, having downloaded it if need be.

    progress: whether to show a bar on stderr; None: only in a terminal or a notebook.
    Raises DataError, which says what was tried and what to do, if the file cannot be had.
    """
    own = os.environ.get("RECTIFIED_DATA")
    if own:
        return _find_in(Path(own).expanduser(), source, name)
    folder = cache() / source.folder
    mirrors = pooch.create(
        folder, base_url="", registry={name: source.files[name]}, urls={name: source.addresses(name)[0]}
    )
    if progress is None:
        progress = sys.stderr.isatty() or hasattr(sys, "ps1")  # a prompt: Python's own, or a notebook's
    download = _Download(source, name, folder, progress)
    try:
        return Path(mirrors.fetch(name, downloader=download))
    except OSError as error:  # the disk's: what the network does wrong never gets here
        raise DataError(
            f"cannot keep {name} in {folder}: {error}{download.kept()}\n"
            f"Make that folder writable and leave room in it; or {_own_folder(source, name)}"
        ) from error


def contents(
    source: Source, names: list[str], *, progress: bool | None = None
) -> Iterator[tuple[str, str, bytes]]:
    """Yield (name, where it lies, content) of each of these files of an archive, in the archive's order.

    Where `RECTIFIED_DATA` is set, the files may lie there unpacked, and the archive is then not needed; those
    come in the order of `names`. Nothing is unpacked onto the disk.
    progress: as for `find`.
    Raises DataError, which says what was tried and what to do, if one of the files cannot be had.
    """
    own = os.environ.get("RECTIFIED_DATA")
    if own:
        folder = Path(own).expanduser() / source.folder
        unpacked = all((folder / name).is_file() for name in names)
        if unpacked or not (folder / source.archive).is_file():
            for path in [find(source, name) for name in names]:  # all are found before one is read
                yield path.name, str(path), path.read_bytes()
            return
    yield from _members(find(source, source.archive, progress=progress), source.folder, names)


def _members(archive: Path, folder: str, names: list[str]) -> Iterator[tuple[str, str, bytes]]:
    wanted = {f"{folder}/{name}": name for name in names}
    try:
        with tarfile.open(archive, "r|gz", bufsize=1 << 20) as tar:
            for member in tar:
                if member.isfile() and member.name in wanted:
                    name = wanted.pop(member.name)
                    yield name, f"{name} in {archive}", tar.extractfile(member).read()
                if not wanted:
                    return
    except (tarfile.TarError, EOFError, zlib.error) as error:
        raise DataError(f"{archive} is not a whole tar.gz file: {error}") from error
    raise DataError(f"{archive} has no {' and no '.join(wanted)}")


def _find_in(own: Path, source: Source, name: str) -> Path:
    path = own / source.folder / name
    packed = source.archive and name != source.archive
    if not path.is_file():
        problem = (
            f"{path} is missing; RECTIFIED_DATA is {own}, so files are looked for there and nowhere else"
        )
        if there := [other for other in source.files if path.with_name(other).is_file()]:
            problem += f"\nin the same folder there are {', '.join(there)}"
    elif (seen := _checksum(path, source.files[name])) != _digest(source.files[name]):
        problem = f"{path} is not the file that it should be: its checksum is {seen}"
    else:
        return path
    raise DataError(
        f"{problem}\nexpected checksum: {source.files[name]}\n"
        f"Put the file there, {'unpacked ' if packed else ''}from {' or '.join(source.addresses(name))}; "
        + ("or that archive beside it; " if packed else "")
        + f"or unset RECTIFIED_DATA, and it will be downloaded. {source.slow}".rstrip()
    )


def _own_folder(source: Source, name: str) -> str:
    return f"set RECTIFIED_DATA to a folder of your own in which the file is {source.folder}/{name}."


class _MirrorFailed(Exception):
    """Why one address did not give the file."""


class _Download:
    """pooch's downloader for one file: tries the mirrors in turn, and goes on where an earlier try broke off.

    What has come so far lies beside the target, in NAME.part. Only the process that holds its lock writes to
    it; one that wants the same file at the same time downloads all of it into the temporary file that pooch
    made for it.
    """

    def __init__(self, source: Source, name: str, folder: Path, progress: bool) -> None:
        self.source, self.name, self.progress = source, name, progress
        self.target, self.part = folder / name, folder / f"{name}.part"
        self.known = source.files[name]

    def __call__(self, url: str, output_file: str, pup: pooch.Pooch) -> None:
        with _locked(self.part) as file:
            if file is not None:
                self.complete(file, "If it breaks off, the next try goes on from there.")
                os.replace(self.part, output_file)
                return
        with open(output_file, "r+b") as file:
            self.complete(file, "If it breaks off, all of it has to come again.")

    def complete(self, file: BinaryIO, cut: str) -> None:
        """Add to the file what it lacks, from the first mirror that has it, or raise DataError.

        cut: what to say of an interruption where the download is a long one.
        """
        if _checksum(file, self.known) == _digest(self.known):
            return
        if self.source.slow:
            here = file.seek(0, os.SEEK_END)
            begun = f" {here:,} bytes are here already." if here else ""
            pooch.get_logger().info("%s%s %s", self.source.slow, begun, cut)
        failures = []
        for url in self.source.addresses(self.name):
            try:
                self.complete_from(url, file)
                return
            except _MirrorFailed as failure:
                failures.append(f"  {url}\n    {failure}")
        file.flush()
        raise DataError(self.report(failures))

    def complete_from(self, url: str, file: BinaryIO) -> None:
        """Add to the file what it lacks from this address, or raise _MirrorFailed."""
        kept = file.seek(0, os.SEEK_END)
        for position, piece in self.pieces(url, kept):
            if position < kept:  # this address can only send all of it
                kept = 0
                file.seek(0)
                file.truncate()
            file.write(piece)
        file.flush()
        seen = _checksum(file, self.known)
        if seen == _digest(self.known):
            return
        file.seek(0)
        file.truncate()
        if not kept:
            raise _MirrorFailed(f"sent another file: its checksum is {seen}")
        self.complete_from(url, file)  # the fault may lie in what was there before: once more, all of it

    def pieces(self, url: str, start: int) -> Iterator[tuple[int, bytes]]:
        """Yield (position, bytes) from `start` on, or from 0 where the address cannot do that."""
        import requests  # comes with pooch, which also imports it only when it downloads
        from tqdm import tqdm

        headers = {"Accept-Encoding": "identity"}  # the very bytes of the file
        if start:
            headers["Range"] = f"bytes={start}-"
        try:
            with requests.get(url, headers=headers, timeout=TIMEOUT, stream=True) as answer:
                if start and answer.status_code == requests.codes.range_not_satisfiable:
                    yield from self.pieces(url, 0)
                    return
                if not answer.ok:
                    raise _MirrorFailed(f"answered {answer.status_code} {answer.reason}")
                position = start if answer.status_code == requests.codes.partial_content else 0
                length = answer.headers.get("Content-Length")
                end = position + int(length) if length else None
                bar = tqdm(
                    desc=self.name,
                    total=end,
                    initial=position,
                    unit="B",
                    unit_scale=True,
                    disable=not self.progress,
                )
                with bar:
                    for piece in answer.iter_content(1 << 13):  # at most this much is lost when it breaks off
                        yield position, piece
                        position += len(piece)
                        bar.update(len(piece))
                if end is not None and position != end:
                    raise _MirrorFailed(f"broke off after {position:,} of {end:,} bytes")
        except requests.RequestException as error:
            raise _MirrorFailed(_cause(error)) from error

    def report(self, failures: list[str]) -> str:
        lines = [f"cannot download {self.name} of {self.source.folder}. Tried, in this order:", *failures]
        lines.append(f"expected checksum: {self.known}")
        if self.target.exists():
            seen = _checksum(self.target, self.known)
            lines.append(f"The copy at {self.target} is not that file either: its checksum is {seen}")
        remedy = f"Try again later; or put a copy made by hand at {self.target}; or "
        remedy += _own_folder(self.source, self.name)
        return "\n".join(lines) + self.kept() + f"\n{remedy} {self.source.slow}".rstrip()

    def kept(self) -> str:
        """Return a line about the part that has come so far, if there is one."""
        if not self.part.is_file() or not self.part.stat().st_size:
            return ""
        size = self.part.stat().st_size
        return f"\n{size:,} bytes of it are kept in {self.part}: the next try goes on from there."


@contextmanager
def _locked(part: Path) -> Iterator[BinaryIO | None]:
    """Open a file to append to, for this process alone; give None where that cannot be had."""
    if fcntl is None:
        yield None
        return
    with open(part, "a+b") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Its last owner may have moved or removed it after we opened it.
            ours = part.exists() and os.path.samestat(os.fstat(file.fileno()), part.stat())
        except OSError:  # another process has it, or this file system knows no locks
            ours = False
        if not ours:
            yield None
            return
        try:
            yield file
        finally:
            if os.fstat(file.fileno()).st_size == 0:  # nothing in it to go on from
                part.unlink(missing_ok=True)


def _digest(known: str) -> str:
    return known.rpartition(":")[2]


def _checksum(file: Path | BinaryIO, known: str) -> str:
    """Return the file's checksum, by the algorithm of the one that is known."""
    if isinstance(file, Path):
        with open(file, "rb") as opened:
            return _checksum(opened, known)
    file.seek(0)
    return hashlib.file_digest(file, known.rpartition(":")[0] or "sha256").hexdigest()


def _cause(error: BaseException) -> str:
    """Return what lies at the bottom of an error of `requests`: "ConnectionRefusedError: …"."""
    while error.__context__ is not None:
        error = error.__context__
    return f"{type(error).__name__}: {error}"
