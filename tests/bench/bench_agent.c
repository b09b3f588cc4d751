/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * What an idle agent takes of the heap, its host's values not counted: as asked of the allocator,
 * and as malloc() says, in the mean of a thousand in one process.
 */
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include <provision/provision.h>

#include "dials.h"
#include "fake_transport.h"

#define N_AGENTS 1000
#define URL "https://provisioning.example.com/devices/000e08012345.xml"

static int64_t mono_ms(void *ctx)
{
    (void)ctx;
    return 1000000;
}

/* A store that holds one rule, and nothing of what is set. */
static prov_status find(void *ctx, prov_str name, uint32_t layer, struct prov_param *out)
{
    static const char rule[] = "https://provisioning.example.com/devices/$MA.xml";
    (void)ctx;
    (void)layer;
    if (name.len != strlen("Profile_Rule") || memcmp(name.data, "Profile_Rule", name.len) != 0)
        return PROV_E_NOT_FOUND;
    out->has_value = PROV_VALUE_GIVEN;
    out->value = (prov_str){rule, sizeof rule - 1};
    return PROV_OK;
}

static prov_status txn_set(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    (void)ctx;
    (void)param;
    (void)err;
    return PROV_OK;
}

static uint64_t stamp(void *ctx)
{
    (void)ctx;
    return 1;
}

static prov_agent *make_agent(const struct fake_transport *net, const struct prov_alloc *alloc)
{
    const struct prov_host host = {
        .size = sizeof host,
        .mono_ms = mono_ms,
        .find = find,
        .txn_set = txn_set,
        .generation = stamp,
    };
    const struct prov_device device = {
        .size = sizeof device,
        .mac = {0x00, 0x0e, 0x08, 0x01, 0x23, 0x45},
        .product = prov_str_from("CP-8841-3PCC"),
        .serial = prov_str_from("88012BA01234"),
        .sw_version = prov_str_from("sip88xx.11-3-1MPP-110.loads"),
    };
    const struct prov_agent_options options = {
        .size = sizeof options,
        .host = &host,
        .device = &device,
        .alloc = alloc,
        .boot_cause = PROV_CAUSE_HOST,
    };
    prov_agent *agent;
    if (prov_agent_new(&agent, &options, NULL) != PROV_OK ||
        prov_agent_add_transport(agent, &net->transport, 0, NULL) != PROV_OK)
        test_die("no agent");
    return agent;
}

static void resync(prov_agent *agent)
{
    struct prov_error err = {0};
    if (prov_agent_run_once(agent, NULL, &err) != PROV_OK)
        test_die("resync: %s", err.message);
}

struct fleet {
    struct fault_alloc memory; /* of `counted` */
    prov_agent *counted;
    prov_agent *agents[N_AGENTS];
    size_t before; /* of malloc()'s bytes */
};

static void print(const struct fleet *fleet, const char *when)
{
    size_t bytes = mallinfo2().uordblks - fleet->before;
    printf("%-24s %6zu bytes in %2llu blocks  %6zu of malloc()\n", when, fleet->memory.live_bytes,
           (unsigned long long)fleet->memory.n_blocks, bytes / N_AGENTS);
}

static void resync_all(struct fleet *fleet, int n_times)
{
    for (int n = 0; n < n_times; n++) {
        resync(fleet->counted);
        for (size_t i = 0; i < N_AGENTS; i++)
            resync(fleet->agents[i]);
    }
}

int main(void)
{
    static struct fleet fleet;
    struct fake_transport net;
    fake_transport_init(&net, "https", NULL);
    net.is_immediate = true;
    struct fake_answer *answer =
        fake_transport_add_text(&net, URL, "<flat-profile><GPP_A>new</GPP_A></flat-profile>");
    answer->code = 200;
    answer->etag = "\"64b1f3a2-1c40\"";

    fault_alloc_init(&fleet.memory, NULL);
    fleet.counted = make_agent(&net, &fleet.memory.alloc);
    resync(fleet.counted); /* what libraries set up once is there from here on */
    prov_agent_free(fleet.counted);
    fleet.counted = make_agent(&net, &fleet.memory.alloc);
    fleet.before = mallinfo2().uordblks;
    for (size_t i = 0; i < N_AGENTS; i++)
        fleet.agents[i] = make_agent(&net, NULL);

    printf("one of %d idle agents takes\n", N_AGENTS);
    print(&fleet, "new");
    resync_all(&fleet, 1);
    print(&fleet, "after a resync");
    resync_all(&fleet, 8);
    print(&fleet, "after nine resyncs");

    for (size_t i = 0; i < N_AGENTS; i++)
        prov_agent_free(fleet.agents[i]);
    prov_agent_free(fleet.counted);
    fake_transport_free(&net);
    return 0;
}
