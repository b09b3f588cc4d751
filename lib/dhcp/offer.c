/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "dhcp/dhcp_priv.h"

#include <provision/catalogue.h>

#include "base/abi.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"

/* The listed options of both families, each once, in order of precedence. */
struct order {
    const struct provi_dhcp_reader *readers[16];
    size_t n;
};

/* Add the codes of a list. Items that are no numbers, or whose option never names a server, are
 * skipped. */
static void add_list(struct order *order, uint32_t family, prov_str list, const char *parameter)
{
    prov_str item;
    if (!list.data)
        list = prov_str_from(
            prov_catalogue_default(prov_catalogue_find(prov_str_from(parameter), NULL), NULL));
    while (provi_str_split(&list, ',', &item)) {
        uint64_t code;
        if (!provi_str_to_u64(provi_str_trim(item), UINT16_MAX, &code))
            continue;
        const struct provi_dhcp_reader *reader = provi_dhcp_reader_find(family, (uint32_t)code);
        size_t i = 0;
        while (i < order->n && order->readers[i] != reader)
            i++;
        if (reader && i == order->n && order->n < PROVI_LEN(order->readers))
            order->readers[order->n++] = reader;
    }
}

/* The order of offers: for each listed code, two stages; then one for the domains, unless no option
 * is to be used; then one for the options that are not listed. Within a stage, the order of the
 * lease. */
struct walk {
    struct prov_dhcp_lease lease;
    struct order order;
    size_t stage;
    size_t at; /* next option to check in this stage */
    bool has_chosen;
};

static size_t stage_of(const struct walk *walk, const struct prov_dhcp_option *option)
{
    const struct order *order = &walk->order;
    /* DHCPv6 has an option for each enterprise; Cisco's comes before the others. */
    bool is_other_enterprise =
        option->code == 17 && provi_dhcp_enterprise(option->bytes) != PROVI_DHCP_CISCO;
    for (size_t i = 0; i < order->n; i++)
        if (order->readers[i]->family == option->family && order->readers[i]->code == option->code)
            return 2 * i + is_other_enterprise;
    bool is_domain = order->n > 0 && provi_dhcp_domain_reader_find(option->family, option->code);
    return 2 * order->n + !is_domain;
}

static void read_option(struct walk *walk, const struct prov_dhcp_option *option,
                        struct prov_dhcp_offer *offer)
{
    *offer = (struct prov_dhcp_offer){
        .size = sizeof *offer,
        .family = option->family,
        .code = option->code,
        .bytes = option->bytes,
    };
    if (walk->stage > 2 * walk->order.n) {
        offer->verdict = PROV_DHCP_NOT_LISTED;
        return;
    }
    const struct provi_dhcp_reader *reader =
        walk->stage < 2 * walk->order.n
            ? walk->order.readers[walk->stage / 2]
            : provi_dhcp_domain_reader_find(option->family, option->code);
    if (!reader->read(offer, &walk->lease))
        return;
    offer->verdict = walk->has_chosen ? PROV_DHCP_BEATEN : PROV_DHCP_CHOSEN;
    walk->has_chosen = true;
}

/* False when there is no option left. */
static bool next(struct walk *walk, struct prov_dhcp_offer *offer)
{
    const struct prov_dhcp_lease *lease = &walk->lease;
    for (; walk->stage <= 2 * walk->order.n + 1; walk->stage++, walk->at = 0)
        while (walk->at < lease->n_options) {
            const struct prov_dhcp_option *option = &lease->options[walk->at++];
            if (stage_of(walk, option) != walk->stage)
                continue;
            read_option(walk, option, offer);
            return true;
        }
    return false;
}

static prov_status read_lease(struct prov_dhcp_lease *to, const struct prov_dhcp_lease *from,
                              struct prov_error *err)
{
    if (!from)
        return provi_fail_invalid(err, "lease");
    prov_status status = provi_abi_in(to, sizeof *to, from, err);
    if (status != PROV_OK)
        return status;
    if (!to->options && to->n_options)
        return provi_fail_invalid(err, "lease.options");
    for (size_t i = 0; i < to->n_options; i++)
        if (!provi_str_is_sound(to->options[i].bytes))
            return provi_fail_invalid(err, "lease.options.bytes");
    return PROV_OK;
}

static prov_status start(struct walk *walk, const struct prov_dhcp_lease *lease,
                         const struct prov_dhcp_offer *out, struct prov_error *err)
{
    *walk = (struct walk){.stage = 0};
    if (!out)
        return provi_fail_invalid(err, "out");
    prov_status status = read_lease(&walk->lease, lease, err);
    if (status != PROV_OK)
        return status;
    const struct prov_dhcp_lease *own = &walk->lease;
    if (own->v6_first)
        add_list(&walk->order, PROV_DHCP_V6, own->use_v6, "DHCPv6_Option_To_Use");
    add_list(&walk->order, PROV_DHCP_V4, own->use_v4, "DHCP_Option_To_Use");
    if (!own->v6_first)
        add_list(&walk->order, PROV_DHCP_V6, own->use_v6, "DHCPv6_Option_To_Use");
    return PROV_OK;
}

static prov_status return_offer(struct prov_dhcp_offer *out, const struct prov_dhcp_offer *offer,
                                struct prov_error *err)
{
    prov_status status = provi_abi_out(out, offer, sizeof *offer);
    return status == PROV_OK ? status : provi_fail(err, status, "out.size is not set");
}

prov_status prov_dhcp_offer_get(const struct prov_dhcp_lease *lease, size_t index,
                                struct prov_dhcp_offer *out, struct prov_error *err)
{
    struct prov_dhcp_offer offer;
    struct walk walk;
    prov_status status = start(&walk, lease, out, err);
    if (status != PROV_OK)
        return status;
    while (next(&walk, &offer))
        if (index-- == 0)
            return return_offer(out, &offer, err);
    return provi_fail(err, PROV_E_NOT_FOUND, "there are %zu offers", walk.lease.n_options);
}

prov_status prov_dhcp_choose(const struct prov_dhcp_lease *lease, struct prov_dhcp_offer *out,
                             struct prov_error *err)
{
    struct prov_dhcp_offer offer;
    struct walk walk;
    prov_status status = start(&walk, lease, out, err);
    if (status != PROV_OK)
        return status;
    while (next(&walk, &offer))
        if (offer.verdict == PROV_DHCP_CHOSEN)
            return return_offer(out, &offer, err);
    return provi_fail(err, PROV_E_NO_SERVER, "none of %zu DHCP options names a server",
                      walk.lease.n_options);
}
