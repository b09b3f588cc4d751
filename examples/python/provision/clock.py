# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Clocks of agents: the system's, or one that a test moves."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    def mono_ms(self) -> int:
        """Milliseconds since any fixed point."""

    def wall_s(self) -> float | None:
        """UTC seconds; None while the clock is not set."""


class SystemClock:
    def mono_ms(self) -> int:
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1_000_000

    def wall_s(self) -> float | None:
        return time.time()


class FakeClock:
    """Stays where it is until advance(); `wall` is the UTC time at its start."""

    def __init__(self, wall: float | None = 1_767_225_600.0) -> None:
        self._ms = 0
        self._wall = wall

    def advance(self, seconds: float) -> None:
        self._ms += round(seconds * 1000)

    def set_wall(self, wall: float | None) -> None:
        """From now on it is that time, or the clock is not set."""
        self._wall = None if wall is None else wall - self._ms / 1000

    def mono_ms(self) -> int:
        return self._ms

    def wall_s(self) -> float | None:
        return None if self._wall is None else self._wall + self._ms / 1000
