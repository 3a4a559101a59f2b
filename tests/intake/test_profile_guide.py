"""The guide's profile is one that loads, so that nobody copies a mistake."""

import re
from pathlib import Path

from intake.profiles import load_profile

GUIDE = Path(__file__).parents[2] / "docs" / "guides" / "force-profiles.md"


def test_the_profile_of_the_guide_loads(tmp_path: Path):
    blocks = re.findall(r"```yaml\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    assert len(blocks) == 1
    path = tmp_path / "mine.yaml"
    path.write_text(blocks[0])
    profile = load_profile(path)
    assert profile.force_code == "mine"
    assert set(profile.tables) == {"crimes", "mo_features", "offender_crimes"}
