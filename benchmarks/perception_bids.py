"""BIDS exports of a study with gaze, against the standard's rules for behaviour and eye tracking.

The rules are those that the tests know, written from the text of BIDS 1.11. Simulated participants
compare rendered dishes while a simulation looks at them; the study is exported with codes and
without.

`perception.py` runs it, and `dev.py bench` leaves it out.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from harness import ROOT, arguments, report
from perception_goals import Goal, none_of
from perception_studies import finish, plates_study, simulated

from napari_lesion_synth.events import StopToken
from napari_lesion_synth.jobs.study_export import ExportStudy, export_study

sys.path.insert(0, str(ROOT))

from tests.perception.export.bids_rules import broken_rules


def goals(participants: int) -> list[Goal]:
    """No rule is broken."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        changes = {"counts.trials": 16, "viewing.gaze_source": "mouse_aperture"}
        study = simulated(plates_study(folder / "study", changes), participants)
        found = []
        for name, anonymise in (("with codes", False), ("anonymised", True)):
            out = folder / name
            asked = ExportStudy(
                folder=study.folder, out=out, form="bids", anonymise=anonymise, gaze=True
            )
            finish(export_study(asked, StopToken()))
            files = sum(path.is_file() for path in out.rglob("*"))
            broken = broken_rules(out)
            print("".join(f"  {each}\n" for each in broken), end="")
            found.append(none_of(f"BIDS, {name}: files with a broken rule", len(broken), files))
            found.append(Goal(f"BIDS, {name}: recordings", _recordings(out)))
    return found


def _recordings(out: Path) -> str:
    kinds = [
        json.loads(path.read_text(encoding="utf-8")).get("PhysioType", "none")
        for path in out.rglob("*_physio.json")
    ]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in sorted(set(kinds))) or "none"


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--participants", type=int, default=6)
    given = parser.parse_args()
    report("BIDS", [goal.row() for goal in goals(given.participants)], as_json=given.json)


if __name__ == "__main__":
    main()
