# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
from typing import Any

ffi: Any
lib: Any
