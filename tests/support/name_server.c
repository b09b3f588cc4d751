/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "name_server.h"

#include <netdb.h>
#include <pthread.h>
#include <stdbool.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t gate_moved = PTHREAD_COND_INITIALIZER;
static bool is_silent;
static unsigned n_waiting;

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints,
                struct addrinfo **result)
{
    (void)node;
    (void)service;
    (void)hints;
    (void)result;
    pthread_mutex_lock(&gate);
    n_waiting++;
    pthread_cond_broadcast(&gate_moved);
    while (is_silent)
        pthread_cond_wait(&gate_moved, &gate);
    n_waiting--;
    pthread_cond_broadcast(&gate_moved);
    pthread_mutex_unlock(&gate);
    return EAI_AGAIN;
}

void name_server_fall_silent(void)
{
    pthread_mutex_lock(&gate);
    is_silent = true;
    pthread_mutex_unlock(&gate);
}

void name_server_answer(void)
{
    pthread_mutex_lock(&gate);
    is_silent = false;
    pthread_cond_broadcast(&gate_moved);
    while (n_waiting > 0)
        pthread_cond_wait(&gate_moved, &gate);
    pthread_mutex_unlock(&gate);
}

unsigned name_server_n_waiting(void)
{
    pthread_mutex_lock(&gate);
    unsigned n = n_waiting;
    pthread_mutex_unlock(&gate);
    return n;
}
