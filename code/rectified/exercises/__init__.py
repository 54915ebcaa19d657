"""What checks the answers to the exercises, offline, and says what is still wrong: one module a chapter.

A check never raises: whatever it is given, it returns a `Verdict`. A starter cell is told "not yet".
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """What a check has to say of an answer: whether it holds, and what is right or still wrong about it."""

    passed: bool
    says: str

    def __repr__(self) -> str:
        return f"{'Right' if self.passed else 'Not yet'}: {self.says}"


def right(says: str) -> Verdict:
    """Return the verdict that an answer holds."""
    return Verdict(True, says)


def not_yet(says: str) -> Verdict:
    """Return the verdict that an answer does not hold yet, and why."""
    return Verdict(False, says)
