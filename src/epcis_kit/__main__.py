"""``python -m epcis_kit`` is the command ``epcis-kit``.

Takes the same arguments and gives the same exit codes; for machines where the script folder of an environment is not on
the path, and for running a chosen Python. Everything is in :mod:`epcis_kit.cli`.
"""

from epcis_kit.cli import main

if __name__ == "__main__":
    main()
