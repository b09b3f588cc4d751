/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Cost per byte of preparing rules from 64 bytes to 64 KiB, and of one of 2 KiB with 100
 * alternatives. A flat column is what is hoped for; the last line is the ratio of its ends.
 */
#include <provision/rule.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "world.h"

enum { MAX_BYTES = 64 * 1024, WORK_BYTES = 16 * 1024 * 1024 };

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Fill `len` bytes with alternatives none of which holds but the last. */
static void write_rule(char *text, size_t len)
{
    static const char piece[] = "(1 eq 2)? /x.cfg | ";
    const size_t piece_len = sizeof piece - 1;
    memset(text, 'y', len);
    size_t at = 0;
    for (; at + piece_len + 2 <= len; at += piece_len)
        memcpy(text + at, piece, piece_len);
    text[at] = '/';
}

static double measure(const struct world *world, prov_str text)
{
    size_t n_runs = WORK_BYTES / text.len;
    double start = now_ns();
    for (size_t i = 0; i < n_runs; i++) {
        prov_rule *rule;
        int32_t alternative;
        if (prov_rule_prepare(&rule, text, &world->vars, NULL, NULL, &alternative, NULL) !=
                PROV_OK ||
            alternative < 0)
            abort();
        prov_rule_free(rule);
    }
    return (now_ns() - start) / (double)(n_runs * text.len);
}

int main(void)
{
    struct world world;
    char *text = malloc(MAX_BYTES);
    double first = 0, last = 0;
    if (!text)
        return 1;
    world_init(&world, NULL);
    for (size_t len = 64; len <= MAX_BYTES; len *= 4) {
        write_rule(text, len);
        last = measure(&world, (prov_str){text, len});
        first = len == 64 ? last : first;
        printf("%6zu bytes, %5zu alternatives: %.1f ns per byte\n", len, len / 19 + 1, last);
    }
    write_rule(text, 1902);
    printf("  1902 bytes, 100 alternatives: %.1f ns per byte\n",
           measure(&world, (prov_str){text, 1902}));
    printf("64 KiB : 64 bytes = %.2f\n", last / first);
    world_free(&world);
    free(text);
    return 0;
}
