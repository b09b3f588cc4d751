# SPDX-License-Identifier: MIT
# SPDX-FileCopyrightText: 2026 The libprovision authors
"""The parts of the package, without a network."""

from __future__ import annotations

import pathlib
from typing import Any

import provision
import pytest
from provision import (
    Agent,
    Answers,
    Choice,
    Event,
    FakeClock,
    Identity,
    ProvisionError,
    Store,
    Target,
    action_from_notify,
    action_from_url,
    actions_from_xml,
    advance,
    choose,
    decode,
    encode,
    events,
    expand,
    lint_value,
    read_profile,
    run,
)

DEVICE = ("000e08abcdef", "CP-8841-3PCC")
PROFILE = b"<flat-profile>\n<GPP_A>office</GPP_A>\n</flat-profile>\n"
HOUR = 3600


def test_readme_has_each_name() -> None:
    readme = (pathlib.Path(__file__).parents[1] / "README.md").read_text()
    methods = [name for name in dir(Agent) if not name.startswith("_")]
    missing = [
        name
        for name in [*provision.__all__, *methods]
        if f"`{name}`" not in readme and f"`{name}()`" not in readme
    ]
    assert missing == []


def test_rule_is_chosen() -> None:
    rule = (
        '("$A" eq "home")? http://h.example.com/home.xml | [--key k] https://h.example.com/$MA.xml'
    )
    found = choose(rule, {"A": "office", "MA": "000e08abcdef"})
    assert isinstance(found, Choice)
    assert found.alternative == 1
    assert found.targets == (Target("https", "h.example.com", 0, "/000e08abcdef.xml", True, False),)
    assert found.targets[0].url == "https://h.example.com/000e08abcdef.xml"
    assert '"office" eq "home" as strings: false' in found.trace


def test_rule_assigns() -> None:
    found = choose('(GPP_B = "$A";)! http://h/x', {"A": "1"})
    assert found.assignments == {"GPP_B": "1"}


def test_trigger() -> None:
    assert choose("$PRVTMR gt 600", {"PRVTMR": "601"}, kind="trigger").alternative == 0
    assert choose("$PRVTMR gt 600", {"PRVTMR": "600"}, kind="trigger").alternative == -1


def test_names_that_are_none() -> None:
    with pytest.raises(ValueError, match="kind: expected one of profile, upgrade, report, trigger"):
        choose("http://h/x", {}, kind="profiel")
    with pytest.raises(ValueError, match="dialect: expected one of mpp, spa, found 'SPA'"):
        read_profile(PROFILE, dialect="SPA")


def test_rule_that_does_not_parse() -> None:
    with pytest.raises(ProvisionError) as raised:
        choose("($A eq) http://h/x", {"A": "1"})
    error = raised.value.error
    assert (error.status, error.line) == ("PROV_E_SYNTAX", 1)
    assert error.column > 1
    assert "PROV_E_SYNTAX" in str(raised.value)


def test_expand_and_lint() -> None:
    assert expand("$MA $(MA:1:2) $NONE $$", {"MA": "\u00e9x"}).startswith("\u00e9x ")
    assert expand("$NONE", {}) == "$NONE"
    (lint,) = lint_value("Profile_Rule", "http://h/${MA}.xml")
    assert (lint.kind, lint.line, lint.column) == ("braces", 1, 10)
    assert lint_value("Profile_Rule", "http://h/$MA.xml") == []


def test_variables_that_fail() -> None:
    class Broken(dict[str, str]):
        def get(self, name: str, default: Any = None) -> Any:
            if name == "MA":
                raise ZeroDivisionError(name)
            return default

    with pytest.raises(ZeroDivisionError, match="MA"):
        choose("http://h/$MA.xml", Broken())


@pytest.mark.parametrize("ways", [{}, {"key": "k"}, {"ikm": "0123456789abcdef"}])
@pytest.mark.parametrize("is_gzip", [False, True])
def test_files_come_back(ways: dict[str, str], is_gzip: bool) -> None:
    sent = encode(PROFILE * 100, is_gzip=is_gzip, **ways)
    coding = "aes128gcm" if "ikm" in ways else ""
    found = decode(sent, content_encoding=coding, **ways)
    assert found.content == PROFILE * 100
    assert ("gzip" in found.encodings) == is_gzip
    assert (found.derivation == "sha256") == ("key" in ways)


def test_wrong_key() -> None:
    with pytest.raises(ProvisionError) as raised:
        decode(encode(PROFILE, key="right"), key="wrong")
    assert raised.value.error.status == "PROV_E_KEY"


def test_profile_is_read() -> None:
    found = read_profile(b'<flat-profile>\n<gpp_a ua="ro">1</gpp_a>\n<GPP_B/></flat-profile>')
    assert found.values() == {"GPP_A": "1", "GPP_B": ""}
    assert (found.params[0].access, found.params[0].line) == ("ro", 2)
    assert [(warning.kind, warning.name) for warning in found.warnings] == [("case", "gpp_a")]
    with pytest.raises(ProvisionError) as raised:
        read_profile(b"<flat-profile>\n<GPP_A>a & b</GPP_A></flat-profile>")
    assert (raised.value.error.subject, raised.value.error.line) == ("GPP_A", 2)


def test_store() -> None:
    store = Store(values={"GPP_A": "1", "GPP_B": ""})
    store["GPP_A"] = "2"
    assert (store["GPP_A"], store["GPP_B"], store.get("GPP_C")) == ("2", "", None)
    assert list(store) == ["GPP_A", "GPP_B"]
    with pytest.raises(KeyError):
        store["GPP_C"]
    with pytest.raises(ProvisionError):
        store.update({"GPP_A": "3", "a name": "4"})
    assert store["GPP_A"] == "2"
    store["GPP_A"] = "5"  # no transaction is left open
    assert store["GPP_A"] == "5"
    store.close()


def test_closed_identity_is_refused() -> None:
    identity = Identity()
    identity.close()
    with pytest.raises(ValueError, match="identity is closed"):
        Agent(*DEVICE, [], identity=identity)


def test_week_of_resyncs() -> None:
    """A week in a moment: once an hour, and after a failure by the list of retries."""
    clock = FakeClock()
    is_broken = False
    server = Answers(lambda url: 500 if is_broken else PROFILE)
    values = {
        "Profile_Rule": "http://h/$MA.xml",
        "Resync_Periodic": str(HOUR),
        "Resync_Error_Retry_Delay": "600",
    }
    with Agent(*DEVICE, [server], clock=clock, values=values) as phone:
        advance(clock, [phone], [server], 7 * 24 * HOUR)
        assert len(phone.resyncs()) == pytest.approx(7 * 24, abs=1)
        assert {result.outcome for result in phone.resyncs()} == {"applied", "unchanged"}
        assert set(server.urls) == {"http://h/000e08abcdef.xml"}

        is_broken = True
        n = len(server.urls)
        advance(clock, [phone], [server], 2 * HOUR)
        failed = phone.resyncs()[-1]
        assert failed.error is not None and failed.error.status == "PROV_E_SERVER"
        assert len(server.urls) - n == pytest.approx(2 * HOUR / 600 - 3, abs=4)
        (schedule,) = [
            event.detail for event in phone.events if isinstance(event.detail, events.Schedule)
        ][-1:]
        assert schedule.n_retries == 1


def test_call_delays_a_resync() -> None:
    clock = FakeClock()
    server = Answers(lambda url: PROFILE)
    with Agent(*DEVICE, [server], clock=clock, is_rebooted=True) as phone:
        phone.is_idle = False
        phone.request("http://h/x.xml")
        advance(clock, [phone], [server], 60)
        assert server.urls == []
        phone.is_idle = True
        phone.notify()
        advance(clock, [phone], [server], HOUR)
        assert server.urls == ["http://h/x.xml"]
        assert "chosen" in phone.traces()[0]


def test_settings_refuse_a_request() -> None:
    server = Answers(lambda url: PROFILE)
    values = {"Provision_Enable": "No"}
    with Agent(*DEVICE, [server], values=values, is_rebooted=True) as phone:
        with pytest.raises(ProvisionError) as raised:
            phone.request("http://h/x.xml")
        assert raised.value.error.status == "PROV_E_POLICY"
        assert "Provision_Enable is No" in raised.value.error.message


def test_exception_in_a_callback() -> None:
    def refuse(phone: Agent, event: Event) -> None:
        if event.type == "result":
            raise ZeroDivisionError("mine")

    server = Answers(lambda url: PROFILE)
    with Agent(*DEVICE, [server], is_rebooted=True, on_event=refuse) as phone:
        phone.request("http://h/x.xml")
        with pytest.raises(ZeroDivisionError, match="mine"):
            run([phone], [server], until=lambda: bool(phone.resyncs()))


def test_condition_that_does_not_hold() -> None:
    with pytest.raises(TimeoutError):
        run([], [], until=lambda: False, timeout_s=0.01)


def test_action_url() -> None:
    found = action_from_url("/admin/resync?http://h/%24MA.xml", requester="192.0.2.1")
    assert (found.action.door, found.action.kind) == ("url", "resync")
    assert (found.action.rule, found.action.requester) == ("http://h/$MA.xml", "192.0.2.1")
    protected = {"Admin_Password": "s3cret"}
    verdict = found.check(protected)
    assert (verdict.decision, verdict.account, verdict.http_status) == ("challenge", "admin", 401)
    assert found.check(protected, "admin", "wrong").decision == "challenge"
    assert found.check(protected, "admin", "s3cret").decision == "obey"
    shown = repr(action_from_url("/admin/resync?[--key%20s3cret]http://h/x"))
    assert shown.startswith("ParsedAction(Action(door='url', kind='resync', priority=0, ")
    assert "masked_rule='[--key ***]http://h/x'" in shown and "s3cret" not in shown
    refused = found.check({**protected, "Provision_Enable": "No"}, "admin", "s3cret")
    assert (refused.decision, refused.reason) == ("refuse", "Provision_Enable is No")
    with pytest.raises(ProvisionError) as raised:
        action_from_url("/nothing/here")
    assert raised.value.error.status == "PROV_E_NOT_FOUND"


def test_cisco_xml() -> None:
    items = '<ExecuteItem URL="Resync:http://h/x" Priority="1"/><ExecuteItem URL="Key:Headset"/>'
    first, second = actions_from_xml(f"<CiscoIPPhoneExecute>{items}</CiscoIPPhoneExecute>")
    assert (first.action.kind, first.action.rule) == ("resync", "http://h/x")
    assert first.action.priority == 1
    assert (second.action.kind, second.action.text) == ("uri", "Key:Headset")
    with pytest.raises(ProvisionError) as raised:
        actions_from_xml("<html/>")
    assert raised.value.error.status == "PROV_E_CORRUPT"


def test_notify() -> None:
    found = action_from_notify("resync")
    assert (found.action.door, found.action.kind) == ("notify", "resync")
    asked = found.check({}, line=1)
    assert (asked.decision, asked.account, asked.sip_status) == ("challenge", "line", 401)
    is_open = {"Auth_Resync-Reboot_1_": "No"}
    assert found.check(is_open, line=1).decision == "obey"
    off = found.check({**is_open, "Resync_From_SIP": "No"}, line=1)
    assert off.decision == "refuse"
    assert "Resync_From_SIP" in off.reason
