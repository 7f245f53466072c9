"""`ruststack`, or `python -m ruststack`: the command line."""

from __future__ import annotations


def main() -> None:
    from ruststack.command_line import main as run

    run()


if __name__ == "__main__":
    main()
