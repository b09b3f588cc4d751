/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "busy_device.h"

#include <stdio.h>
#include <string.h>

#include <provision/fetch.h>

#include "base/array.h"
#include "base/str.h"

static const struct {
    const char *url, *text;
} files[BUSY_N_FILES] = {
    [BUSY_PROFILE] = {"http://h/p", "<flat-profile/>"},
    [BUSY_CA] = {"http://h/ca", "-----BEGIN CERTIFICATE-----"},
    [BUSY_LICENCE] = {"http://h/licence", "a licence"},
    [BUSY_CERTIFICATE] = {"http://h/est", ""},
    [BUSY_IMAGE] = {"http://h/fw/sip88xx.11-3-1MPP-678.loads", "an image"},
    [BUSY_OTHER_IMAGE] = {"http://h/fw/sip88xx.12-5-1SR1-4.loads", "another image"},
    [BUSY_LAST_IMAGE] = {"http://h/fw/sip88xx.14-0-1MPP-9.loads", "the last image"},
    [BUSY_DELTA] = {"http://h/delta", ""},
    [BUSY_STATUS] = {"http://h/status", ""},
    [BUSY_CONTACT] = {"https://h/contact",
                      "<flat-profile><Profile_Rule>http://h/p</Profile_Rule></flat-profile>"},
    [BUSY_CODE] = {"https://h/code",
                   "<flat-profile><Profile_Rule>http://h/p</Profile_Rule></flat-profile>"},
    [BUSY_HOSTS_FILE] = {"http://h/file", "a file of the host"},
};

const char *busy_url(enum busy_file file)
{
    return files[file].url;
}

void busy_device_count(struct busy_device *busy)
{
    prov_agent *agent = busy->device.agent;
    if (!agent || busy->power.hit || !dial_tick(&busy->power))
        return;
    busy->device.agent = NULL;
    prov_agent_free(agent);
}

static struct busy_device *living; /* the store is the first argument of its callbacks */
static struct prov_host inner;

static prov_status commit(void *store, struct prov_error *err)
{
    prov_status fault = living->store_fault;
    if (fault != PROV_OK) {
        inner.txn_rollback(store);
        return fault;
    }
    prov_status status = inner.txn_commit(store, err);
    busy_device_count(living);
    return status;
}

static prov_status save(void *store, prov_str name, const void *data, size_t len,
                        struct prov_error *err)
{
    prov_status fault = living->store_fault;
    if (fault != PROV_OK)
        return fault;
    busy_device_count(living);
    return living->device.agent ? inner.save(store, name, data, len, err) : PROV_E_CANCELLED;
}

static bool wall_s(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    (void)ctx;
    *utc_s = STATIC_VAULT_BEGIN_S + living->device.host.now_ms / 1000;
    *utc_offset_s = 3600;
    return true;
}

static prov_status check_licence(void *ctx, prov_str licence, uint32_t *answer,
                                 struct prov_error *err)
{
    const struct busy_device *busy = ctx;
    (void)err;
    bool is_whole = provi_str_is(licence, files[BUSY_LICENCE].text);
    return device_answer_licence(is_whole ? busy->licence_answer : DEVICE_LICENCE_NO, answer);
}

/* The service of the vendor answers at once. */
static void begin_wxc(void *ctx)
{
    const struct busy_device *busy = ctx;
    prov_agent_set_authorization(busy->device.agent,
                                 busy->licence_answer == PROV_LICENCE_YES ? PROV_AUTHORIZATION_WXC
                                                                          : PROV_AUTHORIZATION_NONE,
                                 NULL);
}

/* Its server has the certificate behind the one that is shown. */
static prov_status present(void *ctx, struct prov_renewal_present *out, struct prov_error *err)
{
    struct busy_device *busy = ctx;
    struct fake_answer *answer = busy->answers[BUSY_CERTIFICATE];
    if (busy->n_presented++ % 8 && busy->is_vault_slow)
        return PROV_E_BUSY;
    if (busy->vault.at == STATIC_VAULT_CERTIFICATES - 1)
        busy->vault.at = 0;
    int64_t now_s = STATIC_VAULT_BEGIN_S + busy->device.host.now_ms / 1000;
    answer->data = static_vault_certificate(static_vault_next(&busy->vault, now_s));
    answer->len = strlen(answer->data);
    answer->length = (int64_t)answer->len;
    return static_vault_present(&busy->vault, out, err);
}

static prov_status install(void *ctx, prov_str chain_pem, struct prov_error *err)
{
    return static_vault_install(&((struct busy_device *)ctx)->vault, chain_pem, err);
}

void busy_device_plug_in(struct busy_device *busy)
{
    struct device *d = &busy->device;
    memset(busy, 0, sizeof *busy);
    living = busy;
    device_plug_in(d, NULL, NULL, NULL);
    if (prov_store_open(&busy->received, NULL, NULL) != PROV_OK)
        test_die("no store");
    busy->licence_answer = PROV_LICENCE_YES;
    busy->power.at = DIAL_OFF;
    for (size_t i = 0; i < BUSY_N_FILES; i++)
        busy->answers[i] = fake_transport_add_text(&d->net, files[i].url, files[i].text);
    fake_trust_plug_in(d, &busy->trust);
    fake_banks_plug_in(d, &busy->banks);
    static_vault_plug_in(&busy->vault, d);
    d->renewal.ctx = busy;
    d->renewal.present = present;
    d->renewal.install = install;
    d->report.size = sizeof d->report;
    d->has_history = true;
    d->migration = (struct prov_migration_host){
        .size = sizeof d->migration, .ctx = busy, .check = check_licence, .begin_wxc = begin_wxc};
    d->activation = (struct prov_activation_host){
        .size = sizeof d->activation,
        .code_url = prov_str_from(files[BUSY_CODE].url),
        .contact_url = prov_str_from(files[BUSY_CONTACT].url),
    };
    inner = d->host.host;
    d->host.host.txn_commit = commit;
    d->host.host.save = save;
    d->host.host.wall_s = wall_s;
}

void busy_device_unplug(struct busy_device *busy)
{
    device_unplug(&busy->device);
    prov_store_close(busy->received);
}

static prov_status receive(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    return prov_store_set(ctx, param, err);
}

void busy_device_take_event(struct busy_device *busy, const struct prov_event *event)
{
    const struct fake_transport *net = &busy->device.net;
    prov_profile_parser *parser;
    if (event->type != PROV_EVENT_RESULT || event->job != PROV_JOB_REPORT ||
        event->as.result->outcome != PROV_OUTCOME_APPLIED ||
        !provi_str_is(event->as.result->url, files[BUSY_DELTA].url))
        return;
    const struct prov_profile_handler handler = {.param = receive, .ctx = busy->received};
    if (prov_profile_parser_new(&parser, NULL, &handler, NULL) != PROV_OK ||
        prov_store_begin(busy->received, NULL) != PROV_OK ||
        prov_profile_parser_write(parser, net->uploaded, net->uploaded_len, NULL) != PROV_OK ||
        prov_profile_parser_finish(parser, NULL) != PROV_OK ||
        prov_store_commit(busy->received, NULL) != PROV_OK)
        test_die("a delta that is no profile: %s", net->uploaded);
    prov_profile_parser_free(parser);
}

static bool is_received(struct busy_device *busy, const struct prov_param *param)
{
    struct prov_param found = {.size = sizeof found};
    return prov_catalogue_is_secret(&device_catalogue, param->name) || !param->has_value ||
           (prov_store_find(busy->received, param->name, PROV_LAYER_ANY, &found) == PROV_OK &&
            provi_str_eq(found.value, param->value));
}

/* What is not stored any more was reported with its default. */
static bool is_default(struct busy_device *busy, const struct prov_param *param)
{
    struct prov_param found = {.size = sizeof found};
    const struct prov_param_info *info =
        prov_catalogue_find_in(&device_catalogue, param->name, NULL);
    const struct prov_dialect dialect = {.size = sizeof dialect};
    if (prov_store_find(busy->device.store, param->name, PROV_LAYER_ANY, &found) == PROV_OK &&
        found.has_value)
        return true;
    return provi_str_is(param->value, prov_catalogue_default(info, &dialect));
}

const char *busy_device_unreported(struct busy_device *busy)
{
    static char name[64];
    struct prov_param param = {.size = sizeof param};
    name[0] = '\0';
    for (size_t i = 0; !name[0] && prov_store_param(busy->device.store, i, &param) == PROV_OK; i++)
        if (!is_received(busy, &param))
            snprintf(name, sizeof name, "%.*s", (int)param.name.len, param.name.data);
    for (size_t i = 0; !name[0] && prov_store_param(busy->received, i, &param) == PROV_OK; i++)
        if (!is_default(busy, &param))
            snprintf(name, sizeof name, "%.*s", (int)param.name.len, param.name.data);
    return name[0] ? name : NULL;
}

static prov_status take_file(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)ctx, (void)data, (void)len, (void)err;
    return PROV_OK;
}

static prov_status finish_file(void *ctx, struct prov_error *err)
{
    (void)ctx, (void)err;
    return PROV_OK;
}

prov_status busy_device_fetch(struct busy_device *busy)
{
    const struct prov_fetch fetch = {
        .size = sizeof fetch,
        .rule = prov_str_from(files[BUSY_HOSTS_FILE].url),
        .sink = {.write = take_file, .finish = finish_file},
    };
    return prov_agent_fetch(busy->device.agent, &fetch, NULL);
}
