/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "dhcp/dhcp_priv.h"

#include "base/array.h"
#include "base/str.h"

/* Encoding of a sub-option: number, length, data. */
struct layout {
    size_t number_len;
    size_t length_len;
    bool has_pads; /* 0 is padding, 255 the end; neither has a length */
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

/* Read the next sub-option. False at the end, and if a length exceeds the rest. */
static bool next(struct cursor *cursor, struct sub_option *sub)
{
    const struct layout *layout = cursor->layout;
    const size_t head_len = layout->number_len + layout->length_len;
    while (layout->has_pads && cursor->rest.len && cursor->rest.data[0] == PAD)
        cursor->rest = provi_str_from_offset(cursor->rest, 1);
    if (layout->has_pads && cursor->rest.len && (unsigned char)cursor->rest.data[0] == END)
        cursor->rest.len = 0;
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

/* Read the first sub-option with a URL or a rule. All sub-options must be well-formed. */
static bool read_sub_options(struct prov_dhcp_offer *offer, const struct layout *layout,
                             prov_str bytes)
{
    struct cursor cursor = {layout, bytes, false};
    struct sub_option sub;
    if (!is_sound(layout, bytes))
        return provi_dhcp_refuse(offer, PROV_DHCP_MALFORMED,
                                 "the length of a sub-option exceeds the option");
    while (next(&cursor, &sub)) {
        struct prov_dhcp_offer candidate = *offer;
        /* Any text could be a server's name, so only a URL or a rule is accepted. In TR-069,
         * sub-option 1 is a management server (ACS), whose URL rarely has a path. */
        if (!provi_dhcp_read_text(&candidate, sub.data) ||
            (candidate.kind != PROV_DHCP_RULE && candidate.scheme.len == 0) ||
            (candidate.kind == PROV_DHCP_SERVER && sub.number == ACS_URL))
            continue;
        *offer = candidate;
        offer->sub_option = sub.number;
        return true;
    }
    return provi_dhcp_refuse(offer, PROV_DHCP_NO_SUB_OPTION, "no sub-option holds a URL or a rule");
}

/* Option 43: text, or sub-options. */
static bool read_vendor(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease)
{
    (void)lease;
    prov_str text = provi_dhcp_strip(offer->bytes);
    if (provi_dhcp_is_printable(text))
        return provi_dhcp_read_text(offer, text);
    return read_sub_options(offer, &option_43, offer->bytes);
}

uint32_t provi_dhcp_enterprise(prov_str bytes)
{
    return bytes.len < ENTERPRISE_LEN ? 0 : read_number(bytes.data, ENTERPRISE_LEN);
}

/* Read the first usable block of Cisco's enterprise number, or of any other except TR-069's. */
static bool read_blocks(struct prov_dhcp_offer *offer, bool is_ours)
{
    struct cursor cursor = {&option_125, offer->bytes, false};
    struct sub_option block;
    while (next(&cursor, &block)) {
        if (block.number == PROVI_DHCP_TR069 || (block.number == PROVI_DHCP_CISCO) != is_ours)
            continue;
        struct prov_dhcp_offer candidate = *offer;
        candidate.enterprise = block.number;
        if (!read_sub_options(&candidate, &option_125_inside, block.data))
            continue;
        *offer = candidate;
        return true;
    }
    return false;
}

/* Option 125: blocks of sub-options, one for each enterprise. */
static bool read_vendors(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease)
{
    (void)lease;
    if (provi_dhcp_strip(offer->bytes).len == 0)
        return provi_dhcp_refuse(offer, PROV_DHCP_EMPTY, "it is empty");
    if (!is_sound(&option_125, offer->bytes))
        return provi_dhcp_refuse(offer, PROV_DHCP_MALFORMED,
                                 "the length of an enterprise's data exceeds the option");
    if (read_blocks(offer, true) || read_blocks(offer, false))
        return true;
    return provi_dhcp_refuse(offer, PROV_DHCP_NO_SUB_OPTION, "no sub-option holds a URL or a rule");
}

/* DHCPv6 option 17: an enterprise, then text or sub-options. */
static bool read_vendor_v6(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease)
{
    (void)lease;
    if (offer->bytes.len < ENTERPRISE_LEN)
        return provi_dhcp_refuse(offer, PROV_DHCP_MALFORMED, "no enterprise number");
    offer->enterprise = provi_dhcp_enterprise(offer->bytes);
    if (offer->enterprise == PROVI_DHCP_TR069)
        return provi_dhcp_refuse(offer, PROV_DHCP_NO_SUB_OPTION, "its servers are for TR-069");
    prov_str inside = provi_str_from_offset(offer->bytes, ENTERPRISE_LEN);
    prov_str text = provi_dhcp_strip(inside);
    if (provi_dhcp_is_printable(text))
        return provi_dhcp_read_text(offer, text);
    return read_sub_options(offer, &option_17_inside, inside);
}

static bool read_text(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease)
{
    (void)lease;
    return provi_dhcp_read_text(offer, offer->bytes);
}

/* Read binary addresses, unless the bytes are text. */
static bool read_addresses(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease)
{
    prov_str text = provi_dhcp_strip(offer->bytes);
    bool is_text = provi_dhcp_is_printable(text);
    if (is_text || offer->bytes.len % PROVI_DHCP_ADDRESS_LEN != 0)
        return read_text(offer, lease);
    size_t n = 0;
    for (size_t at = 0; at < offer->bytes.len; at += PROVI_DHCP_ADDRESS_LEN)
        n += provi_dhcp_is_server_address(offer->bytes.data + at);
    if (n == 0)
        return provi_dhcp_refuse(offer, PROV_DHCP_NOT_A_SERVER, provi_dhcp_no_host);
    offer->kind = PROV_DHCP_SERVER;
    offer->n_servers = n;
    return true;
}

static bool read_address(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease)
{
    bool may_be_number = offer->bytes.len == PROVI_DHCP_ADDRESS_LEN;
    return may_be_number ? read_addresses(offer, lease) : read_text(offer, lease);
}

/* Many servers return the class that the device sent, or a class of their own. */
static bool read_class(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease)
{
    prov_str text = provi_str_trim(provi_dhcp_strip(offer->bytes));
    if (text.len && provi_str_eq(text, lease->vendor_class))
        return provi_dhcp_refuse(offer, PROV_DHCP_CLASS, "the class the device sent");
    bool is_name = provi_str_find(text, '.') == text.len && provi_str_find(text, ':') == text.len &&
                   provi_str_find(text, '/') == text.len;
    if (text.len && is_name)
        return provi_dhcp_refuse(offer, PROV_DHCP_CLASS, "the name of a class");
    return read_text(offer, lease);
}

/* Labels as in MPP Administration Guide 11.3, "Cisco IP Phone Security". */
static const struct provi_dhcp_reader readers[] = {
    {PROV_DHCP_V4, 43, read_vendor},     {PROV_DHCP_V4, 60, read_class},
    {PROV_DHCP_V4, 66, read_text},       {PROV_DHCP_V4, 125, read_vendors},
    {PROV_DHCP_V4, 150, read_addresses}, /* RFC 5859 */
    {PROV_DHCP_V4, 159, read_address},   {PROV_DHCP_V4, 160, read_text},
    {PROV_DHCP_V6, 17, read_vendor_v6},  {PROV_DHCP_V6, 159, read_text},
    {PROV_DHCP_V6, 160, read_text},
};

static const struct provi_dhcp_reader domain_readers[] = {
    {PROV_DHCP_V4, 15, provi_dhcp_read_domain}, /* RFC 2132, section 3.17 */
    {PROV_DHCP_V6, 24, provi_dhcp_read_labels}, /* RFC 3646, section 4 */
};

static const struct provi_dhcp_reader *find(const struct provi_dhcp_reader *list, size_t n,
                                            uint32_t family, uint32_t code)
{
    for (size_t i = 0; i < n; i++)
        if (list[i].family == family && list[i].code == code)
            return &list[i];
    return NULL;
}

const struct provi_dhcp_reader *provi_dhcp_reader_find(uint32_t family, uint32_t code)
{
    return find(readers, PROVI_LEN(readers), family, code);
}

const struct provi_dhcp_reader *provi_dhcp_domain_reader_find(uint32_t family, uint32_t code)
{
    return find(domain_readers, PROVI_LEN(domain_readers), family, code);
}
