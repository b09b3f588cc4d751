/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/dhcp.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/str.h"
#include "lease.h"

#define STR(text) (int)(text).len, (text).data ? (text).data : ""

static const char *const verdicts[] = {
    "?",        "chosen",       "beaten", "not-listed", "empty",
    "not-text", "not-a-server", "class",  "malformed",  "no-sub-option",
};
static const char *const kinds[] = {"", "server", "url", "rule", "domain"};

struct line {
    char text[1024];
    size_t len;
};

__attribute__((format(printf, 2, 3))) static void add(struct line *line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(line->text + line->len, sizeof line->text - line->len, format, args);
    va_end(args);
    line->len += (size_t)n;
    assert_true(line->len < sizeof line->text);
}

static void add_servers(struct line *line, const struct prov_dhcp_offer *offer)
{
    char server[128];
    size_t len;
    for (size_t i = 0; i < offer->n_servers; i++) {
        assert_int_equal(prov_dhcp_server_get(offer, i, server, sizeof server, &len), PROV_OK);
        assert_int_equal(strlen(server), len);
        add(line, " %s", server);
    }
}

/* One offer as offers.txt writes it. */
static void describe(struct line *line, const struct prov_dhcp_offer *offer)
{
    line->len = 0;
    assert_true(offer->verdict < PROVI_LEN(verdicts) && offer->kind < PROVI_LEN(kinds));
    add(line, "%s%u %s", offer->family == PROV_DHCP_V6 ? "6:" : "", (unsigned)offer->code,
        verdicts[offer->verdict]);
    if (offer->why)
        add(line, ": %s", offer->why);
    if (!offer->kind)
        return;
    add(line, " %s", kinds[offer->kind]);
    add_servers(line, offer);
    if (offer->kind == PROV_DHCP_URL || offer->kind == PROV_DHCP_RULE)
        add(line, " by %.*s", STR(offer->text));
    if (offer->enterprise)
        add(line, " of enterprise %u", (unsigned)offer->enterprise);
    if (offer->sub_option)
        add(line, " in %u", (unsigned)offer->sub_option);
}

static void check_choice(const struct vector *vector, const struct prov_dhcp_lease *lease,
                         const char *expected)
{
    struct prov_dhcp_offer offer = {.size = sizeof offer};
    struct line line = {.len = 0};
    struct prov_error err = {0};
    prov_status status = prov_dhcp_choose(lease, &offer, &err);
    if (status == PROV_OK)
        describe(&line, &offer);
    if (err.status != status || (status == PROV_OK && err.message[0]))
        vector_die(vector, "an error of a success: %s", err.message);
    if (strcmp(line.text, expected) != 0)
        vector_die(vector, "chosen: '%s', among the offers: '%s'", line.text, expected);
    if ((status == PROV_OK) != (expected[0] != '\0') ||
        (status != PROV_OK && status != PROV_E_NO_SERVER))
        vector_die(vector, "choosing gives %s", prov_status_name(status));
}

static void check_with_behind(const struct vector *vector, char behind)
{
    struct lease lease;
    struct line line, chosen = {.len = 0};
    struct prov_dhcp_offer offer = {.size = sizeof offer};
    size_t n = 0;
    lease_fill(&lease, vector);
    for (size_t i = 0; i < lease.lease.n_options; i++)
        lease.options[i].bytes = vector_copy(lease.options[i].bytes, behind);
    for (size_t i = 0; i < vector->n_fields; i++) {
        prov_str expected = vector->fields[i].value;
        if (!provi_str_is(vector->fields[i].key, "offer"))
            continue;
        if (prov_dhcp_offer_get(&lease.lease, n++, &offer, NULL) != PROV_OK)
            vector_die(vector, "there are only %zu offers", n - 1);
        describe(&line, &offer);
        if (!provi_str_is(expected, line.text))
            vector_die(vector, "expected: %.*s\n   found: %s", STR(expected), line.text);
        if (offer.verdict == PROV_DHCP_CHOSEN)
            chosen = line;
    }
    if (n != lease.lease.n_options ||
        prov_dhcp_offer_get(&lease.lease, n, &offer, NULL) != PROV_E_NOT_FOUND)
        vector_die(vector, "%zu options, %zu offers", lease.lease.n_options, n);
    check_choice(vector, &lease.lease, chosen.text);
    for (size_t i = 0; i < lease.lease.n_options; i++)
        free((char *)lease.options[i].bytes.data);
}

/* Whatever is in memory behind an option makes no difference. */
static void check_offers(void *ctx, const struct vector *vector)
{
    (void)ctx;
    static const char behind[] = {'\0', '1', ']', '/', '\t'};
    for (size_t i = 0; i < PROVI_LEN(behind); i++)
        check_with_behind(vector, behind[i]);
}

static void test_offers_follow_the_vectors(void **state)
{
    (void)state;
    assert_true(vectors_run(TEST_SOURCE_ROOT "/tests/vectors/dhcp/offers.txt", check_offers, NULL));
}

static const struct prov_dhcp_option two_addresses[] = {
    {PROV_DHCP_V4, 150, {"\x0a\0\0\1\x0a\0\0\2", 8}},
};
static const struct prov_dhcp_lease lease_of_two = {
    .size = sizeof lease_of_two,
    .options = two_addresses,
    .n_options = 1,
};

static void test_offers_point_into_the_option(void **state)
{
    (void)state;
    static const char bytes[] = " https://h:8443/x \0";
    const struct prov_dhcp_option option = {PROV_DHCP_V4, 160, {bytes, sizeof bytes}};
    const struct prov_dhcp_lease lease = {.size = sizeof lease, .options = &option, .n_options = 1};
    struct prov_dhcp_offer offer = {.size = sizeof offer};
    assert_int_equal(prov_dhcp_choose(&lease, &offer, NULL), PROV_OK);
    assert_ptr_equal(offer.bytes.data, bytes);
    assert_int_equal(offer.bytes.len, sizeof bytes);
    assert_ptr_equal(offer.text.data, bytes + 1);
    assert_true(provi_str_is(offer.scheme, "https"));
    assert_ptr_equal(offer.host.data, bytes + 9);
    assert_int_equal(offer.host.len, 1);
    assert_int_equal(offer.port, 8443);
}

static void test_server_get_tells_the_room_it_needs(void **state)
{
    (void)state;
    struct prov_dhcp_offer offer = {.size = sizeof offer};
    char buf[16];
    size_t len = 0;
    assert_int_equal(prov_dhcp_choose(&lease_of_two, &offer, NULL), PROV_OK);
    assert_int_equal(prov_dhcp_server_get(&offer, 1, NULL, 0, &len), PROV_E_LIMIT);
    assert_int_equal(len, strlen("10.0.0.2"));
    assert_int_equal(prov_dhcp_server_get(&offer, 1, buf, len, &len), PROV_E_LIMIT);
    assert_int_equal(prov_dhcp_server_get(&offer, 1, buf, len + 1, &len), PROV_OK);
    assert_string_equal(buf, "10.0.0.2");
    assert_int_equal(prov_dhcp_server_get(&offer, 2, buf, sizeof buf, &len), PROV_E_NOT_FOUND);
}

static void test_an_offer_with_fewer_bytes_than_servers_is_refused(void **state)
{
    (void)state;
    struct prov_dhcp_offer offer = {.size = sizeof offer};
    char buf[16];
    size_t len;
    assert_int_equal(prov_dhcp_choose(&lease_of_two, &offer, NULL), PROV_OK);
    offer.bytes.len = 7;
    assert_int_equal(prov_dhcp_server_get(&offer, 0, buf, sizeof buf, &len), PROV_OK);
    assert_int_equal(prov_dhcp_server_get(&offer, 1, buf, sizeof buf, &len), PROV_E_INVALID);
}

static void test_an_offer_with_more_servers_than_a_domain_has_is_refused(void **state)
{
    (void)state;
    const struct prov_dhcp_offer offer = {
        .size = sizeof offer, .kind = PROV_DHCP_DOMAIN, .host = {"h", 1}, .n_servers = 3};
    char buf[64];
    size_t len;
    assert_int_equal(prov_dhcp_server_get(&offer, 1, buf, sizeof buf, &len), PROV_OK);
    assert_string_equal(buf, "http://_ciscoprov-http._tcp.h");
    assert_int_equal(prov_dhcp_server_get(&offer, 2, buf, sizeof buf, &len), PROV_E_INVALID);
    assert_int_equal(prov_dhcp_server_get(&offer, 3, buf, sizeof buf, &len), PROV_E_NOT_FOUND);
}

static void test_arguments_are_checked(void **state)
{
    (void)state;
    const struct prov_dhcp_option no_bytes = {PROV_DHCP_V4, 66, {NULL, 1}};
    const struct prov_dhcp_lease none = {.size = sizeof none, .n_options = 1};
    const struct prov_dhcp_lease hollow = {
        .size = sizeof hollow, .options = &no_bytes, .n_options = 1};
    struct prov_dhcp_offer offer = {.size = sizeof offer};
    size_t len;
    assert_int_equal(prov_dhcp_choose(NULL, &offer, NULL), PROV_E_INVALID);
    assert_int_equal(prov_dhcp_choose(&lease_of_two, NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_dhcp_choose(&none, &offer, NULL), PROV_E_INVALID);
    assert_int_equal(prov_dhcp_choose(&hollow, &offer, NULL), PROV_E_INVALID);
    assert_int_equal(prov_dhcp_offer_get(NULL, 0, &offer, NULL), PROV_E_INVALID);
    assert_int_equal(prov_dhcp_offer_get(&lease_of_two, 0, NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_dhcp_server_get(NULL, 0, NULL, 0, &len), PROV_E_INVALID);
    assert_int_equal(prov_dhcp_server_get(&offer, 0, NULL, 0, NULL), PROV_E_INVALID);
    assert_int_equal(prov_dhcp_server_get(&offer, 0, NULL, 1, &len), PROV_E_INVALID);
}

/* What the two functions say in words, and no lease or offer set without its size. */
static void test_messages_name_what_is_wrong(void **state)
{
    (void)state;
    const struct prov_dhcp_lease empty = {.size = sizeof empty};
    const struct prov_dhcp_option no_bytes = {PROV_DHCP_V4, 66, {NULL, 1}};
    const struct prov_dhcp_lease none = {.size = sizeof none, .n_options = 1};
    const struct prov_dhcp_lease hollow = {
        .size = sizeof hollow, .options = &no_bytes, .n_options = 1};
    struct prov_dhcp_offer offer = {.size = sizeof offer}, unset = {.size = 0};
    struct prov_error err = {0};
    assert_int_equal(prov_dhcp_choose(&empty, &offer, &err), PROV_E_NO_SERVER);
    assert_string_equal(err.message, "none of 0 DHCP options names a server");
    assert_int_equal(prov_dhcp_offer_get(&empty, 0, &offer, &err), PROV_E_NOT_FOUND);
    assert_string_equal(err.message, "there are 0 offers");
    assert_int_equal(prov_dhcp_offer_get(&lease_of_two, 1, &offer, &err), PROV_E_NOT_FOUND);
    assert_string_equal(err.message, "there are 1 offers");
    assert_int_equal(prov_dhcp_choose(&none, &offer, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: lease.options");
    assert_int_equal(prov_dhcp_choose(&hollow, &offer, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: lease.options.bytes");
    assert_int_equal(prov_dhcp_choose(NULL, &offer, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: lease");
    assert_int_equal(prov_dhcp_choose(&empty, NULL, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: out");
    assert_int_equal(prov_dhcp_offer_get(&lease_of_two, 0, &unset, &err), PROV_E_ABI);
    assert_string_equal(err.message, "out.size is not set");
    assert_int_equal(prov_dhcp_server_get(&unset, 0, NULL, 0, &(size_t){0}), PROV_E_ABI);
    const struct prov_dhcp_lease unset_lease = {.size = 0};
    assert_int_equal(prov_dhcp_choose(&unset_lease, &offer, &err), PROV_E_ABI);
    assert_int_equal(prov_dhcp_offer_get(&unset_lease, 0, &offer, NULL), PROV_E_ABI);
    assert_int_equal(prov_dhcp_choose(&lease_of_two, &unset, NULL), PROV_E_ABI);
}

/* The byte behind an option is not read: here it would close the bracket. */
static void test_an_option_ends_where_it_ends(void **state)
{
    (void)state;
    const struct prov_dhcp_option options[] = {{PROV_DHCP_V4, 66, {"[2001:db8::1]/x", 12}}};
    const struct prov_dhcp_lease lease = {.size = sizeof lease, .options = options, .n_options = 1};
    struct prov_dhcp_offer offer = {.size = sizeof offer};
    assert_int_equal(prov_dhcp_offer_get(&lease, 0, &offer, NULL), PROV_OK);
    assert_int_equal(offer.verdict, PROV_DHCP_NOT_A_SERVER);
    assert_string_equal(offer.why, "a URL");
}

/* An option of DHCPv6 too short for its enterprise is not taken for Cisco's, which comes first. */
static void test_an_enterprise_is_four_bytes(void **state)
{
    (void)state;
    const struct prov_dhcp_option options[] = {{PROV_DHCP_V6, 17, {"\0\0\0\x2ah", 5}},
                                               {PROV_DHCP_V6, 17, {"\0\0\0\x09i", 3}},
                                               {PROV_DHCP_V6, 17, {"\0\0\0\x09j", 5}}};
    static const struct {
        const char *last;
        uint32_t verdict, enterprise;
    } wanted[] = {
        {"j", PROV_DHCP_CHOSEN, 9}, {"h", PROV_DHCP_BEATEN, 42}, {"\0", PROV_DHCP_MALFORMED, 0}};
    const struct prov_dhcp_lease lease = {
        .size = sizeof lease, .options = options, .n_options = PROVI_LEN(options)};
    for (size_t i = 0; i < PROVI_LEN(wanted); i++) {
        struct prov_dhcp_offer offer = {.size = sizeof offer};
        assert_int_equal(prov_dhcp_offer_get(&lease, i, &offer, NULL), PROV_OK);
        assert_int_equal(offer.bytes.data[offer.bytes.len - 1], wanted[i].last[0]);
        assert_int_equal(offer.verdict, wanted[i].verdict);
        assert_int_equal(offer.enterprise, wanted[i].enterprise);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_offers_follow_the_vectors),
        cmocka_unit_test(test_offers_point_into_the_option),
        cmocka_unit_test(test_server_get_tells_the_room_it_needs),
        cmocka_unit_test(test_an_offer_with_fewer_bytes_than_servers_is_refused),
        cmocka_unit_test(test_an_offer_with_more_servers_than_a_domain_has_is_refused),
        cmocka_unit_test(test_arguments_are_checked),
        cmocka_unit_test(test_messages_name_what_is_wrong),
        cmocka_unit_test(test_an_option_ends_where_it_ends),
        cmocka_unit_test(test_an_enterprise_is_four_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
