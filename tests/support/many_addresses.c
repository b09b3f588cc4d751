/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "many_addresses.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "dials.h"

void many_addresses_use(void)
{
}

static struct addrinfo *make_address(const char *ip, const char *port, struct addrinfo *next)
{
    struct addrinfo *info = calloc(1, sizeof *info + sizeof(struct sockaddr_in));
    if (!info)
        test_die("no memory for an address");
    struct sockaddr_in *address = (struct sockaddr_in *)(void *)(info + 1);
    address->sin_family = AF_INET;
    address->sin_port = htons((uint16_t)strtoul(port ? port : "0", NULL, 10));
    inet_pton(AF_INET, ip, &address->sin_addr);
    *info = (struct addrinfo){
        .ai_family = AF_INET,
        .ai_socktype = SOCK_STREAM,
        .ai_addrlen = sizeof *address,
        .ai_addr = (struct sockaddr *)address,
        .ai_next = next,
    };
    return info;
}

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **result)
{
    (void)hints;
    int n = strcmp(node, "two.example") == 0 ? 2 : strcmp(node, "four.example") == 0 ? 4 : 0;
    if (n == 0)
        return EAI_NONAME;
    *result = NULL;
    for (int last = 1; last <= n; last++) {
        char ip[] = "127.0.0.X";
        ip[8] = (char)('0' + last);
        *result = make_address(ip, service, *result);
    }
    return 0;
}

void freeaddrinfo(struct addrinfo *info)
{
    while (info) {
        struct addrinfo *next = info->ai_next;
        free(info);
        info = next;
    }
}
