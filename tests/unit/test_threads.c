/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Threads that share nothing, as docs/host-contract.md allows: each has a whole device of its own,
 * from its making to its end. A build with -Db_sanitize=thread watches.
 */
#include <provision/profile.h>
#include <provision/transport_curl.h>
#include <provision/version.h>

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "device.h"

#define N_THREADS 4
#define N_ROUNDS 6
#define URL "http://192.0.2.9/phone.xml"
#define FILE_SENT TEST_SOURCE_ROOT "/tests/vectors/decode/cbc-md5-gzip/input"
#define KEY "MyOwnSecret"

static pthread_barrier_t start;
static char sent[4096];
static size_t n_sent;

static void provision(struct device *d)
{
    device_start(d);
    fake_transport_add(&d->net, URL, sent, n_sent);
    device_settle(d);
    device_ask(d, "[--key " KEY "] " URL);
    struct prov_param param = {.size = sizeof param};
    if (prov_store_find(d->store, prov_str_from("GPP_A"), PROV_LAYER_ANY, &param) != PROV_OK ||
        param.value.len != strlen("12345678"))
        test_die("not applied");
    device_unplug(d);
}

/* A file of its own is opened, written and read back. */
static void keep_in_file(unsigned thread)
{
    char path[64];
    snprintf(path, sizeof path, "/tmp/test_threads-%ld-%u.xml", (long)getpid(), thread);
    const struct prov_store_options file = {.size = sizeof file, .path = path};
    struct device d;
    prov_store *store;
    if (prov_store_open(&store, &file, NULL) != PROV_OK)
        test_die("no store at %s", path);
    device_plug_in(&d, store, NULL, NULL);
    fake_host_set(&d.host, "GPP_A", "kept");
    device_unplug(&d);
    unlink(path);
    strcat(path, ".lock");
    unlink(path);
}

static void make_transport(void)
{
    prov_curl *curl;
    if (!prov_feature_supported(PROV_FEATURE_CURL))
        return;
    if (prov_curl_new(&curl, NULL, NULL) != PROV_OK)
        test_die("no transport");
    prov_curl_free(curl);
}

static prov_status ignore_param(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    (void)ctx;
    (void)param;
    (void)err;
    return PROV_OK;
}

static void parse(void)
{
    static const char text[] = "<flat-profile><GPP_A>x</GPP_A></flat-profile>";
    const struct prov_profile_handler handler = {.param = ignore_param};
    prov_profile_parser *parser;
    if (prov_profile_parser_new(&parser, NULL, &handler, NULL) != PROV_OK ||
        prov_profile_parser_write(parser, text, sizeof text - 1, NULL) != PROV_OK ||
        prov_profile_parser_finish(parser, NULL) != PROV_OK)
        test_die("not parsed");
    prov_profile_parser_free(parser);
}

static void *live(void *arg)
{
    const unsigned thread = *(unsigned *)arg;
    for (unsigned round = 0; round < N_ROUNDS; round++) {
        pthread_barrier_wait(&start);
        /* Two begin with the same part: the first use of a library meets another first use. */
        struct device d;
        for (unsigned part = 0; part < 3; part++) {
            switch ((thread / 2 + round + part) % 3) {
            case 0: parse(); break;
            case 1: make_transport(); break;
            default: provision(&d); break;
            }
        }
        keep_in_file(thread);
    }
    return NULL;
}

static void test_threads_that_share_nothing(void **state)
{
    (void)state;
    pthread_t threads[N_THREADS];
    unsigned numbers[N_THREADS];
    /* Not encoded here, which would be a first use of the libraries beneath. */
    FILE *file = fopen(FILE_SENT, "rb");
    assert_non_null(file);
    n_sent = fread(sent, 1, sizeof sent, file);
    fclose(file);
    assert_uint_in_range(n_sent, 1, sizeof sent - 1);
    assert_int_equal(pthread_barrier_init(&start, NULL, N_THREADS), 0);
    for (unsigned i = 0; i < N_THREADS; i++) {
        numbers[i] = i;
        assert_int_equal(pthread_create(&threads[i], NULL, live, &numbers[i]), 0);
    }
    for (unsigned i = 0; i < N_THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    pthread_barrier_destroy(&start);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_threads_that_share_nothing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
