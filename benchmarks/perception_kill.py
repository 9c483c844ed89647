"""A participant's program, killed at random moments by the system's hardest signal, and resumed.

Answers that were acknowledged and are lost, trials answered twice, and questions that differ from
those that were on the screen or that an uninterrupted participant gets: all of these must be none.
The moments are drawn anew from a seed; the study has 22 trials a participant.

`perception.py` runs it, and `dev.py bench` leaves it out.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from harness import arguments, report
from perception_goals import Goal, none_of
from perception_studies import plates_study

from napari_lesion_synth.perception.observers.killing import kill_often
from napari_lesion_synth.wording import counted


def goals(kills: int, seed: int = 0) -> list[Goal]:
    """Nothing lost, doubled or changed."""
    with tempfile.TemporaryDirectory() as folder:
        changes = {"counts.trials": 20, "counts.practice": 2, "counts.block_size": 8}
        study = plates_study(Path(folder) / "study", changes)
        found = kill_often(study, kills, seed=seed, timeout_s=3600)
    people = counted(found.participants, "participant")
    name = f"{counted(found.kills, 'kill')}, {people}"
    return [
        none_of(f"{name}: answers lost", found.lost, found.answers),
        none_of(f"{name}: answers doubled", found.doubled, found.answers),
        none_of(f"{name}: questions changed", found.changed, found.answers),
        Goal(f"{name}: last lines cut short, and mended", f"{found.torn}"),
    ]


def main() -> None:
    parser = arguments(__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    given = parser.parse_args()
    report("killed programs", [goal.row() for goal in goals(given.kills)], as_json=given.json)


if __name__ == "__main__":
    main()
