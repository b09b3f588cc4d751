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
#include <string.h>

#include <provision/provision.h>

#include "common/terminal.h"
#include "common/text.h"

#include "dhcp.h"
#include "file.h"
#include "host.h"
#include "loop.h"
#include "options.h"
#include "parameters.h"

const char program_name[] = "provision-phone";

static prov_status make_agent(prov_agent **out, const struct options *options, prov_store *store,
                              const prov_curl *curl, struct phone *phone, struct prov_error *err)
{
    struct prov_device device = {
        .size = sizeof device,
        .product = prov_str_from(options->model),
        .series = prov_str_from(options->series),
        .serial = prov_str_from(options->serial),
        .sw_version = prov_str_from(options->sw_version),
        .has_ccert = prov_curl_has_client_certificate(curl),
    };
    memcpy(device.mac, options->mac, sizeof device.mac);

    struct prov_host host = {.size = sizeof host};
    host_fill(&host, phone);
    prov_store_bind(store, &host);
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
        .boot_cause = options->is_once ? PROV_CAUSE_HOST : PROV_CAUSE_POWER_UP,
        .confirm_timeout_s = options->confirm_timeout_s,
    };
    prov_status status = prov_agent_new(out, &agent_options, err);
    phone->agent = *out;
    return status == PROV_OK ? host_enable_custom_ca(phone, err) : status;
}

/* Ask for the file or the resync that the command line names; a power-up asks for its own. */
static prov_status request(struct phone *phone, const struct options *options,
                           struct prov_error *err)
{
    if (options->fetch_rule)
        return file_fetch(phone, options->fetch_rule, options->output, err);
    const struct prov_agent_request request = {
        .size = sizeof request,
        .cause = options->resync_rule ? PROV_CAUSE_URL : PROV_CAUSE_HOST,
        .rule = prov_str_from(options->resync_rule),
    };
    if (!options->is_once && !options->resync_rule)
        return PROV_OK;
    return prov_agent_request(phone->agent, &request, err);
}

static int drive(prov_agent *agent, const struct options *options, prov_curl *curl,
                 struct phone *phone)
{
    struct prov_error err = {0};
    struct wire *wire = &phone->wire;
    const struct prov_transport *transport = prov_curl_transport(curl);
    if (options->is_verbose && !options->answer.is_json)
        transport = wire_init(wire, transport, &phone->show);
    prov_status status = prov_agent_add_transport(agent, transport, 0, &err);
    if (status != PROV_OK)
        return complain(&err, EXIT_MACHINE);
    status = request(phone, options, &err);
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
    return status;
}

/* The transport outlives the agent that uses it, and the store both. */
static int run_phone(const struct options *options, prov_store *store)
{
    struct prov_error err = {0};
    prov_curl *curl;
    if (make_transport(&curl, options, &err) != PROV_OK)
        return complain(&err, EXIT_MACHINE);

    struct phone phone = {
        .curl = curl,
        .account = options->account,
        .is_json = options->answer.is_json,
        .confirms = options->confirms,
    };
    show_init(&phone.show, options);
    phone.show.store = store;
    phone.show.resync_rule = prov_str_from(options->resync_rule);
    prov_agent *agent;
    int status;
    if (make_agent(&agent, options, store, curl, &phone, &err) == PROV_OK &&
        dhcp_tell(agent, options, store, &phone, &err) == PROV_OK)
        status = drive(agent, options, curl, &phone);
    else
        status = complain(&err, EXIT_MACHINE);
    prov_agent_free(agent);
    prov_curl_free(curl);
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

/* Values that nobody asked for are to surprise nobody. */
static void tell_restored(const prov_store *store, const char *path)
{
    struct prov_error why = {0};
    if (!prov_store_was_restored(store, &why))
        return;
    complain(&why, EXIT_OK);
    fprintf(stderr, "  the values are those of %s.bak; what is damaged goes to %s.damaged\n", path,
            path);
}

static int run(const struct options *options)
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
    tell_restored(store, options->store_path);
    int status = parameters_set(store, options);
    if (status == EXIT_OK)
        status = options->shows.n ? parameters_show(store, options) : run_phone(options, store);
    prov_store_close(store);
    return status;
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
        status = run(&options);
    options_free(&options);
    return finish_output(status);
}
