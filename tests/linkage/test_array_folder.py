"""Folders of arrays: what comes back is what was saved, and a folder is whole or is not there."""

import numpy as np
import pytest

from linkage import array_folder
from linkage.array_folder import ArrayFolderError, open_arrays, save_arrays

ARRAYS = {
    "metres": np.array([0.0, -0.0, np.nan, np.inf, 1 / 3]),
    "codes": np.arange(120_000, dtype=np.uint16).reshape(-1, 3),
    "nobody": np.empty(0, dtype=np.int32),
    "no_columns": np.empty((4, 0)),
    "crime_id": np.array([b"C1", "Ç23".encode()]),
    "flags": np.array([True, False]),
}


def test_arrays_come_back_with_every_bit(tmp_path):
    fingerprint = save_arrays(tmp_path / "crimes", ARRAYS, {"limit_km": 5.0, "items": ["entry"]})
    found = open_arrays(tmp_path / "crimes")
    assert list(found.arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert (found.arrays[name].dtype, found.arrays[name].shape) == (array.dtype, array.shape), name
        assert found.arrays[name].tobytes() == array.tobytes(), name
    assert found.about == {"limit_km": 5.0, "items": ["entry"]}
    assert found.fingerprint == fingerprint


def test_a_large_array_is_mapped_and_none_can_be_written_to(tmp_path):
    save_arrays(tmp_path / "crimes", ARRAYS)
    found = open_arrays(tmp_path / "crimes").arrays
    assert isinstance(found["codes"].base, np.memmap)
    assert not any(array.flags.writeable for array in found.values())


def test_the_fingerprint_tells_every_change_of_contents_and_no_other(tmp_path):
    first = save_arrays(tmp_path / "a", ARRAYS, {"made": "yesterday"})
    assert save_arrays(tmp_path / "b", ARRAYS, {"made": "today"}) == first
    for changed in (
        {"flags": np.array([True, True])},
        {"metres": ARRAYS["metres"].astype(np.float32)},
        {"no_columns": np.empty((0, 4))},
    ):
        assert save_arrays(tmp_path / "c", ARRAYS | changed) != first


def test_a_folder_is_replaced_whole_and_a_failed_one_leaves_the_former(tmp_path, monkeypatch):
    folder = tmp_path / "crimes"
    save_arrays(folder, {"a": np.arange(3)})
    former = open_arrays(folder).arrays["a"]
    save_arrays(folder, {"b": np.arange(4)})
    assert list(open_arrays(folder).arrays) == ["b"]
    assert former.tolist() == [0, 1, 2]

    def full_disk(*_, **__):
        raise OSError("No space left on device")

    monkeypatch.setattr(array_folder.np, "save", full_disk)
    with pytest.raises(OSError, match="No space"):
        save_arrays(folder, {"c": np.arange(5)})
    assert list(open_arrays(folder).arrays) == ["b"]
    assert list(tmp_path.iterdir()) == [folder]


def test_objects_are_refused_before_anything_is_written(tmp_path):
    with pytest.raises(ArrayFolderError, match="names: expected numbers or text of fixed width, got object"):
        save_arrays(tmp_path / "crimes", {"names": np.array(["a", None], dtype=object)})
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_one_says_what_to_do(tmp_path):
    with pytest.raises(ArrayFolderError, match="expected a folder of arrays, got none; save it first"):
        open_arrays(tmp_path)
    save_arrays(tmp_path / "crimes", ARRAYS)
    (tmp_path / "crimes" / "flags.npy").unlink()
    with pytest.raises(ArrayFolderError, match=r"flags\.npy: not readable \(FileNotFoundError\); save the folder"):
        open_arrays(tmp_path / "crimes")
    np.save(tmp_path / "crimes" / "flags.npy", np.arange(2))
    with pytest.raises(ArrayFolderError, match=r"flags\.npy: expected \|b1 of shape \[2\], got <i8 of \[2\]"):
        open_arrays(tmp_path / "crimes")
    (tmp_path / "crimes" / "arrays.json").write_text('{"schema_version": 0}')
    with pytest.raises(ArrayFolderError, match="expected schema version 1, got 0"):
        open_arrays(tmp_path / "crimes")
