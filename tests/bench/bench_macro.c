/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Expanding a rule of 50 characters against the documented variables, beside one snprintf of the
 * same text. Prints nanoseconds and their ratio; below 1 the expansion is the faster one.
 */
#include <provision/macro.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "world.h"

enum { N_RUNS = 20000, N_ROUNDS = 300 };

static const char rule[] = "($PRVTMR ge 600)? http://p.tel.com/$PN/$MA.xml?$SN";

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double expand(const struct world *world, char *buf, size_t cap)
{
    size_t len = 0;
    double start = now_ns();
    for (int i = 0; i < N_RUNS; i++)
        if (prov_macro_expand((prov_str){rule, sizeof rule - 1}, &world->vars, PROV_MACRO_RULE, buf,
                              cap, &len, NULL) != PROV_OK)
            abort();
    return (now_ns() - start) / N_RUNS;
}

static double format(int64_t seconds, const char *const *values, char *buf, size_t cap)
{
    double start = now_ns();
    for (int i = 0; i < N_RUNS; i++)
        if (snprintf(buf, cap, "(%" PRId64 " ge 600)? http://p.tel.com/%s/%s.xml?%s", seconds,
                     values[0], values[1], values[2]) < 0)
            abort();
    return (now_ns() - start) / N_RUNS;
}

static double best(double a, double b)
{
    return a < b ? a : b;
}

int main(void)
{
    static const char *const values[] = {"CP-8841-3PCC", "000e08012345", "88012BA01234"};
    struct world world;
    char expanded[256], formatted[256];
    double expand_ns = 1e9, format_ns = 1e9;
    world_init_plain(&world);
    for (int i = 0; i < N_ROUNDS; i++) {
        expand_ns = best(expand_ns, expand(&world, expanded, sizeof expanded));
        format_ns = best(format_ns, format(700, values, formatted, sizeof formatted));
    }
    world_free(&world);
    if (strcmp(expanded, formatted) != 0)
        return 1;
    printf("expand %.0f ns, snprintf %.0f ns, ratio %.2f (aim 0.65)\n", expand_ns, format_ns,
           expand_ns / format_ns);
    return 0;
}
