/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* What finding a parameter costs, compared with walking the table, in one run. */
#include <provision/catalogue.h>

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

enum { MAX_NAMES = 256, MAX_NAME = 64, N_ROUNDS = 4000 };

typedef const struct prov_param_info *(*finder)(prov_str name);

struct names {
    char text[MAX_NAMES][MAX_NAME];
    size_t n_names;
};

static const struct prov_param_info *find(prov_str name)
{
    return prov_catalogue_find(name, NULL);
}

static const struct prov_param_info *walk(prov_str name)
{
    const struct prov_param_info *info;
    for (size_t i = 0; (info = prov_catalogue_at(i)) != NULL; i++)
        if (provi_str_eq_nocase(prov_str_from(info->name), name))
            return info;
    return NULL;
}

static void collect(struct names *names)
{
    const struct prov_param_info *info;
    for (size_t i = 0; i < MAX_NAMES && (info = prov_catalogue_at(i)) != NULL; i++) {
        snprintf(names->text[i], MAX_NAME, "%s", info->name);
        if (info->flags & PROV_PARAM_FLAG_PER_LINE)
            names->text[i][strlen(info->name) - 2] = '1';
        names->n_names = i + 1;
    }
}

static void lower(struct names *names)
{
    for (size_t i = 0; i < names->n_names; i++)
        for (char *c = names->text[i]; *c; c++)
            *c = provi_lower(*c);
}

static void misspell(struct names *names)
{
    for (size_t i = 0; i < names->n_names; i++)
        names->text[i][strlen(names->text[i]) / 3] = 'x';
}

static double now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double ns_each(const struct names *names, finder look_up, size_t *n_found)
{
    double start = now_ns();
    for (int round = 0; round < N_ROUNDS; round++)
        for (size_t i = 0; i < names->n_names; i++)
            *n_found += look_up(prov_str_from(names->text[i])) != NULL;
    return (now_ns() - start) / N_ROUNDS / (double)names->n_names;
}

static void report(const char *what, const struct names *names)
{
    size_t n_found = 0;
    double find_ns = ns_each(names, find, &n_found);
    size_t n_hits = n_found / N_ROUNDS;
    double walk_ns = ns_each(names, walk, &n_found);
    printf("%-14s %3zu of %3zu found: %6.1f ns, walking %7.1f ns, ratio %.3f\n", what, n_hits,
           names->n_names, find_ns, walk_ns, find_ns / walk_ns);
}

int main(void)
{
    static struct names names;
    collect(&names);
    report("as written", &names);
    lower(&names);
    report("lower case", &names);
    misspell(&names);
    report("unknown", &names);
    return 0;
}
