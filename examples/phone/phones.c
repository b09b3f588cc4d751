/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "phones.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/text.h"

#include "loop.h"
#include "phone.h"

enum { NAME_CAP = 13, PATH_CAP = 4096 };

/* Paths and name of one phone. */
struct owned {
    struct options options;
    char name[NAME_CAP]; /* its MAC address; empty: there is one phone */
    char store[PATH_CAP], control[PATH_CAP];
};

/* `FOLDER/MAC.SUFFIX`; NULL is unchanged. */
static bool place(const char **path, char *buf, const struct owned *owned, const char *suffix)
{
    if (!*path)
        return true;
    int len = snprintf(buf, PATH_CAP, "%s/%s%s", *path, owned->name, suffix);
    *path = buf;
    return len > 0 && len < PATH_CAP;
}

static void count_up(uint8_t mac[6], uint32_t by)
{
    uint64_t number = 0;
    for (size_t i = 0; i < 6; i++)
        number = number << 8 | mac[i];
    number += by;
    for (size_t i = 6; i-- > 0; number >>= 8)
        mac[i] = (uint8_t)number;
}

static bool fill(struct owned *owned, const struct options *all, uint32_t number)
{
    owned->options = *all;
    if (all->n_phones == 0)
        return true;
    uint8_t *mac = owned->options.mac;
    count_up(mac, number);
    listen_shift(&owned->options.sip, number);
    snprintf(owned->name, sizeof owned->name, "%02x%02x%02x%02x%02x%02x", mac[0], mac[1], mac[2],
             mac[3], mac[4], mac[5]);
    listen_shift(&owned->options.http, number);
    return place(&owned->options.store_path, owned->store, owned, ".xml") &&
           place(&owned->options.control, owned->control, owned, "");
}

/* @param[out] n  Number of phones that must be stopped. */
static int start(struct phone *phones, struct owned *owned, const struct options *options,
                 prov_curl *curl, size_t *n)
{
    int status = EXIT_OK;
    size_t n_phones = options->n_phones ? options->n_phones : 1;
    for (*n = 0; *n < n_phones && status == EXIT_OK; ++*n) {
        struct owned *own = &owned[*n];
        if (!fill(own, options, (uint32_t)*n)) {
            fprintf(stderr, "%s: --store, --control: the name of the folder is too long\n",
                    program_name);
            return EXIT_USAGE;
        }
        status = phone_start(&phones[*n], &own->options, own->name, curl);
    }
    return status;
}

static int run(const struct options *options, prov_curl *curl)
{
    size_t n = 0, n_phones = options->n_phones ? options->n_phones : 1;
    struct phone *phones = calloc(n_phones, sizeof *phones);
    struct owned *owned = calloc(n_phones, sizeof *owned);
    int status = EXIT_MACHINE;
    if (phones && owned) {
        status = start(phones, owned, options, curl, &n);
        if (status == EXIT_OK)
            status = loop_run(phones, n, prov_curl_transport(curl), options->is_once);
    } else {
        perror(program_name);
    }
    for (size_t i = 0; i < n; i++) {
        int ended = phone_stop(&phones[i]);
        status = status == EXIT_OK ? ended : status;
    }
    free(phones);
    free(owned);
    return status;
}

/* The transport must outlive the agents. */
int phones_run(const struct options *options)
{
    struct prov_error err = {0};
    const struct prov_curl_options curl_options = {
        .size = sizeof curl_options,
        .ca_file = options->ca_file,
        .system_roots = !options->ca_file,
        .max_connections = options->n_phones,
    };
    prov_curl *curl;
    if (prov_curl_new(&curl, &curl_options, &err) != PROV_OK)
        return print_failure(&err, EXIT_MACHINE);
    int status = run(options, curl);
    prov_curl_free(curl);
    return status;
}
