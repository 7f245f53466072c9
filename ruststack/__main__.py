"""`ruststack`, or `python -m ruststack`: the command line."""

from __future__ import annotations

import sys


def main() -> None:
    if sys.argv[1:] == ["up"]:
        # What reads options would take as long again as all that is done here, before the fleet begins to start.
        from ruststack.fleets.foreground import become_fleet

        become_fleet()
    from ruststack.command_line import main as run

    run()


if __name__ == "__main__":
    main()
