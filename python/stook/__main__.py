"""``python -m stook``: see `stook._runner`."""

from ._runner import main

if __name__ == "__main__":
    main()
