"""``python -m fedcycle`` is the ``fedcycle`` command."""

from fedcycle.backtests.cli import main

if __name__ == "__main__":
    main()
