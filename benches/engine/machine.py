"""What benchmarks do to the engine of this machine, and what they read from it."""

import json
import os
import subprocess
from pathlib import Path

TICK = os.sysconf("SC_CLK_TCK")


def docker(*words: str) -> list[str]:
    return subprocess.run(["docker", *words], check=True, capture_output=True, text=True).stdout.split()


def inside() -> float:
    """Seconds of processor time spent inside containers so far."""
    group = os.environ.get("ENGINE_GROUP", "docker")
    for path, unit in (("cpuacct/{}/cpuacct.usage", 1e9), ("{}/cpu.stat", 1e6)):
        try:
            words = Path("/sys/fs/cgroup", path.format(group)).read_text().split()
        except OSError:
            continue
        return int(words[0] if unit == 1e9 else words[1]) / unit
    return 0.0


def busy() -> float:
    """Seconds of processor time that the whole machine has spent so far."""
    user, nice, system, _, _, irq, soft = map(int, Path("/proc/stat").read_text().split()[1:8])
    return (user + nice + system + irq + soft) / TICK


def forget() -> None:
    """Removes every image of matrix and everything that builders keep. An image that stays would make a cold run warmer."""
    reasons = []
    for image in set(docker("images", "--quiet", "--filter", "reference=matrix/*")):
        removed = subprocess.run(["docker", "rmi", "--force", image], capture_output=True, check=False, text=True)
        reasons.append(removed.stderr.strip())
    docker("builder", "prune", "--all", "--force")
    left = docker("images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", "reference=matrix/*")
    if left:
        reasons = "\n".join(reason for reason in reasons if reason)
        raise SystemExit(f"error: images stay on the engine: {' '.join(left)}\n{reasons}\nhelp: remove what uses them, then repeat")


def image_bytes() -> int:
    """The bytes of all layers of our images, each layer once."""
    layers = {}
    for image in set(docker("images", "--quiet", "--no-trunc", "--filter", "reference=matrix/*")):
        inspected = json.loads(subprocess.run(["docker", "inspect", image], check=True, capture_output=True).stdout)[0]
        sizes = [int(size) for size in docker("history", "--no-trunc", "--human=false", "--format", "{{.Size}}", image)]
        # Only instructions that change files make layers, and history lists the newest first.
        filled = [size for size in reversed(sizes) if size > 0]
        chain = ""
        for layer, size in zip(inspected["RootFS"]["Layers"], filled):
            chain += layer
            layers[chain] = size
    return sum(layers.values())
