"""How the profiles come to a result: checks are gathered, and a check that cannot go on raises.

Takes the steps of one verification; gives the :class:`~epcis_kit.signing.results.VerificationResult`. Guarantees: a
profile cannot forget to turn a failure into a status, because the status is counted here from the checks; a payload is
given out only where all of them passed. :class:`Stop` never leaves this room.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from epcis_kit.signing.results import CODES, Check, CheckStatus, SignerInfo, Status, VerificationResult

if TYPE_CHECKING:
    from datetime import datetime

__all__ = ["Stop", "Verdict", "refuse", "undecided"]


class Stop(Exception):  # noqa: N818 - no error of the caller's: it never leaves the room
    """A check that ends the verification."""

    def __init__(self, status: CheckStatus, name: str, code: str, detail: str) -> None:
        assert code in CODES, code
        self.check = Check(name, status, code, detail)
        super().__init__(detail)


def refuse(name: str, code: str, detail: str) -> Stop:
    """To be raised: the check failed."""
    return Stop("failed", name, code, detail)


def undecided(name: str, code: str, detail: str) -> Stop:
    """To be raised: the check cannot be decided."""
    return Stop("undecided", name, code, detail)


class Verdict:
    """Gathers the checks of one verification.

    Args:
        profile: The kind of signature.
        at: The instant for which it is decided.
        policy_id: Of the trust that is used.
    """

    def __init__(self, profile: str, at: datetime, policy_id: str | None) -> None:
        self.profile = profile
        self.at = at
        self.policy_id = policy_id
        self.alg: str | None = None
        self.signers: list[SignerInfo] = []
        self.signed_at: datetime | None = None
        self.checks: list[Check] = []
        self.warnings: list[str] = []

    def passed(self, name: str, detail: str = "") -> None:
        """A check passed."""
        self.checks.append(Check(name, "passed", "", detail))

    def add(self, status: CheckStatus, name: str, code: str, detail: str) -> None:
        """A check that did not pass and after which others still make sense."""
        self.checks.append(Stop(status, name, code, detail).check)

    def stopped(self, stop: Stop) -> VerificationResult:
        """The result of a verification that ended early."""
        self.checks.append(stop.check)
        return self.result()

    def unsigned(self, detail: str) -> VerificationResult:
        """The result where there is no signature."""
        return VerificationResult(
            status="UNSIGNED",
            profile=None,
            at=self.at,
            policy_id=self.policy_id,
            checks=(undecided("format", "no_signature", detail).check,),
        )

    @property
    def status(self) -> Status:
        """What the checks so far amount to."""
        if any(check.status == "failed" for check in self.checks):
            return "INVALID"
        if not self.checks or any(check.status == "undecided" for check in self.checks):
            return "INDETERMINATE"
        return "VALID"

    def result(self, **given: Any) -> VerificationResult:
        """The result; payload, epcis and covered only where it is valid."""
        if self.status != "VALID":
            given = {key: value for key, value in given.items() if key not in {"payload", "epcis", "covered"}}
        return VerificationResult(
            status=self.status,
            profile=self.profile,
            alg=self.alg,
            at=self.at,
            policy_id=self.policy_id,
            checks=tuple(self.checks),
            signers=tuple(dict.fromkeys(self.signers)),
            signed_at=self.signed_at,
            warnings=tuple(dict.fromkeys(self.warnings)),
            **given,
        )
