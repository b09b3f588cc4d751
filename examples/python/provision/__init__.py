# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""libprovision in Python: devices, rules, files and profiles, for test harnesses of servers.

    from provision import Agent, Curl, run

    with Curl() as curl, Agent("000e08abcdef", "CP-8841-3PCC", [curl]) as phone:
        phone.request("http://127.0.0.1:8080/$MA.xml")
        run([phone], [curl], until=lambda: bool(phone.resyncs()))
        assert phone.store["GPP_A"] == "office"
"""

from . import events
from ._glue import Error, ProvisionError, Refusal, word
from ._provision import lib
from .actions import (
    Action,
    ParsedAction,
    Verdict,
    action_from_notify,
    action_from_url,
    actions_from_xml,
)
from .agent import Agent, Limits, Store, advance, run
from .clock import Clock, FakeClock, SystemClock
from .events import Change, Event, JobStatus, Result
from .files import Decoded, Param, Profile, decode, encode, read_profile
from .hosts import (
    CustomCa,
    CustomCaHost,
    Image,
    MigrationHost,
    Present,
    RenewalHost,
    ReportField,
    UpgradeHost,
    UpgradeTarget,
)
from .jobs import Fetch, Offer
from .rules import Choice, Lint, Target, choose, expand, lint_value
from .tls import Identity
from .transport import Answers, Curl, Transport

__all__ = [
    "Action",
    "Agent",
    "Answers",
    "Change",
    "Choice",
    "Clock",
    "Curl",
    "CustomCa",
    "CustomCaHost",
    "Decoded",
    "Error",
    "Event",
    "FakeClock",
    "Fetch",
    "Identity",
    "Image",
    "JobStatus",
    "Limits",
    "Lint",
    "MigrationHost",
    "Offer",
    "Param",
    "ParsedAction",
    "Present",
    "Profile",
    "ProvisionError",
    "Refusal",
    "RenewalHost",
    "ReportField",
    "Result",
    "Store",
    "SystemClock",
    "Target",
    "Transport",
    "UpgradeHost",
    "UpgradeTarget",
    "Verdict",
    "action_from_notify",
    "action_from_url",
    "actions_from_xml",
    "advance",
    "choose",
    "decode",
    "encode",
    "events",
    "expand",
    "lint_value",
    "read_profile",
    "run",
    "version",
]


def version() -> str:
    """Of the library that is loaded."""
    return word(lib.prov_version_string())
