"""Counting what became of recordings, for the one line at the end."""

from statistics import median

from runtime.scene import Utterance


class Tally:
    """Counts recordings, how many switched the light, and how early."""

    def __init__(self) -> None:
        self._switched: list[bool] = []
        self._leads_s: list[float] = []

    def begin(self) -> None:
        """A recording begins."""
        self._switched.append(False)

    def count(self, utterance: Utterance) -> None:
        """An utterance of the recording has ended."""
        if utterance.decided is not None:
            self._switched[-1] = True
        if utterance.lead_s is not None:
            self._leads_s.append(utterance.lead_s)

    def sentence(self) -> str:
        """The whole account; empty when there was no recording to count."""
        total, switched = len(self._switched), sum(self._switched)
        if not total:
            return ""
        text = f"{total} recording{'' if total == 1 else 's'}: {switched} switched the light"
        text += f", {total - switched} left it alone"
        if self._leads_s:
            lead_s = median(self._leads_s)
            side = "before" if lead_s >= 0 else "after"
            text += f"; decided {abs(lead_s):.2f} s {side} the end of speech (median)"
        return text + "."
