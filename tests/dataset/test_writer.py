from __future__ import annotations

import errno
import itertools
import subprocess
import sys
from pathlib import Path

import pytest

from napari_lesion_synth.dataset.layout import (
    BLOCK,
    DATASET_JSON,
    PATCHES,
    SAMPLES_CSV,
    THUMBS,
    patch_path,
    thumb_path,
)
from napari_lesion_synth.dataset.provenance import header_of
from napari_lesion_synth.dataset.reader import GeneratedSet, read_header
from napari_lesion_synth.dataset.writer import SetWriter
from napari_lesion_synth.errors import DatasetError, StorageError
from napari_lesion_synth.files import write_atomic


def content(folder: Path) -> dict[str, bytes]:
    """Every file of the set with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def write(folder, header, scenes, made, numbers) -> None:
    with SetWriter(folder, header, scenes) as writer:
        for number in numbers:
            writer.add(number, made[number])


@pytest.fixture
def whole(tmp_path, header, scenes, made) -> dict[str, bytes]:
    """Content of the set that was written in one go."""
    folder = tmp_path / "whole"
    write(folder, header, scenes, made, range(4))
    return content(folder)


def test_a_set_holds_its_header_a_row_a_patch_and_a_picture_for_each_lesion(whole, scenes):
    names = {name for scene in scenes for name in scene}
    assert set(whole) == {
        DATASET_JSON,
        SAMPLES_CSV,
        *(f"{PATCHES}/{name}.npz" for name in names),
        *(f"{THUMBS}/{name}.png" for name in names),
    }
    assert whole[SAMPLES_CSV].count(b"\n") == 1 + len(names)


@pytest.mark.parametrize("order", list(itertools.permutations(range(4)))[::5])
def test_the_order_of_arrival_does_not_show(tmp_path, header, scenes, made, whole, order):
    write(tmp_path / "set", header, scenes, made, order)
    assert content(tmp_path / "set") == whole


def test_rows_are_written_in_order_even_where_later_scenes_arrive_first(
    tmp_path, header, scenes, made
):
    with SetWriter(tmp_path / "set", header, scenes) as writer:
        writer.add(2, made[2])
        assert writer.finished == 0
        writer.add(0, made[0])
        assert writer.finished == 2
        assert GeneratedSet.open(tmp_path / "set").ids == list(scenes[0])


@pytest.mark.parametrize("finished", range(5))
def test_an_interrupted_set_goes_on_where_it_was(tmp_path, header, scenes, made, whole, finished):
    write(tmp_path / "set", header, scenes, made, range(finished))
    with SetWriter(tmp_path / "set", header, scenes) as writer:
        assert writer.todo == list(range(finished, 4))
        assert writer.finished == 2 * finished
        for number in writer.todo:
            writer.add(number, made[number])
    assert content(tmp_path / "set") == whole


def test_a_table_cut_at_any_byte_is_mended(tmp_path, header, scenes, made, whole):
    folder = tmp_path / "set"
    write(folder, header, scenes, made, range(4))
    table = whole[SAMPLES_CSV]
    for cut in range(0, len(table), 97):
        (folder / SAMPLES_CSV).write_bytes(table[:cut])
        with SetWriter(folder, header, scenes) as writer:
            assert writer.finished % 2 == 0
            for number in writer.todo:
                writer.add(number, made[number])
        assert content(folder) == whole, f"cut at {cut}"


def test_what_a_kill_leaves_between_patch_and_row_is_swept_away(
    tmp_path, header, scenes, made, whole
):
    folder = tmp_path / "set"
    write(folder, header, scenes, made, range(2))
    patch_path(folder, scenes[2][0]).write_bytes(b"whole, but without a row")
    thumb_path(folder, scenes[3][1]).write_bytes(b"too")
    (folder / PATCHES / ".partial-lesion_000004.npz").write_bytes(b"half")
    (folder / ".partial-dataset.json").write_bytes(b"{")
    with SetWriter(folder, header, scenes):
        pass
    assert set(content(folder)) == {
        name for name in whole if not any(i in name for i in (*scenes[2], *scenes[3]))
    }


def test_files_of_others_in_the_set_are_left_alone(tmp_path, header, scenes, made):
    folder = tmp_path / "set"
    write(folder, header, scenes, made, range(4))
    for path in (folder / "notes.txt", folder / PATCHES / "mine.npz", folder / "decisions.jsonl"):
        path.write_text("mine", encoding="utf-8")
    with SetWriter(folder, header, scenes):
        pass
    assert (folder / "notes.txt").exists()
    assert (folder / PATCHES / "mine.npz").exists()
    assert (folder / "decisions.jsonl").exists()


@pytest.mark.parametrize("harm", ["changed patch", "lost patch", "lost picture", "empty picture"])
def test_a_damaged_scene_is_made_again(tmp_path, header, scenes, made, whole, harm):
    folder = tmp_path / "set"
    write(folder, header, scenes, made, range(4))
    patch, thumb = patch_path(folder, scenes[1][1]), thumb_path(folder, scenes[1][1])
    if harm == "changed patch":
        patch.write_bytes(patch.read_bytes()[:-1] + b"?")
    elif harm == "empty picture":
        thumb.write_bytes(b"")
    else:
        (patch if harm == "lost patch" else thumb).unlink()
    with SetWriter(folder, header, scenes) as writer:
        assert writer.todo == [1]
        assert writer.damaged == 1
        writer.add(1, made[1])
    assert content(folder) == whole


def test_a_damaged_scene_that_comes_out_differently_is_an_error(tmp_path, header, scenes, made):
    folder = tmp_path / "set"
    write(folder, header, scenes, made, range(4))
    patch_path(folder, scenes[1][0]).unlink()
    others = [
        type(lesion)(lesion.id, lesion.cells, other.patch, other.thumb)
        for lesion, other in zip(made[1], made[2], strict=True)
    ]
    with (
        SetWriter(folder, header, scenes) as writer,
        pytest.raises(DatasetError, match="comes out differently"),
    ):
        writer.add(1, others)


def test_scores_behind_the_columns_are_kept(tmp_path, header, scenes, made):
    folder = tmp_path / "set"
    write(folder, header, scenes, made, range(3))
    table = folder / SAMPLES_CSV
    lines = table.read_text(encoding="utf-8").splitlines()
    table.write_text(
        "\n".join([lines[0] + ",score", *(f"{k},0.5" for k in lines[1:])]) + "\n", encoding="utf-8"
    )
    with SetWriter(folder, header, scenes) as writer:
        assert writer.todo == [3]
        writer.add(3, made[3])
    scores = GeneratedSet.open(folder).table["score"]
    assert scores[:6].eq(0.5).all()
    assert scores[6:].isna().all()


def test_another_set_in_the_folder_is_refused_with_what_differs(tmp_path, header, scenes, made):
    write(tmp_path / "set", header, scenes, made, range(4))
    before = content(tmp_path / "set")
    other = header_of({**header[BLOCK], "seed": 1, "methods": {"dark-ball": 2.0}}, 0)
    with pytest.raises(DatasetError, match="seed is 0 there and 1 here") as caught:
        SetWriter(tmp_path / "set", other, scenes)
    assert "methods.dark-ball is 1.0 there and 2.0 here" in str(caught.value)
    assert caught.value.remedy
    assert content(tmp_path / "set") == before


def test_the_same_inputs_at_another_path_are_the_same_set(tmp_path, header, scenes, made):
    facts = header[BLOCK]
    here = header_of({**facts, "cases": [{"host": "h", "inputs": {"ct": "/a"}}]}, 0)
    there = header_of({**facts, "cases": [{"host": "h", "inputs": {"ct": "/b"}}]}, 0)
    write(tmp_path / "set", here, scenes, made, range(4))
    before = content(tmp_path / "set")
    with SetWriter(tmp_path / "set", there, scenes) as writer:
        assert writer.todo == []
    assert content(tmp_path / "set") == before


def test_a_folder_with_other_files_is_refused_and_left_alone(tmp_path, header, scenes):
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(DatasetError, match=r"other files \(thesis.txt\)"):
        SetWriter(tmp_path, header, scenes)
    assert content(tmp_path) == {"thesis.txt": b"mine"}


def test_a_set_of_another_program_is_refused(tmp_path, header, scenes):
    (tmp_path / DATASET_JSON).write_text('{"labels": {}, "numTraining": 3}', encoding="utf-8")
    with pytest.raises(DatasetError, match="was not written by this program"):
        SetWriter(tmp_path, header, scenes)


def test_a_file_in_place_of_the_folder_is_refused(tmp_path, header, scenes):
    (tmp_path / "set").write_text("a file", encoding="utf-8")
    with pytest.raises(DatasetError, match="is a file, not a folder"):
        SetWriter(tmp_path / "set", header, scenes)


def test_a_run_killed_before_its_header_was_whole_can_start_again(
    tmp_path, header, scenes, made, whole
):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / SAMPLES_CSV).touch()
    (tmp_path / "set" / ".partial-dataset.json").write_text('{"chan', encoding="utf-8")
    write(tmp_path / "set", header, scenes, made, range(4))
    assert content(tmp_path / "set") == whole


def test_a_table_with_other_columns_is_refused(tmp_path, header, scenes, made):
    write(tmp_path / "set", header, scenes, made, range(4))
    (tmp_path / "set" / SAMPLES_CSV).write_text("id,colour\nlesion_000000,blue\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="columns id, colour"):
        SetWriter(tmp_path / "set", header, scenes)


def test_two_processes_cannot_write_one_set(tmp_path, header, scenes):
    with (
        SetWriter(tmp_path / "set", header, scenes),
        pytest.raises(DatasetError, match="another process is writing"),
    ):
        SetWriter(tmp_path / "set", header, scenes)
    with SetWriter(tmp_path / "set", header, scenes):
        pass


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "disk is full"), (errno.EROFS, "may not be written"), (errno.EIO, "failed")],
)
def test_a_failing_write_leaves_a_set_that_can_be_continued(
    tmp_path, header, scenes, made, whole, monkeypatch, number, words
):
    folder = tmp_path / "set"
    with SetWriter(folder, header, scenes) as writer:
        writer.add(0, made[0])
        with monkeypatch.context() as patched:
            patched.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(number, "!")))
            with pytest.raises(StorageError, match=words) as caught:
                writer.add(1, made[1])
    assert caught.value.where is not None
    assert scenes[1][0] in caught.value.where
    assert GeneratedSet.open(folder).ids == list(scenes[0])
    write(folder, header, scenes, made, [1, 2, 3])
    assert content(folder) == whole


@pytest.mark.skipif(sys.platform == "win32", reason="no limits on file sizes")
def test_a_row_for_which_the_disk_has_no_room_is_taken_back(tmp_path):
    """A process that may not write files beyond a size stands for a full disk."""
    script = """
import resource, sys
from pathlib import Path
from napari_lesion_synth.dataset.table_file import TableFile
from napari_lesion_synth.errors import StorageError
table = TableFile(Path(sys.argv[1]))
table.recover([])
size = Path(sys.argv[1]).stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 50, size + 50))
try:
    table.append([("x" * 200,)])
except StorageError as error:
    print(error)
sys.exit(Path(sys.argv[1]).stat().st_size != size)
"""
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path / SAMPLES_CSV],
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert done.returncode == 0, done.stderr
    assert "the disk is full" in done.stdout


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a file system of the kernel's")
def test_a_folder_that_cannot_be_made_is_said_so(header, scenes):
    with pytest.raises(StorageError, match=r"/proc/.*set"):
        SetWriter(Path("/proc/self/set"), header, scenes)


def test_no_temporary_file_outlives_a_failure(tmp_path, monkeypatch):
    monkeypatch.setattr(
        Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "!"))
    )
    with pytest.raises(StorageError, match="full"):
        write_atomic(tmp_path / "a.npz", b"data")
    assert list(tmp_path.iterdir()) == []


def test_a_set_that_never_got_a_lesion_gives_way_to_another(tmp_path):
    header = header_of({"n": 2, "seed": 1}, 0)
    SetWriter(tmp_path / "set", header, [["lesion_000000"]]).__exit__(None, None, None)
    other = header_of({"n": 1, "seed": 1}, 0)
    with SetWriter(tmp_path / "set", other, [["lesion_000000"]]):
        pass
    assert read_header(tmp_path / "set")["lesion_synth"]["n"] == 1
