"""`python -m stamgast` is the command line."""

from stamgast.cli import main

main()
