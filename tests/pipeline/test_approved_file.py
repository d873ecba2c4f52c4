"""A frame that a person let pass is read as it was then, or not at all."""

import pandas as pd
import pytest

from pipeline.errors import ChangedSinceApprovalError
from pipeline.folder import RunFolder, checksum

FRAME = pd.DataFrame({"email": ["zoe@x.fr", "ali@x.fr"], "age": [31, 22]})


def test_the_same_file_is_read(tmp_path):
    folder = RunFolder(str(tmp_path))
    approved = checksum(folder.write_frame("verdicts", FRAME))
    read = folder.read_frame("verdicts", columns=["email"], approved=approved)
    assert list(read["email"]) == ["zoe@x.fr", "ali@x.fr"]
    assert list(read.columns) == ["email"]


def test_one_changed_row_is_refused_in_one_line(tmp_path):
    folder = RunFolder(str(tmp_path))
    approved = checksum(folder.write_frame("verdicts", FRAME))
    folder.write_frame("verdicts", FRAME.assign(age=[31, 23]))
    with pytest.raises(
        ChangedSinceApprovalError, match=r"verdicts\.parquet: changed since it was approved"
    ) as e:
        folder.read_frame("verdicts", approved=approved)
    assert f"approved {approved[:12]}…). Nothing was written. Start a new run." in str(e.value)
    assert len(folder.read_frame("verdicts")) == 2


def test_a_file_that_is_gone_is_refused(tmp_path):
    folder = RunFolder(str(tmp_path))
    with pytest.raises(ChangedSinceApprovalError, match="gone since it was approved"):
        folder.read_frame("verdicts", approved="0" * 64)


def test_the_checksum_is_that_of_sha256sum(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    assert checksum(str(tmp_path / "abc")).startswith("ba7816bf8f01cfea414140de5dae2223b00361a396177a9c")
