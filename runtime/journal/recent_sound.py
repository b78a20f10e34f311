"""The sound of the last minute, for those who want their utterances kept as sound."""

from collections import deque
from pathlib import Path

import numpy as np

from capture.block import Block
from runtime.journal.clips import save_clip

LONGEST_S = 60.0
"""Seconds of sound that are held; of a longer utterance the last part is kept."""


class RecentSound:
    """Holds blocks of sound until their utterance is over."""

    def __init__(self, state_folder: Path, megabytes: int) -> None:
        """`megabytes`: size of all clips in the state folder, beyond which the oldest go."""
        self._state_folder = state_folder
        self._megabytes = megabytes
        self._blocks: deque[Block] = deque()

    def hear(self, block: Block) -> None:
        """The next block."""
        self._blocks.append(block)
        while self._blocks[0].end < block.end - LONGEST_S:
            self._blocks.popleft()

    def keep(self, start_s: float, end_s: float, wall_time: float) -> str | None:
        """Write the sound between two times of the audio clock; the name of its file, None without sound.

        Raises JournalError if it cannot be written.
        """
        wanted = [block.samples for block in self._blocks if block.end > start_s and block.time < end_s]
        if not wanted:
            return None
        return save_clip(self._state_folder, np.concatenate(wanted), wall_time, self._megabytes)
