/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "dhcp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/parameter.h"
#include "common/text.h"

#include "show/json.h"
#include "phone.h"
#include "show/words.h"

enum { PATH_SHOWN = 256 };

/* The text of an option is not shown, as it may contain keys. */
static void show_offer(struct phone *phone, const struct prov_dhcp_offer *offer)
{
    char server[300] = "", note[512];
    size_t len;
    prov_dhcp_server_get(offer, 0, server, sizeof server, &len);
    int n = snprintf(note, sizeof note, "DHCP%s option %u: %s",
                     offer->family == PROV_DHCP_V6 ? "v6" : "", (unsigned)offer->code,
                     words_for_dhcp_verdict(offer->verdict));
    if (offer->why)
        snprintf(note + n, sizeof note - (size_t)n, " %s", offer->why);
    else if (offer->kind)
        snprintf(note + n, sizeof note - (size_t)n, ", a %s at %s",
                 prov_dhcp_kind_name(offer->kind), server);
    show_note(&phone->show, note);
}

static void report_offers(const struct prov_dhcp_lease *lease, struct phone *phone)
{
    struct prov_dhcp_offer offer = {.size = sizeof offer};
    for (size_t i = 0; prov_dhcp_offer_get(lease, i, &offer, NULL) == PROV_OK; i++) {
        if (phone->is_json)
            json_offer(stdout, phone->name, &offer);
        else
            show_offer(phone, &offer);
    }
}

static prov_status choose(prov_agent *agent, const struct prov_dhcp_lease *lease,
                          struct prov_error *err)
{
    struct prov_dhcp_offer offer = {.size = sizeof offer};
    prov_status status = prov_dhcp_choose(lease, &offer, err);
    if (status == PROV_E_NO_SERVER) /* reported when a rule needs a server */
        return prov_agent_set_dhcp(agent, NULL, err);
    return status == PROV_OK ? prov_agent_set_dhcp(agent, &offer, err) : status;
}

/* Collect the options of the command line and of each lease. */
static size_t gather(const struct phone *phone, struct prov_dhcp_option *all)
{
    const struct dhcp_options *given = &phone->options->dhcp;
    size_t n = 0;
    for (size_t i = 0; i < given->n; i++)
        all[n++] = given->all[i];
    for (size_t i = 0; phone->leases && i < phone->leases->n; i++)
        for (size_t j = 0; j < phone->leases->all[i].options.n; j++)
            all[n++] = phone->leases->all[i].options.all[j];
    return n;
}

static size_t count(const struct phone *phone)
{
    size_t n = phone->options->dhcp.n;
    for (size_t i = 0; phone->leases && i < phone->leases->n; i++)
        n += phone->leases->all[i].options.n;
    return n;
}

static prov_status offer(struct phone *phone, struct prov_error *err)
{
    const struct options *options = phone->options;
    const prov_store *store = phone->store;
    bool is_set;
    struct prov_dhcp_option *all = calloc(count(phone) + 1, sizeof *all);
    char *use_v4 =
        parameter_get(store, prov_str_from("DHCP_Option_To_Use"), options->dialect, &is_set);
    char *use_v6 =
        parameter_get(store, prov_str_from("DHCPv6_Option_To_Use"), options->dialect, &is_set);
    prov_status status = PROV_OK;
    if (all && use_v4 && use_v6) {
        const struct prov_dhcp_lease lease = {
            .size = sizeof lease,
            .options = all,
            .n_options = gather(phone, all),
            .use_v4 = prov_str_from(use_v4),
            .use_v6 = prov_str_from(use_v6),
            .vendor_class = prov_str_from(options->model),
        };
        report_offers(&lease, phone);
        status = choose(phone->agent, &lease, err);
    } else {
        status = text_fail(PROV_E_NOMEM, "", "out of memory", err);
    }
    free(all);
    free(use_v4);
    free(use_v6);
    return status;
}

/* Text lines go to standard error, like those about faults. */
static void on_lease(void *ctx, const char *path, size_t n_options,
                     const struct prov_error *refusal)
{
    struct phone *phone = ctx;
    char shown[PATH_SHOWN], note[PATH_SHOWN + 64];
    if (refusal)
        phone_print_failure(phone, refusal, EXIT_OK);
    if (phone->is_json)
        json_lease(stdout, phone->name, path, n_options, refusal);
    else if (!refusal) {
        snprintf(note, sizeof note, "DHCP lease of %s: %zu options",
                 text_clean(prov_str_from(path), shown, sizeof shown), n_options);
        show_note(&phone->show, note);
    }
}

prov_status dhcp_begin(struct phone *phone, struct prov_error *err)
{
    const struct options *options = phone->options;
    const struct lease_listener listener = {on_lease, phone};
    if (options->leases.n > 0 && !phone->leases) {
        phone->leases = leases_new(&options->leases);
        if (!phone->leases)
            return text_fail(PROV_E_NOMEM, "", "out of memory", err);
        leases_read(phone->leases, &listener);
        if (options->is_once)
            leases_await(phone->leases, &listener);
    }
    return count(phone) > 0 ? offer(phone, err) : PROV_OK;
}

void dhcp_record_change(struct phone *phone, prov_str name)
{
    static const char *const names[] = {"DHCP_Option_To_Use", "DHCPv6_Option_To_Use"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (name.len == strlen(names[i]) && strncasecmp(name.data, names[i], name.len) == 0)
            phone->has_dhcp_change = count(phone) > 0;
}

void dhcp_process(struct phone *phone)
{
    struct prov_error err = {0};
    const struct lease_listener listener = {on_lease, phone};
    bool has_lease = leases_read(phone->leases, &listener);
    if (!has_lease && !phone->has_dhcp_change)
        return;
    phone->has_dhcp_change = false;
    prov_status status = offer(phone, &err);
    if (status == PROV_OK && has_lease) /* it may be another network: retry now */
        status = prov_agent_network(phone->agent, PROV_NETWORK_CHANGED, &err);
    if (status != PROV_OK)
        phone_print_failure(phone, &err, EXIT_MACHINE); /* the previous offer remains in use */
}
