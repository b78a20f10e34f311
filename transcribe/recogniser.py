"""Sound to hypotheses, as soon as the decoder has them."""

import json
import wave
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from transcribe.decoder import Decoder
from transcribe.hypothesis import Hypothesis
from transcribe.tune import read_chunk_ms

SAMPLE_RATE: Final = 16_000
"""Hz; what the speech model was trained on."""

LOOK_AHEAD_SAMPLES: Final = 2_480
"""Samples (155 ms) that the acoustic network hears beyond a chunk before it decodes it.

13 frames of 160 samples to the right and a window of 400: a property of the one speech model, found by
experiment and held by a test.
"""

MOST_SAMPLES: Final = 2**18 * SAMPLE_RATE
"""Samples (73 hours of speech) after which word times are left out: the decoder counts on in 32-bit floating point
from its first sample, and would be off by more than the 30 ms that lie between two of its answers.
"""

_DITHER: Final = np.random.default_rng(0).normal(size=SAMPLE_RATE)
"""Shape (16000,), in units of the least significant bit: one second of noise that no ear hears.

Digital silence spoils the features of the speech after it, which is why Kaldi adds such noise by default. But
it draws it anew each time, and would hear the same recording a little differently on every run.
"""


class Recogniser:
    """Streaming recognition of one utterance after another; one instance for the life of the program.

    Not safe for use from two threads at once.
    """

    _samples: int
    """Samples heard of this utterance."""

    _start_s: float
    """Seconds on the audio clock at which its sound began."""

    _before: int
    """Samples that the decoder had heard before it, from which word times are counted."""

    _words: tuple[str, ...]
    """Its last partial."""

    _heard: bool
    """True once a partial had a word: from then on every chunk gives a hypothesis, even one without."""

    def __init__(self, model_path: Path) -> None:
        """Load the model (0.7 s, 160 MB) from a folder that `find_speech_model` returned.

        Raises:
            SpeechModelError: it cannot be loaded.
        """
        self._chunk_samples = read_chunk_ms(model_path) * SAMPLE_RATE // 1000
        self._decoder = Decoder(model_path, SAMPLE_RATE)
        self._before = self._samples = 0
        self._forget()

    def warm_up(self) -> None:
        """Decode a packaged sentence, so that the first real one waits less for the graph to be expanded."""
        with wave.open(str(Path(__file__).parent / "warm_up.wav")) as recording:
            samples = np.frombuffer(recording.readframes(recording.getnframes()), dtype="<i2")
        self.accept(samples, 0.0)
        self.finish(0.0)

    @property
    def idle(self) -> bool:
        """Whether it is between two utterances."""
        return self._samples == 0

    def begin_afresh(self, *, warm: bool = True) -> None:
        """Forget whatever state the decoder is in, even a broken one, and all it has unfolded; the model stays loaded.

        The memory that grew with what was heard is given back. An utterance that is being heard is lost.

        Args:
            warm: warm up as well, which takes as long as decoding two seconds of speech. Else the next utterance
                takes twice its time, as the first one ever would.
        """
        self._decoder.renew()
        self._before = self._samples = 0
        self._forget()
        if warm:
            self.warm_up()

    def pulse(self, samples: NDArray[np.int16]) -> None:
        """Decode some sound between two utterances and forget it: it shows that the decoder works.

        What is heard afterwards is heard as if this had not been. `samples`: shape (any,), mono, 16 kHz.
        """
        assert self._samples == 0, "within an utterance it would end it"
        self.accept(samples, 0.0)
        self.finish(0.0)

    def accept(self, samples: NDArray[np.int16], end_s: float) -> Hypothesis | None:
        """Hear more sound of the utterance; the first call after a final begins the next one.

        A partial comes whenever a chunk has been decoded, also when it confirms the one before word for word;
        the final comes when the decoder itself hears that the utterance is over, which is in silence.

        Args:
            samples: shape (any,), mono, 16 kHz; at most a chunk, or partials are passed over.
            end_s: seconds on the audio clock just after the last sample.

        Returns:
            The newest hypothesis; None if no chunk was completed or no word was heard in this utterance yet.
        """
        if self._samples == 0:
            self._start_s = end_s - len(samples) / SAMPLE_RATE
        sound = _dithered(samples, self._samples).tobytes()
        decoded_before = self._decoded_chunks()
        self._samples += len(samples)
        if self._decoder.accept(sound):
            return self.finish(end_s)
        if self._decoded_chunks() == decoded_before:
            return None
        self._words = _words(self._decoder.partial(), "partial")
        self._heard = self._heard or bool(self._words)
        return Hypothesis(self._words, False, end_s, self._start_s) if self._heard else None

    def finish(self, end_s: float) -> Hypothesis | None:
        """End the utterance where there is silence, and return its final hypothesis.

        Args:
            end_s: seconds on the audio clock up to which it was heard.

        Returns:
            The final hypothesis; None if nothing was heard in this utterance.
        """
        # FinalResult() and neither Result() nor Reset(): only it drops the front end, which grows steadily.
        said = self._decoder.final()
        words = final_words(_words(said, "text"), self._words)
        ends = self._ends(said, words)
        final = Hypothesis(words, True, end_s, self._start_s, ends) if self._heard or words else None
        self._forget()
        return final

    def _ends(self, said: bytes, words: tuple[str, ...]) -> tuple[float, ...]:
        """When each word of a final ended, in seconds on the audio clock; empty where that is not known."""
        timed = json.loads(said).get("result", [])
        if tuple(word["word"] for word in timed) != words or self._before + self._samples > MOST_SAMPLES:
            return ()
        # Rounded to what the decoder means: as it counts on, its last digits are never the same.
        before_s = self._before / SAMPLE_RATE
        return tuple(self._start_s + round(word["end"] - before_s, 2) for word in timed)

    def _decoded_chunks(self) -> int:
        """Chunks of this utterance decoded so far: the partial changes then and at no other time."""
        return max(0, self._samples - LOOK_AHEAD_SAMPLES) // self._chunk_samples

    def _forget(self) -> None:
        self._before += self._samples
        self._samples = 0
        self._start_s = 0.0
        self._words = ()
        self._heard = False


def final_words(final: tuple[str, ...], partial: tuple[str, ...]) -> tuple[str, ...]:
    """The words of an utterance at its end: a final that came empty does not undo the last partial."""
    return final or partial


def _dithered(samples: NDArray[np.int16], position: int) -> NDArray[np.int16]:
    """The samples, which begin at `position` in their utterance, with the noise that belongs there."""
    places = np.arange(position, position + len(samples))
    noisy = np.rint(samples + np.take(_DITHER, places, mode="wrap"))
    return noisy.clip(-32_768, 32_767).astype(np.int16)


def _words(result: bytes, key: str) -> tuple[str, ...]:
    return tuple(json.loads(result)[key].split())
