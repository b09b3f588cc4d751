/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "phone.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"

#include "bundle.h"
#include "call.h"
#include "certificate.h"
#include "control.h"
#include "dhcp.h"
#include "show/json.h"
#include "licence.h"
#include "parameters.h"
#include "sip/sip.h"
#include "web/web.h"

int phone_print_failure(const struct phone *phone, const struct prov_error *err, int exit_status)
{
    if (phone->name[0])
        fprintf(stderr, "%s: ", phone->name);
    return print_failure(err, exit_status);
}

static int refuse_store(const struct phone *phone, const struct prov_error *err)
{
    int status = phone_print_failure(phone, err, EXIT_MACHINE);
    if (err->status == PROV_E_CORRUPT || err->status == PROV_E_TRUNCATED)
        fputs("  there is no good backup of it: move it away to start with an empty store\n",
              stderr);
    return status;
}

/* Report that the store was restored from its backup, with older values. */
static void report_restored(const struct phone *phone)
{
    struct prov_error why = {0};
    const char *path = phone->options->store_path;
    if (!prov_store_was_restored(phone->store, &why))
        return;
    phone_print_failure(phone, &why, EXIT_OK);
    fprintf(stderr, "  the values are those of %s.bak; the damaged file is moved to %s.damaged\n",
            path, path);
}

static int open_store(struct phone *phone)
{
    struct prov_error err = {0};
    const struct prov_store_options store_options = {
        .size = sizeof store_options,
        .path = phone->options->store_path,
        .user_wins = phone->options->user_wins,
    };
    if (prov_store_open(&phone->store, &store_options, &err) != PROV_OK)
        return refuse_store(phone, &err);
    report_restored(phone);
    return EXIT_OK;
}

/* Delete the store with its backups; keep flash and certificate. The store itself is removed first:
 * after a power cut the phone is unchanged, or reset. */
static int reset_to_factory(struct phone *phone)
{
    static const char *const suffixes[] = {"", ".bak", ".new", ".damaged"};
    char path[FLASH_PATH_CAP];
    struct prov_error err = {0};
    const struct prov_store_options store_options = {.size = sizeof store_options,
                                                     .path = phone->options->store_path};
    /* A store that another phone uses is not touched; one that cannot be read is reset. */
    prov_status status = prov_store_open(&phone->store, &store_options, &err);
    prov_store_close(phone->store);
    phone->store = NULL;
    if (status != PROV_OK && status != PROV_E_CORRUPT && status != PROV_E_TRUNCATED &&
        status != PROV_E_UNSUPPORTED)
        return refuse_store(phone, &err);
    for (size_t i = 0; i < sizeof suffixes / sizeof suffixes[0]; i++) {
        snprintf(path, sizeof path, "%s%s", store_options.path, suffixes[i]);
        if (unlink(path) == 0 || errno == ENOENT)
            continue;
        fprintf(stderr, "%s: --factory-reset: %s: %s\n", program_name, path, strerror(errno));
        return EXIT_MACHINE;
    }
    host_note(phone,
              "factory reset: all settings are deleted; firmware, licence and certificate stay");
    return EXIT_OK;
}

/* Every boot runs the boot loader. */
static int run_boot_loader(struct phone *phone)
{
    char note[2 * FLASH_TEXT_CAP] = "";
    const struct options *options = phone->options;
    if (!options->store_path)
        return EXIT_OK;
    if (!flash_boot(&phone->flash, options->store_path, options->confirm_image_s > 0, note,
                    sizeof note))
        return EXIT_MACHINE;
    if (flash_version(&phone->flash)[0])
        phone->sw_version = flash_version(&phone->flash);
    if (phone->is_json && (phone->boot_cause || note[0]))
        json_boot(stdout, phone->name, phone->sw_version, note);
    else if (note[0])
        host_note(phone, note);
    return EXIT_OK;
}

static prov_status make_identity(struct phone *phone, struct prov_error *err)
{
    prov_status status = prov_tls_identity_new(&phone->identity, NULL, err);
    return status == PROV_OK ? certificate_use(phone, err) : status;
}

/* `Cisco-CP-8841-3PCC/sip88xx.11-3-1MPP-110`; empty: the library makes it. New. */
static char *make_version(const struct options *options, const char *sw_version)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return NULL;
    if (options->manufacturer)
        fprintf(out, "%s-%s/%s", options->manufacturer, options->model, sw_version);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

/* The agent uses the phone's clock for its limits, the transport the machine's. */
static struct prov_limits make_limits(const struct phone *phone)
{
    enum { TOTAL_MS = 900000, RESYNC_MS = 3600000 };
    const struct options *options = phone->options;
    struct prov_limits limits = {
        .size = sizeof limits,
        .resync_timeout_ms = options->resync_timeout_s * 1000,
    };
    if (phone->clock.factor > 1) {
        limits.total_timeout_ms = TOTAL_MS * phone->clock.factor;
        if (options->resync_timeout_s == 0)
            limits.resync_timeout_ms = RESYNC_MS * phone->clock.factor;
    }
    return limits;
}

static prov_status make_agent(struct phone *phone, const char *version, struct prov_error *err)
{
    const struct options *options = phone->options;
    struct prov_device device = {
        .size = sizeof device,
        .product = prov_str_from(options->model),
        .series = prov_str_from(options->series),
        .serial = prov_str_from(options->serial),
        .sw_version = prov_str_from(phone->sw_version),
        .version = prov_str_from(version),
        .orig_type = prov_str_from(options->orig_type),
        .auth_status = prov_str_from(prov_authorization_name(phone->contact.authorization)),
        .has_ccert = prov_tls_identity_has_certificate(phone->identity),
    };
    memcpy(device.mac, options->mac, sizeof device.mac);

    struct prov_host host = {.size = sizeof host};
    host_fill(&host, phone);
    prov_status status = prov_store_bind(phone->store, &host, err);
    if (options->is_once)
        host_use_memory_records(&host);

    const struct prov_limits limits = make_limits(phone);
    const struct prov_agent_options agent_options = {
        .size = sizeof agent_options,
        .host = &host,
        .device = &device,
        .dialect = prov_dialect_get(options->dialect),
        .limits = &limits,
        .dhcp_server = prov_str_from(options->dhcp_server),
        /* --once makes the requested resync only, not that of the power-up. */
        .boot_cause = options->is_once    ? PROV_CAUSE_HOST
                      : phone->boot_cause ? phone->boot_cause
                                          : PROV_CAUSE_POWER_UP,
        .confirm_timeout_s = options->confirm_timeout_s,
        .user_agent = (uint8_t)options->user_agent,
        .syslog_format = (uint8_t)options->syslog_format,
        .identity = phone->identity,
    };
    if (status == PROV_OK)
        status = prov_agent_new(&phone->agent, &agent_options, err);
    return status == PROV_OK ? host_enable_jobs(phone, err) : status;
}

static prov_status add_transport(struct phone *phone, struct prov_error *err)
{
    const struct prov_transport *transport = prov_curl_transport(phone->curl);
    if (phone->options->is_verbose && !phone->is_json)
        transport = wire_init(&phone->wire, transport, &phone->show);
    return prov_agent_add_transport(phone->agent, transport, PROV_TRANSPORT_SHARED, err);
}

static int make_phone(struct phone *phone)
{
    struct prov_error err = {0};
    prov_status status = make_identity(phone, &err);
    if (status != PROV_OK)
        return phone_print_failure(phone, &err, EXIT_MACHINE);
    char *version = make_version(phone->options, phone->sw_version);
    if (!version) {
        perror(program_name);
        return EXIT_MACHINE;
    }
    status = make_agent(phone, version, &err);
    free(version);
    if (status == PROV_OK)
        status = dhcp_begin(phone, &err);
    if (status == PROV_OK)
        status = add_transport(phone, &err);
    return status == PROV_OK ? EXIT_OK : phone_print_failure(phone, &err, EXIT_MACHINE);
}

/* Make the requests of the command line, if there are any; the power-up requests its own resync. */
static prov_status request(struct phone *phone, struct prov_error *err)
{
    const struct options *options = phone->options;
    const struct {
        const char *rule; /* NULL: not requested */
        uint32_t verb, job;
    } requests[] = {
        {options->ca_rule, PROV_VERB_UPDATE_CA, PROV_JOB_CUSTOM_CA},
        {options->upgrade_rule, PROV_VERB_UPGRADE, PROV_JOB_UPGRADE},
        {options->report_rule, PROV_VERB_REPORT, PROV_JOB_REPORT},
        {options->renewal_rule, PROV_VERB_RENEW, PROV_JOB_RENEWAL},
        {options->activation_code, PROV_VERB_ACTIVATE, PROV_JOB_ACTIVATION},
        {options->resync_rule || !options->is_once ? options->resync_rule : "", PROV_VERB_RESYNC,
         PROV_JOB_RESYNC},
    };
    phone->awaited = PROV_JOB_FETCH;
    if (options->reports_problem && !phone->boot_cause)
        return problem_send(phone, PROBLEM_REQUEST, err);
    if (options->fetch_rule)
        return file_fetch(phone, options->fetch_rule, options->output, err);
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        if (!requests[i].rule)
            continue;
        phone->awaited = requests[i].job;
        return phone->boot_cause
                   ? PROV_OK
                   : host_request(phone, requests[i].verb, prov_str_from(requests[i].rule), err);
    }
    return PROV_OK;
}

static int run_requests(struct phone *phone)
{
    struct prov_error err = {0};
    const struct options *options = phone->options;
    if (options->has_call && !phone->boot_cause) /* a reboot ends the call */
        call_begin(phone, options->call_s);
    prov_status status = request(phone, &err);
    if (status == PROV_OK)
        return EXIT_OK;
    /* a setting that forbids the job, or an invalid code, means a failed task */
    bool is_task = status == PROV_E_POLICY || status == PROV_E_VALUE || status == PROV_E_NO_SERVER;
    return phone_print_failure(phone, &err, is_task ? EXIT_FAILED : EXIT_MACHINE);
}

/* Provision_Enable may refuse the resync. */
void phone_apply_changes(struct phone *phone)
{
    prov_agent_record_local_change(phone->agent);
    host_request(phone, PROV_VERB_RESYNC, prov_str_from(""), NULL);
}

/* Boot. @p cause  0: the program was started. */
static int boot(struct phone *phone, uint32_t cause)
{
    const struct options *options = phone->options;
    bool wants_factory_reset = phone->wants_factory_reset;
    bool resyncs = phone->resyncs_at_boot;
    *phone = (struct phone){
        .options = options,
        .name = phone->name,
        .clock = phone->clock,
        .curl = phone->curl,
        .control = phone->control,
        .leases = phone->leases,
        .web = phone->web,
        .sip = phone->sip,
        .problem = phone->problem,
        .boot_cause = cause,
        .sw_version = options->sw_version ? options->sw_version : "",
        .account = options->account,
        .is_json = options->answer.is_json,
        .confirms = options->confirms,
    };
    show_init(&phone->show, options, phone->name);
    bool resets = wants_factory_reset || (!cause && options->resets_to_factory);
    int status = resets ? reset_to_factory(phone) : EXIT_OK;
    if (status == EXIT_OK)
        status = open_store(phone);
    phone->show.store = phone->store;
    phone->show.resync_rule = prov_str_from(options->resync_rule);
    if (status == EXIT_OK && !cause)
        problem_start(phone);
    if (status == EXIT_OK && !cause)
        status = parameters_set(phone->store, options);
    if (status == EXIT_OK && !phone->control && options->control &&
        !control_open(&phone->control, options->control))
        status = EXIT_MACHINE;
    if (status == EXIT_OK)
        status = run_boot_loader(phone);
    phone->contact.authorization = licence_find(phone);
    if (status == EXIT_OK)
        status = make_phone(phone);
    if (status == EXIT_OK && !phone->web && options->http.len && !web_open(&phone->web, phone))
        status = EXIT_MACHINE;
    if (status == EXIT_OK && !phone->sip && options->sip.len && !sip_open(&phone->sip, phone))
        status = EXIT_MACHINE;
    if (status == EXIT_OK)
        status = run_requests(phone);
    if (status == EXIT_OK && resyncs)
        phone_apply_changes(phone);
    return status;
}

/* Free all but the doors. The agent is freed first, as it uses the others. */
static void shut_down(struct phone *phone)
{
    prov_agent_free(phone->agent);
    problem_end(phone, NULL);
    prov_tls_identity_free(phone->identity);
    certificate_free(phone);
    prov_store_close(phone->store);
    phone->agent = NULL;
    phone->identity = NULL;
    phone->store = NULL;
}

int phone_start(struct phone *phone, const struct options *options, const char *name,
                prov_curl *curl)
{
    *phone = (struct phone){.options = options, .name = name, .curl = curl};
    clock_start(&phone->clock, options->time_scale);
    return boot(phone, 0);
}

int phone_reboot(struct phone *phone)
{
    shut_down(phone);
    control_hang_up(phone->control);
    return boot(phone, phone->next_boot);
}

/* Without a store, a phone would lose its parameters in a reboot. */
static prov_status needs_store(const struct phone *phone, const char *subject,
                               struct prov_error *err)
{
    return phone->options->store_path
               ? PROV_OK
               : text_fail(PROV_E_UNSUPPORTED, subject, "expected --store, found none", err);
}

prov_status phone_restart(struct phone *phone, struct prov_error *err)
{
    prov_status status = needs_store(phone, "restart", err);
    if (status != PROV_OK)
        return status;
    phone->restarts = true;
    phone->next_boot = PROV_CAUSE_POWER_UP;
    return PROV_OK;
}

prov_status phone_request_factory_reset(struct phone *phone, struct prov_error *err)
{
    prov_status status = needs_store(phone, "factory-reset", err);
    if (status != PROV_OK)
        return status;
    phone->wants_factory_reset = true;
    return phone_restart(phone, err);
}

/* Write the bundle while the agent exists. */
static int write_bundle(struct phone *phone)
{
    struct prov_error err = {0};
    const char *path = phone->options->bundle_path;
    if (!path || !phone->agent || bundle_write(phone, path, &err) == PROV_OK)
        return EXIT_OK;
    return phone_print_failure(phone, &err, EXIT_MACHINE);
}

int phone_stop(struct phone *phone)
{
    int status = write_bundle(phone);
    problem_stop(phone);
    shut_down(phone);
    control_close(phone->control);
    leases_free(phone->leases);
    web_close(phone->web);
    sip_close(phone->sip);
    phone->control = NULL;
    phone->leases = NULL;
    phone->web = NULL;
    phone->sip = NULL;
    return status;
}

bool phone_boots_now(const struct phone *phone)
{
    return phone->restarts || (phone->wants_reboot && !prov_agent_is_busy(phone->agent));
}

void phone_wait(struct phone *phone, struct waiting *waiting)
{
    waiting_until(waiting, clock_wait_ms(&phone->clock, prov_agent_timeout_ms(phone->agent)));
    waiting_until(waiting, clock_wait_ms(&phone->clock, call_timeout_ms(phone)));
    waiting_until(waiting, clock_wait_ms(&phone->clock, problem_timeout_ms(phone)));
    waiting_until(waiting, phone_boots_now(phone) ? 0 : -1);
    control_wait(phone->control, waiting);
    leases_wait(phone->leases, waiting);
    web_wait(phone->web, waiting);
    sip_wait(phone->sip, waiting);
}

int phone_show(const struct options *options)
{
    struct phone phone = {.options = options, .name = ""};
    int status = open_store(&phone);
    if (status == EXIT_OK)
        status = parameters_set(phone.store, options);
    if (status == EXIT_OK)
        status = parameters_show(phone.store, options);
    prov_store_close(phone.store);
    return status;
}
