"""One failure and five workarounds."""

import pytest
from steps import ends_it, fails, fails_again, works

REMEDIES = [
    "cp /share/site.conf /etc/site.conf",
    "ln -s /share/site.conf /etc/site.conf",
    "mv /share/site.conf /etc/site.conf",
    "echo A:127.0.0.1 >/etc/site.conf",
    ":>/etc/site.conf",
]


def test_reproduce(site):
    fails(site)


def test_placebo(site):
    fails_again(site)


@pytest.mark.parametrize("remedy", REMEDIES)
def test_workaround(remedy, site):
    ends_it(site, remedy)


def test_control(healthy):
    works(healthy)
