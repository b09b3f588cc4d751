/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Sized structs handed in to the functions of the front door, as in test_abi_in.c. */
#include <provision/provision.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/str.h"
#include "in_cases.h"

static void fill_digest_request(void *full)
{
    struct prov_digest_request *request = full;
    request->method = request->uri = request->realm = PROVI_LIT("x");
}

static prov_status pass_digest_request(const void *given)
{
    static const uint8_t random[PROV_DIGEST_RANDOM_BYTES] = {1};
    struct prov_digest_guard guard;
    assert_int_equal(prov_digest_guard_init(&guard, random), PROV_OK);
    prov_status status = prov_digest_check(&guard, given, 0, NULL, NULL);
    return status == PROV_E_AUTH ? PROV_OK : status;
}

static void fill_action(void *full)
{
    ((struct prov_action *)full)->door = PROV_DOOR_URL;
}

static prov_status pass_action(const void *given)
{
    struct prov_verdict verdict = {.size = sizeof verdict};
    prov_status status = prov_action_check(given, NULL, NULL, &verdict, NULL);
    return status == PROV_E_INVALID ? PROV_OK : status; /* a short one has no door */
}

static prov_status pass_action_client(const void *given)
{
    const struct prov_action action = {.size = sizeof action, .door = PROV_DOOR_URL};
    struct prov_verdict verdict = {.size = sizeof verdict};
    return prov_action_check(&action, given, NULL, &verdict, NULL);
}

static prov_status pass_action_origin(const void *given)
{
    return prov_action_check_origin(given, NULL);
}

static const struct in_case in_cases[] = {
    IN(prov_action, fill_action, pass_action),
    IN(prov_action_client, NULL, pass_action_client),
    IN(prov_action_origin, NULL, pass_action_origin),
    IN(prov_digest_request, fill_digest_request, pass_digest_request),
};

int main(void)
{
    return in_cases_run(in_cases, PROVI_LEN(in_cases));
}
