/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Invalid arguments are refused: a text with a length and no data, an unknown number. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/array.h"
#include "device.h"

static const prov_str nothing = {NULL, 44}; /* as long as a pin */

static prov_status swallow(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)ctx, (void)data, (void)len, (void)err;
    return PROV_OK;
}

static prov_status end(void *ctx, struct prov_error *err)
{
    (void)ctx, (void)err;
    return PROV_OK;
}

static int64_t stand_still(void *ctx)
{
    (void)ctx;
    return 0;
}

static prov_status start_nothing(void *ctx, prov_transfer *transfer,
                                 const struct prov_request *request, struct prov_error *err)
{
    (void)ctx, (void)transfer, (void)request, (void)err;
    return PROV_E_UNSUPPORTED;
}

static void cancel_nothing(void *ctx, prov_transfer *transfer)
{
    (void)ctx, (void)transfer;
}

static prov_status parse_rule(void)
{
    prov_rule *rule;
    return prov_rule_parse(&rule, nothing, NULL, NULL);
}

static prov_status know_nothing(void *ctx, prov_str name, uint32_t flags, prov_str *value)
{
    (void)ctx, (void)name, (void)flags, (void)value;
    return PROV_E_NOT_FOUND;
}

static prov_status expand(void)
{
    char buf[8];
    size_t len;
    const struct prov_vars vars = {.find = know_nothing};
    return prov_macro_expand(nothing, &vars, 0, buf, sizeof buf, &len, NULL);
}

static prov_status describe_device(void)
{
    prov_macro_vars *macro_vars;
    const struct prov_device device = {.size = sizeof device, .hw_version = nothing};
    return prov_macro_vars_new(&macro_vars, &device, NULL, NULL, NULL, NULL);
}

static prov_status describe_operation(void)
{
    prov_macro_vars *macro_vars;
    const struct prov_device device = {.size = sizeof device};
    const struct prov_operation op = {.size = sizeof op, .server = nothing};
    assert_int_equal(prov_macro_vars_new(&macro_vars, &device, NULL, NULL, NULL, NULL), PROV_OK);
    prov_status status = prov_macro_vars_set_operation(macro_vars, &op);
    prov_macro_vars_free(macro_vars);
    return status;
}

static prov_status read_values(void)
{
    bool is_yes;
    uint32_t number;
    bool is_any = prov_value_bool(nothing, &is_yes) || prov_value_unsigned(nothing, &number);
    return is_any ? PROV_OK : PROV_E_INVALID;
}

static prov_status decode(const struct prov_decode_options *options)
{
    prov_decoder *decoder;
    return prov_decoder_new(&decoder, options, (struct prov_sink){swallow, end, NULL}, NULL);
}

static prov_status decode_by_key(void)
{
    const struct prov_decode_options options = {.size = sizeof options, .key = nothing};
    return decode(&options);
}

static prov_status decode_content_encoding(void)
{
    const struct prov_decode_options options = {.size = sizeof options,
                                                .content_encoding = nothing};
    return decode(&options);
}

static prov_status encode(struct prov_encode_options options)
{
    prov_encoder *encoder;
    options.size = sizeof options;
    options.encodings = PROV_ENCODING_RFC8188;
    return prov_encoder_new(&encoder, &options, (struct prov_sink){swallow, end, NULL}, NULL);
}

static prov_status encode_by_key(void)
{
    return encode((struct prov_encode_options){.ikm = nothing});
}

static prov_status encode_with_salt(void)
{
    return encode((struct prov_encode_options){.ikm = prov_str_from("k"), .salt = {NULL, 16}});
}

static prov_status write_root(void)
{
    const struct prov_profile_writer_options options = {.size = sizeof options, .root = nothing};
    prov_profile_writer *writer;
    return prov_profile_writer_new(&writer, &options, (struct prov_sink){swallow, end, NULL}, NULL);
}

static prov_status write_name(void)
{
    const struct prov_param param = {.size = sizeof param, .name = nothing, .has_value = 1};
    prov_profile_writer *writer;
    assert_int_equal(
        prov_profile_writer_new(&writer, NULL, (struct prov_sink){swallow, end, NULL}, NULL),
        PROV_OK);
    prov_status status = prov_profile_writer_param(writer, &param, NULL);
    prov_profile_writer_free(writer);
    return status;
}

static prov_status write_value(void)
{
    const struct prov_param param = {
        .size = sizeof param, .name = prov_str_from("GPP_A"), .value = nothing, .has_value = 1};
    prov_profile_writer *writer;
    assert_int_equal(
        prov_profile_writer_new(&writer, NULL, (struct prov_sink){swallow, end, NULL}, NULL),
        PROV_OK);
    prov_status status = prov_profile_writer_param(writer, &param, NULL);
    prov_profile_writer_free(writer);
    return status;
}

static prov_status store(const struct prov_param *param)
{
    prov_store *memory;
    assert_int_equal(prov_store_open(&memory, NULL, NULL), PROV_OK);
    assert_int_equal(prov_store_begin(memory, NULL), PROV_OK);
    prov_status status = prov_store_set(memory, param, NULL);
    prov_store_close(memory);
    return status;
}

static prov_status store_name(void)
{
    const struct prov_param param = {.size = sizeof param, .name = nothing};
    return store(&param);
}

static prov_status store_value(void)
{
    const struct prov_param param = {
        .size = sizeof param, .name = prov_str_from("GPP_A"), .value = nothing, .has_value = 1};
    return store(&param);
}

static prov_status store_source(void)
{
    const struct prov_source source = {.size = sizeof source, .url = nothing};
    const struct prov_param param = {
        .size = sizeof param, .name = prov_str_from("GPP_A"), .has_value = 1, .source = &source};
    return store(&param);
}

static struct prov_error agent_error; /* of the last try_agent() */

static prov_status try_agent(struct prov_agent_options options, struct prov_device device,
                             prov_status (*use)(prov_agent *agent))
{
    prov_store *memory;
    prov_agent *agent;
    struct prov_host host = {.size = sizeof host, .mono_ms = stand_still};
    assert_int_equal(prov_store_open(&memory, NULL, NULL), PROV_OK);
    assert_int_equal(prov_store_bind(memory, &host, NULL), PROV_OK);
    options.size = sizeof options;
    device.size = sizeof device;
    options.host = &host;
    options.device = &device;
    agent_error = (struct prov_error){0};
    prov_status status = prov_agent_new(&agent, &options, &agent_error);
    if (status == PROV_OK && use)
        status = use(agent);
    prov_agent_free(agent);
    prov_store_close(memory);
    return status;
}

static prov_status make_agent_for_device(void)
{
    return try_agent((struct prov_agent_options){0}, (struct prov_device){.serial = nothing}, NULL);
}

static prov_status make_agent_with_header(void)
{
    const struct prov_header header = {prov_str_from("X-Group"), nothing};
    return try_agent((struct prov_agent_options){.headers = &header, .n_headers = 1},
                     (struct prov_device){0}, NULL);
}

static prov_status make_agent_with_catalogue(void)
{
    const struct prov_catalogue hole = {sizeof hole, NULL, 1};
    return try_agent((struct prov_agent_options){.catalogue = &hole}, (struct prov_device){0},
                     NULL);
}

static prov_status ask_by_rule(prov_agent *agent)
{
    const struct prov_agent_request request = {
        .size = sizeof request, .cause = PROV_CAUSE_HOST, .rule = nothing};
    return prov_agent_request(agent, &request, NULL);
}

static prov_status ask_by_nobody(prov_agent *agent)
{
    const struct prov_agent_request request = {
        .size = sizeof request, .cause = PROV_CAUSE_HOST, .requester = nothing};
    return prov_agent_request(agent, &request, NULL);
}

static prov_status request_resync(void)
{
    return try_agent((struct prov_agent_options){0}, (struct prov_device){0}, ask_by_rule);
}

static prov_status request_by_nobody(void)
{
    return try_agent((struct prov_agent_options){0}, (struct prov_device){0}, ask_by_nobody);
}

/* Each text of an offer alone is none. */
static prov_status offer_each(prov_agent *agent)
{
    const struct prov_dhcp_offer offers[] = {{.host = nothing},
                                             {.scheme = nothing},
                                             {.text = nothing},
                                             {.bytes = nothing},
                                             {.host = {"h", 1}, .kind = PROV_DHCP_DOMAIN + 1}};
    for (size_t i = 0; i < PROVI_LEN(offers); i++) {
        struct prov_dhcp_offer offer = offers[i];
        offer.size = sizeof offer;
        offer.kind = offer.kind ? offer.kind : PROV_DHCP_SERVER;
        offer.n_servers = 1;
        if (prov_agent_set_dhcp(agent, &offer, NULL) != PROV_E_INVALID)
            return PROV_OK;
    }
    return PROV_E_INVALID;
}

static prov_status tell_dhcp(void)
{
    return try_agent((struct prov_agent_options){0}, (struct prov_device){0}, offer_each);
}

static prov_status log_in(prov_agent *agent)
{
    return prov_agent_set_credentials(agent, nothing, nothing, NULL);
}

static prov_status set_credentials(void)
{
    return try_agent((struct prov_agent_options){0}, (struct prov_device){0}, log_in);
}

static prov_status trust(const struct prov_curl_options *options)
{
    prov_curl *curl;
    return prov_curl_new(&curl, options, NULL);
}

static prov_status trust_roots(void)
{
    return trust(
        &(struct prov_curl_options){.size = sizeof(struct prov_curl_options), .ca_pem = nothing});
}

static prov_status pin_key(void)
{
    return trust(&(struct prov_curl_options){
        .size = sizeof(struct prov_curl_options), .pins = &nothing, .n_pins = 1});
}

static prov_status show_certificate(void)
{
    prov_curl *curl;
    const struct prov_client_certificate own = {.size = sizeof own, .cert_pem = nothing};
    assert_int_equal(prov_curl_new(&curl, NULL, NULL), PROV_OK);
    prov_status status = prov_curl_set_client_certificate(curl, &own, NULL);
    prov_curl_free(curl);
    return status;
}

static prov_status trust_custom_ca(void)
{
    prov_curl *curl;
    assert_int_equal(prov_curl_new(&curl, NULL, NULL), PROV_OK);
    prov_status status = prov_curl_set_custom_ca(curl, nothing, 0, NULL);
    prov_curl_free(curl);
    return status;
}

static void refuse_each(prov_status (*const *tries)(void), size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (tries[i]() != PROV_E_INVALID)
            fail_msg("try %zu was not refused", i);
}

static void test_text_without_data_is_refused(void **state)
{
    static prov_status (*const tries[])(void) = {
        parse_rule,
        expand,
        describe_device,
        describe_operation,
        read_values,
        decode_by_key,
        decode_content_encoding,
        encode_by_key,
        encode_with_salt,
        write_root,
        write_name,
        write_value,
        store_name,
        store_value,
        store_source,
        make_agent_for_device,
        make_agent_with_header,
        request_resync,
        request_by_nobody,
        tell_dhcp,
        set_credentials,
    };
    (void)state;
    refuse_each(tries, PROVI_LEN(tries));
}

static void ignore_warning(void *ctx, const struct prov_lint *lint)
{
    (void)ctx, (void)lint;
}

static prov_status lint_by_vars_without_find(void)
{
    const struct prov_vars vars = {.find = NULL};
    const struct prov_lint_listener listener = {.warn = ignore_warning};
    return prov_lint_rule(prov_str_from("$A"), &vars, NULL, &listener, NULL);
}

static void test_variables_without_find_are_refused(void **state)
{
    static prov_status (*const tries[])(void) = {lint_by_vars_without_find};
    (void)state;
    refuse_each(tries, PROVI_LEN(tries));
}

static void test_a_struct_of_no_size_is_named_an_error(void **state)
{
    const struct prov_host host = {.mono_ms = stand_still};
    const struct prov_device device = {.serial = {NULL, 0}};
    const struct prov_param param = {.name = prov_str_from("GPP_A")};
    struct prov_agent_options options = {.size = sizeof options, .host = &host, .device = &device};
    struct prov_error error = {0};
    prov_agent *agent;
    prov_store *memory;
    (void)state;
    assert_int_equal(prov_agent_new(&agent, &options, &error), PROV_E_ABI);
    assert_int_equal(error.status, PROV_E_ABI);
    error.status = PROV_OK;
    options.size = 0;
    assert_int_equal(prov_agent_new(&agent, &options, &error), PROV_E_ABI);
    assert_int_equal(error.status, PROV_E_ABI);
    error.status = PROV_OK;
    assert_int_equal(prov_store_open(&memory, NULL, NULL), PROV_OK);
    assert_int_equal(prov_store_begin(memory, NULL), PROV_OK);
    assert_int_equal(prov_store_set(memory, &param, &error), PROV_E_ABI);
    assert_int_equal(error.status, PROV_E_ABI);
    prov_store_close(memory);
}

/* Also where the function can return PROV_E_NOT_FOUND. */
static void test_a_getter_without_a_handle_is_refused(void **state)
{
    char buf[8];
    size_t len;
    struct prov_param param = {.size = sizeof param};
    struct prov_rule_target target = {.size = sizeof target};
    struct prov_rule_assignment assignment;
    struct prov_dhcp_offer offer = {.size = sizeof offer};
    struct prov_past_reboot reboot = {.size = sizeof reboot};
    struct prov_past_download download = {.size = sizeof download};
    struct prov_upgrade upgrade = {.size = sizeof upgrade};
    struct prov_activation activation = {.size = sizeof activation};
    struct prov_contact_offer contact = {.size = sizeof contact};
    const prov_str name = prov_str_from("GPP_A");
    const prov_status answers[] = {
        prov_rule_assignment_get(NULL, 0, 0, &assignment),
        prov_rule_target_get(NULL, 0, 0, &target),
        prov_rule_alternative_text(NULL, 0, 0, buf, sizeof buf, &len),
        prov_dhcp_offer_get(NULL, 0, &offer, NULL),
        prov_dhcp_server_get(NULL, 0, buf, sizeof buf, &len),
        prov_store_get(NULL, name, buf, sizeof buf, &len),
        prov_store_param(NULL, 0, &param),
        prov_store_find(NULL, name, PROV_LAYER_ANY, &param),
        prov_store_load_record(NULL, name, buf, sizeof buf, &len),
        prov_agent_reboot_get(NULL, 0, &reboot),
        prov_agent_download_get(NULL, PROV_JOB_RESYNC, 0, &download),
        prov_agent_upgrade_get(NULL, &upgrade),
        prov_agent_activation_get(NULL, &activation),
        prov_agent_contact_get(NULL, PROV_CONTACT_DHCP, &contact),
    };
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(answers); i++)
        if (answers[i] != PROV_E_INVALID)
            fail_msg("getter %zu returned %s", i, prov_status_name(answers[i]));
}

static void test_an_agent_with_an_unknown_option_is_refused(void **state)
{
    static const struct {
        struct prov_agent_options options;
        const char *message;
    } rows[] = {
        {{.boot_cause = PROV_CAUSE_RETRY},
         "options.boot_cause: expected 0, POWER_UP, AFTER_UPGRADE or HOST"},
        {{.user_agent = PROV_USER_AGENT_SERIAL + 1}, "options.user_agent"},
        {{.syslog_format = PROV_SYSLOG_RFC5424 + 1}, "options.syslog_format"},
        {{.dhcp_server = {NULL, 44}}, "options.dhcp_server or source_ip"},
        {{.source_ip = {NULL, 44}}, "options.dhcp_server or source_ip"},
        {{.decode_policy = 1 << 2}, "options.decode_policy or derivations: unknown bit"},
        {{.derivations = 1 << 3}, "options.decode_policy or derivations: unknown bit"},
    };
    char message[128];
    (void)state;
    assert_int_equal(make_agent_with_catalogue(), PROV_E_INVALID);
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        assert_int_equal(try_agent(rows[i].options, (struct prov_device){0}, NULL), PROV_E_INVALID);
        snprintf(message, sizeof message, "invalid argument: %s", rows[i].message);
        assert_string_equal(agent_error.message, message);
    }
}

static void test_an_agent_without_what_it_needs_is_refused(void **state)
{
    struct prov_host host;
    const struct prov_device device = {.size = sizeof device};
    const struct prov_agent_options whole = {
        .size = sizeof whole, .host = &host, .device = &device};
    prov_agent *agent;
    struct prov_error error = {0};
    (void)state;
    assert_int_equal(prov_agent_new(NULL, &whole, &error), PROV_E_INVALID);
    assert_string_equal(error.message, "invalid argument: out");
    for (int i = 0; i < 2; i++) {
        struct prov_agent_options options = whole;
        if (i == 0)
            options.host = NULL;
        else
            options.device = NULL;
        error = (struct prov_error){0};
        assert_int_equal(prov_agent_new(&agent, &options, &error), PROV_E_INVALID);
        assert_string_equal(error.message,
                            "invalid argument: options.host and device are required");
    }
    for (int i = 0; i < 3; i++) {
        struct device d;
        device_plug_in(&d, NULL, NULL, NULL);
        host = d.host.host;
        if (i == 0)
            host.mono_ms = NULL;
        else if (i == 1)
            host.find = NULL;
        else
            host.txn_set = NULL;
        error = (struct prov_error){0};
        assert_int_equal(prov_agent_new(&agent, &whole, &error), PROV_E_INVALID);
        assert_string_equal(error.message,
                            "invalid argument: host.mono_ms, find and txn_set are required");
        device_unplug(&d);
    }
}

/* Takes the error of the last call. */
static void assert_refused(prov_status status, struct prov_error *error, const char *argument)
{
    char message[200];
    assert_int_equal(status, PROV_E_INVALID);
    snprintf(message, sizeof message, "invalid argument: %s", argument);
    assert_string_equal(error->message, message);
    *error = (struct prov_error){0};
}

static void test_a_refusal_names_the_argument(void **state)
{
    static const char unsound[] = "request.rule, requester, uid or pwd: text without data";
    struct device d;
    struct prov_error e = {0};
    const struct prov_transport shared = {.size = sizeof shared,
                                          .name = "shared",
                                          .schemes = "file",
                                          .start = start_nothing,
                                          .cancel = cancel_nothing};
    struct prov_log_entry entry = {.size = sizeof entry};
    struct prov_agent_request request = {.size = sizeof request};
    const struct prov_action action = {.size = sizeof action};
    struct prov_verdict verdict = {.size = 0};
    const prov_str text = prov_str_from("x");
    (void)state;
    device_start(&d);
    prov_agent *const a = d.agent;
    const char *names = "agent, transport or flags";
    assert_refused(prov_agent_add_transport(NULL, &shared, 0, &e), &e, names);
    assert_refused(prov_agent_add_transport(a, NULL, 0, &e), &e, names);
    assert_refused(prov_agent_add_transport(a, &shared, 2, &e), &e, names);
    assert_refused(prov_agent_set_identity(NULL, NULL, &e), &e, "agent is NULL");
    names = "event: expected PROV_NETWORK_LOST, BACK or CHANGED";
    assert_refused(prov_agent_network(NULL, PROV_NETWORK_LOST, &e), &e, "agent");
    assert_refused(prov_agent_network(a, PROV_NETWORK_LOST - 1, &e), &e, names);
    assert_refused(prov_agent_network(a, PROV_NETWORK_CHANGED + 1, &e), &e, names);
    assert_refused(prov_agent_cancel(NULL, PROV_JOB_RESYNC, &e), &e, "agent");
    assert_refused(prov_agent_cancel(a, 0, &e), &e, "jobs: expected PROV_JOB_ bits");
    assert_refused(prov_agent_cancel(a, 2 * PROV_JOB_PROFILE, &e), &e,
                   "jobs: expected PROV_JOB_ bits");
    assert_refused(prov_agent_confirm(NULL, &e), &e, "agent");
    assert_refused(prov_agent_process(NULL, &e), &e, "agent");
    assert_refused(prov_agent_set_dhcp(NULL, NULL, &e), &e, "agent");
    assert_refused(prov_agent_set_credentials(NULL, text, text, &e), &e, "agent");
    assert_refused(prov_agent_set_credentials(a, nothing, text, &e), &e, "text without data");
    assert_refused(prov_agent_set_credentials(a, text, nothing, &e), &e, "text without data");

    names = "entry: expected a text, and a severity of at most 7";
    assert_refused(prov_agent_log(NULL, &entry, &e), &e, "agent");
    assert_refused(prov_agent_log(a, NULL, &e), &e, "entry");
    assert_refused(prov_agent_log(a, &entry, &e), &e, names);
    entry.text = nothing;
    assert_refused(prov_agent_log(a, &entry, &e), &e, names);
    entry.text = text;
    entry.severity = 8;
    assert_refused(prov_agent_log(a, &entry, &e), &e, names);
    entry.severity = 7;
    assert_int_equal(prov_agent_log(a, &entry, &e), PROV_OK);

    names = "agent, action or out";
    assert_refused(prov_agent_act(NULL, &action, NULL, &verdict, &e), &e, names);
    assert_refused(prov_agent_act(a, NULL, NULL, &verdict, &e), &e, names);
    assert_refused(prov_agent_act(a, &action, NULL, NULL, &e), &e, names);
    assert_int_equal(prov_agent_act(a, &action, NULL, &verdict, &e), PROV_E_ABI);
    assert_string_equal(e.message, "out.size: expected sizeof(struct prov_verdict)");
    e = (struct prov_error){0};

    assert_refused(prov_agent_request(NULL, &request, &e), &e, "agent");
    prov_str *const texts[] = {&request.rule, &request.requester, &request.uid, &request.pwd};
    for (size_t i = 0; i < PROVI_LEN(texts); i++) {
        *texts[i] = nothing;
        assert_refused(prov_agent_request(a, &request, &e), &e, unsound);
        *texts[i] = prov_str_from("");
    }
    names = "request.uid or pwd: expected a rule with it";
    for (size_t i = 2; i < PROVI_LEN(texts); i++) {
        *texts[i] = text;
        assert_refused(prov_agent_request(a, &request, &e), &e, names);
        *texts[i] = prov_str_from("");
    }
    request.cause = PROV_CAUSE_AT;
    assert_refused(prov_agent_request(a, &request, &e), &e,
                   "request.cause: expected PROV_CAUSE_SIP, URL, MENU, XML, XML_SIP or HOST");
    assert_refused(prov_agent_run_once(NULL, NULL, &e), &e, "agent");
    request = (struct prov_agent_request){.size = sizeof request, .verb = PROV_VERB_REBOOT};
    assert_refused(prov_agent_run_once(a, &request, &e), &e,
                   "request.verb: expected PROV_VERB_RESYNC");
    assert_int_equal(prov_agent_add_transport(a, &shared, PROV_TRANSPORT_SHARED, NULL), PROV_OK);
    assert_refused(prov_agent_run_once(a, NULL, &e), &e,
                   "agent: expected no PROV_TRANSPORT_SHARED, which this call does not process");
    device_unplug(&d);
}

static void test_text_without_data_is_refused_by_the_transport(void **state)
{
    static prov_status (*const tries[])(void) = {trust_roots, pin_key, show_certificate,
                                                 trust_custom_ca};
    (void)state;
    if (prov_feature_supported(PROV_FEATURE_CURL))
        refuse_each(tries, PROVI_LEN(tries));
}

static prov_status ask_in_vain(prov_agent *agent)
{
    char rule[300];
    const struct prov_transport nowhere = {.size = sizeof nowhere};
    const struct prov_transport driven = {.size = sizeof driven,
                                          .name = "driven",
                                          .schemes = "file",
                                          .start = start_nothing,
                                          .cancel = cancel_nothing};
    struct prov_sched_action action = {.size = sizeof action};
    struct prov_agent_trace trace = {.size = sizeof trace};
    memset(rule, 'a', sizeof rule);
    assert_int_equal(prov_agent_add_transport(agent, NULL, 0, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_add_transport(agent, &nowhere, 1u << 31, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_add_transport(agent, &nowhere, 0, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_add_transport(agent, &driven, 0, NULL), PROV_OK);
    assert_int_equal(prov_agent_process(agent, NULL), PROV_OK); /* by its host alone */
    assert_int_equal(prov_agent_pollfds(agent, NULL, 0), 0);
    assert_true(prov_agent_timeout_ms(agent) != 0);
    assert_int_equal(prov_agent_add_transport(NULL, &nowhere, 0, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_due(agent, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_due(NULL, &action), PROV_E_INVALID);
    struct prov_validator validator = {.size = sizeof validator};
    assert_int_equal(prov_agent_validator_get(NULL, 0, &validator), PROV_E_INVALID);
    assert_int_equal(prov_agent_validator_get(agent, 0, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_trace_get(agent, 0, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_trace_get(NULL, 0, &trace), PROV_E_INVALID);
    const struct prov_agent_request request = {
        .size = sizeof request, .cause = PROV_CAUSE_HOST, .rule = {rule, sizeof rule}};
    struct prov_error error = {.size = sizeof error};
    assert_int_equal(prov_agent_request(agent, &request, &error), PROV_E_LIMIT);
    assert_string_equal(error.message, "rule of 300 bytes, at most 299");
    error.status = PROV_OK;
    assert_int_equal(prov_agent_run_once(agent, &request, &error), PROV_E_LIMIT);
    assert_int_equal(error.status, PROV_E_LIMIT);
    assert_false(prov_agent_is_busy(agent));
    struct prov_agent_request longest = request;
    longest.rule.len = 299;
    assert_int_equal(prov_agent_request(agent, &longest, &error), PROV_OK);
    return PROV_OK;
}

static void test_agent_is_made_with_each_cause_of_a_boot(void **state)
{
    static const uint32_t causes[] = {PROV_CAUSE_NONE, PROV_CAUSE_POWER_UP,
                                      PROV_CAUSE_AFTER_UPGRADE, PROV_CAUSE_HOST};
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(causes); i++)
        assert_int_equal(try_agent((struct prov_agent_options){.boot_cause = causes[i]},
                                   (struct prov_device){0}, NULL),
                         PROV_OK);
}

/* What is not there does nothing, and a rule that is too long is not asked for. */
static void test_agent_that_is_not_there_does_nothing(void **state)
{
    const struct prov_limits limits = {.size = sizeof limits, .max_rule_bytes = 299};
    (void)state;
    prov_agent_notify(NULL);
    prov_agent_free(NULL);
    assert_int_equal(prov_agent_run_once(NULL, NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_confirm(NULL, NULL), PROV_E_INVALID);
    assert_false(prov_agent_is_busy(NULL));
    assert_int_equal(try_agent((struct prov_agent_options){.limits = &limits},
                               (struct prov_device){0}, ask_in_vain),
                     PROV_OK);
}

/* Each option that is copied. */
static void make_agent_short_of_memory(void *ctx, struct dial *dial)
{
    const struct prov_header header = {prov_str_from("X-Group"), prov_str_from("seven")};
    struct prov_agent_options options = {.size = sizeof options,
                                         .headers = &header,
                                         .n_headers = 1,
                                         .source_ip = prov_str_from("192.0.2.9"),
                                         .dhcp_server = prov_str_from("http://h")};
    struct device d;
    (void)ctx;
    device_plug_in(&d, NULL, dial, NULL);
    prov_status status = device_make_agent(&d, &options);
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_OK);
    assert_true(d.agent || dial->hit); /* without its transport it is there */
    device_unplug(&d);
}

static void test_an_agent_needs_memory_for_its_options(void **state)
{
    (void)state;
    assert_true(dial_run("allocations of an agent", make_agent_short_of_memory, NULL) > 5);
}

static void test_nothing_is_written_to_null(void **state)
{
    const struct prov_error err = {.status = PROV_E_IO, .message = "x"};
    (void)state;
    assert_int_equal(prov_error_format(&err, NULL, 99), strlen("x [PROV_E_IO]"));
    assert_false(prov_value_bool(prov_str_from("Yes"), NULL));
    assert_false(prov_value_unsigned(prov_str_from("1"), NULL));
}

static void test_urls_of_services_are_https(void **state)
{
    static const char *const bad[] = {"http://h/x", "https://", "https:///x",
                                      "h/x",        "/x",       "gds://"};
    struct device d;
    struct prov_error error = {.size = sizeof error};
    (void)state;
    device_start(&d);
    for (size_t i = 0; i < PROVI_LEN(bad); i++) {
        struct prov_activation_host host = {.size = sizeof host, .code_url = prov_str_from(bad[i])};
        assert_int_equal(prov_agent_enable_activation(d.agent, &host, &error), PROV_E_INVALID);
        host = (struct prov_activation_host){.size = sizeof host,
                                             .contact_url = prov_str_from(bad[i])};
        assert_int_equal(prov_agent_enable_activation(d.agent, &host, NULL), PROV_E_INVALID);
    }
    struct prov_activation_host unsound = {.size = sizeof unsound, .code_url = {NULL, 1}};
    assert_int_equal(prov_agent_enable_activation(d.agent, &unsound, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_enable_activation(NULL, NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_enable_activation(d.agent, NULL, NULL), PROV_OK);
    assert_int_equal(prov_agent_enable_activation(d.agent, NULL, NULL), PROV_E_STATE);
    const struct prov_agent_request code = {.size = sizeof code,
                                            .verb = PROV_VERB_ACTIVATE,
                                            .cause = PROV_CAUSE_MENU,
                                            .rule = prov_str_from("1234567890123456")};
    assert_int_equal(prov_agent_request(d.agent, &code, &error), PROV_E_UNSUPPORTED);
    assert_non_null(strstr(error.message, "code_url"));
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text_without_data_is_refused),
        cmocka_unit_test(test_variables_without_find_are_refused),
        cmocka_unit_test(test_a_struct_of_no_size_is_named_an_error),
        cmocka_unit_test(test_a_getter_without_a_handle_is_refused),
        cmocka_unit_test(test_an_agent_with_an_unknown_option_is_refused),
        cmocka_unit_test(test_an_agent_without_what_it_needs_is_refused),
        cmocka_unit_test(test_a_refusal_names_the_argument),
        cmocka_unit_test(test_text_without_data_is_refused_by_the_transport),
        cmocka_unit_test(test_agent_is_made_with_each_cause_of_a_boot),
        cmocka_unit_test(test_agent_that_is_not_there_does_nothing),
        cmocka_unit_test(test_an_agent_needs_memory_for_its_options),
        cmocka_unit_test(test_nothing_is_written_to_null),
        cmocka_unit_test(test_urls_of_services_are_https),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
