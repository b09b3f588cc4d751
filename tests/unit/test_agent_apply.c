/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Profiles that the host has. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/array.h"
#include "base/str.h"
#include "device.h"

#define PROFILE                                                                                    \
    "<flat-profile>\n<GPP_A>new</GPP_A>\n<GPP_B ua=\"na\">new</GPP_B>\n</flat-profile>\n"

static prov_status apply(struct device *d, prov_str body, struct prov_error *err)
{
    const struct prov_agent_profile profile = {.size = sizeof profile, .body = body};
    return prov_agent_apply(d->agent, &profile, NULL, err);
}

static void start(struct device *d)
{
    device_start(d);
    device_boot(d);
    fake_host_set(&d->host, "GPP_A", "old");
}

static void assert_old(struct device *d)
{
    device_assert_stored(d, "GPP_A", "old");
    device_assert_stored(d, "GPP_B", NULL);
}

static void test_a_profile_is_applied(void **state)
{
    struct device d;
    uint64_t n_changed = 99;
    const struct prov_agent_profile profile = {
        .size = sizeof profile, .cause = PROV_CAUSE_URL, .body = PROVI_LIT(PROFILE)};
    (void)state;
    start(&d);
    assert_int_equal(prov_agent_apply(d.agent, &profile, &n_changed, NULL), PROV_OK);
    assert_int_equal(n_changed, 2);
    assert_string_equal(fake_host_take_events(&d.host), "changed GPP_A 'old' 'new'\n"
                                                        "changed GPP_B '' 'new'\n"
                                                        "result config.xml applied \n");
    device_assert_stored(&d, "GPP_A", "new");
    assert_int_equal(prov_agent_apply(d.agent, &profile, &n_changed, NULL), PROV_OK);
    assert_int_equal(n_changed, 0);
    assert_string_equal(fake_host_take_events(&d.host), "result config.xml unchanged \n");
    device_unplug(&d);
}

static struct prov_result heard; /* the last result; its texts are gone */

/* Each change takes its time. */
static void listen(void *ctx, const struct prov_event *event)
{
    struct device *d = ctx;
    if (event->type == PROV_EVENT_CHANGED)
        d->host.now_ms += 1500;
    if (event->type == PROV_EVENT_RESULT)
        heard = *event->as.result;
}

static bool wall_s(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    const struct fake_host *host = ctx;
    *utc_s = 1800000000 + host->now_ms / 1000;
    *utc_offset_s = 3600;
    return true;
}

/* It names no alternative, unlike the result of a rule. */
static void test_its_result_is_complete(void **state)
{
    static const char body[] = "<flat-profile><GPP_A>new</GPP_A><Own_Restart>1</Own_Restart>"
                               "<GPP_C>3</GPP_C><MAC_Address>0</MAC_Address></flat-profile>";
    const prov_str text = {body, sizeof body - 1};
    const struct prov_agent_profile profile = {
        .size = sizeof profile, .cause = PROV_CAUSE_URL, .body = text};
    struct prov_agent_options options = {.size = sizeof options, .catalogue = &device_catalogue};
    struct device d;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    d.host.host.wall_s = wall_s;
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    d.host.on_event = listen;
    d.host.on_event_ctx = &d;
    assert_int_equal(prov_agent_apply(d.agent, &profile, NULL, NULL), PROV_OK);
    assert_int_equal(heard.size, sizeof heard);
    assert_int_equal(heard.alternative, -1);
    assert_int_equal(heard.cause, PROV_CAUSE_URL);
    assert_int_equal(heard.outcome, PROV_OUTCOME_APPLIED);
    assert_int_equal(heard.needs, PROV_NEEDS_RESTART);
    assert_int_equal(heard.bytes, text.len);
    assert_int_equal(heard.total, text.len);
    assert_int_equal(heard.n_params, 4);
    assert_int_equal(heard.n_changed, 3);
    assert_int_equal(heard.n_warnings, 1);
    assert_int_equal(heard.mono_ms, d.host.now_ms);
    assert_int_equal(heard.wall_s, 1800000000 + d.host.now_ms / 1000);
    assert_int_equal(heard.duration_ms, 3 * 1500);
    assert_int_equal(apply(&d, text, NULL), PROV_OK);
    assert_int_equal(heard.cause, PROV_CAUSE_HOST);
    assert_int_equal(heard.outcome, PROV_OUTCOME_UNCHANGED);
    assert_int_equal(heard.needs, 0);
    assert_int_equal(heard.n_params, 4);
    assert_int_equal(heard.n_changed, 0);
    device_unplug(&d);
}

/* The place of the fault, and nothing of what was right before it. */
static void test_a_malformed_profile_changes_nothing(void **state)
{
    static const struct {
        const char *body;
        prov_status status;
        uint32_t line;
    } cases[] = {
        {"<flat-profile>\n<GPP_A>new</GPP_A>\n<GPP_B>x</GPP_C>\n</flat-profile>", PROV_E_CORRUPT,
         3},
        {"<flat-profile>\n<GPP_A>new</GPP_A>\n<GPP_B>x & y</GPP_B></flat-profile>", PROV_E_CORRUPT,
         3},
        {"<flat-profile>\n<GPP_A>new</GPP_A>\n", PROV_E_TRUNCATED, 3},
        {"<!DOCTYPE a [<!ENTITY b \"c\">]><flat-profile><GPP_A>&b;</GPP_A></flat-profile>",
         PROV_E_CORRUPT, 1},
        {"GPP_A=new", PROV_E_CORRUPT, 1},
        {"", PROV_E_CORRUPT, 1},
        {"Salted__12345678aaaaaaaaaaaaaaaa", PROV_E_NO_KEY, 0},
    };
    struct device d;
    (void)state;
    start(&d);
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        struct prov_error error = {0};
        prov_status status = apply(&d, prov_str_from(cases[i].body), &error);
        if (status != cases[i].status || (cases[i].line && error.line != cases[i].line))
            fail_msg("%s: %s, line %u: %s", cases[i].body, prov_status_name(status),
                     (unsigned)error.line, error.message);
        assert_string_equal(error.source, "config.xml");
        assert_old(&d);
        const char *events = fake_host_take_events(&d.host);
        if (!strstr(events, "result config.xml failed") || strstr(events, "changed"))
            fail_msg("%s", events);
    }
    device_unplug(&d);
}

static void test_a_profile_that_is_cut_changes_nothing(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    const size_t end = strlen(PROFILE) - 1; /* its last line break does not count */
    for (size_t len = 0; len < end; len++) {
        prov_status status = apply(&d, (prov_str){PROFILE, len}, NULL);
        assert_true(status == PROV_E_TRUNCATED || (len < 3 && status == PROV_E_CORRUPT));
        assert_old(&d);
    }
    assert_int_equal(apply(&d, (prov_str){PROFILE, end}, NULL), PROV_OK);
    device_assert_stored(&d, "GPP_A", "new");
    device_unplug(&d);
}

static void encode(struct capture *encoded, const char *text, uint32_t encodings, const char *key)
{
    prov_encoder *encoder;
    const struct prov_encode_options options = {
        .size = sizeof options, .encodings = encodings, .key = prov_str_from(key)};
    capture_init(encoded, NULL);
    assert_int_equal(prov_encoder_new(&encoder, &options, encoded->sink, NULL), PROV_OK);
    assert_int_equal(prov_encoder_write(encoder, text, strlen(text), NULL), PROV_OK);
    assert_int_equal(prov_encoder_finish(encoder, NULL), PROV_OK);
    prov_encoder_free(encoder);
}

static void test_a_profile_may_be_encrypted(void **state)
{
    static const char key[] = "s3cr3t-key";
    struct device d;
    struct capture sealed;
    struct prov_error error = {0};
    (void)state;
    encode(&sealed, PROFILE, PROV_ENCODING_AES_CBC, key);
    struct prov_agent_profile profile = {.size = sizeof profile,
                                         .name = PROVI_LIT("upload"),
                                         .body = {(char *)sealed.data, sealed.len},
                                         .key = PROVI_LIT("other")};
    start(&d);
    assert_int_equal(prov_agent_apply(d.agent, &profile, NULL, &error), PROV_E_KEY);
    assert_string_equal(error.source, "upload");
    assert_old(&d);
    profile.key = prov_str_from(key);
    assert_int_equal(prov_agent_apply(d.agent, &profile, NULL, NULL), PROV_OK);
    device_assert_stored(&d, "GPP_A", "new");
    assert_null(strstr(fake_host_take_events(&d.host), key));
    d.host.on_event = listen;
    d.host.on_event_ctx = &d;
    assert_int_equal(prov_agent_apply(d.agent, &profile, NULL, NULL), PROV_OK);
    assert_int_equal(heard.encodings, PROV_ENCODING_AES_CBC);
    assert_int_equal(heard.derivation, PROV_DERIVE_SHA256);
    profile.body = PROVI_LIT(PROFILE);
    assert_int_equal(prov_agent_apply(d.agent, &profile, NULL, NULL), PROV_E_NOT_ENCRYPTED);
    device_unplug(&d);
    capture_free(&sealed);
}

/* Only in a file that was not encrypted a comment may have such bytes. */
static void test_an_encrypted_profile_is_read_strictly(void **state)
{
    static const char key[] = "s3cr3t-key";
    static const char text[] = "<flat-profile><!-- \xff --><GPP_A>new</GPP_A></flat-profile>";
    struct device d;
    struct capture sealed;
    struct prov_error error = {0};
    (void)state;
    encode(&sealed, text, PROV_ENCODING_AES_CBC, key);
    const struct prov_agent_profile profile = {.size = sizeof profile,
                                               .body = {(char *)sealed.data, sealed.len},
                                               .key = prov_str_from(key)};
    start(&d);
    assert_int_equal(prov_agent_apply(d.agent, &profile, NULL, &error), PROV_E_CORRUPT);
    assert_old(&d);
    assert_int_equal(apply(&d, prov_str_from(text), NULL), PROV_OK);
    device_assert_stored(&d, "GPP_A", "new");
    fake_host_set(&d.host, "IKM_HTTP_Encrypt_Content", key); /* so files may come encrypted */
    assert_int_equal(apply(&d, prov_str_from(text), NULL), PROV_E_CORRUPT);
    device_unplug(&d);
    capture_free(&sealed);
}

/* The window of gzip alone has 32 KiB. */
static void test_a_profile_is_decoded_in_the_agents_memory(void **state)
{
    struct device d;
    struct capture packed;
    (void)state;
    encode(&packed, PROFILE, PROV_ENCODING_GZIP, "");
    start(&d);
    d.memory.peak_bytes = d.memory.live_bytes;
    assert_int_equal(apply(&d, (prov_str){(char *)packed.data, packed.len}, NULL), PROV_OK);
    assert_true(d.memory.peak_bytes > d.memory.live_bytes + (32 << 10));
    device_unplug(&d);
    capture_free(&packed);
}

static void test_the_device_s_policy_holds(void **state)
{
    struct device d;
    struct prov_agent_options options = {.size = sizeof options,
                                         .decode_policy = PROV_DECODE_POLICY_AUTHENTIC_ONLY};
    struct prov_agent_profile profile = {.size = sizeof profile, .body = PROVI_LIT(PROFILE)};
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    assert_true(prov_agent_apply(d.agent, &profile, NULL, NULL) != PROV_OK);
    device_assert_stored(&d, "GPP_A", NULL);
    profile.is_trusted = 1;
    assert_int_equal(prov_agent_apply(d.agent, &profile, NULL, NULL), PROV_OK);
    fake_host_set(&d.host, "Provision_Enable", "No");
    struct prov_error error = {0};
    assert_int_equal(prov_agent_apply(d.agent, &profile, NULL, &error), PROV_E_POLICY);
    assert_string_equal(error.message, "Provision_Enable is No");
    device_unplug(&d);
}

static void test_a_profile_has_a_limit(void **state)
{
    struct device d;
    const struct prov_limits limits = {.size = sizeof limits, .max_fetch_bytes = strlen(PROFILE)};
    struct prov_agent_options options = {.size = sizeof options, .limits = &limits};
    struct prov_error error = {0};
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    assert_int_equal(apply(&d, PROVI_LIT(PROFILE " "), &error), PROV_E_LIMIT);
    assert_string_equal(error.message, "profile of 78 bytes, at most 77");
    assert_int_equal(apply(&d, PROVI_LIT(PROFILE), NULL), PROV_OK);
    device_unplug(&d);
}

/* New rules and timers count at once; a reboot that a parameter needs is asked for. */
static void test_the_new_values_count_at_once(void **state)
{
    struct device d;
    struct prov_agent_options options = {.size = sizeof options, .catalogue = &device_catalogue};
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    assert_int_equal(apply(&d,
                           PROVI_LIT("<flat-profile><Profile_Rule>http://h/p</Profile_Rule>"
                                     "<Resync_Periodic>60</Resync_Periodic>"
                                     "<Own_Reboot>1</Own_Reboot></flat-profile>"),
                           NULL),
                     PROV_OK);
    assert_int_equal(prov_agent_timeout_ms(d.agent), 0);
    device_settle(&d);
    assert_non_null(strstr(fake_host_take_events(&d.host), "reboot"));
    device_pass(&d, 61000);
    assert_non_null(fake_transport_find(&d.net, "http://h/p"));
    device_unplug(&d);
}

static void test_an_unconfirmed_profile_is_rolled_back(void **state)
{
    struct device d;
    struct prov_agent_options options = {.size = sizeof options, .confirm_timeout_s = 600};
    struct prov_error error = {0};
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    fake_host_set(&d.host, "GPP_A", "old");
    assert_int_equal(apply(&d, PROVI_LIT(PROFILE), NULL), PROV_OK);
    d.host.is_idle = false;
    device_pass(&d, 600000);
    assert_int_equal(apply(&d, PROVI_LIT(PROFILE), &error), PROV_E_BUSY);
    assert_non_null(strstr(error.message, "rollback"));
    assert_int_equal(error.flags, PROV_ERROR_RETRYABLE);
    struct prov_verdict verdict = {.size = sizeof verdict};
    assert_int_equal(prov_action_refuse(PROV_DOOR_URL, error.status, &verdict), PROV_OK);
    assert_string_equal(verdict.reason, "busy, try again later"); /* the sender's remedy too */
    d.host.is_idle = true;
    prov_agent_notify(d.agent);
    device_settle(&d);
    assert_old(&d);
    assert_int_equal(apply(&d, PROVI_LIT(PROFILE), NULL), PROV_E_QUARANTINED);
    assert_old(&d);
    device_unplug(&d);
}

/* What the host's store answers for GPP_B, and for the value below one of the user's. */
static struct {
    prov_status (*real_find)(void *, prov_str, uint32_t, struct prov_param *);
    prov_status status, below;
} finding;

static prov_status find_gpp_b(void *store, prov_str name, uint32_t layer, struct prov_param *out)
{
    prov_status status = layer == PROV_LAYER_SERVER ? finding.below : finding.status;
    return provi_str_is(name, "GPP_B") && status != PROV_OK
               ? status
               : finding.real_find(store, name, layer, out);
}

/* The parameter and the host's own number arrive with the failure, and in $ERR. */
static void test_a_value_that_cannot_be_compared_is_named(void **state)
{
    static const struct {
        prov_status status, below; /* of `find` */
        prov_status expected;
        int64_t native;
        const char *message;
    } cases[] = {
        {7, PROV_OK, PROV_E_HOST, 7, "cannot be read: the host's find returned 7"},
        {PROV_E_IO, PROV_OK, PROV_E_IO, 0, "cannot be read: storage failed"},
        {PROV_OK, 9, PROV_E_HOST, 9, "cannot be read: the host's find returned 9"},
    };
    (void)state;
    for (size_t i = 0; i < 2 * PROVI_LEN(cases); i++) {
        struct device d;
        struct prov_error error = {0};
        struct prov_agent_options options = {.size = sizeof options,
                                             .confirm_timeout_s = i % 2 ? 60 : 0};
        const char *message = cases[i / 2].message;
        finding.status = finding.below = PROV_OK;
        device_plug_in(&d, NULL, NULL, NULL);
        finding.real_find = d.host.host.find;
        d.host.host.find = find_gpp_b;
        d.host.host.user_wins = i % 2 == 0;
        assert_int_equal(device_make_agent(&d, &options), PROV_OK);
        device_boot(&d);
        assert_int_equal(apply(&d,
                               PROVI_LIT("<flat-profile><GPP_A>old</GPP_A>"
                                         "<GPP_B ua=\"rw\">server</GPP_B></flat-profile>"),
                               NULL),
                         PROV_OK);
        prov_agent_confirm(d.agent, NULL);
        assert_int_equal(
            prov_store_set_user(d.store, PROVI_LIT("GPP_B"), PROVI_LIT("user"), -1, NULL), PROV_OK);
        finding.status = cases[i / 2].status;
        finding.below = cases[i / 2].below;
        assert_int_equal(apply(&d,
                               PROVI_LIT("<flat-profile><GPP_A>new</GPP_A>"
                                         "<GPP_B ua=\"rw\">new</GPP_B></flat-profile>"),
                               &error),
                         cases[i / 2].expected);
        assert_string_equal(error.subject, "GPP_B");
        assert_string_equal(error.message, message);
        assert_int_equal(error.native, cases[i / 2].native);
        assert_int_equal(error.origin, error.native ? PROV_ORIGIN_HOST : PROV_ORIGIN_NONE);
        finding.status = finding.below = PROV_OK;
        device_assert_stored(&d, "GPP_A", "old");
        device_assert_stored(&d, "GPP_B", "user");
        device_unplug(&d);
    }
}

/* They are not for ever: the server's file is asked for as if it had changed. */
static void test_the_next_resync_brings_back_the_server_s_values(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    fake_host_set(&d.host, "Profile_Rule", "http://h/p");
    struct fake_answer *answer = fake_transport_add_text(
        &d.net, "http://h/p", "<flat-profile><GPP_A>server</GPP_A></flat-profile>");
    answer->code = 200;
    answer->etag = "\"1\"";
    device_ask(&d, NULL);
    device_ask(&d, NULL);
    assert_string_equal(fake_transport_find(&d.net, "http://h/p")->if_none_match, "\"1\"");
    assert_int_equal(apply(&d, PROVI_LIT(PROFILE), NULL), PROV_OK);
    device_assert_stored(&d, "GPP_A", "new");
    device_ask(&d, NULL);
    assert_string_equal(fake_transport_find(&d.net, "http://h/p")->if_none_match, "");
    device_assert_stored(&d, "GPP_A", "server");
    device_unplug(&d);
}

/* While the file of a resync is on its way. */
static void test_a_resync_that_runs_goes_on(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    d.net.is_immediate = false;
    fake_transport_add_text(&d.net, "http://h/p",
                            "<flat-profile><GPP_B>fetched</GPP_B></flat-profile>");
    const struct prov_agent_request request = {
        .size = sizeof request, .cause = PROV_CAUSE_HOST, .rule = PROVI_LIT("http://h/p")};
    assert_int_equal(prov_agent_request(d.agent, &request, NULL), PROV_OK);
    assert_int_equal(prov_agent_process(d.agent, NULL), PROV_OK);
    assert_int_equal(fake_transport_n_running(&d.net), 1);
    assert_int_equal(apply(&d, PROVI_LIT(PROFILE), NULL), PROV_OK);
    device_assert_stored(&d, "GPP_B", "new");
    device_pass(&d, 100);
    device_assert_stored(&d, "GPP_A", "new");
    device_assert_stored(&d, "GPP_B", "fetched");
    device_unplug(&d);
}

static struct prov_error error_in_event;

static void apply_again(void *ctx, const struct prov_event *event)
{
    (void)event;
    error_in_event = (struct prov_error){0};
    assert_int_equal(apply(ctx, PROVI_LIT(PROFILE), &error_in_event), PROV_E_STATE);
}

static void free_agent(void *ctx, const struct prov_event *event)
{
    struct device *d = ctx;
    (void)event;
    prov_agent_free(d->agent);
}

static void test_it_is_refused_where_it_may_not_be_called(void **state)
{
    struct device d;
    struct prov_error error = {0};
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    assert_int_equal(apply(&d, PROVI_LIT(PROFILE), &error), PROV_E_STATE);
    assert_non_null(strstr(error.message, "prov_agent_process()"));
    device_boot(&d);
    d.host.on_event = apply_again;
    d.host.on_event_ctx = &d;
    assert_int_equal(apply(&d, PROVI_LIT(PROFILE), NULL), PROV_OK);
    assert_string_equal(error_in_event.message, "called from one of the agent's own callbacks");
    device_unplug(&d);
}

/* In the event of a warning, of a change, of the result. */
static void test_its_callbacks_may_free_the_agent(void **state)
{
    static const char *const bodies[] = {
        "<flat-profile><Nonsense>1</Nonsense><MAC_Address>1</MAC_Address></flat-profile>", PROFILE,
        "<flat-profile/>", "<flat-profile><GPP_A>x</GPP_B></flat-profile>"};
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(bodies); i++) {
        struct device d;
        start(&d);
        d.host.on_event = free_agent;
        d.host.on_event_ctx = &d;
        assert_int_equal(apply(&d, prov_str_from(bodies[i]), NULL), PROV_E_CANCELLED);
        d.agent = NULL;
        device_unplug(&d);
    }
}

static void out_of_memory(void *ctx, struct dial *dial)
{
    struct device d;
    (void)ctx;
    start(&d);
    d.memory.dial = dial;
    struct prov_error error = {0};
    prov_status status = apply(&d, PROVI_LIT(PROFILE), &error);
    d.memory.dial = NULL;
    assert_string_equal(error.message, status == PROV_OK ? "" : "out of memory");
    assert_true(status == PROV_OK || (dial->hit && status == PROV_E_NOMEM));
    if (status == PROV_OK)
        device_assert_stored(&d, "GPP_B", "new");
    else
        assert_old(&d);
    assert_int_equal(apply(&d, PROVI_LIT(PROFILE), NULL), PROV_OK);
    device_unplug(&d);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(dial_run("allocations of a profile", out_of_memory, NULL) > 5);
}

static void test_what_no_caller_can_mean_is_refused(void **state)
{
    struct device d;
    const struct prov_agent_profile sound = {.size = sizeof sound};
    struct prov_agent_profile bad[4] = {sound, sound, sound, sound};
    struct prov_error error;
    bad[0].body = (prov_str){NULL, 4};
    bad[1].name = (prov_str){NULL, 4};
    bad[2].key = (prov_str){NULL, 4};
    bad[3].cause = PROV_CAUSE_PERIODIC;
    (void)state;
    start(&d);
    for (size_t i = 0; i < PROVI_LEN(bad); i++) {
        error = (struct prov_error){0};
        assert_int_equal(prov_agent_apply(d.agent, &bad[i], NULL, &error), PROV_E_INVALID);
        assert_non_null(strstr(error.message, i < 3 ? "profile.name, body or key: text without data"
                                                    : "profile.cause: expected PROV_CAUSE_SIP"));
    }
    assert_string_equal(fake_host_take_events(&d.host), "");
    error = (struct prov_error){0};
    assert_int_equal(prov_agent_apply(NULL, &sound, NULL, &error), PROV_E_INVALID);
    assert_string_equal(error.message, "invalid argument: agent");
    error = (struct prov_error){0};
    assert_int_equal(prov_agent_apply(d.agent, NULL, NULL, &error), PROV_E_INVALID);
    assert_string_equal(error.message, "invalid argument: profile");
    assert_int_equal(prov_agent_cancel(d.agent, PROV_JOB_PROFILE, NULL), PROV_OK);
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_profile_is_applied),
        cmocka_unit_test(test_its_result_is_complete),
        cmocka_unit_test(test_a_malformed_profile_changes_nothing),
        cmocka_unit_test(test_a_profile_that_is_cut_changes_nothing),
        cmocka_unit_test(test_a_profile_may_be_encrypted),
        cmocka_unit_test(test_an_encrypted_profile_is_read_strictly),
        cmocka_unit_test(test_a_profile_is_decoded_in_the_agents_memory),
        cmocka_unit_test(test_the_device_s_policy_holds),
        cmocka_unit_test(test_a_profile_has_a_limit),
        cmocka_unit_test(test_the_new_values_count_at_once),
        cmocka_unit_test(test_an_unconfirmed_profile_is_rolled_back),
        cmocka_unit_test(test_a_value_that_cannot_be_compared_is_named),
        cmocka_unit_test(test_the_next_resync_brings_back_the_server_s_values),
        cmocka_unit_test(test_a_resync_that_runs_goes_on),
        cmocka_unit_test(test_it_is_refused_where_it_may_not_be_called),
        cmocka_unit_test(test_its_callbacks_may_free_the_agent),
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_what_no_caller_can_mean_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
