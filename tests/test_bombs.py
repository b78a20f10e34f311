"""Small files that would fill the memory are refused before they do; tried with little memory left."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from tests.rubbish import MANIFEST, header, npz, resigned
from tests.watched import ROOT

MOST_MB = 60
"""That any of them may take, of the 250 it is allowed; each wants gigabytes."""

PROGRAM = """
import resource, sys
from pathlib import Path
import soundfile, soxr
from capture.recording import read_recording
from export.bundle import BASE_BUNDLE, load_bundle
from export.evidence_file import read_evidence
from export.session import StepSession
from model.base_model import load_base
from model.model_file import load_model
from model.ngram_counts import load_ngram_counts
from model.sanity import load_sanity
from runtime.cli import OURS
from runtime.config import Config, load_config
from runtime.learning.budget import allowed_a_day
from runtime.learning.learner import _read_numbers
from runtime.mqtt.account import _read
from runtime.releases.listing import releases
from runtime.simulate.script import read_script

def run(bundle):
    session = StepSession(load_bundle(bundle))
    return session.step(session.start(), "light")

READ = {
    "bundle": run, "evidence": lambda p: read_evidence(p.read_bytes(), "e"), "counts": load_ngram_counts,
    "model": load_model, "base": load_base, "sanity": load_sanity, "config": load_config, "script": read_script,
    "state": lambda p: (allowed_a_day(Config(state_dir=p)), _read_numbers(p / "waiting.json"), releases(p)),
    "recording": lambda p: sum(1 for _ in read_recording(p)), "password": _read,
}
run(BASE_BUNDLE)  # what is needed anyway
pages = int(Path("/proc/self/statm").read_text().split()[0])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
resource.setrlimit(resource.RLIMIT_AS, (pages * 4096 + 250_000_000,) * 2)
for kind, path in zip(sys.argv[1::2], sys.argv[2::2]):
    try:
        READ[kind](Path(path))
        said = "it was read"
    except OURS as error:
        said = str(error).splitlines()[0]
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, said)
"""


def read(*files: tuple[str, Path]) -> list[str]:
    """Read files, each of a kind, in a process that may take little more memory, and must not take even that.

    Returns what it says of each.
    """
    arguments = [str(each) for file in files for each in file]
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = [line.partition(" ") for line in done.stdout.splitlines()]
    assert len(lines) == len(files)
    assert [said for taken_kb, _, said in lines if int(taken_kb) > MOST_MB * 1_000] == []
    return [said for _, _, said in lines]


def huge(path: Path) -> Path:
    """A file of ten gigabytes that takes no place."""
    path.parent.mkdir(exist_ok=True)
    path.touch()
    os.truncate(path, 10_000_000_000)
    return path


def test_files_of_ten_gigabytes_and_those_that_never_end(tmp_path):
    files = []
    for kind in ("counts", "model", "config", "script", "password"):
        files.append((kind, huge(tmp_path / kind)))
        (tmp_path / f"endless {kind}").symlink_to("/dev/zero")
        files.append((kind, tmp_path / f"endless {kind}"))
    assert "it was read" not in read(*files)


def test_bundles_with_a_file_of_ten_gigabytes(tmp_path):
    names = ("model.onnx", "evidence.npz", "buried.npz", "vocabulary.txt", "manifest.json")
    for name in names:
        (tmp_path / name).mkdir()
        resigned(tmp_path / name, "vocabulary.txt", b"")
        huge(tmp_path / name / name)
    for name, said in zip(names, read(*(("bundle", tmp_path / name) for name in names)), strict=True):
        assert f"{name} is not of a bundle: it has more than" in said


def test_state_folders_with_files_of_ten_gigabytes(tmp_path):
    for name in ("budget.json", "waiting.json"):
        huge(tmp_path / name)
    (tmp_path / "releases" / "0123456789ab").mkdir(parents=True)
    huge(tmp_path / "releases" / "promotions.json")
    huge(tmp_path / "releases" / "0123456789ab" / "figures.json")
    assert read(("state", tmp_path)) == ["it was read"]  # they only inform


def zipped(path: Path, data: bytes, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as archive:
        archive.writestr("steps.npy", data)
    return path


def test_arrays_that_unpack_to_much_more_or_say_so(tmp_path):
    bomb = zipped(tmp_path / "bomb", bytes(100_000_000))
    assert bomb.stat().st_size < 200_000
    for said in read(("evidence", bomb), ("counts", bomb), ("model", bomb)):
        assert "it unpacks to more than" in said
    shape = header("{'descr': '<f8', 'fortran_order': False, 'shape': (999999999, 999999999), } \n")
    endless, lying = tmp_path / "endless", tmp_path / "lying"
    endless.write_bytes(npz(steps=shape))
    size = (100_000_000).to_bytes(4, "little")
    lying.write_bytes(bomb.read_bytes().replace(size, (90).to_bytes(4, "little")))
    # Some compressions ask for memory before they unpack anything.
    greedy = zipped(tmp_path / "greedy", b"x", zipfile.ZIP_LZMA)
    said = read(
        ("evidence", endless), ("counts", endless), ("model", endless), ("evidence", lying), ("model", greedy)
    )
    assert ["shape does not fit" in each for each in said[:3]] == [True] * 3
    assert "holds no evidence" in said[3]
    assert "compressed in a way that numpy does not use" in said[4]


def test_manifests_with_sizes_that_no_model_has(tmp_path):
    files = []
    for name, size in (("radius", 10**12), ("bits", 10**9), ("hidden", -1), ("known_words", 10**9)):
        folder = tmp_path / name
        folder.mkdir()
        resigned(folder, "vocabulary.txt", (ROOT / "export/base/vocabulary.txt").read_bytes())
        manifest = json.loads(MANIFEST)
        manifest["sizes"][name] = size
        (folder / "manifest.json").write_text(json.dumps(manifest))
        files.append(("bundle", folder))
    assert all("must be a whole number up to" in said for said in read(*files))


def test_configurations_of_nothing_but_brackets(tmp_path):
    lines = ["a0: &a0 [x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))]
    texts = ["a: [" + "x," * 49_000 + "]", "- " * 49_000, "a:\n" + " b: [{},{}]\n" * 7_000, "\n".join(lines)]
    for number, text in enumerate(texts):
        (tmp_path / f"{number}.yaml").write_text(text)
    said = read(*(("config", tmp_path / f"{number}.yaml") for number in range(len(texts))))
    assert all(each.startswith(str(tmp_path)) for each in said)
    assert "the alias *a0 is not allowed" in said[-1]


def wav(channels: int, rate_hz: int, data: bytes) -> bytes:
    frame = channels * 2
    numbers = (
        (1, 2),
        (channels, 2),
        (rate_hz, 4),
        (rate_hz * frame, 4),
        (frame, 2),
        (16, 2),
        (0x61746164, 4),
    )
    header = b"".join(number.to_bytes(width, "little") for number, width in numbers)
    size = len(data).to_bytes(4, "little")
    return b"RIFF" + (36 + len(data)).to_bytes(4, "little") + b"WAVEfmt \x10\0\0\0" + header + size + data


def test_recordings_with_more_channels_than_anything_has(tmp_path):
    (tmp_path / "many.wav").write_bytes(wav(1_000, 768_000, bytes(2_000_000)))
    (tmp_path / "most.wav").write_bytes(wav(32, 768_000, bytes(32 * 2 * 768_000 // 2)))
    many, most = read(("recording", tmp_path / "many.wav"), ("recording", tmp_path / "most.wav"))
    assert "has 1000 channels; 1 to 32 are allowed" in many
    assert most == "it was read"


def test_graphs_that_ask_for_more_memory_than_there_is(tmp_path):
    import onnx

    shape = onnx.helper.make_tensor("shape", onnx.TensorProto.INT64, [1], [10**11])
    nodes = [
        onnx.helper.make_node("ConstantOfShape", ["shape"], ["much"]),
        onnx.helper.make_node("ReduceSum", ["much"], ["start"]),
    ]
    inputs = [("word", onnx.TensorProto.INT64, [1]), ("state", onnx.TensorProto.FLOAT, [1, "n"])]
    graph = onnx.helper.make_graph(
        nodes, "bomb", [onnx.helper.make_tensor_value_info(*each) for each in inputs],
        [onnx.helper.make_tensor_value_info("start", onnx.TensorProto.FLOAT, None)], [shape],
    )  # fmt: skip
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 17)])
    resigned(tmp_path, "model.onnx", model.SerializeToString())
    assert "onnxruntime cannot run the bundle" in read(("bundle", tmp_path))[0]
