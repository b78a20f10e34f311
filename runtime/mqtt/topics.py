"""The topics of one lamp."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topics:
    """All below `base`, so that two lamps at one broker need but two bases."""

    base: str
    """`mqtt.topic`."""

    @property
    def availability(self) -> str:
        """`online` or `offline`; the broker itself says `offline` when the lamp vanishes."""
        return f"{self.base}/availability"

    @property
    def light(self) -> str:
        """`ON` or `OFF`: the light as it is."""
        return f"{self.base}/light/state"

    @property
    def light_set(self) -> str:
        """`ON` or `OFF`: a person wants it so."""
        return f"{self.base}/light/set"

    @property
    def muted(self) -> str:
        """`ON` while the lamp does not listen."""
        return f"{self.base}/mute/state"

    @property
    def muted_set(self) -> str:
        """`ON` or `OFF`: a person wants it so."""
        return f"{self.base}/mute/set"

    @property
    def budget(self) -> str:
        """False activations a day that are allowed."""
        return f"{self.base}/budget/state"

    @property
    def budget_set(self) -> str:
        """A number: a person wants it so."""
        return f"{self.base}/budget/set"

    @property
    def last_command(self) -> str:
        """JSON: intent, confidence and UTC time of the last decision; never what was said."""
        return f"{self.base}/last_command"

    @property
    def health(self) -> str:
        """JSON: counts, memory, trouble."""
        return f"{self.base}/health"

    @property
    def own(self) -> frozenset[str]:
        """What the lamp itself sends."""
        return frozenset(
            {self.availability, self.light, self.muted, self.budget, self.last_command, self.health}
        )

    @property
    def name(self) -> str:
        """The base as an identifier."""
        return self.base.replace("/", "_")
