/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#define _GNU_SOURCE /* RTLD_NEXT */
#include "cares.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>

#include "dials.h"

struct ares_options;

/* ARES_ENOMEM; c-ares may not be there. */
#define NO_MEMORY 15

static unsigned name_server_port = 9;
static const char *name_servers;
static long wait_us;
static struct dial *cares_dial;

void cares_set_dial(struct dial *dial)
{
    cares_dial = dial;
}

void cares_ask_port(uint16_t port)
{
    name_server_port = port;
}

void cares_ask_servers(const char *servers)
{
    name_servers = servers;
}

void cares_wait_us(long us)
{
    wait_us = us;
}

/* ISO C has no conversion from what dlsym() returns. */
static void find(const char *name, void *function, size_t size)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found)
        test_die("no %s()", name);
    memcpy(function, &found, size);
}

int ares_init_options(void **channel, struct ares_options *options, int mask);

/* Found by the library before that of c-ares. */
int ares_init_options(void **channel, struct ares_options *options, int mask)
{
    int (*init)(void **, struct ares_options *, int);
    int (*set_servers)(void *, const char *);
    char server[32];
    if (dial_tick(cares_dial))
        return NO_MEMORY;
    find("ares_init_options", &init, sizeof init);
    find("ares_set_servers_ports_csv", &set_servers, sizeof set_servers);
    int code = init(channel, options, mask);
    snprintf(server, sizeof server, "127.0.0.1:%u", name_server_port);
    return code == 0 ? set_servers(*channel, name_servers ? name_servers : server) : code;
}

struct timeval *ares_timeout(void *channel, struct timeval *most, struct timeval *left);

/* Likewise. */
struct timeval *ares_timeout(void *channel, struct timeval *most, struct timeval *left)
{
    struct timeval *(*timeout)(void *, struct timeval *, struct timeval *);
    find("ares_timeout", &timeout, sizeof timeout);
    if (!wait_us)
        return timeout(channel, most, left);
    *left = (struct timeval){.tv_sec = wait_us / 1000000, .tv_usec = wait_us % 1000000};
    return left;
}
