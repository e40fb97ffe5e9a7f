"""Ten cells of one failure and one workaround."""

import os

import pytest
from steps import ends_it, fails, fails_again, works

cells = pytest.mark.parametrize("cell", range(1, int(os.environ["CELLS"]) + 1))


@cells
def test_reproduce(cell, site):
    fails(site)


@cells
def test_placebo(cell, site):
    fails_again(site)


@cells
def test_workaround(cell, site):
    ends_it(site, "cp /share/site.conf /etc/site.conf")


@cells
def test_control(cell, healthy):
    works(healthy)
