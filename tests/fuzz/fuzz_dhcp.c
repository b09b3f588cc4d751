/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Any options DHCP may bring. The first line of the input is DHCP_Option_To_Use; then a byte of
 * flags; then options: a byte that picks the code, a byte with the length, that many bytes.
 *
 * Properties: each option makes one offer; the first usable one is chosen and no other; texts point
 * into the option; what is usable names servers a rule can take, with nothing in them but what a
 * URL may have.
 */
#include <provision/dhcp.h>

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/str.h"
#include "base/url.h"
#include "dials.h"

#define REQUIRE(claim)                                                                             \
    do {                                                                                           \
        if (!(claim))                                                                              \
            test_die("%s", #claim);                                                                \
    } while (0)

enum { MAX_OPTIONS = 32 };

static const struct {
    uint32_t family, code;
} codes[] = {
    {PROV_DHCP_V4, 66},  {PROV_DHCP_V4, 160}, {PROV_DHCP_V4, 159}, {PROV_DHCP_V4, 150},
    {PROV_DHCP_V4, 60},  {PROV_DHCP_V4, 43},  {PROV_DHCP_V4, 125}, {PROV_DHCP_V6, 17},
    {PROV_DHCP_V6, 159}, {PROV_DHCP_V6, 160}, {PROV_DHCP_V4, 15},  {PROV_DHCP_V6, 24},
};

static void require_within(prov_str whole, prov_str piece)
{
    if (piece.len)
        REQUIRE(piece.data >= whole.data && piece.data + piece.len <= whole.data + whole.len);
}

/* A server as written is what the offer says, and what resolving a rule understands. */
static void require_server(const struct prov_dhcp_offer *offer, size_t index)
{
    size_t len, again_len;
    REQUIRE(prov_dhcp_server_get(offer, index, NULL, 0, &len) == PROV_E_LIMIT);
    char *server = malloc(len + 1);
    REQUIRE(server && prov_dhcp_server_get(offer, index, server, len + 1, &again_len) == PROV_OK);
    REQUIRE(again_len == len && strlen(server) == len && !strchr(server, ','));
    struct provi_url url;
    struct provi_url_fault fault;
    REQUIRE(provi_url_split((prov_str){server, len}, false, &url, &fault));
    bool is_domain = offer->kind == PROV_DHCP_DOMAIN;
    if (is_domain) {
        REQUIRE(provi_str_starts(url.host, prov_str_from("_ciscoprov-http")));
        REQUIRE(url.host.len > offer->host.len);
        url.host = provi_str_from_offset(url.host, url.host.len - offer->host.len);
    }
    REQUIRE(url.path.len == 0 && !url.has_user);
    REQUIRE(provi_str_eq(url.scheme, offer->scheme) || is_domain);
    REQUIRE(url.port == offer->port);
    REQUIRE(offer->host.len == 0 || provi_str_eq(url.host, offer->host));
    free(server);
}

static void require_usable(const struct prov_dhcp_offer *offer)
{
    REQUIRE(offer->kind >= PROV_DHCP_SERVER && offer->kind <= PROV_DHCP_DOMAIN);
    REQUIRE(offer->n_servers > 0 && !offer->why);
    REQUIRE(offer->text.len || offer->kind == PROV_DHCP_SERVER || offer->kind == PROV_DHCP_DOMAIN);
    REQUIRE(offer->kind != PROV_DHCP_RULE || offer->text.data[0] == '[');
    for (size_t i = 0; i < offer->text.len; i++)
        REQUIRE(offer->text.data[i] >= 0x20 && offer->text.data[i] <= 0x7e);
    for (size_t i = 0; i < offer->n_servers; i++)
        require_server(offer, i);
}

static void require_sound(const struct prov_dhcp_offer *offer)
{
    size_t len;
    require_within(offer->bytes, offer->text);
    require_within(offer->text, offer->host);
    if (offer->verdict == PROV_DHCP_CHOSEN || offer->verdict == PROV_DHCP_BEATEN) {
        require_usable(offer);
        return;
    }
    REQUIRE(offer->verdict >= PROV_DHCP_NOT_LISTED && offer->verdict <= PROV_DHCP_NO_SUB_OPTION);
    REQUIRE(offer->kind == 0 && offer->n_servers == 0 && offer->text.len == 0);
    REQUIRE((offer->verdict == PROV_DHCP_NOT_LISTED) == !offer->why);
    REQUIRE(prov_dhcp_server_get(offer, 0, NULL, 0, &len) == PROV_E_NOT_FOUND);
}

static void require_same_choice(const struct prov_dhcp_lease *lease,
                                const struct prov_dhcp_offer *chosen)
{
    struct prov_dhcp_offer offer = {.size = sizeof offer};
    prov_status status = prov_dhcp_choose(lease, &offer, NULL);
    REQUIRE(status == (chosen->verdict ? PROV_OK : PROV_E_NO_SERVER));
    REQUIRE(offer.bytes.data == chosen->bytes.data && offer.code == chosen->code);
}

static void check(const struct prov_dhcp_lease *lease)
{
    struct prov_dhcp_offer offer = {.size = sizeof offer};
    struct prov_dhcp_offer chosen = {.size = sizeof chosen};
    size_t n = 0, n_bytes = 0, n_usable = 0;
    for (; prov_dhcp_offer_get(lease, n, &offer, NULL) == PROV_OK; n++) {
        require_sound(&offer);
        n_bytes += offer.bytes.len;
        n_usable += offer.kind != 0;
        REQUIRE((offer.verdict == PROV_DHCP_CHOSEN) == (offer.kind != 0 && n_usable == 1));
        if (offer.verdict == PROV_DHCP_CHOSEN)
            chosen = offer;
    }
    REQUIRE(n == lease->n_options);
    for (size_t i = 0; i < n; i++)
        n_bytes -= lease->options[i].bytes.len;
    REQUIRE(n_bytes == 0);
    require_same_choice(lease, &chosen);
}

/* A block of its own, so that a byte read too much is seen. */
static char *copy(const uint8_t *data, size_t len)
{
    char *to = malloc(len ? len : 1);
    REQUIRE(to);
    if (len)
        memcpy(to, data, len);
    return to;
}

static size_t read_options(struct prov_dhcp_option *options, char **blocks, const uint8_t *data,
                           size_t size)
{
    size_t n = 0;
    while (size >= 2 && n < MAX_OPTIONS) {
        size_t pick = data[0] % PROVI_LEN(codes);
        size_t len = data[1] < size - 2 ? data[1] : size - 2;
        blocks[n] = copy(data + 2, len);
        options[n] =
            (struct prov_dhcp_option){codes[pick].family, codes[pick].code, {blocks[n], len}};
        n++;
        data += 2 + len;
        size -= 2 + len;
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct prov_dhcp_option options[MAX_OPTIONS];
    char *blocks[MAX_OPTIONS];
    prov_str text = {(const char *)data, size};
    size_t line_len = provi_str_find(text, '\n');
    size_t at = line_len + 1 < size ? line_len + 1 : size;
    uint8_t flags = at < size ? data[at++] : 0;
    const struct prov_dhcp_lease lease = {
        .size = sizeof lease,
        .options = options,
        .n_options = read_options(options, blocks, data + at, size - at),
        .use_v4 = {flags & 2 ? NULL : text.data, flags & 2 ? 0 : line_len},
        .vendor_class = PROVI_LIT("phone-8.1"),
        .v6_first = flags & 1,
    };
    check(&lease);
    for (size_t i = 0; i < lease.n_options; i++)
        free(blocks[i]);
    return 0;
}
