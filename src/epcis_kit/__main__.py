"""``python -m epcis_kit`` is the command ``epcis-kit``.

Takes the same arguments, gives the same exit codes.
"""

from epcis_kit.cli import main

if __name__ == "__main__":
    main()
