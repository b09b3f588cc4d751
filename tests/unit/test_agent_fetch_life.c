/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Fetches of a host among other jobs: order, cancel, faults at every step. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "file_user.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* Order */

static struct prov_job_status status_of(struct file_user *user)
{
    struct prov_job_status status = {.size = sizeof status};
    assert_int_equal(prov_agent_status(user->device.agent, PROV_JOB_FETCH, &status), PROV_OK);
    return status;
}

static void ask_for_n(struct file_user *user, unsigned n)
{
    for (unsigned i = 1; i <= n; i++) {
        struct prov_fetch asked = file_user_get(user, FILE_URL);
        asked.id = i;
        assert_int_equal(prov_agent_fetch(user->device.agent, &asked, NULL), PROV_OK);
    }
}

static void test_fetches_are_carried_out_in_order_up_to_a_bound(void **state)
{
    struct file_user user = {.n_results = 0};
    struct prov_error error = {0};
    (void)state;
    file_user_plug_in(&user, NULL, NULL);
    assert_int_equal(status_of(&user).state, PROV_STATE_ABSENT);
    for (unsigned round = 0; round < 2; round++) {
        ask_for_n(&user, 3);
        user.len = 0;
        device_pass(&user.device, 1000);
    }
    assert_string_equal(user.events, "fetch 1\nfetch 2\nfetch 3\nfetch 1\nfetch 2\nfetch 3\n");
    assert_int_equal(user.progress_id, 3);
    assert_int_equal(status_of(&user).state, PROV_STATE_IDLE);
    assert_int_equal(status_of(&user).last->fetch, 3);

    user.device.net.is_frozen = true;
    ask_for_n(&user, PROV_FETCH_MAX);
    assert_int_equal(status_of(&user).state, PROV_STATE_WAITING);
    struct prov_fetch one_more = file_user_get(&user, FILE_URL);
    assert_int_equal(prov_agent_fetch(user.device.agent, &one_more, &error), PROV_E_LIMIT);
    device_pass(&user.device, 1000);
    assert_int_equal(status_of(&user).state, PROV_STATE_RUNNING);
    assert_int_equal(status_of(&user).progress->fetch, 1);
    device_unplug(&user.device); /* with all of them */
}

static void ask_for_another(struct file_user *user)
{
    struct prov_fetch asked = file_user_get(user, FILE_URL);
    asked.id = 9;
    user->len = 0;
    if (user->n_results > 1)
        return;
    assert_int_equal(prov_agent_fetch(user->device.agent, &asked, NULL), PROV_OK);
    assert_int_equal(prov_agent_fetch(user->device.agent, &asked, NULL), PROV_E_LIMIT);
}

static void test_a_reported_fetch_leaves_its_place_to_another(void **state)
{
    (void)state;
    for (unsigned is_cancelled = 0; is_cancelled < 2; is_cancelled++) {
        struct file_user user = {.on_result = ask_for_another};
        file_user_plug_in(&user, NULL, NULL);
        ask_for_n(&user, PROV_FETCH_MAX);
        if (is_cancelled)
            assert_int_equal(prov_agent_cancel(user.device.agent, PROV_JOB_FETCH, NULL), PROV_OK);
        user.device.net.is_frozen = is_cancelled;
        device_pass(&user.device, 1000);
        assert_int_equal(user.ids[0], 1);
        assert_int_equal(user.n_results, PROV_FETCH_MAX + 1 - is_cancelled);
        device_unplug(&user.device);
    }
}

/* A device with a profile of its own, whose servers answer nothing yet. */
static void plug_in_frozen(struct file_user *user)
{
    file_user_plug_in(user, NULL, NULL);
    fake_transport_add_text(&user->device.net, "http://h/p", "<flat-profile/>");
    fake_host_set(&user->device.host, "Profile_Rule", "http://h/p");
    user->device.net.is_frozen = true;
}

/* A sink cannot begin anew, so that what runs goes on; the resync comes before what waits. */
static void test_a_resync_waits_for_one_fetch_only(void **state)
{
    struct file_user user = {.n_results = 0};
    (void)state;
    plug_in_frozen(&user);
    ask_for_n(&user, 3);
    device_settle(&user.device);
    assert_int_equal(prov_agent_request(user.device.agent, NULL, NULL), PROV_OK);
    device_settle(&user.device);
    assert_int_equal(user.device.net.n_requests, 1);
    struct prov_job_status resync = {.size = sizeof resync};
    assert_int_equal(prov_agent_status(user.device.agent, PROV_JOB_RESYNC, &resync), PROV_OK);
    assert_int_equal(resync.waits_for, PROV_WAIT_OTHER_JOB);
    user.device.net.is_frozen = false;
    device_pass(&user.device, 1000);
    assert_string_equal(user.events, "fetch 1\nresync\nfetch 2\nfetch 3\n");
    device_unplug(&user.device);
}

static void test_a_fetch_waits_for_a_resync(void **state)
{
    struct file_user user = {.n_results = 0};
    (void)state;
    plug_in_frozen(&user);
    assert_int_equal(prov_agent_request(user.device.agent, NULL, NULL), PROV_OK);
    device_settle(&user.device);
    ask_for_n(&user, 1);
    device_settle(&user.device);
    assert_int_equal(status_of(&user).state, PROV_STATE_WAITING);
    assert_int_equal(status_of(&user).waits_for, PROV_WAIT_OTHER_JOB);
    user.device.net.is_frozen = false;
    device_pass(&user.device, 1000);
    assert_string_equal(user.events, "resync\nfetch 1\n");
    device_unplug(&user.device);
}

static void test_a_resync_cancelled_while_it_waits_leaves_the_fetch_alone(void **state)
{
    struct file_user user = {.n_results = 0};
    (void)state;
    plug_in_frozen(&user);
    ask_for_n(&user, 2);
    device_settle(&user.device);
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(prov_agent_request(user.device.agent, NULL, NULL), PROV_OK);
        device_settle(&user.device);
        assert_int_equal(user.device.net.n_requests, 1);
        if (i == 0)
            assert_int_equal(prov_agent_cancel(user.device.agent, PROV_JOB_RESYNC, NULL), PROV_OK);
        device_settle(&user.device);
    }
    assert_int_equal(fake_transport_n_running(&user.device.net), 1);
    user.device.net.is_frozen = false;
    device_pass(&user.device, 1000);
    assert_string_equal(user.events, "resync\nfetch 1\nresync\nfetch 2\n");
    device_unplug(&user.device);
}

/* A server that never answers holds a resync back no longer than the fetch may take. */
static void test_a_fetch_without_an_end_does_not_hold_a_resync_back(void **state)
{
    struct file_user user = {.n_results = 0};
    (void)state;
    file_user_plug_in(&user, NULL, NULL);
    user.device.net.stalled_url = FILE_URL;
    struct prov_fetch asked = file_user_get(&user, FILE_URL);
    asked.timeout_ms = 5000;
    assert_int_equal(prov_agent_fetch(user.device.agent, &asked, NULL), PROV_OK);
    assert_int_equal(prov_agent_fetch(user.device.agent, &asked, NULL), PROV_OK);
    device_settle(&user.device);
    assert_int_equal(prov_agent_request(user.device.agent, NULL, NULL), PROV_OK);
    device_pass(&user.device, 4999);
    assert_string_equal(user.events, "");
    device_pass(&user.device, 1);
    assert_string_equal(user.events, "fetch 7\nresync\n");
    device_pass(&user.device, 5000);
    assert_string_equal(user.events, "fetch 7\nresync\nfetch 7\n");
    device_unplug(&user.device);
}

/* The host asks, and the line it is on does not matter. */
static void test_a_host_fetches_during_a_call(void **state)
{
    struct file_user user = {.n_results = 0};
    (void)state;
    file_user_plug_in(&user, NULL, NULL);
    fake_host_set(&user.device.host, "Provision_Enable", "No");
    user.device.host.is_idle = false;
    struct prov_fetch asked = file_user_get(&user, FILE_URL);
    assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
    assert_int_equal(user.last.outcome, PROV_OUTCOME_APPLIED);
    device_unplug(&user.device);
}

/* A server that stops in the middle is not replaced by the next one: the sink has bytes of it. */
static void test_bytes_that_came_are_not_fetched_from_another_server(void **state)
{
    struct file_user user = {.n_results = 0};
    (void)state;
    file_user_plug_in(&user, NULL, NULL);
    struct fake_answer *first = fake_transport_add_text(&user.device.net, "http://a/f", FILE_TEXT);
    first->status = PROV_E_CONNECT;
    fake_transport_add_text(&user.device.net, "http://b/f", FILE_TEXT);
    struct prov_fetch asked = file_user_get(&user, "/f");
    asked.server = prov_str_from("http://a,http://b");
    assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
    assert_int_equal(user.last.outcome, PROV_OUTCOME_APPLIED);
    assert_string_equal(user.file, FILE_TEXT);

    struct dial stall = {.at = 4}; /* after the first bytes */
    first->status = PROV_OK;
    first->chunk = 5;
    user.device.net.dial = &stall;
    user.device.net.fault = FAKE_STALL;
    user.len = 0;
    memset(user.file, 0, sizeof user.file);
    asked.timeout_ms = 500;
    size_t n_before = user.device.net.n_requests;
    assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
    assert_int_equal(user.last.outcome, PROV_OUTCOME_FAILED);
    assert_int_equal(user.device.net.n_requests, n_before + 1);
    assert_true(user.len > 0);
    user.device.net.dial = NULL;
    device_unplug(&user.device);
}

/* Cancelled, freed, without memory */

static void cancel_all(struct file_user *user)
{
    assert_int_equal(prov_agent_cancel(user->device.agent, PROV_JOB_FETCH, NULL), PROV_OK);
    assert_int_equal(prov_agent_timeout_ms(user->device.agent), 0);
}

/* Each ends once, in order, and the sink hears nothing after it was cancelled. */
static void cancel_somewhere(void *ctx, struct dial *dial)
{
    struct file_user user = {.dial = dial, .at_chance = cancel_all};
    (void)ctx;
    file_user_plug_in(&user, NULL, NULL);
    user.device.net.is_immediate = false;
    ask_for_n(&user, 2);
    for (unsigned i = 0; i < 30; i++) {
        file_user_chance(&user);
        assert_int_equal(prov_agent_process(user.device.agent, NULL), PROV_OK);
    }
    assert_int_equal(user.n_results, 2);
    assert_string_equal(user.events, "fetch 1\nfetch 2\n");
    assert_false(prov_agent_is_busy(user.device.agent));
    assert_int_equal(fake_transport_n_running(&user.device.net), 0);
    assert_true(user.device.net.n_cancelled <= 1);
    if (!dial->hit)
        assert_string_equal(user.file, FILE_TEXT FILE_TEXT);
    user.dial = NULL;
    struct prov_fetch asked = file_user_get(&user, FILE_URL);
    user.len = 0;
    assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
    assert_int_equal(user.last.outcome, PROV_OUTCOME_APPLIED);
    device_unplug(&user.device);
}

static void test_fetches_may_be_cancelled_at_every_step(void **state)
{
    (void)state;
    assert_true(dial_run("cancel", cancel_somewhere, NULL) > 20);
}

static void test_waiting_ones_are_cancelled_too(void **state)
{
    struct file_user user = {.n_results = 0};
    (void)state;
    file_user_plug_in(&user, NULL, NULL);
    user.device.net.is_frozen = true;
    ask_for_n(&user, 3);
    device_settle(&user.device);
    cancel_all(&user);
    assert_int_equal(fake_transport_n_running(&user.device.net), 0);
    device_settle(&user.device);
    assert_string_equal(user.events, "fetch 1\nfetch 2\nfetch 3\n");
    assert_non_null(strstr(user.message, "cancelled by the host"));
    assert_int_equal(user.last.mono_ms, user.device.host.now_ms);
    assert_int_equal(user.n_begun, 0);
    device_unplug(&user.device);
}

/* Its result does not wait for the resync that it waited for. */
static void test_one_that_waits_for_a_resync_is_cancelled_at_once(void **state)
{
    struct file_user user = {.n_results = 0};
    (void)state;
    plug_in_frozen(&user);
    assert_int_equal(prov_agent_request(user.device.agent, NULL, NULL), PROV_OK);
    device_settle(&user.device);
    ask_for_n(&user, 1);
    device_settle(&user.device);
    assert_int_equal(status_of(&user).waits_for, PROV_WAIT_OTHER_JOB);
    cancel_all(&user);
    assert_int_equal(prov_agent_timeout_ms(user.device.agent), 0);
    assert_int_equal(status_of(&user).waits_for, PROV_WAIT_TIME);
    assert_int_equal(status_of(&user).in_ms, 0);
    device_settle(&user.device);
    assert_int_equal(user.n_results, 1);
    assert_non_null(strstr(user.message, "cancelled by the host"));
    assert_int_equal(status_of(&user).state, PROV_STATE_IDLE);
    device_unplug(&user.device);
}

static void free_agent(struct file_user *user)
{
    prov_agent_free(user->device.agent);
    user->len = 0; /* what the sink has is the host's again */
    user->n_results = 0;
    user->n_begun = 0;
}

static void free_somewhere(void *ctx, struct dial *dial)
{
    struct file_user user = {.dial = dial, .at_chance = free_agent};
    (void)ctx;
    file_user_plug_in(&user, NULL, NULL);
    user.device.net.is_immediate = false;
    ask_for_n(&user, 2);
    for (unsigned i = 0; i < 30 && !dial->hit; i++)
        prov_agent_process(user.device.agent, NULL);
    assert_int_equal(user.n_results, dial->hit ? 0 : 2);
    if (dial->hit) {
        struct prov_transport *transport = &user.device.net.transport;
        for (unsigned i = 0; i < 30; i++) /* it ends the fetches that it has to end */
            transport->process(transport->ctx, NULL);
        assert_int_equal(user.len + user.n_begun, 0);
        user.device.agent = NULL;
    }
    device_unplug(&user.device);
}

static void test_the_agent_may_be_freed_at_every_step(void **state)
{
    (void)state;
    assert_true(dial_run("free", free_somewhere, NULL) > 10);
}

/* From the event of one, and from a sink. */
static void ask_again(struct file_user *user)
{
    struct prov_fetch asked = file_user_get(user, FILE_URL);
    asked.id = 9;
    user->dial = NULL;
    assert_int_equal(prov_agent_fetch(user->device.agent, &asked, NULL), PROV_OK);
}

static void ask_somewhere(void *ctx, struct dial *dial)
{
    struct file_user user = {.dial = dial, .at_chance = ask_again};
    (void)ctx;
    file_user_plug_in(&user, NULL, NULL);
    struct prov_fetch asked = file_user_get(&user, FILE_URL);
    assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
    assert_string_equal(user.events, dial->hit ? "fetch 7\nfetch 9\n" : "fetch 7\n");
    assert_int_equal(user.len, (dial->hit ? 2 : 1) * strlen(FILE_TEXT));
    device_unplug(&user.device);
}

static void test_a_host_may_ask_from_every_callback(void **state)
{
    (void)state;
    assert_true(dial_run("ask", ask_somewhere, NULL) > 5);
}

static void out_of_memory(void *ctx, struct dial *dial)
{
    struct file_user user = {.n_results = 0};
    (void)ctx;
    file_user_plug_in(&user, dial, NULL);
    const struct prov_upload upload = file_user_upload(&user);
    struct prov_fetch asked = file_user_get(&user, "( GPP_A = \"x\" )! [--uid u] " FILE_URL);
    asked.method = PROV_METHOD_POST;
    asked.upload = &upload;
    asked.flags = PROV_FETCH_DECODE;
    const struct prov_header header = {prov_str_from("X-Group"), prov_str_from("7")};
    asked.headers = &header;
    asked.n_headers = 1;
    prov_status status = file_user_fetch(&user, &asked);
    user.device.memory.dial = NULL;
    assert_int_equal(user.n_results, status == PROV_OK);
    if (!dial->hit)
        assert_int_equal(user.last.outcome, PROV_OUTCOME_APPLIED);
    if (user.is_finished)
        assert_string_equal(user.file, FILE_TEXT);
    user.len = 0;
    asked = file_user_get(&user, FILE_URL);
    assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
    assert_int_equal(user.last.outcome, PROV_OUTCOME_APPLIED);
    device_unplug(&user.device);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(dial_run("allocations of a fetch", out_of_memory, NULL) > 10);
}

static void bad_network(void *ctx, struct dial *dial)
{
    struct file_user user = {.n_results = 0};
    file_user_plug_in(&user, NULL, dial);
    user.device.net.fault = *(enum fake_fault *)ctx;
    user.device.net.is_immediate = false;
    struct prov_fetch asked = file_user_get(&user, FILE_URL);
    asked.timeout_ms = 500;
    assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
    assert_int_equal(user.n_results, 1);
    assert_int_equal(user.is_finished, user.last.outcome == PROV_OUTCOME_APPLIED);
    if (!dial->hit)
        assert_true(user.is_finished);
    device_unplug(&user.device);
}

static void test_the_network_may_fail_at_every_step(void **state)
{
    static const enum fake_fault faults[] = {FAKE_FAIL, FAKE_SHORT, FAKE_STALL};
    (void)state;
    for (size_t i = 0; i < LEN(faults); i++) {
        enum fake_fault fault = faults[i];
        assert_true(dial_run("network", bad_network, &fault) > 4);
    }
}

/* A transport that reports what it should not. */
struct odd_net {
    prov_transfer *transfer;
    struct prov_response head;
    const char *body;
};

static prov_status odd_start(void *ctx, prov_transfer *transfer, const struct prov_request *request,
                             struct prov_error *err)
{
    (void)request, (void)err;
    ((struct odd_net *)ctx)->transfer = transfer;
    return PROV_OK;
}

static void odd_cancel(void *ctx, prov_transfer *transfer)
{
    (void)transfer;
    ((struct odd_net *)ctx)->transfer = NULL;
}

static int64_t odd_timeout_ms(void *ctx)
{
    return ((struct odd_net *)ctx)->transfer ? 0 : -1;
}

static prov_status odd_process(void *ctx, struct prov_error *err)
{
    struct odd_net *net = ctx;
    prov_transfer *transfer = net->transfer;
    struct prov_error error = {0};
    (void)err;
    if (!transfer)
        return PROV_OK;
    net->transfer = NULL;
    prov_status status = prov_transfer_head(transfer, &net->head);
    if (status == PROV_OK)
        status = prov_transfer_data(transfer, net->body, strlen(net->body));
    prov_transfer_done(transfer, status, &error);
    return PROV_OK;
}

static void test_answers_that_make_no_sense_are_refused(void **state)
{
    static const struct {
        struct prov_response head;
        uint64_t asked_from;
        const char *body, *message;
    } rows[] = {
        {{.code = 206, .offset = 5},
         10,
         "x",
         "expected the file from byte 10, found it from byte 5"},
        {{.code = 206, .offset = 5}, 0, "x", "expected the file from byte 0, found it from byte 5"},
        {{.code = 304}, 0, "x", "a body behind \"not modified\""},
    };
    (void)state;
    for (size_t i = 0; i < LEN(rows); i++) {
        struct file_user user = {.n_results = 0};
        struct odd_net net = {.head = rows[i].head, .body = rows[i].body};
        const struct prov_transport transport = {.size = sizeof transport,
                                                 .name = "odd",
                                                 .schemes = "http",
                                                 .ctx = &net,
                                                 .start = odd_start,
                                                 .cancel = odd_cancel,
                                                 .timeout_ms = odd_timeout_ms,
                                                 .process = odd_process};
        net.head.size = sizeof net.head;
        net.head.length = -1;
        net.head.retry_after_s = -1;
        file_user_plug_in(&user, NULL, NULL);
        assert_int_equal(prov_agent_add_transport(user.device.agent, &transport, 0, NULL), PROV_OK);
        struct prov_fetch asked = file_user_get(&user, FILE_URL);
        asked.etag = prov_str_from("\"v1\"");
        asked.offset = rows[i].asked_from;
        assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
        assert_int_equal(user.last.outcome, PROV_OUTCOME_FAILED);
        assert_non_null(strstr(user.message, rows[i].message));
        assert_non_null(strstr(user.message, "PROV_E_NETWORK"));
        assert_string_equal(user.file, "");
        device_unplug(&user.device);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fetches_are_carried_out_in_order_up_to_a_bound),
        cmocka_unit_test(test_answers_that_make_no_sense_are_refused),
        cmocka_unit_test(test_a_reported_fetch_leaves_its_place_to_another),
        cmocka_unit_test(test_a_resync_waits_for_one_fetch_only),
        cmocka_unit_test(test_a_fetch_waits_for_a_resync),
        cmocka_unit_test(test_a_resync_cancelled_while_it_waits_leaves_the_fetch_alone),
        cmocka_unit_test(test_a_fetch_without_an_end_does_not_hold_a_resync_back),
        cmocka_unit_test(test_a_host_fetches_during_a_call),
        cmocka_unit_test(test_bytes_that_came_are_not_fetched_from_another_server),
        cmocka_unit_test(test_fetches_may_be_cancelled_at_every_step),
        cmocka_unit_test(test_waiting_ones_are_cancelled_too),
        cmocka_unit_test(test_one_that_waits_for_a_resync_is_cancelled_at_once),
        cmocka_unit_test(test_the_agent_may_be_freed_at_every_step),
        cmocka_unit_test(test_a_host_may_ask_from_every_callback),
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_the_network_may_fail_at_every_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
