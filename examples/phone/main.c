/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * provision-phone, a virtual phone: a complete host of libprovision to try it with, to test
 * servers with, and to copy from.
 *
 * This file puts the parts together: a store, a transport, a host, an agent. host.c answers what
 * the library asks, loop.c waits and drives, show.c and json.c tell what happens.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <provision/provision.h>

#include "common/terminal.h"
#include "common/text.h"

#include "call.h"
#include "control.h"
#include "dhcp.h"
#include "file.h"
#include "host.h"
#include "json.h"
#include "loop.h"
#include "options.h"
#include "parameters.h"
#include "reboot.h"

const char program_name[] = "provision-phone";

/* `Cisco-CP-8841-3PCC/sip88xx.11-3-1MPP-110`; empty: as the library makes it. New. */
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

static prov_status make_agent(prov_agent **out, struct phone *phone, const char *version,
                              struct prov_error *err)
{
    const struct options *options = phone->options;
    struct prov_device device = {
        .size = sizeof device,
        .product = prov_str_from(options->model),
        .series = prov_str_from(options->series),
        .serial = prov_str_from(options->serial),
        .sw_version = prov_str_from(phone->sw_version),
        .version = prov_str_from(version),
        .has_ccert = prov_curl_has_client_certificate(phone->curl),
    };
    memcpy(device.mac, options->mac, sizeof device.mac);

    struct prov_host host = {.size = sizeof host};
    host_fill(&host, phone);
    prov_store_bind(phone->store, &host);
    if (options->is_once)
        host_keep_for_once(&host);

    const struct prov_limits limits = {
        .size = sizeof limits,
        .resync_timeout_ms = options->resync_timeout_s * 1000,
    };
    const struct prov_agent_options agent_options = {
        .size = sizeof agent_options,
        .host = &host,
        .device = &device,
        .dialect = prov_dialect_get(options->dialect),
        .limits = &limits,
        .dhcp_server = prov_str_from(options->dhcp_server),
        /* The one resync of --once is the requested one, not that of a power-up. */
        .boot_cause = options->is_once      ? PROV_CAUSE_HOST
                      : options->boot_cause ? options->boot_cause
                                            : PROV_CAUSE_POWER_UP,
        .confirm_timeout_s = options->confirm_timeout_s,
        .user_agent = (uint8_t)options->user_agent,
    };
    prov_status status = prov_agent_new(out, &agent_options, err);
    return status == PROV_OK ? host_enable_jobs(phone, err) : status;
}

/* What the command line names, if it does: a power-up requests its own resync. */
static prov_status request(struct phone *phone, struct prov_error *err)
{
    const struct options *options = phone->options;
    const struct {
        const char *rule; /* NULL: not named */
        uint32_t verb, job;
    } requests[] = {
        {options->ca_rule, PROV_VERB_UPDATE_CA, PROV_JOB_CUSTOM_CA},
        {options->upgrade_rule, PROV_VERB_UPGRADE, PROV_JOB_UPGRADE},
        {options->report_rule, PROV_VERB_REPORT, PROV_JOB_REPORT},
        {options->resync_rule || !options->is_once ? options->resync_rule : "", PROV_VERB_RESYNC,
         PROV_JOB_RESYNC},
    };
    phone->awaited = PROV_JOB_FETCH;
    if (options->fetch_rule)
        return file_fetch(phone, options->fetch_rule, options->output, err);
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        if (!requests[i].rule)
            continue;
        phone->awaited = requests[i].job;
        return options->boot_cause
                   ? PROV_OK
                   : host_request(phone, requests[i].verb, prov_str_from(requests[i].rule), err);
    }
    return PROV_OK;
}

static int drive(struct phone *phone)
{
    struct prov_error err = {0};
    const struct options *options = phone->options;
    prov_agent *agent = phone->agent;
    struct wire *wire = &phone->wire;
    const struct prov_transport *transport = prov_curl_transport(phone->curl);
    if (options->is_verbose && !options->answer.is_json)
        transport = wire_init(wire, transport, &phone->show);
    prov_status status = prov_agent_add_transport(agent, transport, 0, &err);
    if (status != PROV_OK)
        return complain(&err, EXIT_MACHINE);
    if (options->has_call && !options->boot_cause) /* a reboot ends it */
        call_begin(phone, options->call_s);
    status = request(phone, &err);
    if (status != PROV_OK) /* when the phone's settings say no, that is a resync that failed */
        return complain(&err, status == PROV_E_POLICY ? EXIT_FAILED : EXIT_MACHINE);
    return loop_run(agent, phone, options->is_once);
}

static prov_status make_transport(prov_curl **out, const struct options *options,
                                  struct prov_error *err)
{
    const struct prov_curl_options curl_options = {
        .size = sizeof curl_options,
        .ca_file = options->ca_file,
        .system_roots = !options->ca_file,
    };
    const struct prov_client_certificate certificate = {
        .size = sizeof certificate,
        .cert_file = options->cert_file,
        .key_file = options->key_file,
    };
    prov_status status = prov_curl_new(out, &curl_options, err);
    if (status != PROV_OK || !options->cert_file)
        return status;
    status = prov_curl_set_client_certificate(*out, &certificate, err);
    if (status == PROV_OK)
        return PROV_OK;
    prov_curl_free(*out);
    *out = NULL;
    return status;
}

static int run_agent(struct phone *phone)
{
    struct prov_error err = {0};
    char *version = make_version(phone->options, phone->sw_version);
    if (!version) {
        perror(program_name);
        return EXIT_MACHINE;
    }
    int status;
    if (make_agent(&phone->agent, phone, version, &err) == PROV_OK &&
        dhcp_offer(phone, &err) == PROV_OK)
        status = drive(phone);
    else
        status = complain(&err, EXIT_MACHINE);
    prov_agent_free(phone->agent);
    free(version);
    return status;
}

/* The transport outlives the agent that uses it, and the store both. */
static int run_with_transport(struct phone *phone)
{
    struct prov_error err = {0};
    if (make_transport(&phone->curl, phone->options, &err) != PROV_OK)
        return complain(&err, EXIT_MACHINE);
    int status = run_agent(phone);
    prov_curl_free(phone->curl);
    return status;
}

/* Every start of the program is a boot, and goes through the boot loader. */
static bool boot(struct phone *phone)
{
    char note[2 * FLASH_TEXT_CAP];
    const struct options *options = phone->options;
    if (!options->store_path)
        return true;
    if (!flash_boot(&phone->flash, options->store_path, options->confirm_image_s > 0, note,
                    sizeof note))
        return false;
    if (flash_version(&phone->flash)[0])
        phone->sw_version = flash_version(&phone->flash);
    if (phone->is_json && (options->boot_cause || note[0]))
        json_boot(stdout, phone->sw_version, note);
    else if (note[0])
        host_note(phone, note);
    return true;
}

/* @param[out] boot_cause, control_fd  With EXIT_REBOOT. */
static int run_phone(const struct options *options, prov_store *store, uint32_t *boot_cause,
                     int *control_fd)
{
    struct phone phone = {
        .options = options,
        .store = store,
        .sw_version = options->sw_version ? options->sw_version : "",
        .account = options->account,
        .is_json = options->answer.is_json,
        .confirms = options->confirms,
    };
    show_init(&phone.show, options);
    phone.show.store = store;
    phone.show.resync_rule = prov_str_from(options->resync_rule);
    if (options->control && !control_open(&phone.control, options->control))
        return EXIT_MACHINE;
    int status = boot(&phone) ? run_with_transport(&phone) : EXIT_MACHINE;
    *boot_cause = phone.boot_cause;
    if (status == EXIT_REBOOT)
        *control_fd = control_leave(phone.control);
    else
        control_close(phone.control);
    return status;
}

static int refuse_store(const struct prov_error *err)
{
    int status = complain(err, EXIT_MACHINE);
    if (err->status == PROV_E_CORRUPT || err->status == PROV_E_TRUNCATED)
        fputs("  there is no good backup of it: move it away to start with an empty store\n",
              stderr);
    return status;
}

/* The values are older than the last ones that were written. */
static void report_restored(const prov_store *store, const char *path)
{
    struct prov_error why = {0};
    if (!prov_store_was_restored(store, &why))
        return;
    complain(&why, EXIT_OK);
    fprintf(stderr, "  the values are those of %s.bak; what is damaged goes to %s.damaged\n", path,
            path);
}

static int run(const struct options *options, char **argv)
{
    struct prov_error err = {0};
    const struct prov_store_options store_options = {
        .size = sizeof store_options,
        .path = options->store_path,
        .user_wins = options->user_wins,
    };
    prov_store *store;
    if (prov_store_open(&store, &store_options, &err) != PROV_OK)
        return refuse_store(&err);
    report_restored(store, options->store_path);
    uint32_t boot_cause = PROV_CAUSE_POWER_UP;
    int control_fd = -1;
    int status = options->boot_cause ? EXIT_OK : parameters_set(store, options);
    if (status == EXIT_OK)
        status = options->shows.n ? parameters_show(store, options)
                                  : run_phone(options, store, &boot_cause, &control_fd);
    prov_store_close(store);
    return status == EXIT_REBOOT ? reboot(argv, boot_cause, control_fd) : status;
}

int main(int argc, char **argv)
{
    struct options options;
    int status;
    (void)argc;
    if (!terminal_fill_standard_files())
        return EXIT_MACHINE;
    loop_block_signals();
    if (options_read(&options, argv, &status))
        status = run(&options, argv);
    options_free(&options);
    return finish_output(status);
}
