"""Containers as in testinfra's documentation: a fixture starts a sleeping container, and every command is a `docker exec`."""

import os
import subprocess

import pytest
import testinfra


def container(image):
    command = ["docker", "run", "--detach", *os.environ["ISOLATION"].split(), image, "sleep", "1000000"]
    name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    yield testinfra.get_host(f"docker://{name}")
    subprocess.run(["docker", "rm", "--force", name], check=True, capture_output=True)


@pytest.fixture
def site():
    yield from container(os.environ["SITE"])


@pytest.fixture
def healthy():
    yield from container(os.environ["HEALTHY"])
