/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* What an agent costs between resyncs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "device.h"

#define URL "https://provisioning.example.com/devices/000e08012345.xml"
#define MAX_IDLE_BYTES 4096
#define BLOCK_BYTES 16 /* the most that an allocator adds to a block */

static size_t bytes_of(const struct device *d)
{
    return d->memory.live_bytes + d->memory.n_blocks * BLOCK_BYTES;
}

/* A device in the field: a rule with macros, a server that gives ETags. */
static void start(struct device *d)
{
    device_plug_in(d, NULL, NULL, NULL);
    fake_host_set(&d->host, "Profile_Rule", "https://provisioning.example.com/devices/$MA.xml");
    struct fake_answer *answer =
        fake_transport_add_text(&d->net, URL, "<flat-profile><GPP_A>new</GPP_A></flat-profile>");
    answer->code = 200;
    answer->etag = "\"64b1f3a2-1c40\"";
    struct prov_agent_options options = {.size = sizeof options, .boot_cause = PROV_CAUSE_HOST};
    assert_int_equal(device_make_agent(d, &options), PROV_OK);
    device_boot(d);
}

static void test_an_idle_agent_takes_4_kib(void **state)
{
    (void)state;
    struct device d;
    start(&d);
    assert_in_range(bytes_of(&d), 1, MAX_IDLE_BYTES);
    device_ask(&d, NULL);
    assert_string_equal(fake_host_get(&d.host, "GPP_A"), "new");
    assert_in_range(bytes_of(&d), 1, MAX_IDLE_BYTES);
    print_message("an idle agent: %zu bytes\n", bytes_of(&d));
    device_unplug(&d);
}

static void test_what_an_agent_remembers_has_an_end(void **state)
{
    (void)state;
    struct device d;
    start(&d);
    for (int i = 0; i < 8; i++)
        device_ask(&d, NULL);
    size_t full = bytes_of(&d);
    for (int i = 0; i < 8; i++)
        device_ask(&d, NULL);
    assert_int_equal(bytes_of(&d), full);
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_idle_agent_takes_4_kib),
        cmocka_unit_test(test_what_an_agent_remembers_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
