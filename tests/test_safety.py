"""What the source must not do, held by reading it: run what it reads, and take files on trust."""

import ast
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from export.errors import BundleError
from export.evidence_file import read_evidence
from model.errors import ModelError
from model.model_file import load_model
from model.ngram_counts import load_ngram_counts
from runtime.journal.clips import clip_path, remove_clips
from tests.test_architecture import MAY_IMPORT, ROOT, at, modules, parse

RUNS_WHAT_IT_READS = {
    *("pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "jsonpickle"),
    *("pdb", "code", "codeop", "xmlrpc", "telnetlib", "ftplib", "http", "socketserver", "urllib"),
}
"""Packages that turn bytes into objects or code, or serve and fetch over a network."""

HARMLESS_PARTS = {"urllib.parse"}
"""Of these packages: takes addresses apart, and goes nowhere."""

FORBIDDEN_CALLS = {
    *(
        "eval",
        "exec",
        "compile",
        "os.system",
        "os.popen",
        "subprocess.getoutput",
        "subprocess.getstatusoutput",
    ),
    *("yaml.load", "yaml.load_all", "yaml.full_load", "yaml.unsafe_load", "yaml.Loader", "yaml.UnsafeLoader"),
    *("torch.load", "torch.hub.load", "tempfile.mktemp", "np.fromregex", "np.lib.format.read_array"),
}

OWN_FILES_ONLY = {"capture"}
"""Rooms that read no arrays but those that come with foreglow: np.load there, model/arrays.py elsewhere."""

YAML_READERS = {"yaml.parse", "yaml.compose", "yaml.scan"}
"""Calls that must be told to be safe."""

WHERE_SOCKETS_ARE = {
    "runtime/control.py",
    "runtime/control_server.py",
    "runtime/supervision/notify.py",
    "runtime/watchers.py",
}
"""Files that may open a socket of their own; runtime/mqtt/ has paho do it."""

SERVES_THE_NETWORK = {"runtime/page/server.py", "runtime/page/hosts.py"}
"""Files of the page, which opens a port when it is configured to: 127.0.0.1 unless told otherwise."""

INTERNET = {"AF_INET", "AF_INET6", "create_connection", "create_server", "getaddrinfo"}


def name_of(node: ast.expr) -> str:
    return ast.unparse(node) if isinstance(node, ast.Name | ast.Attribute) else ""


def findings(path: Path) -> Iterator[tuple[int, str]]:
    """Line and complaint for everything in a file that is not allowed."""
    for node in ast.walk(parse(path)):
        imports = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            imports = [node.module or ""]
        for name in imports:
            if name.split(".")[0] in RUNS_WHAT_IT_READS and name not in HARMLESS_PARTS:
                yield node.lineno, f"imports {name}"
        if isinstance(node, ast.Name | ast.Attribute) and name_of(node) in FORBIDDEN_CALLS:
            yield node.lineno, f"uses {name_of(node)}"
        if (
            isinstance(node, ast.Call)
            and name_of(node.func) == "np.load"
            and path.parent.name not in OWN_FILES_ONLY
        ):
            yield node.lineno, "uses np.load, which makes room for whatever shape a file names"
        if isinstance(node, ast.Call):
            for keyword in node.keywords:
                value = keyword.value.value if isinstance(keyword.value, ast.Constant) else "something"
                if keyword.arg == "shell" and value is not False:
                    yield node.lineno, "runs a shell"
                if keyword.arg == "allow_pickle" and value is not False:
                    yield node.lineno, "allows pickles"
            names = [name_of(argument) for argument in node.args] + [name_of(k.value) for k in node.keywords]
            if name_of(node.func) in YAML_READERS and "yaml.SafeLoader" not in names:
                yield node.lineno, f"{name_of(node.func)} without the safe loader"


def test_nothing_runs_what_it_reads():
    wrong = [at(path, line, what) for path in modules(*MAY_IMPORT) for line, what in findings(path)]
    assert wrong == []


def test_the_search_finds_what_it_is_for(tmp_path):
    (tmp_path / "bad.py").write_text(
        "import pickle\nfrom urllib.request import urlopen\nx = eval('1')\nimport yaml\nyaml.load('')\n"
        "import subprocess\nsubprocess.run('x', shell=True)\nimport numpy as np\nnp.save('x', y, allow_pickle=True)\n"
        "np.load('x')\nyaml.compose('x')\nload = yaml.unsafe_load\n"
    )
    found = {(line, what) for line, what in findings(tmp_path / "bad.py")}
    assert {line for line, _ in found} == {1, 2, 3, 5, 7, 9, 10, 11, 12}


def test_sockets_are_opened_in_few_places_and_none_to_a_network():
    opening = set()
    for path in modules(*MAY_IMPORT):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.Attribute) and name_of(node).startswith("socket."):
                where = path.relative_to(ROOT).as_posix()
                assert node.attr not in INTERNET or where in SERVES_THE_NETWORK, at(
                    path, node.lineno, name_of(node)
                )
                opening.add(str(path.relative_to(ROOT)))
    assert "runtime/control_server.py" in opening
    assert opening <= WHERE_SOCKETS_ARE | SERVES_THE_NETWORK


class Malice:
    """Unpickled, it leaves a file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self):
        return Path.touch, (self._path,)


def test_a_file_of_arrays_cannot_run_code(tmp_path):
    trace = tmp_path / "it ran"
    names = (
        "steps",
        "weights",
        "bias",
        "end",
        "negators",
        "alike",
        "mixes",
        "hashes",
        "levels",
        "vectors",
        "run",
    )
    np.savez(tmp_path / "evil.npz", allow_pickle=True, **{name: np.array([Malice(trace)]) for name in names})
    with np.load(tmp_path / "evil.npz", allow_pickle=True) as careless:
        careless["steps"]
    assert trace.exists()  # it would run where pickles are allowed
    trace.unlink()
    for load in (load_ngram_counts, load_model, lambda path: read_evidence(path.read_bytes(), "e")):
        with pytest.raises((ModelError, BundleError), match="something else than arrays of numbers"):
            load(tmp_path / "evil.npz")
    assert not trace.exists()


def test_a_path_in_the_journal_leads_to_no_file_outside(tmp_path):
    (tmp_path / "audio").mkdir()
    (tmp_path / "precious").touch()
    for name in ("../precious", str(tmp_path / "precious"), "..", "", "a\0b"):
        assert clip_path(tmp_path, name) is None
        assert remove_clips(tmp_path, [name]) == 0
    assert (tmp_path / "precious").exists()
