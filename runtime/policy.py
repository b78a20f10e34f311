"""The policy of acting: what the configuration says, and where it says nothing what was calibrated."""

from collections.abc import Mapping

from model.intent import ACTIONS, Intent
from runtime.config import DecideConfig
from runtime.decision import Policy


def policy_of(
    decide: DecideConfig, thresholds: Mapping[Intent, float], final_thresholds: Mapping[Intent, float]
) -> Policy:
    """The policy with these calibrated thresholds; one that is configured holds for partials and finals."""
    partial, final = dict(thresholds), dict(final_thresholds)
    for intent in ACTIONS:
        configured = getattr(decide.thresholds, intent)
        if configured is not None:
            partial[intent] = final[intent] = configured
    return Policy(partial, final, decide.margin, decide.consecutive, decide.refractory_s)
