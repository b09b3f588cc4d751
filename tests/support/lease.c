/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "lease.h"

#include <stdio.h>

#include "base/str.h"

/* The bytes written as 0x…, in `to`. */
static prov_str read_hex(const struct vector *vector, prov_str digits, char *to)
{
    if (digits.len % 2 || digits.len / 2 > LEASE_MAX_BYTES)
        vector_die(vector, "an odd number of digits, or too many");
    for (size_t i = 0; i < digits.len / 2; i++) {
        const char pair[] = {digits.data[2 * i], digits.data[2 * i + 1], '\0'};
        unsigned byte;
        if (sscanf(pair, "%2x", &byte) != 1)
            vector_die(vector, "not hexadecimal: %.*s", (int)digits.len, digits.data);
        to[i] = (char)byte;
    }
    return (prov_str){to, digits.len / 2};
}

static void add_option(struct lease *lease, const struct vector *vector, prov_str text)
{
    size_t n = lease->lease.n_options++;
    size_t equals = provi_str_find(text, '=');
    prov_str code = {text.data, equals};
    bool is_v6 = provi_str_starts(code, PROVI_LIT("6:"));
    uint64_t number;
    if (n == LEASE_MAX_OPTIONS || equals == text.len ||
        !provi_str_to_u64(is_v6 ? provi_str_from_offset(code, 2) : code, UINT16_MAX, &number))
        vector_die(vector, "not CODE=VALUE, or too many: %.*s", (int)text.len, text.data);
    prov_str value = provi_str_from_offset(text, equals + 1);
    lease->options[n] = (struct prov_dhcp_option){
        .family = is_v6 ? PROV_DHCP_V6 : PROV_DHCP_V4,
        .code = (uint32_t)number,
        .bytes = provi_str_starts(value, PROVI_LIT("0x"))
                     ? read_hex(vector, provi_str_from_offset(value, 2), lease->bytes[n])
                     : value,
    };
}

void lease_fill(struct lease *lease, const struct vector *vector)
{
    *lease = (struct lease){
        .lease =
            {
                .size = sizeof lease->lease,
                .options = lease->options,
                .use_v4 = vector_get(vector, "use-v4"),
                .use_v6 = vector_get(vector, "use-v6"),
                .vendor_class = vector_get(vector, "class"),
                .v6_first = provi_str_is(vector_get(vector, "first"), "v6"),
            },
    };
    for (size_t i = 0; i < vector->n_fields; i++)
        if (provi_str_is(vector->fields[i].key, "option"))
            add_option(lease, vector, vector->fields[i].value);
}
