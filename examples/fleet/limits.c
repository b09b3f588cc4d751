/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "limits.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "common/text.h"

/* Own descriptors: standard files, signals, output files, name lookups. A connection needs two,
 * since it may try two families of addresses at once. */
enum { OWN_DESCRIPTORS = 64, DESCRIPTORS_PER_CONNECTION = 2, NOTE_CAP = 320 };

static bool note(struct record *record, const char *text)
{
    fprintf(stderr, "%s: %s\n", program_name, text);
    return record_add_note(record, text);
}

static bool prepare_descriptors(struct run_options *run, struct record *record)
{
    struct rlimit limit;
    char text[NOTE_CAP];
    rlim_t wanted = OWN_DESCRIPTORS + (rlim_t)DESCRIPTORS_PER_CONNECTION * run->n_connections;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return true;
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
    if (limit.rlim_cur > before && setrlimit(RLIMIT_NOFILE, &limit) == 0)
        fprintf(stderr, "%s: raised the limit of descriptors from %llu to %llu\n", program_name,
                (unsigned long long)before, (unsigned long long)limit.rlim_cur);
    if (limit.rlim_cur >= wanted)
        return true;
    rlim_t usable = limit.rlim_cur > OWN_DESCRIPTORS + DESCRIPTORS_PER_CONNECTION
                        ? (limit.rlim_cur - OWN_DESCRIPTORS) / DESCRIPTORS_PER_CONNECTION
                        : 1;
    snprintf(text, sizeof text,
             "descriptors: the hard limit of %llu allows %llu connections in place of %u; raise it "
             "with ulimit -Hn, or divide the fleet with --shard",
             (unsigned long long)limit.rlim_max, (unsigned long long)usable, run->n_connections);
    run->n_connections = (uint32_t)usable;
    return note(record, text);
}

/* Number of ports that the system may choose for a connection; 0: unknown. */
static uint32_t n_ports(void)
{
    unsigned first = 0, last = 0;
    FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "r");
    if (!file)
        return 0;
    bool is_read = fscanf(file, "%u %u", &first, &last) == 2;
    fclose(file);
    return is_read && last >= first ? last - first + 1 : 0;
}

static bool prepare_ports(struct run_options *run, struct record *record)
{
    char text[NOTE_CAP];
    uint64_t n_addresses = run->n_addresses ? run->n_addresses : 1;
    uint64_t n_free = n_ports() * n_addresses;
    if (n_free == 0 || n_free >= run->n_connections)
        return true;
    snprintf(text, sizeof text,
             "ports: %llu of %llu addresses allow as many connections in place of %u; widen "
             "net.ipv4.ip_local_port_range, or use more addresses with --spread",
             (unsigned long long)n_free, (unsigned long long)n_addresses, run->n_connections);
    run->n_connections = (uint32_t)n_free;
    return note(record, text);
}

bool limits_prepare(struct run_options *run, struct record *record)
{
    return prepare_descriptors(run, record) && prepare_ports(run, record);
}

/* Part of a reason, and the limit that causes it. */
static const struct {
    const char *status, *part, *limit;
} marks[] = {
    {"PROV_E_CONNECT", "no descriptor is free",
     "descriptors: none was free for a connection; raise the limit with ulimit -n"},
    {"PROV_E_CONNECT", "no address or port of this device is free",
     "ports: none was free for a connection; use more addresses with --spread, or fewer "
     "--connections"},
    {"PROV_E_CONNECT", "nothing listens",
     "the server: it refused connections, since it did not run, or its queue was full"},
    {"PROV_E_TIMEOUT", "no answer to connecting",
     "the server: it did not accept connections in time; its queue may be full (listen backlog, "
     "net.core.somaxconn)"},
    {"PROV_E_NETWORK", "connection closed without a response",
     "the server: it closed connections without a response, as nginx does at the limit of "
     "worker_connections"},
    {"PROV_E_NETWORK", "connection broken off",
     "the server: it broke connections off, since it ended, or at a limit of its own"},
    {"PROV_E_SERVER", "503",
     "the server: it is overloaded, or its own server did not answer (503)"},
    {"PROV_E_SERVER", "429", "the server: it limits the rate of requests (429)"},
};

bool limits_note(struct record *record)
{
    for (size_t i = 0; i < record->n_reasons; i++)
        for (size_t j = 0; j < sizeof marks / sizeof marks[0]; j++)
            if (strcmp(record->reasons[i].status, marks[j].status) == 0 &&
                strstr(record->reasons[i].message, marks[j].part) &&
                !record_add_note(record, marks[j].limit))
                return false;
    return true;
}
