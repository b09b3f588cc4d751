/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * The device's side of Digest authentication, for a script that speaks HTTP.
 *
 * Usage: digest_driver REALM USER PASSWORD
 *
 * Reads a line `ALGORITHM|is stale` and prints a challenge; or `METHOD|TARGET|AUTHORIZATION`, and
 * prints the result.
 */
#include <provision/digest.h>
#include <provision/names.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct prov_digest_guard guard;
static struct prov_digest_request request;

static int print_challenge(const char *algorithm, const char *is_stale)
{
    char text[PROV_DIGEST_CHALLENGE_MAX];
    size_t len;
    bool is_md5 = strcmp(algorithm, prov_digest_algorithm_name(PROV_DIGEST_ALGORITHM_MD5)) == 0;
    prov_status status = prov_digest_challenge(
        &guard, request.realm, is_md5 ? PROV_DIGEST_ALGORITHM_MD5 : PROV_DIGEST_ALGORITHM_SHA256,
        strcmp(is_stale, "stale") == 0, 0, text, sizeof text, &len, NULL);
    return status == PROV_OK ? puts(text) : -1;
}

static int print_result(const char *method, const char *target, const char *authorization)
{
    uint32_t result;
    request.method = prov_str_from(method);
    request.uri = prov_str_from(target);
    request.authorization = prov_str_from(authorization);
    prov_status status = prov_digest_check(&guard, &request, 0, &result, NULL);
    if ((status == PROV_OK) != (result == PROV_DIGEST_RESULT_GOOD))
        return -1;
    return puts(prov_digest_result_name(result));
}

/* The text up to the next bar, which becomes its end; NULL: there is none. */
static char *cut(char **rest)
{
    char *part = *rest;
    char *bar = part ? strchr(part, '|') : NULL;
    if (bar)
        *bar = '\0';
    *rest = bar ? bar + 1 : NULL;
    return part;
}

int main(int argc, char **argv)
{
    static const uint8_t random[PROV_DIGEST_RANDOM_BYTES] = "not random: no test requires it";
    char line[4096];
    if (argc != 4 || prov_digest_guard_init(&guard, random) != PROV_OK)
        return 2;
    request = (struct prov_digest_request){
        .size = sizeof request,
        .realm = prov_str_from(argv[1]),
        .uid = prov_str_from(argv[2]),
        .pwd = prov_str_from(argv[3]),
    };
    while (fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = '\0';
        char *rest = line;
        const char *first = cut(&rest), *second = cut(&rest), *third = cut(&rest);
        if (!second ||
            (third ? print_result(first, second, third) : print_challenge(first, second)) < 0)
            return 1;
        fflush(stdout);
    }
    return 0;
}
