"""`python -m printserver` is the command `printserver`."""

from printserver.cli import main

if __name__ == "__main__":
    main()
