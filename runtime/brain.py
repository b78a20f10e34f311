"""What decides: the language model in service and the policy of acting on it."""

from dataclasses import dataclass

from export.bundle import BASE_BUNDLE, Bundle, load_bundle
from export.session import State, StepSession
from model.intent import ACTIONS
from runtime.anticipator import Anticipator
from runtime.config import DecideConfig
from runtime.decision import Policy


@dataclass(frozen=True, slots=True)
class Brain:
    """Loaded once, kept for ever."""

    bundle: Bundle
    """The language model in service."""

    session: StepSession
    """The bundle, ready to read words."""

    policy: Policy
    """When to act on it."""

    def anticipator(self) -> Anticipator[State]:
        """A fresh anticipator for one audio stream."""
        return Anticipator(self.session, self.policy)


def load_brain(decide: DecideConfig) -> Brain:
    """The configured bundle; thresholds not configured are its calibrated ones. Raises BundleError."""
    bundle = load_bundle(decide.bundle or BASE_BUNDLE)
    thresholds, final_thresholds = dict(bundle.thresholds), dict(bundle.final_thresholds)
    for intent in ACTIONS:
        configured = getattr(decide.thresholds, intent)
        if configured is not None:
            thresholds[intent] = final_thresholds[intent] = configured
    policy = Policy(thresholds, final_thresholds, decide.margin, decide.consecutive, decide.refractory_s)
    return Brain(bundle, StepSession(bundle), policy)
