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

static const struct in_case in_cases[] = {
    IN(prov_digest_request, fill_digest_request, pass_digest_request),
};

int main(void)
{
    return in_cases_run(in_cases, PROVI_LEN(in_cases));
}
