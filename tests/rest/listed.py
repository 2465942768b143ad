"""The addresses of the product, as they are to be: method, path, and the field that each answers."""

from pathlib import Path

LISTED = [line.split("\t") for line in Path(__file__).with_name("addresses.tsv").read_text("utf-8").splitlines()]
