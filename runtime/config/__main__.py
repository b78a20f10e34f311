"""`python -m runtime.config` prints the table of docs/configuration.md."""

from runtime.config.config import Config
from runtime.config.keys import markdown

if __name__ == "__main__":
    print(markdown(Config), end="")
