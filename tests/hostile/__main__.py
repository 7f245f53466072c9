"""`python -m tests.hostile --seconds 3600 --seed 7`: fuzz a fleet of its own for as long as asked; `make soak`.

`--kills 50`: instead kill its processes at random while clients use them, and look what is lost.

What is found is written to `--findings` as cases, which `tests/hostile/corpus` takes as they are. Exits with 1 where
there is something.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from tests.hostile.crash_loop import CrashLoop
from tests.hostile.fuzzing import Figures, Limits, Run
from tests.hostile.replaying import Replay
from tests.processes import running_fleet


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.hostile", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--requests", type=int, default=10**9, help="at most so many")
    parser.add_argument("--round", type=int, default=8000, help="requests between two looks at logs and memory")
    parser.add_argument("--seed", default=str(int(time.time())))
    parser.add_argument("--findings", type=Path, default=Path("hostile-findings"))
    parser.add_argument("--replay", action="store_true", help="send the same ones time and again, and look at memory")
    parser.add_argument("--kills", type=int, default=0, help="kill so many processes under mixed load instead")
    options = parser.parse_args()
    if options.kills:
        return kill(options.kills, options.seed)
    print(f"seed {options.seed}", flush=True)
    figures = Figures()
    with tempfile.TemporaryDirectory() as folder, running_fleet(Path(folder)) as fleet:
        kind = Replay if options.replay else Run
        run = kind(fleet, options.seed, Limits(small=0.1, large=0.5), options.findings, interval=0.005)
        for figures in run.rounds(options.round, options.seconds):
            print("\n".join(figures.lines()), "\n", flush=True)
            if figures.requests >= options.requests:
                break
    return 1 if figures.findings or figures.log else 0


def kill(kills: int, seed: str) -> int:
    with tempfile.TemporaryDirectory() as folder, running_fleet(Path(folder)) as fleet:
        outcome = CrashLoop(fleet, seed, (1.0, 6.0)).run(kills)
    print("\n".join(outcome.lines()))
    return 1 if outcome.lost or outcome.errors else 0


if __name__ == "__main__":
    raise SystemExit(main())
