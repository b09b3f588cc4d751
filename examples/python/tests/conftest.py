# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""Fixtures of several files."""

from __future__ import annotations

from typing import Iterator

import pytest
from provision import Curl


@pytest.fixture
def curl() -> Iterator[Curl]:
    with Curl() as found:
        yield found
