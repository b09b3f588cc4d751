/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fake_licensee.h"

#include <stdio.h>
#include <string.h>

static void answer_by(struct fake_licensee *fake)
{
    if (fake->sets >= 0 &&
        prov_agent_set_authorization(fake->device->agent, (uint32_t)fake->sets, NULL) != PROV_OK)
        test_die("the authorization cannot be set");
    if (fake->is_freeing) {
        prov_agent_free(fake->device->agent);
        fake->device->agent = NULL;
    }
}

static prov_status check(void *ctx, prov_str licence, uint32_t *answer, struct prov_error *err)
{
    struct fake_licensee *fake = ctx;
    fake->n_asked++;
    bool is_whole = licence.len == sizeof LICENSEE_LICENCE - 1 &&
                    memcmp(licence.data, LICENSEE_LICENCE, licence.len) == 0;
    if (fake->reason) {
        err->status = PROV_E_CORRUPT;
        snprintf(err->message, sizeof err->message, "%s", fake->reason);
    }
    if (fake->banks && is_whole)
        fake->banks->asks_to_wait = false;
    answer_by(fake);
    return device_answer_licence(is_whole ? fake->answer : DEVICE_LICENCE_NO, answer);
}

static void begin_wxc(void *ctx)
{
    struct fake_licensee *fake = ctx;
    fake->n_wxc++;
    if (fake->is_of_wxc &&
        prov_agent_set_authorization(fake->device->agent, PROV_AUTHORIZATION_WXC, NULL) != PROV_OK)
        test_die("the authorization cannot be set");
    answer_by(fake);
}

/* 2026-02-03 04:05:06 UTC, an hour east of it. */
static bool wall_s(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    (void)ctx;
    *utc_s = 1770091506;
    *utc_offset_s = 3600;
    return true;
}

void licensee_plug_in(struct device *d, struct fake_licensee *fake, prov_store *store,
                      struct dial *alloc_dial, struct dial *net_dial)
{
    *fake = (struct fake_licensee){.answer = PROV_LICENCE_YES, .device = d, .sets = -1};
    device_plug_in(d, store, alloc_dial, net_dial);
    d->migration = (struct prov_migration_host){
        .size = sizeof d->migration, .ctx = fake, .check = check, .begin_wxc = begin_wxc};
    d->host.host.wall_s = wall_s;
    secrets_plant(&fake->secrets, LICENSEE_SECRET, sizeof LICENSEE_SECRET - 1);
    d->host.secrets = &fake->secrets;
    fake_host_set(&d->host, "Resync_Periodic", "86400");
    fake_transport_add_text(&d->net, LICENSEE_URL, LICENSEE_LICENCE);
}

void licensee_set_rule(struct device *d, const char *rule, const char *type)
{
    fake_host_set(&d->host, LICENSEE_RULE, rule);
    if (type)
        fake_host_set(&d->host, LICENSEE_TYPE, type);
}

void licensee_start(struct device *d, struct fake_licensee *fake)
{
    licensee_plug_in(d, fake, NULL, NULL, NULL);
    if (device_make_agent(d, NULL) != PROV_OK)
        test_die("no agent");
    device_boot(d);
}

void licensee_reboot(struct device *d)
{
    prov_agent_free(d->agent);
    if (device_make_agent(d, NULL) != PROV_OK)
        test_die("no agent");
    device_settle(d);
}

/* The macro, as a rule sees it. */
void licensee_assert(struct device *d, const char *status)
{
    fake_host_set(&d->host, "GPP_Z", "");
    device_ask(d, "(GPP_Z = \"$AUTHSTATUS\";)!");
    device_assert_stored(d, "GPP_Z", status);
}

size_t licensee_n_fetched(const struct device *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->net.n_requests; i++)
        n += strcmp(d->net.requests[i].url, LICENSEE_URL) == 0;
    return n;
}
