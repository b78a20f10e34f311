"""Speak takes of the test and keep their sound: what benchmarks of the recogniser listen to.

    python recordings/sounds.py --kokoro package --out build/sounds

Writes a flac file for each take and `takes.jsonl`, one line each: file, said, intent, condition, voice. The takes are
those of spoken.py, clean and in noise at 12 dB, spoken by Kokoro (the other voice of the test needs packages of its
own); nothing of it is kept in the repository.
"""

import argparse
import json
import sys
from pathlib import Path

import soundfile
from kokoro import Kokoro
from rich.console import Console
from rich.progress import track
from spoken import REFUSALS, Studio, read_sound
from spoken_takes import Take, all_takes
from voices import RATE, SPEAKERS

LIST = "takes.jsonl"
"""In the folder; written last, so that a folder that has it is whole."""


def chosen(pairs: int) -> list[Take]:
    """The first `pairs` of phrases of the test, each clean and in noise."""
    takes = [take for take in all_takes() if take.split == "test" and take.voice.startswith("kokoro")]
    return takes[: 2 * pairs]


def main() -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(description="Takes of the test as sound.")
    parser.add_argument("--kokoro", type=Path, required=True, help="folder of the unpacked npm package")
    parser.add_argument("--noise", type=Path, help="household noise (default: white noise)")
    parser.add_argument("--pairs", type=int, default=150, help="phrases, each clean and in noise")
    parser.add_argument("--out", type=Path, required=True, help="folder for the sound")
    arguments = parser.parse_args()
    try:
        background = read_sound(arguments.noise) if arguments.noise else None
        studio = Studio({**SPEAKERS, "kokoro": Kokoro(arguments.kokoro)}, background)
        arguments.out.mkdir(parents=True, exist_ok=True)
        lines = []
        for take in track(chosen(arguments.pairs), "speaking", console=Console(stderr=True)):
            name = f"{take.number}.flac"
            soundfile.write(arguments.out / name, studio.sound(take), RATE)
            told = {"file": name, "said": take.phrase.text, "intent": take.phrase.intent}
            lines.append(json.dumps({**told, "condition": take.condition, "voice": take.voice}))
        (arguments.out / LIST).write_text("\n".join(lines) + "\n", encoding="utf-8")
    except REFUSALS as error:
        print(f"recordings/sounds.py: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
