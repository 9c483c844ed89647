"""Files of weights."""

from __future__ import annotations

import contextlib
import pickle

import pytest
import torch

from napari_lesion_synth.errors import CheckpointError
from napari_lesion_synth.training.checkpoint import load_checkpoint, save_checkpoint

FACTS = {"patients": ["p1", "p2"], "spacing": [2.5, 1.0, 1.0]}


@pytest.fixture
def tensors():
    generator = torch.Generator().manual_seed(0)
    return {
        "layer.weight": torch.randn(3, 2, generator=generator),
        "half": torch.randn(4, generator=generator).to(torch.bfloat16),
        "count": torch.tensor(5),
    }


@pytest.fixture
def path(tmp_path, tensors):
    save_checkpoint(tmp_path / "net" / "net.pt", "generator", 2, FACTS, tensors)
    return tmp_path / "net" / "net.pt"


def test_what_is_saved_comes_back(path, tensors):
    found = load_checkpoint(path, "generator", 2)
    assert found.facts == FACTS
    assert found.tensors.keys() == tensors.keys()
    assert all(torch.equal(found.tensors[name], tensors[name]) for name in tensors)


def test_the_hash_is_that_of_the_content(tmp_path, path, tensors):
    first = load_checkpoint(path, "generator", 2).sha256
    assert save_checkpoint(tmp_path / "other.pt", "generator", 2, FACTS, tensors) == first
    tensors["half"][0] += 1
    assert save_checkpoint(tmp_path / "third.pt", "generator", 2, FACTS, tensors) != first


def test_weights_of_another_kind_are_refused(path):
    with pytest.raises(CheckpointError, match="of a generator; an autoencoder is needed"):
        load_checkpoint(path, "autoencoder", 2)


def test_an_older_version_is_upgraded_step_by_step(path):
    def third(facts, tensors):
        return {**facts, "mode": "residual"}, tensors

    def fourth(facts, tensors):
        return facts, {name.upper(): tensor for name, tensor in tensors.items()}

    found = load_checkpoint(path, "generator", 4, {2: third, 3: fourth})
    assert found.version == 4
    assert found.facts["mode"] == "residual"
    assert "HALF" in found.tensors


@pytest.mark.parametrize(("version", "advice"), [(1, "Update"), (3, "Train the model again")])
def test_a_version_without_a_way_is_refused_with_a_reason(path, version, advice):
    with pytest.raises(CheckpointError, match=f"have version 2; .* version {version}") as caught:
        load_checkpoint(path, "generator", version)
    assert advice in str(caught.value)


@pytest.mark.parametrize("keep", [0, 10, 200, 0.5, 0.98])
def test_a_file_cut_short_is_refused(path, keep):
    data = path.read_bytes()
    path.write_bytes(data[: keep if isinstance(keep, int) else int(keep * len(data))])
    with pytest.raises(CheckpointError, match="damaged"):
        load_checkpoint(path, "generator", 2)


def test_a_pickle_is_never_run(tmp_path):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("the pickle was run",))

    path = tmp_path / "trap.pt"
    torch.save(Trap(), path)
    with pytest.raises(CheckpointError, match="damaged"):
        load_checkpoint(path, "generator", 2)
    path.write_bytes(pickle.dumps(Trap()))
    with pytest.raises(CheckpointError, match="damaged"):
        load_checkpoint(path, "generator", 2)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(CheckpointError, match=r"nothing\.pt.*no such file"):
        load_checkpoint(tmp_path / "nothing.pt", "generator", 2)


def test_a_file_of_torch_that_is_not_ours_is_refused(tmp_path):
    torch.save({"weights": torch.zeros(2)}, tmp_path / "theirs.pt")
    with pytest.raises(CheckpointError, match="no weights of this program"):
        load_checkpoint(tmp_path / "theirs.pt", "generator", 2)


@pytest.mark.parametrize("back", range(1, 14))
def test_bytes_that_changed_are_never_used(path, tensors, back):
    data = bytearray(path.read_bytes())
    place = len(data) * back // 14
    data[place : place + 4] = bytes(255 - byte for byte in data[place : place + 4])
    path.write_bytes(data)
    with contextlib.suppress(CheckpointError):  # it is read where they lay between the parts
        found = load_checkpoint(path, "generator", 2)
        assert all(torch.equal(found.tensors[name], tensors[name]) for name in tensors)


def test_a_part_that_does_not_agree_with_its_checksum_is_named(path, tensors):
    data = bytearray(path.read_bytes())
    data[data.index(tensors["layer.weight"].numpy().tobytes()) + 3] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match=r"checksum of its part \S+ is wrong"):
        load_checkpoint(path, "generator", 2)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize("name", ["layer.weight", "half"])
def test_weights_that_are_no_numbers_are_refused(tmp_path, tensors, name, value):
    tensors[name].flatten()[1] = value
    save_checkpoint(tmp_path / "net.pt", "generator", 2, FACTS, tensors)
    with pytest.raises(CheckpointError, match=f"a weight of {name} is no number"):
        load_checkpoint(tmp_path / "net.pt", "generator", 2)


def test_content_that_is_not_what_was_written_is_refused(path):
    content = torch.load(path, weights_only=True)
    content["tensors"]["count"] += 1
    torch.save(content, path)
    with pytest.raises(CheckpointError, match="not what was written"):
        load_checkpoint(path, "generator", 2)


def test_a_file_from_before_hashes_were_written_is_read(path):
    expected = load_checkpoint(path, "generator", 2).sha256
    content = torch.load(path, weights_only=True)
    assert content.pop("sha256") == expected
    torch.save(content, path)
    assert load_checkpoint(path, "generator", 2).sha256 == expected


@pytest.mark.parametrize("content", [b"", b"weights\n", b"PK\x03\x04 and no more"])
def test_what_is_no_archive_is_told_in_words(tmp_path, content):
    (tmp_path / "notes.txt").write_bytes(content)
    with pytest.raises(CheckpointError, match="cut short, or is no archive of torch"):
        load_checkpoint(tmp_path / "notes.txt", "generator", 2)
