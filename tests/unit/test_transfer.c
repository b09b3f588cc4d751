/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "transfer/transfer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/abi.h"
#include "base/error.h"
#include "base/str.h"
#include "fake_transport.h"

#define URL "http://h/basic.txt"
#define BODY "<flat-profile><GPP_A> 12345678 </GPP_A></flat-profile>"
#define MAX_TURNS 100

/* In which callback the owner frees its transfer. */
enum moment { NEVER, IN_ADDRESS, IN_CONNECTED, IN_HEAD, IN_DATA, IN_DONE };

struct owner {
    prov_transfer *transfer;
    enum moment frees;
    prov_status data_status; /* what the owner answers to bytes */
    char body[256];
    size_t len;
    prov_status address_status;  /* what the owner answers to an address */
    prov_status redirect_status; /* what the owner answers to a redirect */
    unsigned n_addresses;
    unsigned n_redirects;
    unsigned n_connected;
    unsigned n_heads;
    unsigned n_dones;
    bool is_head_late; /* it came after the first byte, or anything after the end */
    struct prov_response head;
    char server_ip[32];
    struct prov_error err;
    prov_status status;
};

struct scene {
    struct fault_alloc memory;
    struct fake_transport fake;
    struct prov_limits limits;
    struct prov_request request;
    struct owner owner;
};

static void free_if(struct owner *owner, enum moment moment)
{
    if (owner->frees != moment)
        return;
    provi_transfer_free(owner->transfer);
    owner->transfer = NULL;
}

static prov_status on_address(void *ctx, prov_str server_ip, uint16_t port, uint32_t peer,
                              struct prov_error *err)
{
    struct owner *owner = ctx;
    owner->n_addresses++;
    assert_true(provi_str_is(server_ip, "192.0.2.1"));
    assert_int_equal(port, 80);
    assert_int_equal(peer, PROV_PEER_SERVER);
    free_if(owner, IN_ADDRESS);
    return owner->address_status == PROV_OK
               ? PROV_OK
               : provi_fail(err, owner->address_status, "owner refuses the address");
}

static prov_status on_redirect(void *ctx, prov_str url, struct prov_error *err)
{
    struct owner *owner = ctx;
    (void)err;
    owner->n_redirects++;
    assert_true(provi_str_is(url, "http://other/"));
    return owner->redirect_status;
}

static void on_connected(void *ctx, const struct prov_connection *connection)
{
    struct owner *owner = ctx;
    owner->n_connected++;
    assert_int_equal(owner->n_heads, 0);
    assert_int_equal(connection->tls_ms, 3);
    assert_true(provi_str_is(connection->cert_names, "a.example, b.example"));
    free_if(owner, IN_CONNECTED);
}

static void on_head(void *ctx, const struct prov_response *response)
{
    struct owner *owner = ctx;
    owner->n_heads++;
    owner->is_head_late = owner->is_head_late || owner->len > 0 || owner->n_dones > 0;
    owner->head = *response;
    assert_true(response->server_ip.len < sizeof owner->server_ip);
    if (response->server_ip.len)
        memcpy(owner->server_ip, response->server_ip.data, response->server_ip.len);
    free_if(owner, IN_HEAD);
}

static prov_status on_data(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct owner *owner = ctx;
    assert_non_null(owner->transfer);
    assert_int_equal(owner->n_dones, 0);
    if (owner->data_status != PROV_OK)
        return provi_fail(err, owner->data_status, "owner refuses");
    assert_true(len <= sizeof owner->body - owner->len);
    memcpy(owner->body + owner->len, data, len);
    owner->len += len;
    free_if(owner, IN_DATA);
    return PROV_OK;
}

static void on_done(void *ctx, prov_status status, const struct prov_error *err)
{
    struct owner *owner = ctx;
    owner->n_dones++;
    owner->status = status;
    owner->err = *err;
    free_if(owner, IN_DONE);
}

static void scene_open(struct scene *scene, struct dial *memory_dial, struct dial *step_dial)
{
    *scene = (struct scene){
        .limits = {.size = sizeof scene->limits},
        .request =
            {
                .size = sizeof scene->request,
                .url = PROVI_LIT(URL),
                .scheme = PROVI_LIT("http"),
                .host = PROVI_LIT("h"),
                .path = PROVI_LIT("/basic.txt"),
                .port = 80,
            },
    };
    const struct prov_limits asked = scene->limits;
    assert_int_equal(provi_limits_resolve(&scene->limits, &asked, NULL), PROV_OK);
    scene->request.limits = &scene->limits;
    fault_alloc_init(&scene->memory, memory_dial);
    fake_transport_init(&scene->fake, "tftp,http", step_dial);
    fake_transport_add_text(&scene->fake, URL, BODY)->chunk = 10;
}

static void scene_close(struct scene *scene)
{
    provi_transfer_free(scene->owner.transfer);
    fake_transport_free(&scene->fake);
    fault_alloc_assert_empty(&scene->memory);
}

static prov_status scene_start(struct scene *scene)
{
    const struct provi_transfer_handler handler = {
        .address = on_address,
        .connected = on_connected,
        .redirect = on_redirect,
        .head = on_head,
        .data = on_data,
        .done = on_done,
        .ctx = &scene->owner,
    };
    return provi_transfer_start(&scene->owner.transfer, &scene->memory.alloc,
                                &scene->fake.transport, &scene->request, &handler,
                                &scene->owner.err);
}

/* Turn until nothing moves any more. */
static void scene_turn(struct scene *scene)
{
    const struct prov_transport *transport = &scene->fake.transport;
    for (int i = 0; i < MAX_TURNS && transport->timeout_ms(transport->ctx) == 0; i++)
        assert_int_equal(transport->process(transport->ctx, NULL), PROV_OK);
}

static void scene_run(struct scene *scene)
{
    assert_int_equal(scene_start(scene), PROV_OK);
    scene_turn(scene);
}

static struct fake_answer *answer(struct scene *scene)
{
    return &scene->fake.answers[0];
}

static void test_transfer_hands_over_head_body_and_end(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, NULL, NULL);
    answer(&scene)->etag = "\"v1\"";
    scene_run(&scene);
    const struct owner *owner = &scene.owner;
    assert_int_equal(owner->status, PROV_OK);
    assert_int_equal(owner->err.status, PROV_OK);
    assert_int_equal(owner->n_addresses, 1);
    assert_int_equal(owner->n_connected, 1);
    assert_int_equal(owner->n_heads, 1);
    assert_int_equal(owner->n_dones, 1);
    assert_false(owner->is_head_late);
    assert_int_equal(owner->head.code, 200);
    assert_string_equal(owner->server_ip, "192.0.2.1");
    assert_int_equal(owner->len, strlen(BODY));
    assert_memory_equal(owner->body, BODY, strlen(BODY));
    assert_int_equal(prov_transfer_n_bytes(owner->transfer), strlen(BODY));
    scene_close(&scene);
}

static prov_status keep_data(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct owner *owner = ctx;
    (void)err;
    assert_true(len <= sizeof owner->body - owner->len);
    memcpy(owner->body + owner->len, data, len);
    owner->len += len;
    return PROV_OK;
}

static void test_transfer_without_optional_callbacks_brings_the_body(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, NULL, NULL);
    fake_transport_add_text(&scene.fake, URL, "")->redirect = "http://other/";
    fake_transport_add_text(&scene.fake, "http://other/", BODY);
    const struct provi_transfer_handler handler = {
        .data = keep_data,
        .done = on_done,
        .ctx = &scene.owner,
    };
    assert_int_equal(provi_transfer_start(&scene.owner.transfer, &scene.memory.alloc,
                                          &scene.fake.transport, &scene.request, &handler, NULL),
                     PROV_OK);
    scene_turn(&scene);
    assert_int_equal(scene.owner.n_dones, 1);
    assert_int_equal(scene.owner.status, PROV_OK);
    assert_int_equal(scene.owner.len, strlen(BODY));
    scene_close(&scene);
}

/* What a transport announces, gives and says at its end; and what comes of it. */
static const struct ending {
    const char *name;
    int64_t announced;
    uint64_t max_bytes;
    prov_status answer;
    prov_status owner;
    prov_status expected;
} endings[] = {
    {"all announced bytes", (int64_t)sizeof BODY - 1, 0, PROV_OK, PROV_OK, PROV_OK},
    {"nothing announced", -1, 0, PROV_OK, PROV_OK, PROV_OK},
    {"less than announced", sizeof BODY, 0, PROV_OK, PROV_OK, PROV_E_TRUNCATED},
    {"the owner's other refusal", -1, 0, PROV_OK, PROV_E_INVALID, PROV_E_INVALID},
    {"just within the limit", -1, sizeof BODY - 1, PROV_OK, PROV_OK, PROV_OK},
    {"a byte over the limit", -1, sizeof BODY - 2, PROV_OK, PROV_OK, PROV_E_LIMIT},
    {"no byte allowed but one", -1, 1, PROV_OK, PROV_OK, PROV_E_LIMIT},
    {"the server's failure", -1, 0, PROV_E_SERVER, PROV_OK, PROV_E_SERVER},
    {"failure before announced bytes", 99, 0, PROV_E_AUTH, PROV_OK, PROV_E_AUTH},
    {"the owner's refusal", -1, 0, PROV_OK, PROV_E_CORRUPT, PROV_E_CORRUPT},
};

static void test_transfer_ends_by_bytes_and_status(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const struct ending *ending = &endings[i];
        struct scene scene;
        scene_open(&scene, NULL, NULL);
        answer(&scene)->length = ending->announced;
        answer(&scene)->status = ending->answer;
        scene.owner.data_status = ending->owner;
        if (ending->max_bytes)
            scene.limits.max_fetch_bytes = ending->max_bytes;
        scene_run(&scene);
        if (scene.owner.status != ending->expected)
            fail_msg("%s: %s", ending->name, prov_status_name(scene.owner.status));
        assert_int_equal(scene.owner.err.status, ending->expected);
        assert_int_equal(scene.owner.n_dones, 1);
        assert_int_equal(scene.owner.err.flags,
                         ending->expected == PROV_E_TRUNCATED ? PROV_ERROR_RETRYABLE : 0);
        if (ending->expected != PROV_OK)
            assert_int_not_equal(scene.owner.err.message[0], '\0');
        scene_close(&scene);
    }
}

static void test_transfer_keeps_the_owners_words(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, NULL, NULL);
    scene.owner.data_status = PROV_E_KEY;
    scene_run(&scene);
    assert_string_equal(scene.owner.err.message, "owner refuses");
    scene_close(&scene);
}

static void test_transfer_freed_in_any_callback(void **state)
{
    (void)state;
    for (enum moment moment = IN_ADDRESS; moment <= IN_DONE; moment++) {
        struct scene scene;
        scene_open(&scene, NULL, NULL);
        scene.owner.frees = moment;
        scene_run(&scene);
        assert_null(scene.owner.transfer);
        assert_int_equal(scene.owner.n_connected, moment > IN_ADDRESS);
        assert_int_equal(scene.owner.n_heads, moment > IN_CONNECTED);
        assert_int_equal(scene.owner.len, moment == IN_DATA   ? 10
                                          : moment == IN_DONE ? scene.owner.len
                                                              : 0);
        assert_int_equal(scene.owner.n_dones, moment == IN_DONE);
        assert_int_equal(scene.fake.n_cancelled, 0);
        assert_int_equal(fake_transport_n_running(&scene.fake), 0);
        scene_close(&scene);
    }
}

/* Whoever started it may forbid where it leads. */
static void test_transfer_redirect_may_be_forbidden(void **state)
{
    static const prov_status verdicts[] = {PROV_OK, PROV_E_POLICY, PROV_E_STATE};
    (void)state;
    for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
        struct scene scene;
        scene_open(&scene, NULL, NULL);
        scene.owner.redirect_status = verdicts[i];
        fake_transport_add_text(&scene.fake, URL, "")->redirect = "http://other/";
        fake_transport_add_text(&scene.fake, "http://other/", BODY);
        scene_run(&scene);
        assert_int_equal(scene.owner.n_redirects, 1);
        assert_int_equal(scene.owner.n_dones, 1);
        assert_int_equal(scene.owner.status, verdicts[i]);
        assert_int_equal(scene.owner.err.status, verdicts[i]);
        assert_int_equal(scene.owner.len, verdicts[i] == PROV_OK ? strlen(BODY) : 0);
        scene_close(&scene);
    }
}

static void test_transfer_freed_between_turns(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, NULL, NULL);
    assert_int_equal(scene_start(&scene), PROV_OK);
    for (int i = 0; i < 3; i++)
        scene.fake.transport.process(scene.fake.transport.ctx, NULL);
    assert_int_equal(scene.owner.len, 10);
    provi_transfer_free(scene.owner.transfer);
    scene.owner.transfer = NULL;
    assert_int_equal(scene.fake.n_cancelled, 1);
    scene_turn(&scene);
    assert_int_equal(scene.owner.len, 10);
    assert_int_equal(scene.owner.n_dones, 0);
    scene_close(&scene);
}

/* At every step: a failure, an early "success", a stall, or the same call twice. */
static void faulty_scenario(void *ctx, struct dial *dial)
{
    const enum fake_fault *fault = ctx;
    struct scene scene;
    scene_open(&scene, NULL, dial);
    scene.fake.fault = *fault;
    prov_status status = scene_start(&scene);
    scene_turn(&scene);
    const struct owner *owner = &scene.owner;
    assert_int_equal(status, dial->hit && !owner->transfer ? PROV_E_NETWORK : PROV_OK);
    assert_true(owner->n_dones <= 1 && owner->n_heads <= 1);
    assert_false(owner->is_head_late);
    if (!dial->hit) {
        assert_int_equal(owner->status, PROV_OK);
        assert_int_equal(owner->len, strlen(BODY));
    } else if (*fault == FAKE_STALL) {
        assert_int_equal(owner->n_dones, 0);
    } else if (*fault == FAKE_FAIL && owner->transfer) {
        assert_int_equal(owner->status, PROV_E_NETWORK);
    } else if (*fault == FAKE_SHORT && owner->n_heads > 0 && owner->len < strlen(BODY)) {
        assert_int_equal(owner->status, PROV_E_TRUNCATED);
    }
    scene_close(&scene);
}

static void test_transfer_survives_every_fault_of_a_transport(void **state)
{
    (void)state;
    for (enum fake_fault fault = FAKE_FAIL; fault <= FAKE_DUPLICATE; fault++)
        assert_true(dial_run("transport fault", faulty_scenario, &fault) > 5);
}

static void poor_scenario(void *ctx, struct dial *dial)
{
    (void)ctx;
    struct scene scene;
    scene_open(&scene, dial, NULL);
    prov_status status = scene_start(&scene);
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_OK);
    assert_int_equal(scene.owner.transfer == NULL, dial->hit);
    scene_turn(&scene);
    assert_int_equal(scene.owner.n_dones, !dial->hit);
    scene_close(&scene);
}

static void test_transfer_without_memory(void **state)
{
    (void)state;
    assert_int_equal(dial_run("transfer memory", poor_scenario, NULL), 1);
}

/* A transport that does within start what belongs into process. */
static prov_status hasty_start(void *ctx, prov_transfer *transfer,
                               const struct prov_request *request, struct prov_error *err)
{
    (void)request;
    (void)err;
    const struct prov_response response = {.size = sizeof response};
    prov_transfer_head(transfer, &response);
    assert_int_equal(prov_transfer_data(transfer, "x", 1), PROV_E_STATE);
    prov_transfer_done(transfer, PROV_OK, NULL);
    return *(const prov_status *)ctx;
}

static void test_transfer_ended_within_start_is_refused(void **state)
{
    (void)state;
    struct scene scene;
    scene_open(&scene, NULL, NULL);
    prov_status status = PROV_OK;
    scene.fake.transport.start = hasty_start;
    scene.fake.transport.ctx = &status;
    assert_int_equal(scene_start(&scene), PROV_E_STATE);
    assert_null(scene.owner.transfer);
    assert_string_equal(scene.owner.err.message,
                        "transport fake ended a transfer within its start");
    status = PROV_E_CONNECT;
    assert_int_equal(scene_start(&scene), PROV_E_CONNECT);
    assert_int_equal(scene.owner.err.status, PROV_E_CONNECT);
    assert_non_null(strstr(scene.owner.err.message, "transport fake: "));
    assert_int_equal(scene.owner.n_heads + scene.owner.len + scene.owner.n_dones, 0);
    scene_close(&scene);
}

static prov_status quiet_start(void *ctx, prov_transfer *transfer,
                               const struct prov_request *request, struct prov_error *err)
{
    (void)ctx;
    (void)transfer;
    (void)request;
    (void)err;
    return PROV_OK;
}

static void quiet_cancel(void *ctx, prov_transfer *transfer)
{
    (void)ctx;
    (void)transfer;
}

/* The test itself reports what it wants. */
static void scene_open_by_hand(struct scene *scene)
{
    scene_open(scene, NULL, NULL);
    scene->fake.transport.start = quiet_start;
    scene->fake.transport.cancel = quiet_cancel;
}

/* A transport built against another release of the header. */
static void test_transfer_takes_heads_of_other_releases(void **state)
{
    (void)state;
    struct {
        struct prov_response response;
        uint64_t unknown;
    } newer = {.response = {.size = sizeof newer, .code = 200, .length = -1}};
    struct scene scene;
    scene_open_by_hand(&scene);

    assert_int_equal(scene_start(&scene), PROV_OK);
    prov_transfer_head(scene.owner.transfer, &newer.response);
    assert_int_equal(scene.owner.n_heads, 1);
    provi_transfer_free(scene.owner.transfer);

    assert_int_equal(scene_start(&scene), PROV_OK);
    newer.unknown = 1;
    prov_transfer_head(scene.owner.transfer, &newer.response);
    assert_int_equal(scene.owner.n_heads, 1);
    assert_int_equal(prov_transfer_data(scene.owner.transfer, "x", 1), PROV_E_ABI);
    provi_transfer_free(scene.owner.transfer);

    assert_int_equal(scene_start(&scene), PROV_OK);
    newer.response.size = offsetof(struct prov_response, server_ip);
    prov_transfer_head(scene.owner.transfer, &newer.response);
    assert_int_equal(scene.owner.n_heads, 2);
    assert_int_equal(scene.owner.head.server_ip.len, 0);
    scene_close(&scene);
}

/* The transfer fails, and nothing behind a struct of today is read. */
static void test_transfer_refuses_a_size_never_set(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, sizeof(size_t) - 1, 4097, SIZE_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const struct prov_response response = {.size = sizes[i], .length = -1};
        const struct prov_connection connection = {.size = sizes[i]};
        struct scene scene;
        scene_open_by_hand(&scene);
        assert_int_equal(scene_start(&scene), PROV_OK);
        assert_int_equal(prov_transfer_head(scene.owner.transfer, &response), PROV_E_ABI);
        provi_transfer_free(scene.owner.transfer);
        assert_int_equal(scene_start(&scene), PROV_OK);
        assert_int_equal(prov_transfer_connected(scene.owner.transfer, &connection), PROV_E_ABI);
        assert_int_equal(scene.owner.n_heads + scene.owner.n_connected, 0);
        scene_close(&scene);
    }
}

/* A refused address is no end: another one may do, and then nothing is left of the refusal. */
static void test_transfer_address_may_be_refused(void **state)
{
    static const struct {
        bool has_other; /* the transport has another address, which is permitted */
        bool has_head;
        bool has_redirect;
        prov_status end, expected;
        const char *message; /* NULL: not that of the refusal */
    } rows[] = {
        {false, false, false, PROV_E_POLICY, PROV_E_POLICY, "owner refuses the address"},
        {false, false, false, PROV_E_CONNECT, PROV_E_CONNECT, NULL},
        {true, true, false, PROV_OK, PROV_OK, NULL},
        {true, false, false, PROV_OK, PROV_OK, NULL},
        {true, false, false, PROV_E_TIMEOUT, PROV_E_TIMEOUT, NULL},
        {true, true, false, PROV_E_POLICY, PROV_E_POLICY, NULL},
        {true, true, true, PROV_OK, PROV_OK, NULL},
        {true, false, true, PROV_OK, PROV_OK, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scene scene;
        scene_open_by_hand(&scene);
        assert_int_equal(scene_start(&scene), PROV_OK);
        prov_transfer *transfer = scene.owner.transfer;
        scene.owner.address_status = PROV_E_POLICY;
        assert_int_equal(
            prov_transfer_address(transfer, PROVI_LIT("192.0.2.1"), 80, PROV_PEER_SERVER),
            PROV_E_POLICY);
        assert_int_equal(scene.owner.n_dones, 0);
        scene.owner.address_status = PROV_OK;
        if (rows[i].has_other)
            assert_int_equal(
                prov_transfer_address(transfer, PROVI_LIT("192.0.2.1"), 80, PROV_PEER_SERVER),
                PROV_OK);
        if (rows[i].has_redirect)
            assert_int_equal(prov_transfer_redirect(transfer, PROVI_LIT("http://other/")), PROV_OK);
        const struct prov_response head = {.size = sizeof head, .length = -1};
        if (rows[i].has_head)
            assert_int_equal(prov_transfer_head(transfer, &head), PROV_OK);
        prov_transfer_done(transfer, rows[i].end, NULL);
        assert_int_equal(scene.owner.status, rows[i].expected);
        assert_int_equal(scene.owner.err.status, rows[i].expected);
        if (rows[i].message)
            assert_string_equal(scene.owner.err.message, rows[i].message);
        else
            assert_null(strstr(scene.owner.err.message, "owner refuses"));
        scene_close(&scene);
    }
}

static void test_transfer_data_before_head_makes_an_empty_one(void **state)
{
    (void)state;
    struct scene scene;
    scene_open_by_hand(&scene);
    assert_int_equal(scene_start(&scene), PROV_OK);
    prov_transfer *transfer = scene.owner.transfer;
    assert_int_equal(prov_transfer_data(transfer, "", 0), PROV_OK);
    assert_int_equal(scene.owner.n_heads, 0);
    assert_int_equal(prov_transfer_data(transfer, "ab", 2), PROV_OK);
    assert_int_equal(scene.owner.n_heads, 1);
    assert_int_equal(scene.owner.head.length, -1);
    assert_int_equal(scene.owner.head.retry_after_s, -1);
    const struct prov_response late = {.size = sizeof late, .length = 9};
    prov_transfer_head(transfer, &late);
    assert_int_equal(scene.owner.n_heads, 1);
    prov_transfer_done(transfer, PROV_OK, NULL);
    prov_transfer_done(transfer, PROV_E_NETWORK, NULL);
    assert_int_equal(prov_transfer_data(transfer, "c", 1), PROV_E_STATE);
    assert_int_equal(scene.owner.status, PROV_OK);
    assert_int_equal(scene.owner.n_dones, 1);
    assert_int_equal(scene.owner.len, 2);
    scene_close(&scene);
}

/* Connections: of another release's header, out of turn, and the owner frees within. */
static void test_transfer_reports_connections(void **state)
{
    (void)state;
    struct {
        struct prov_connection connection;
        uint64_t unknown;
    } newer = {.connection = {.size = sizeof newer,
                              .tls_ms = 3,
                              .cert_names = PROVI_LIT("a.example, b.example")}};
    struct scene scene;
    scene_open_by_hand(&scene);
    assert_int_equal(scene_start(&scene), PROV_OK);
    prov_transfer *transfer = scene.owner.transfer;
    assert_int_equal(prov_transfer_connected(NULL, &newer.connection), PROV_E_INVALID);
    assert_int_equal(prov_transfer_connected(transfer, NULL), PROV_E_INVALID);
    assert_int_equal(prov_transfer_connected(transfer, &newer.connection), PROV_OK);
    assert_int_equal(prov_transfer_connected(transfer, &newer.connection), PROV_OK);
    assert_int_equal(scene.owner.n_connected, 2);
    newer.unknown = 1;
    assert_int_equal(prov_transfer_connected(transfer, &newer.connection), PROV_E_ABI);
    assert_int_equal(prov_transfer_data(transfer, "x", 1), PROV_E_ABI);
    provi_transfer_free(transfer);

    newer.unknown = 0;
    assert_int_equal(scene_start(&scene), PROV_OK);
    transfer = scene.owner.transfer;
    scene.owner.frees = IN_CONNECTED;
    assert_int_equal(prov_transfer_connected(transfer, &newer.connection), PROV_E_CANCELLED);
    assert_int_equal(prov_transfer_connected(transfer, &newer.connection), PROV_E_CANCELLED);
    assert_int_equal(scene.owner.n_connected, 3);
    prov_transfer_done(transfer, PROV_E_CANCELLED, NULL);
    scene_close(&scene);
}

/* The owner frees in the head that the first byte brings: the byte itself comes too late. */
static void test_transfer_freed_in_the_head_of_the_first_byte(void **state)
{
    (void)state;
    struct scene scene;
    scene_open_by_hand(&scene);
    assert_int_equal(scene_start(&scene), PROV_OK);
    prov_transfer *transfer = scene.owner.transfer;
    scene.owner.frees = IN_HEAD;
    assert_int_equal(prov_transfer_data(transfer, "a", 1), PROV_E_CANCELLED);
    assert_int_equal(scene.owner.n_heads, 1);
    assert_int_equal(scene.owner.len, 0);
    prov_transfer_done(transfer, PROV_E_CANCELLED, NULL);
    assert_int_equal(scene.owner.n_dones, 0);
    scene_close(&scene);
}

/* A transport's detail counts only where it is that of the status reported. */
static void test_transfer_takes_the_detail_of_the_status(void **state)
{
    static const struct {
        prov_status status, detail;
        const char *message;
    } rows[] = {
        {PROV_E_NETWORK, PROV_E_NETWORK, "the cable is cut"},
        {PROV_E_NETWORK, PROV_E_DNS, NULL},
        {PROV_OK, PROV_E_DNS, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct scene scene;
        scene_open_by_hand(&scene);
        assert_int_equal(scene_start(&scene), PROV_OK);
        struct prov_error err = {.size = sizeof err};
        provi_fail(&err, rows[i].detail, "the cable is cut");
        prov_transfer_done(scene.owner.transfer, rows[i].status, &err);
        assert_int_equal(scene.owner.status, rows[i].status);
        assert_int_equal(scene.owner.err.status, rows[i].status);
        assert_string_equal(scene.owner.err.message,
                            rows[i].message ? rows[i].message : prov_status_text(rows[i].status));
        scene_close(&scene);
    }
}

static void free_again(void *ctx, prov_transfer *transfer)
{
    struct scene *scene = ctx;
    scene->fake.n_cancelled++;
    provi_transfer_free(transfer);
}

/* The host's own transport ends, in `cancel`, what owns the transfer. */
static void test_transfer_freed_again_within_cancel_is_cancelled_once(void **state)
{
    (void)state;
    struct scene scene;
    scene_open_by_hand(&scene);
    scene.fake.transport.cancel = free_again;
    scene.fake.transport.ctx = &scene;
    assert_int_equal(scene_start(&scene), PROV_OK);
    provi_transfer_free(scene.owner.transfer);
    scene.owner.transfer = NULL;
    assert_int_equal(scene.fake.n_cancelled, 1);
    scene_close(&scene);
}

static void test_transfer_refuses_what_is_no_report(void **state)
{
    (void)state;
    const struct prov_response response = {.size = sizeof response};
    const prov_str no_text = {NULL, 3};
    struct scene scene;
    scene_open_by_hand(&scene);
    assert_int_equal(scene_start(&scene), PROV_OK);
    prov_transfer *transfer = scene.owner.transfer;
    const prov_status answers[] = {
        prov_transfer_head(NULL, &response),
        prov_transfer_head(transfer, NULL),
        prov_transfer_data(NULL, "x", 1),
        prov_transfer_data(transfer, NULL, 1),
        prov_transfer_address(NULL, PROVI_LIT("::1"), 80, PROV_PEER_SERVER),
        prov_transfer_address(transfer, no_text, 80, PROV_PEER_SERVER),
        prov_transfer_address(transfer, PROVI_LIT("192.0.2.1"), 80, PROV_PEER_PROXY + 1),
        prov_transfer_redirect(NULL, PROVI_LIT("http://h/")),
        prov_transfer_redirect(transfer, no_text),
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        if (answers[i] != PROV_E_INVALID)
            fail_msg("report %zu: %s", i, prov_status_name(answers[i]));
    assert_int_equal(scene.owner.n_heads + scene.owner.n_addresses + scene.owner.n_redirects, 0);
    assert_int_equal(prov_transfer_n_bytes(transfer), 0);
    assert_int_equal(prov_transfer_n_bytes(NULL), 0);
    assert_int_equal(prov_transfer_data(transfer, NULL, 0), PROV_OK);
    prov_transfer_done(NULL, PROV_OK, NULL);
    provi_transfer_free(NULL);
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_transfer_hands_over_head_body_and_end),
        cmocka_unit_test(test_transfer_ends_by_bytes_and_status),
        cmocka_unit_test(test_transfer_keeps_the_owners_words),
        cmocka_unit_test(test_transfer_freed_in_any_callback),
        cmocka_unit_test(test_transfer_address_may_be_refused),
        cmocka_unit_test(test_transfer_freed_between_turns),
        cmocka_unit_test(test_transfer_redirect_may_be_forbidden),
        cmocka_unit_test(test_transfer_survives_every_fault_of_a_transport),
        cmocka_unit_test(test_transfer_without_memory),
        cmocka_unit_test(test_transfer_ended_within_start_is_refused),
        cmocka_unit_test(test_transfer_takes_heads_of_other_releases),
        cmocka_unit_test(test_transfer_refuses_a_size_never_set),
        cmocka_unit_test(test_transfer_data_before_head_makes_an_empty_one),
        cmocka_unit_test(test_transfer_without_optional_callbacks_brings_the_body),
        cmocka_unit_test(test_transfer_reports_connections),
        cmocka_unit_test(test_transfer_freed_in_the_head_of_the_first_byte),
        cmocka_unit_test(test_transfer_takes_the_detail_of_the_status),
        cmocka_unit_test(test_transfer_freed_again_within_cancel_is_cancelled_once),
        cmocka_unit_test(test_transfer_refuses_what_is_no_report),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
