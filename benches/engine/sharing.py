"""How much work several machines share: figures of a command of matrix, read from its progress, and their comparison."""

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field

# Most builds of a run in shards with a cache, as a part of those of one machine.
TARGET = 1.1
DURATION = re.compile(r"(?:(\d+) min )?(\d+(?:\.\d+)?) s$")


def seconds(text: str) -> float:
    """A duration as the progress shows it: `4.2 s`, `45 s`, `1 min 02 s`."""
    found = DURATION.match(text)
    assert found, f"`{text}` is no duration"
    return int(found[1] or 0) * 60 + float(found[2])


@dataclass
class Figures:
    """What one machine did."""

    wall: float = 0.0
    # Seconds by tag.
    built: dict[str, float] = field(default_factory=dict)
    pulled: dict[str, float] = field(default_factory=dict)
    # How each base was obtained: `pulled`, `bootstrapped` or `present`.
    bases: dict[str, str] = field(default_factory=dict)

    def read(self, line: str) -> None:
        """Takes a line of progress: `image TAG: built in 45 s`, `base NAME: pulled`."""
        kind, _, rest = line.strip().partition(" ")
        name, _, what = rest.rpartition(": ")
        how, _, took = what.partition(" in ")
        if kind == "base" and how in ("pulled", "bootstrapped", "present"):
            self.bases[name] = how
        elif kind == "image" and took and how in ("built", "pulled"):
            (self.built if how == "built" else self.pulled)[name] = seconds(took)

    def work(self) -> int:
        """The number of images and bases that it made itself."""
        return len(self.built) + sum(how == "bootstrapped" for how in self.bases.values())

    def __str__(self) -> str:
        bases = [f"{name} {how}" for name, how in sorted(self.bases.items())]
        return (
            f"{len(self.built)} builds in {sum(self.built.values()):.0f} s, {len(self.pulled)} pulls in"
            f" {sum(self.pulled.values()):.0f} s, wall {self.wall:.0f} s; {', '.join(bases) or 'no base'}"
        )


@dataclass
class Stage:
    """One machine, or several that work at the same time, after one that prepares their images."""

    shards: list[Figures]
    before: Figures | None = None

    def machines(self) -> Iterable[Figures]:
        return [*([self.before] if self.before else []), *self.shards]

    def builds(self) -> int:
        return sum(len(machine.built) for machine in self.machines())

    def building(self) -> float:
        return sum(sum(machine.built.values()) for machine in self.machines())

    def pulls(self) -> int:
        return sum(len(machine.pulled) for machine in self.machines())

    def wall(self) -> float:
        """Seconds until the last of the machines has ended, if each is a machine of its own."""
        return (self.before.wall if self.before else 0.0) + max((shard.wall for shard in self.shards), default=0.0)

    def store(self) -> dict:
        return asdict(self)

    @staticmethod
    def load(stored: dict) -> "Stage":
        before = stored["before"]
        return Stage([Figures(**shard) for shard in stored["shards"]], Figures(**before) if before else None)


def compare(stages: dict[str, Stage]) -> list[str]:
    """Lines on each stage, and the ratios to the stage `alone` if it was measured."""
    lines = []
    for name, stage in stages.items():
        line = f"{name}: {stage.builds()} builds in {stage.building():.0f} s, {stage.pulls()} pulls, wall {stage.wall():.0f} s"
        alone = stages.get("alone")
        if alone and name != "alone":
            parts = {"builds": (stage.builds(), alone.builds()), "building": (stage.building(), alone.building())}
            parts["wall"] = (stage.wall(), alone.wall())
            line += "; of one machine: " + ", ".join(f"{what} {new / old:.2f}" for what, (new, old) in parts.items() if old)
        lines.append(line)
    return lines


def missed(stages: dict[str, Stage]) -> list[str]:
    """The targets that are missed; what was not measured misses none."""
    cached, alone = stages.get("cached"), stages.get("alone")
    if not cached:
        return []
    working = [(number, shard.work()) for number, shard in enumerate(cached.shards, 1) if shard.work()]
    missed = [f"shard {number} built or bootstrapped {work} images, although the cache should have them" for number, work in working]
    if alone and cached.builds() > TARGET * alone.builds():
        missed.append(f"{cached.builds()} builds are more than {TARGET} times the {alone.builds()} of one machine")
    return missed
