"""What decides: the language model in service and the policy of acting on it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from export.bundle import BASE_BUNDLE, Bundle, load_bundle
from export.session import State, StepSession
from runtime.anticipator import Anticipator
from runtime.config import DecideConfig
from runtime.decision import Policy
from runtime.policy import policy_of
from runtime.trace import StepModel


@dataclass(frozen=True, slots=True)
class Brain:
    """Loaded once and kept until another takes its place (runtime/service.py)."""

    bundle: Bundle
    """The language model in service."""

    session: StepModel[Any]
    """What reads words: the bundle, or the bundle with what was learned since."""

    policy: Policy
    """When to act on it."""

    def anticipator(self) -> Anticipator[State]:
        """A fresh anticipator for one audio stream."""
        return Anticipator(self.session, self.policy)


def load_brain(decide: DecideConfig, folder: Path | None = None) -> Brain:
    """The bundle in `folder`, else the configured one, else the base bundle.

    Thresholds not configured are its calibrated ones. Raises BundleError.
    """
    bundle = load_bundle(folder or decide.bundle or BASE_BUNDLE)
    policy = policy_of(decide, bundle.thresholds, bundle.final_thresholds)
    return Brain(bundle, StepSession(bundle), policy)
