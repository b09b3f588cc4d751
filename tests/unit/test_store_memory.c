/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * What a device with the ready-made store takes of the heap: for the values it holds, and at most
 * while it is provisioned, commits and opens. Our own memory, zlib's included; libxml2 keeps its
 * own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/array.h"
#include "fake_host.h"
#include "fake_transport.h"
#include "heap.h"
#include "realistic.h"

#define URL "https://no/phone.xml"
#define RULE "[--key " REALISTIC_KEY "] " URL

enum {
    KIB = 1024,
    N_BYTES = 300000,
    N_PARAMS = 4500, /* and some more change */
    MAX_PEAK = 1200 * KIB,
    MAX_PERCENT = 220, /* of the bytes of names and values */
};

struct rig {
    struct prov_alloc alloc;
    struct capture sent[2]; /* the second with one value changed */
    struct fake_transport net;
    struct prov_host host;
    prov_store *store;
    prov_agent *agent;
    char path[64];
    uint64_t n_events;
};

static int64_t mono_ms(void *ctx)
{
    (void)ctx;
    return 1000000;
}

static void count_event(void *ctx, const struct prov_event *event)
{
    (void)event;
    ((struct rig *)ctx)->n_events++;
}

static void open_store(struct rig *rig, bool has_file)
{
    const struct prov_store_options opt = {
        .size = sizeof opt, .path = has_file ? rig->path : NULL, .alloc = &rig->alloc};
    assert_int_equal(prov_store_open(&rig->store, &opt, NULL), PROV_OK);
    rig->host = (struct prov_host){
        .size = sizeof rig->host, .ctx = rig, .mono_ms = mono_ms, .event = count_event};
    assert_int_equal(prov_store_bind(rig->store, &rig->host, NULL), PROV_OK);
}

static void settle(struct rig *rig)
{
    while (prov_agent_timeout_ms(rig->agent) == 0 || rig->net.running) {
        rig->net.transport.process(rig->net.transport.ctx, NULL);
        assert_int_equal(prov_agent_process(rig->agent, NULL), PROV_OK);
    }
}

static void make_agent(struct rig *rig)
{
    const struct prov_device device = {.size = sizeof device, .mac = {1}};
    const struct prov_agent_options opt = {
        .size = sizeof opt,
        .host = &rig->host,
        .device = &device,
        .boot_cause = PROV_CAUSE_HOST,
        .alloc = &rig->alloc,
    };
    assert_int_equal(prov_agent_new(&rig->agent, &opt, NULL), PROV_OK);
    assert_int_equal(
        prov_agent_add_transport(rig->agent, &rig->net.transport, PROV_TRANSPORT_SHARED, NULL),
        PROV_OK);
    settle(rig);
}

static void resync(struct rig *rig, const struct capture *sent)
{
    const struct prov_agent_request request = {
        .size = sizeof request, .cause = PROV_CAUSE_HOST, .rule = prov_str_from(RULE)};
    fake_transport_add(&rig->net, URL, sent->data, sent->len);
    rig->n_events = 0;
    assert_int_equal(prov_agent_request(rig->agent, &request, NULL), PROV_OK);
    settle(rig);
}

static size_t held_by(const prov_store *store)
{
    size_t held = 0;
    for (size_t i = 0; i < prov_store_n_params(store); i++) {
        struct prov_param param = {.size = sizeof param};
        assert_int_equal(prov_store_param(store, i, &param), PROV_OK);
        held += param.name.len + param.value.len;
    }
    return held;
}

/* The highest heap since the last call, all that is alive included. */
static size_t take_peak(size_t *before)
{
    size_t peak = *before + heap_peak();
    *before += heap_live();
    heap_start();
    return peak;
}

static void check(const char *what, size_t bytes, size_t most)
{
    printf("%s: %zu bytes, at most %zu\n", what, bytes, most);
    assert_true(bytes <= most);
}

/* Through a device's life: empty, provisioned, one value changed, closed, opened. */
static void live(struct rig *rig, bool has_file)
{
    size_t before = 0;
    heap_start();
    fake_transport_init(&rig->net, "https", NULL);
    rig->net.is_immediate = true;
    open_store(rig, has_file);
    make_agent(rig);
    resync(rig, &rig->sent[0]);
    assert_true(rig->n_events > N_PARAMS);
    check("first provisioning", take_peak(&before), MAX_PEAK);
    resync(rig, &rig->sent[1]);
    check("a resync with one change", take_peak(&before), MAX_PEAK);
    store_set(rig->store, "GPP_A", "another value");
    check("a commit", take_peak(&before), MAX_PEAK);
    prov_agent_free(rig->agent);
    take_peak(&before);
    size_t held = held_by(rig->store);
    check("names and values", held, SIZE_MAX);
    check("a store that was changed", before, held * MAX_PERCENT / 100);
    if (has_file) {
        prov_store_close(rig->store);
        take_peak(&before);
        open_store(rig, has_file);
        check("opening", take_peak(&before), MAX_PEAK);
        check("a store from a file", before, held * MAX_PERCENT / 100);
    }
    prov_store_close(rig->store);
    take_peak(&before);
    assert_int_equal(before, 0);
    fake_transport_free(&rig->net);
}

static void pack(struct capture *packed, bool is_changed)
{
    struct realistic profile;
    realistic_init(&profile, N_BYTES);
    char *value = strstr(profile.text, ">Yes<");
    if (is_changed && value)
        memcpy(value, "> No<", 5);
    realistic_pack(&profile, packed);
    realistic_free(&profile);
}

static void test_store_takes_little_of_the_heap(void **state)
{
    (void)state;
    static struct rig rig;
    rig.alloc = heap_alloc();
    for (size_t i = 0; i < PROVI_LEN(rig.sent); i++)
        pack(&rig.sent[i], i != 0);
    snprintf(rig.path, sizeof rig.path, "/tmp/store_memory-%ld.xml", (long)getpid());
    live(&rig, false);
    live(&rig, true);
    static const char *const suffixes[] = {"", ".bak", ".new", ".lock"};
    for (size_t i = 0; i < PROVI_LEN(suffixes); i++) {
        char path[80];
        snprintf(path, sizeof path, "%s%s", rig.path, suffixes[i]);
        unlink(path);
    }
    for (size_t i = 0; i < PROVI_LEN(rig.sent); i++)
        capture_free(&rig.sent[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store_takes_little_of_the_heap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
