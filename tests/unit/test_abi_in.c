/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Sized structs handed in, from the past, of today and from the future (docs/abi.md). */
#include <provision/provision.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/str.h"
#include "aes_gcm.h"
#include "disk.h"
#include "fake_banks.h"
#include "in_cases.h"

static prov_status write_nowhere(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)ctx, (void)data, (void)len, (void)err;
    return PROV_OK;
}

static prov_status finish_nothing(void *ctx, struct prov_error *err)
{
    (void)ctx, (void)err;
    return PROV_OK;
}

static const struct prov_sink nowhere = {write_nowhere, finish_nothing, NULL};

static prov_status pass_decode_options(const void *given)
{
    prov_decoder *decoder;
    prov_status status = prov_decoder_new(&decoder, given, nowhere, NULL);
    prov_decoder_free(decoder);
    return status;
}

static prov_status pass_decode_limits(const void *given)
{
    struct prov_decode_options options = {.size = sizeof options};
    options.limits = given;
    return pass_decode_options(&options);
}

static prov_status pass_encode_options(const void *given)
{
    prov_encoder *encoder;
    prov_status status = prov_encoder_new(&encoder, given, nowhere, NULL);
    prov_encoder_free(encoder);
    return status;
}

static prov_status pass_rule_options(const void *given)
{
    prov_rule *rule;
    prov_status status = prov_rule_parse(&rule, PROVI_LIT("/x"), given, NULL);
    prov_rule_free(rule);
    return status;
}

static prov_status pass_rule_dialect(const void *given)
{
    struct prov_rule_options options = {.size = sizeof options};
    options.dialect = given;
    return pass_rule_options(&options);
}

static prov_status pass_rule_limits(const void *given)
{
    struct prov_rule_options options = {.size = sizeof options};
    options.limits = given;
    return pass_rule_options(&options);
}

static void fill_rule_target(void *full)
{
    struct prov_rule_target *target = full;
    target->host = PROVI_LIT("h");
    target->path = PROVI_LIT("/x");
}

static prov_status pass_rule_target(const void *given)
{
    struct prov_rule_target out = {.size = sizeof out};
    return prov_rule_target_resolve(given, PROVI_LIT(""), &out, NULL);
}

static void fill_param_info(void *full)
{
    struct prov_param_info *info = full;
    info->name = "New";
    info->default_value = "";
    info->meaning = "new";
}

static prov_status pass_param_info(const void *given)
{
    const struct prov_param_info *const entries[] = {given};
    struct prov_catalogue catalogue = {sizeof catalogue, entries, 1};
    return prov_catalogue_validate(&catalogue, NULL);
}

static prov_status pass_catalogue(const void *given)
{
    return prov_catalogue_validate(given, NULL);
}

static prov_status find_nothing(void *ctx, prov_str name, uint32_t flags, prov_str *value)
{
    (void)ctx, (void)name, (void)flags, (void)value;
    return PROV_E_NOT_FOUND;
}

static prov_status get_nothing(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    (void)ctx, (void)name, (void)buf, (void)cap;
    *len = 0;
    return PROV_E_NOT_FOUND;
}

static prov_status make_facts(prov_macro_vars **macro_vars, const struct prov_device *device)
{
    const struct prov_param_source params = {.get = get_nothing};
    const struct prov_vars vars = {.find = find_nothing};
    return prov_macro_vars_new(macro_vars, device, &params, &vars, NULL, NULL);
}

static prov_status pass_device(const void *given)
{
    prov_macro_vars *macro_vars;
    prov_status status = make_facts(&macro_vars, given);
    prov_macro_vars_free(macro_vars);
    return status;
}

static prov_status pass_operation(const void *given)
{
    const struct prov_device device = {.size = sizeof device};
    prov_macro_vars *macro_vars;
    assert_int_equal(make_facts(&macro_vars, &device), PROV_OK);
    prov_status status = prov_macro_vars_set_operation(macro_vars, given);
    prov_macro_vars_free(macro_vars);
    return status;
}

static prov_status take_param(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    (void)ctx, (void)param, (void)err;
    return PROV_OK;
}

static prov_status pass_profile_options(const void *given)
{
    const struct prov_profile_handler handler = {.param = take_param};
    prov_profile_parser *parser;
    prov_status status = prov_profile_parser_new(&parser, given, &handler, NULL);
    prov_profile_parser_free(parser);
    return status;
}

static prov_status pass_profile_dialect(const void *given)
{
    struct prov_profile_options options = {.size = sizeof options};
    options.dialect = given;
    return pass_profile_options(&options);
}

static prov_status pass_profile_limits(const void *given)
{
    struct prov_profile_options options = {.size = sizeof options};
    options.limits = given;
    return pass_profile_options(&options);
}

static prov_status pass_writer_options(const void *given)
{
    prov_profile_writer *writer;
    prov_status status = prov_profile_writer_new(&writer, given, nowhere, NULL);
    prov_profile_writer_free(writer);
    return status;
}

static void fill_param(void *full)
{
    struct prov_param *param = full;
    param->name = PROVI_LIT("GPP_A");
    param->has_value = 1;
}

static prov_status pass_param_to_writer(const void *given)
{
    prov_profile_writer *writer;
    assert_int_equal(prov_profile_writer_new(&writer, NULL, nowhere, NULL), PROV_OK);
    prov_status status = prov_profile_writer_param(writer, given, NULL);
    prov_profile_writer_free(writer);
    return status;
}

static prov_status pass_param_to_store(const void *given)
{
    prov_store *store;
    assert_int_equal(prov_store_open(&store, NULL, NULL), PROV_OK);
    assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
    prov_status status = prov_store_set(store, given, NULL);
    prov_store_rollback(store);
    prov_store_close(store);
    return status;
}

static void fill_source(void *full)
{
    struct prov_source *source = full;
    source->rule = PROVI_LIT("Profile_Rule");
}

static prov_status pass_source_to_store(const void *given)
{
    struct prov_param param = {.size = sizeof param, .source = given};
    fill_param(&param);
    return pass_param_to_store(&param);
}

static prov_status pass_store_options(const void *given)
{
    prov_store *store;
    prov_status status = prov_store_open(&store, given, NULL);
    prov_store_close(store);
    return status;
}

static prov_status pass_store_limits(const void *given)
{
    struct prov_store_options options = {.size = sizeof options};
    options.limits = given;
    return pass_store_options(&options);
}

static struct disk some_disk;

static void fill_files(void *full)
{
    disk_init(&some_disk);
    memcpy(full, &some_disk.files, sizeof some_disk.files);
}

static prov_status pass_files(const void *given)
{
    prov_store *store;
    struct prov_store_options options = {.size = sizeof options, .path = "x", .files = given};
    prov_status status = prov_store_open(&store, &options, NULL);
    prov_store_close(store);
    return status;
}

static void fill_seal(void *full)
{
    const struct prov_store_seal seal = aes_gcm_seal(NULL);
    memcpy(full, &seal, sizeof seal);
}

static prov_status pass_seal(const void *given)
{
    prov_store *store;
    struct prov_store_options options = {.size = sizeof options, .seal = given};
    prov_status status = prov_store_open(&store, &options, NULL);
    prov_store_close(store);
    return status;
}

static prov_status step(const void *event, const void *settings, const void *world)
{
    const struct prov_sched_event boot = {
        .size = sizeof boot, .type = PROV_SCHED_BOOT, .cause = PROV_CAUSE_POWER_UP};
    const struct prov_sched_settings no_settings = {.size = sizeof no_settings};
    const struct prov_world no_world = {.size = sizeof no_world};
    struct prov_sched sched = {{0}};
    struct prov_sched_action action = {.size = sizeof action};
    return prov_sched_step(&sched, event ? event : &boot, settings ? settings : &no_settings,
                           world ? world : &no_world, &action);
}

static void fill_sched_event(void *full)
{
    struct prov_sched_event *event = full;
    event->type = PROV_SCHED_BOOT;
    event->cause = PROV_CAUSE_POWER_UP;
}

static prov_status pass_sched_event(const void *given)
{
    return step(given, NULL, NULL);
}

static prov_status pass_sched_settings(const void *given)
{
    return step(NULL, given, NULL);
}

static prov_status pass_sched_dialect(const void *given)
{
    const struct prov_sched_settings settings = {.size = sizeof settings, .dialect = given};
    return step(NULL, &settings, NULL);
}

static prov_status pass_world(const void *given)
{
    return step(NULL, NULL, given);
}

static prov_status pass_curl_options(const void *given)
{
    prov_curl *curl;
    prov_status status = prov_curl_new(&curl, given, NULL);
    prov_curl_free(curl);
    if (status == PROV_E_UNSUPPORTED && !prov_feature_supported(PROV_FEATURE_CURL))
        return PROV_OK; /* taken, only there is no libcurl */
    return status;
}

/* Without a certificate in it, it is refused, if only it was understood. */
static prov_status pass_client_certificate(const void *given)
{
    prov_curl *curl;
    prov_curl_new(&curl, NULL, NULL);
    prov_status status = prov_curl_set_client_certificate(curl, given, NULL);
    prov_curl_free(curl);
    if (status == PROV_E_UNSUPPORTED && !prov_feature_supported(PROV_FEATURE_CURL))
        return PROV_OK;
    return status == PROV_E_INVALID ? PROV_OK : status;
}

static prov_status pass_identity_options(const void *given)
{
    prov_tls_identity *identity;
    prov_status status = prov_tls_identity_new(&identity, given, NULL);
    prov_tls_identity_free(identity);
    if (status == PROV_E_UNSUPPORTED && !prov_feature_supported(PROV_FEATURE_CURL))
        return PROV_OK;
    return status;
}

static int64_t stand_still(void *ctx)
{
    (void)ctx;
    return 0;
}

static prov_status find_no_param(void *ctx, prov_str name, uint32_t layer, struct prov_param *out)
{
    (void)ctx, (void)name, (void)layer, (void)out;
    return PROV_E_NOT_FOUND;
}

static prov_status no_param_at(void *ctx, size_t index, struct prov_param *out)
{
    (void)ctx, (void)index, (void)out;
    return PROV_E_NOT_FOUND;
}

static void fill_host(void *full)
{
    struct prov_host *host = full;
    host->mono_ms = stand_still;
    host->find = find_no_param;
    host->param = no_param_at;
    host->txn_set = take_param;
}

static struct prov_host some_host;
static struct prov_device some_device;

static void fill_agent_options(void *full)
{
    struct prov_agent_options *options = full;
    some_host = (struct prov_host){.size = sizeof some_host};
    fill_host(&some_host);
    some_device = (struct prov_device){.size = sizeof some_device};
    options->host = &some_host;
    options->device = &some_device;
}

static prov_status pass_agent_options(const void *given)
{
    prov_agent *agent;
    prov_status status = prov_agent_new(&agent, given, NULL);
    prov_agent_free(agent);
    return status;
}

static prov_agent *make_agent(void)
{
    struct prov_agent_options options = {.size = sizeof options};
    fill_agent_options(&options);
    prov_agent *agent;
    assert_int_equal(prov_agent_new(&agent, &options, NULL), PROV_OK);
    return agent;
}

static prov_status pass_host(const void *given)
{
    struct prov_agent_options options = {.size = sizeof options};
    fill_agent_options(&options);
    options.host = given;
    return pass_agent_options(&options);
}

static prov_status pass_agent_device(const void *given)
{
    struct prov_agent_options options = {.size = sizeof options};
    fill_agent_options(&options);
    options.device = given;
    return pass_agent_options(&options);
}

static prov_status pass_agent_catalogue(const void *given)
{
    struct prov_agent_options options = {.size = sizeof options};
    fill_agent_options(&options);
    options.catalogue = given;
    return pass_agent_options(&options);
}

static prov_status pass_agent_dialect(const void *given)
{
    struct prov_agent_options options = {.size = sizeof options};
    fill_agent_options(&options);
    options.dialect = given;
    return pass_agent_options(&options);
}

static prov_status pass_agent_limits(const void *given)
{
    struct prov_agent_options options = {.size = sizeof options};
    fill_agent_options(&options);
    options.limits = given;
    return pass_agent_options(&options);
}

static void fill_agent_request(void *full)
{
    struct prov_agent_request *request = full;
    request->cause = PROV_CAUSE_HOST;
}

static prov_status pass_agent_request(const void *given)
{
    prov_agent *agent = make_agent();
    prov_status status = prov_agent_request(agent, given, NULL);
    prov_agent_free(agent);
    return status;
}

/* After the first turn: an earlier call is refused. */
static prov_status pass_agent_profile(const void *given)
{
    prov_agent *agent = make_agent();
    assert_int_equal(prov_agent_process(agent, NULL), PROV_OK);
    prov_status status = prov_agent_apply(agent, given, NULL, NULL);
    prov_agent_free(agent);
    return status == PROV_E_CORRUPT ? PROV_OK : status; /* it is empty */
}

static prov_status check_no_ca(void *ctx, prov_str pem, char *name, size_t cap,
                               struct prov_error *err)
{
    (void)ctx, (void)pem, (void)name, (void)cap, (void)err;
    return PROV_E_UNSUPPORTED;
}

static prov_status install_no_ca(void *ctx, prov_str pem, struct prov_error *err)
{
    (void)ctx, (void)pem, (void)err;
    return PROV_E_UNSUPPORTED;
}

static void fill_custom_ca_host(void *full)
{
    struct prov_custom_ca_host *host = full;
    host->check = check_no_ca;
    host->install = install_no_ca;
}

/* A host's struct for one job, which a build without libcurl may lack. */
#define PASS_HOST(job)                                                                             \
    static prov_status pass_##job##_host(const void *given)                                        \
    {                                                                                              \
        prov_agent *agent = make_agent();                                                          \
        prov_status status = prov_agent_enable_##job(agent, given, NULL);                          \
        prov_agent_free(agent);                                                                    \
        bool is_absent =                                                                           \
            status == PROV_E_UNSUPPORTED && !prov_feature_supported(PROV_FEATURE_CURL);            \
        return is_absent ? PROV_OK : status;                                                       \
    }

PASS_HOST(activation)
PASS_HOST(custom_ca)
PASS_HOST(report)

static prov_status no_field(void *ctx, size_t index, struct prov_report_field *out,
                            struct prov_error *err)
{
    (void)ctx, (void)index, (void)out, (void)err;
    return PROV_E_NOT_FOUND;
}

static void fill_report_host(void *full)
{
    ((struct prov_report_host *)full)->status = no_field;
}

static prov_status check_no_licence(void *ctx, prov_str licence, uint32_t *answer,
                                    struct prov_error *err)
{
    (void)ctx, (void)licence, (void)answer, (void)err;
    return PROV_E_CORRUPT;
}

static void fill_migration_host(void *full)
{
    ((struct prov_migration_host *)full)->check = check_no_licence;
}

PASS_HOST(migration)

static void fill_upgrade_host(void *full)
{
    static struct device d;
    static struct fake_banks banks;
    struct prov_upgrade_host *host = full;
    fake_banks_plug_in(&d, &banks);
    d.upgrade.size = host->size;
    *host = d.upgrade;
}

PASS_HOST(upgrade)

static prov_status show_nothing(void *ctx, struct prov_renewal_present *out, struct prov_error *err)
{
    (void)ctx, (void)out, (void)err;
    return PROV_E_UNSUPPORTED;
}

static void fill_renewal_host(void *full)
{
    struct prov_renewal_host *host = full;
    host->present = show_nothing;
    host->install = install_no_ca;
}

PASS_HOST(renewal)

static void fill_fetch(void *full)
{
    struct prov_fetch *fetch = full;
    fetch->rule = (prov_str){"/f", 2};
    fetch->sink = nowhere;
}

static prov_status pass_fetch(const void *given)
{
    prov_agent *agent = make_agent();
    prov_status status = prov_agent_fetch(agent, given, NULL);
    prov_agent_free(agent);
    return status;
}

static void fill_log_entry(void *full)
{
    struct prov_log_entry *entry = full;
    entry->text = (prov_str){"x", 1};
}

static prov_status pass_log_entry(const void *given)
{
    prov_agent *agent = make_agent();
    prov_status status = prov_agent_log(agent, given, NULL);
    prov_agent_free(agent);
    return status;
}

static prov_status start_never(void *ctx, prov_transfer *transfer,
                               const struct prov_request *request, struct prov_error *err)
{
    (void)ctx, (void)transfer, (void)request, (void)err;
    return PROV_E_UNSUPPORTED;
}

static void cancel_nothing(void *ctx, prov_transfer *transfer)
{
    (void)ctx, (void)transfer;
}

static void fill_transport(void *full)
{
    struct prov_transport *transport = full;
    transport->name = "none";
    transport->schemes = "tftp";
    transport->start = start_never;
    transport->cancel = cancel_nothing;
}

static prov_status pass_transport(const void *given)
{
    prov_agent *agent = make_agent();
    prov_status status = prov_agent_add_transport(agent, given, 0, NULL);
    prov_agent_free(agent);
    return status;
}

static const struct prov_dhcp_option some_option = {PROV_DHCP_V4, 66, {"h", 1}};

static void fill_dhcp_lease(void *full)
{
    struct prov_dhcp_lease *lease = full;
    lease->options = &some_option;
    lease->n_options = 1;
}

static prov_status pass_dhcp_lease(const void *given)
{
    struct prov_dhcp_offer offer = {.size = sizeof offer};
    prov_status status = prov_dhcp_offer_get(given, 0, &offer, NULL);
    return status == PROV_OK ? prov_dhcp_choose(given, &offer, NULL) : status;
}

static void fill_dhcp_offer(void *full)
{
    struct prov_dhcp_lease lease = {.size = sizeof lease};
    struct prov_dhcp_offer offer = {.size = sizeof offer};
    fill_dhcp_lease(&lease);
    assert_int_equal(prov_dhcp_choose(&lease, &offer, NULL), PROV_OK);
    memcpy(full, &offer, sizeof offer);
}

static prov_status pass_dhcp_offer(const void *given)
{
    char server[8];
    size_t len;
    return prov_dhcp_server_get(given, 0, server, sizeof server, &len);
}

static prov_status pass_agent_dhcp(const void *given)
{
    prov_agent *agent = make_agent();
    prov_status status = prov_agent_set_dhcp(agent, given, NULL);
    prov_agent_free(agent);
    return status;
}

static const struct in_case in_cases[] = {
    IN(prov_limits, NULL, pass_decode_limits),
    IN(prov_limits, NULL, pass_rule_limits),
    IN(prov_limits, NULL, pass_profile_limits),
    IN(prov_limits, NULL, pass_store_limits),
    IN(prov_limits, NULL, pass_agent_limits),
    IN(prov_decode_options, NULL, pass_decode_options),
    IN(prov_encode_options, NULL, pass_encode_options),
    IN(prov_dialect, NULL, pass_rule_dialect),
    IN(prov_dialect, NULL, pass_profile_dialect),
    IN(prov_dialect, NULL, pass_agent_dialect),
    IN(prov_dialect, NULL, pass_sched_dialect),
    IN(prov_rule_options, NULL, pass_rule_options),
    IN(prov_rule_target, fill_rule_target, pass_rule_target),
    IN(prov_param_info, fill_param_info, pass_param_info),
    IN(prov_catalogue, NULL, pass_catalogue),
    IN(prov_catalogue, NULL, pass_agent_catalogue),
    IN(prov_device, NULL, pass_device),
    IN(prov_device, NULL, pass_agent_device),
    IN(prov_operation, NULL, pass_operation),
    IN(prov_profile_options, NULL, pass_profile_options),
    IN(prov_profile_writer_options, NULL, pass_writer_options),
    IN(prov_param, fill_param, pass_param_to_writer),
    IN(prov_param, fill_param, pass_param_to_store),
    IN(prov_source, fill_source, pass_source_to_store),
    IN(prov_store_options, NULL, pass_store_options),
    IN(prov_files, fill_files, pass_files),
    IN(prov_store_seal, fill_seal, pass_seal),
    IN(prov_sched_event, fill_sched_event, pass_sched_event),
    IN(prov_sched_settings, NULL, pass_sched_settings),
    IN(prov_world, NULL, pass_world),
    IN(prov_curl_options, NULL, pass_curl_options),
    IN(prov_client_certificate, NULL, pass_client_certificate),
    IN(prov_tls_identity_options, NULL, pass_identity_options),
    IN(prov_host, fill_host, pass_host),
    IN(prov_agent_options, fill_agent_options, pass_agent_options),
    IN(prov_agent_request, fill_agent_request, pass_agent_request),
    IN(prov_agent_profile, NULL, pass_agent_profile),
    IN(prov_custom_ca_host, fill_custom_ca_host, pass_custom_ca_host),
    IN(prov_migration_host, fill_migration_host, pass_migration_host),
    IN(prov_renewal_host, fill_renewal_host, pass_renewal_host),
    IN(prov_activation_host, NULL, pass_activation_host),
    IN(prov_report_host, fill_report_host, pass_report_host),
    IN(prov_upgrade_host, fill_upgrade_host, pass_upgrade_host),
    IN(prov_fetch, fill_fetch, pass_fetch),
    IN(prov_log_entry, fill_log_entry, pass_log_entry),
    IN(prov_dhcp_lease, fill_dhcp_lease, pass_dhcp_lease),
    IN(prov_dhcp_offer, fill_dhcp_offer, pass_dhcp_offer),
    IN(prov_dhcp_offer, fill_dhcp_offer, pass_agent_dhcp),
    IN(prov_transport, fill_transport, pass_transport),
};

int main(void)
{
    return in_cases_run(in_cases, PROVI_LEN(in_cases));
}
