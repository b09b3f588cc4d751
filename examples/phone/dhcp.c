/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "dhcp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/hex.h"
#include "common/parameter.h"

#include "json.h"
#include "words.h"

static bool read_code(const char *text, struct prov_dhcp_option *option, const char **value)
{
    bool is_v6 = strncmp(text, "6:", 2) == 0;
    const char *code = is_v6 ? text + 2 : text;
    size_t len = strspn(code, "0123456789");
    if (len == 0 || len > 5 || code[len] != '=')
        return false;
    option->family = is_v6 ? PROV_DHCP_V6 : PROV_DHCP_V4;
    option->code = (uint32_t)strtoul(code, NULL, 10);
    *value = code + len + 1;
    return true;
}

/* Bytes of an even number of digits into `to`; false for anything else. */
static bool read_hex(const char *digits, char *to)
{
    for (; *digits; digits += 2) {
        int byte = hex_byte(digits);
        if (byte < 0)
            return false;
        *to++ = (char)byte;
    }
    return true;
}

bool dhcp_read_option(const char *argument, struct prov_dhcp_option *option, char **owned)
{
    const char *value;
    if (!read_code(argument, option, &value))
        return false;
    char *bytes = strdup(value); /* room for what fewer digits make, too */
    if (!bytes)
        return false;
    *owned = bytes;
    option->bytes = prov_str_from(bytes);
    if (strncmp(value, "0x", 2) != 0)
        return true;
    option->bytes.len = (strlen(value) - 2) / 2;
    return read_hex(value + 2, bytes);
}

/* The text of an option is not shown: it may hold keys. */
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
    if (status == PROV_E_NO_SERVER) /* reported when a rule needs one */
        return prov_agent_set_dhcp(agent, NULL, err);
    return status == PROV_OK ? prov_agent_set_dhcp(agent, &offer, err) : status;
}

prov_status dhcp_offer(struct phone *phone, struct prov_error *err)
{
    const struct options *options = phone->options;
    const prov_store *store = phone->store;
    bool is_set;
    if (options->n_dhcp == 0)
        return PROV_OK;
    char *use_v4 =
        parameter_get(store, prov_str_from("DHCP_Option_To_Use"), options->dialect, &is_set);
    char *use_v6 =
        parameter_get(store, prov_str_from("DHCPv6_Option_To_Use"), options->dialect, &is_set);
    const struct prov_dhcp_lease lease = {
        .size = sizeof lease,
        .options = options->dhcp,
        .n_options = options->n_dhcp,
        .use_v4 = prov_str_from(use_v4),
        .use_v6 = prov_str_from(use_v6),
        .vendor_class = prov_str_from(options->model),
    };
    report_offers(&lease, phone);
    prov_status status = choose(phone->agent, &lease, err);
    free(use_v4);
    free(use_v6);
    return status;
}
