/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "confirm_device.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct prov_agent_options confirm_options(void)
{
    return (struct prov_agent_options){
        .size = sizeof(struct prov_agent_options),
        .catalogue = &device_catalogue,
        .confirm_timeout_s = CONFIRM_S,
    };
}

void confirm_plug_in(struct device *d, struct disk *disk, uint32_t boot_cause)
{
    struct prov_agent_options options = confirm_options();
    options.boot_cause = boot_cause;
    device_plug_in(d, disk_open_store(disk, false), NULL, NULL);
    fake_host_set(&d->host, "Profile_Rule", "http://h/p");
    device_mute(d);
    assert_int_equal(device_make_agent(d, &options), PROV_OK);
}

void confirm_resync(struct device *d, const char *profile)
{
    fake_transport_add_text(&d->net, "http://h/p", profile);
    device_ask(d, NULL);
}

void confirm_start_with_good(struct device *d, struct disk *disk)
{
    confirm_plug_in(d, disk, PROV_CAUSE_POWER_UP);
    device_boot(d);
    confirm_resync(d, GOOD);
    assert_int_equal(prov_agent_confirm(d->agent, NULL), PROV_OK);
    fake_host_take_events(&d->host);
}

void confirm_lose_power(struct device *d, struct disk *disk)
{
    device_unplug(d);
    disk_crash(disk, 0);
}

void confirm_assert_good(struct device *d)
{
    device_assert_stored(d, "GPP_A", "good");
    device_assert_stored(d, "GPP_B", NULL);
    device_assert_stored(d, "GPP_C", NULL);
    assert_int_equal(prov_store_access(d->store, prov_str_from("GPP_A")), PROV_ACCESS_KEEP);
}

bool confirm_is_bad(struct device *d)
{
    const char *value = fake_host_get(&d->host, "GPP_A");
    return value && strcmp(value, "bad") == 0;
}

void confirm_assert_reported(struct device *d, const char *line)
{
    const char *events = fake_host_take_events(&d->host);
    if (!strstr(events, line))
        test_die("'%s' is not in\n%s", line, events);
}

void confirm_assert_not_reported(struct device *d, const char *line)
{
    const char *events = fake_host_take_events(&d->host);
    if (strstr(events, line))
        test_die("'%s' is in\n%s", line, events);
}
