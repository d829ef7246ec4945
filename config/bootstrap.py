"""What `make` starts with whatever `python3` there is: refuse one that is too old, hand over to config/install.py.

This file must be readable for old Pythons, so that they print the line below and no SyntaxError.
"""

import os
import sys

NEEDED = (3, 11)


def main():  # type: ignore[no-untyped-def]
    if sys.version_info < NEEDED:
        sys.stderr.write(
            "Python %d.%d or newer is needed, %s is %d.%d: install one and name it, for instance "
            "make run PYTHON=python3.11\n"
            % (NEEDED[0], NEEDED[1], sys.executable, sys.version_info[0], sys.version_info[1])
        )
        return 1
    folder = os.path.dirname(os.path.abspath(__file__))
    # This folder has a logging.py and a celery.py, which must not stand in for the real ones.
    sys.path = [entry for entry in sys.path if os.path.abspath(entry or ".") != folder]
    import runpy

    install = runpy.run_path(os.path.join(folder, "install.py"))
    return install["main"](sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())  # type: ignore[no-untyped-call]
