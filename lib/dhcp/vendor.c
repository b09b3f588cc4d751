/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "dhcp/dhcp_priv.h"

#include "base/str.h"

/* How one thing in an option is laid out: a number, a length, that many bytes. */
struct layout {
    size_t number_len;
    size_t length_len;
    bool has_pads; /* 0 pads, 255 ends, both without a length */
};

static const struct layout option_43 = {1, 1, true};          /* RFC 2132, section 8.4 */
static const struct layout option_125 = {4, 1, false};        /* RFC 3925, section 4 */
static const struct layout option_125_inside = {1, 1, false}; /* likewise */
static const struct layout option_17_inside = {2, 2, false};  /* RFC 8415, section 21.17 */

enum { PAD = 0, END = 255, ENTERPRISE_LEN = 4, ACS_URL = 1 };

struct cursor {
    const struct layout *layout;
    prov_str rest;
    bool is_malformed;
};

struct sub_option {
    uint32_t number;
    prov_str data;
};

/* Most significant byte first. */
static uint32_t read_number(const char *data, size_t len)
{
    uint32_t number = 0;
    for (size_t i = 0; i < len; i++)
        number = number << 8 | (unsigned char)data[i];
    return number;
}

static void skip_pads(struct cursor *cursor)
{
    while (cursor->rest.len && cursor->rest.data[0] == PAD)
        cursor->rest = provi_str_from_offset(cursor->rest, 1);
    if (cursor->rest.len && (unsigned char)cursor->rest.data[0] == END)
        cursor->rest.len = 0;
}

/* False at the end, and where a length leads past it. */
static bool next(struct cursor *cursor, struct sub_option *sub)
{
    const struct layout *layout = cursor->layout;
    const size_t head_len = layout->number_len + layout->length_len;
    if (layout->has_pads)
        skip_pads(cursor);
    if (cursor->rest.len == 0)
        return false;
    size_t len = 0;
    if (cursor->rest.len >= head_len)
        len = read_number(cursor->rest.data + layout->number_len, layout->length_len);
    if (cursor->rest.len < head_len || cursor->rest.len - head_len < len) {
        cursor->is_malformed = true;
        return false;
    }
    sub->number = read_number(cursor->rest.data, layout->number_len);
    sub->data = (prov_str){cursor->rest.data + head_len, len};
    cursor->rest = provi_str_from_offset(cursor->rest, head_len + len);
    return true;
}

static bool is_sound(const struct layout *layout, prov_str bytes)
{
    struct cursor cursor = {layout, bytes, false};
    struct sub_option sub;
    while (next(&cursor, &sub))
        continue;
    return !cursor.is_malformed;
}

/* Any text could be a server's name, so a sub-option has to be more. 1 is where management servers
 * (ACS) stand by TR-069, whose URLs seldom have a path. */
static bool is_meant_for_us(const struct prov_dhcp_offer *offer, uint32_t number)
{
    if (offer->kind == PROV_DHCP_RULE)
        return true;
    return offer->scheme.len && (number != ACS_URL || offer->kind == PROV_DHCP_URL);
}

/* The first sub-option with a URL or a rule, if all of them are well-formed. */
static bool read_sub_options(struct prov_dhcp_offer *offer, const struct layout *layout,
                             prov_str bytes)
{
    struct cursor cursor = {layout, bytes, false};
    struct sub_option sub;
    if (!is_sound(layout, bytes))
        return provi_dhcp_refuse(offer, PROV_DHCP_MALFORMED, "a sub-option leads past the end");
    while (next(&cursor, &sub)) {
        struct prov_dhcp_offer trial = *offer;
        if (!provi_dhcp_read_text(&trial, sub.data) || !is_meant_for_us(&trial, sub.number))
            continue;
        *offer = trial;
        offer->sub_option = sub.number;
        return true;
    }
    return provi_dhcp_refuse(offer, PROV_DHCP_NO_SUB_OPTION, "no sub-option holds a URL or a rule");
}

bool provi_dhcp_read_vendor(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease)
{
    (void)lease;
    prov_str text = provi_dhcp_strip(offer->bytes);
    if (text.len == 0 || provi_dhcp_is_printable(text))
        return provi_dhcp_read_text(offer, text);
    return read_sub_options(offer, &option_43, offer->bytes);
}

uint32_t provi_dhcp_enterprise(prov_str bytes)
{
    return bytes.len < ENTERPRISE_LEN ? 0 : read_number(bytes.data, ENTERPRISE_LEN);
}

/* The first block of ours, or else of anybody but TR-069, with something to use. */
static bool read_blocks(struct prov_dhcp_offer *offer, bool is_ours)
{
    struct cursor cursor = {&option_125, offer->bytes, false};
    struct sub_option block;
    while (next(&cursor, &block)) {
        if (block.number == PROVI_DHCP_TR069 || (block.number == PROVI_DHCP_CISCO) != is_ours)
            continue;
        struct prov_dhcp_offer trial = *offer;
        trial.enterprise = block.number;
        if (!read_sub_options(&trial, &option_125_inside, block.data))
            continue;
        *offer = trial;
        return true;
    }
    return false;
}

bool provi_dhcp_read_vendors(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease)
{
    (void)lease;
    if (provi_dhcp_strip(offer->bytes).len == 0)
        return provi_dhcp_refuse(offer, PROV_DHCP_EMPTY, "nothing in it");
    if (!is_sound(&option_125, offer->bytes))
        return provi_dhcp_refuse(offer, PROV_DHCP_MALFORMED, "an enterprise leads past the end");
    if (read_blocks(offer, true) || read_blocks(offer, false))
        return true;
    return provi_dhcp_refuse(offer, PROV_DHCP_NO_SUB_OPTION, "no sub-option holds a URL or a rule");
}

bool provi_dhcp_read_vendor_v6(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease)
{
    (void)lease;
    if (offer->bytes.len < ENTERPRISE_LEN)
        return provi_dhcp_refuse(offer, PROV_DHCP_MALFORMED, "no enterprise number");
    offer->enterprise = provi_dhcp_enterprise(offer->bytes);
    if (offer->enterprise == PROVI_DHCP_TR069)
        return provi_dhcp_refuse(offer, PROV_DHCP_NO_SUB_OPTION, "it tells of TR-069 servers");
    prov_str inside = provi_str_from_offset(offer->bytes, ENTERPRISE_LEN);
    prov_str text = provi_dhcp_strip(inside);
    if (text.len == 0 || provi_dhcp_is_printable(text))
        return provi_dhcp_read_text(offer, text);
    return read_sub_options(offer, &option_17_inside, inside);
}
