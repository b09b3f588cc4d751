/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "facts.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/parameter.h"
#include "common/text.h"

#include "file.h"

enum { MAX_STORE_BYTES = 16 * 1024 * 1024 };

static prov_status on_param(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    return prov_store_set(ctx, param, err);
}

/* Read a file or, without a path, the settings of a bundle. */
static prov_status pour(const char *path, prov_str settings, const struct prov_sink *sink,
                        struct prov_error *err)
{
    if (path)
        return file_pour(path, sink, err);
    prov_status status = sink->write(sink->ctx, settings.data, settings.len, err);
    return status == PROV_OK ? sink->finish(sink->ctx, err) : status;
}

/* Reading the store as a profile neither locks nor repairs it: a phone may be using it. */
static prov_status read_store(prov_store *store, const char *path, prov_str settings,
                              struct prov_error *err)
{
    const struct prov_limits limits = {
        .size = sizeof limits,
        .max_inflated_bytes = MAX_STORE_BYTES,
    };
    const struct prov_profile_options options = {
        .size = sizeof options,
        .limits = &limits,
        .strict_names = 1,
    };
    const struct prov_profile_handler handler = {.param = on_param, .ctx = store};
    prov_profile_parser *parser;
    prov_status status = prov_profile_parser_new(&parser, &options, &handler, err);
    if (status != PROV_OK)
        return status;
    struct prov_sink sink = prov_profile_parser_sink(parser);
    status = pour(path, settings, &sink, err);
    prov_profile_parser_free(parser);
    if (!err->source[0])
        snprintf(err->source, sizeof err->source, "%s", path ? path : "settings.xml");
    return status;
}

/* Apply all of --set. */
static int set_all(prov_store *store, const struct options *options)
{
    for (size_t i = 0; i < options->sets.n; i++) {
        prov_str name, value;
        struct prov_error err = {0};
        parameter_split(options->sets.all[i], &name, &value);
        if (parameter_set(store, name, value, NULL, &err) != PROV_OK)
            return command_line_refuse_value("--set", &err);
    }
    return EXIT_OK;
}

static int fill_store(prov_store *store, const struct options *options)
{
    struct prov_error err = {0};
    prov_status status = prov_store_begin(store, &err);
    if (status == PROV_OK && (options->store_path || options->bundle))
        status = read_store(store, options->store_path, options->settings, &err);
    if (status != PROV_OK)
        return print_failure(&err, EXIT_MACHINE);
    int exit_status = set_all(store, options);
    if (exit_status == EXIT_OK && prov_store_commit(store, &err) != PROV_OK)
        return print_failure(&err, EXIT_MACHINE);
    return exit_status;
}

static prov_status get_param(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    return prov_store_get(ctx, name, buf, cap, len);
}

static prov_status find_variable(void *ctx, prov_str name, uint32_t flags, prov_str *value)
{
    const struct options *options = ctx;
    (void)flags;
    for (size_t i = options->variables.n; i > 0; i--) { /* the last one precedes */
        prov_str known;
        parameter_split(options->variables.all[i - 1], &known, value);
        if (text_is_equal(known, name))
            return PROV_OK;
    }
    return PROV_E_NOT_FOUND;
}

struct prov_vars facts_given_vars(const struct options *options)
{
    return (struct prov_vars){.find = find_variable, .ctx = (void *)(uintptr_t)options};
}

void facts_describe_device(struct prov_device *device, const struct options *options)
{
    *device = (struct prov_device){
        .size = sizeof *device,
        .product = prov_str_from(options->model),
        .series = prov_str_from(options->series),
        .serial = prov_str_from(options->serial),
        .sw_version = prov_str_from(options->sw_version),
        .hw_version = prov_str_from(options->hw_version),
        .ip = prov_str_from(options->ip),
    };
    memcpy(device->mac, options->mac, sizeof device->mac);
}

static prov_status make_variables(struct macro_vars *macro_vars, const char *sw_version,
                                  struct prov_error *err)
{
    struct prov_device device;
    facts_describe_device(&device, macro_vars->options);
    device.sw_version = prov_str_from(sw_version);
    const struct prov_param_source params = {.get = get_param, .ctx = macro_vars->store};
    const struct prov_vars more = facts_given_vars(macro_vars->options);
    return prov_macro_vars_new(&macro_vars->variables, &device, &params, &more, NULL, err);
}

int facts_make_store(prov_store **store, const struct options *options)
{
    struct prov_error err = {0};
    prov_status status = prov_store_open(store, NULL, &err);
    return status == PROV_OK ? fill_store(*store, options) : print_failure(&err, EXIT_MACHINE);
}

int facts_gather(struct macro_vars *macro_vars, const struct options *options)
{
    struct prov_error err = {0};
    *macro_vars = (struct macro_vars){.options = options};
    macro_vars->operation = (struct prov_operation){
        .size = sizeof macro_vars->operation,
        .prvst = options->prvst,
        .upgst = 1,
        .prvtmr_s = options->prvtmr_s,
        .upgtmr_s = options->upgtmr_s,
    };
    int exit_status = facts_make_store(&macro_vars->store, options);
    if (exit_status != EXIT_OK)
        return exit_status;
    prov_status status = make_variables(macro_vars, options->sw_version, &err);
    if (status == PROV_OK)
        status = prov_macro_vars_set_operation(macro_vars->variables, &macro_vars->operation);
    return status == PROV_OK ? EXIT_OK : print_failure(&err, EXIT_MACHINE);
}

int facts_set_version(struct macro_vars *macro_vars, const char *version)
{
    struct prov_error err = {0};
    prov_macro_vars_free(macro_vars->variables);
    macro_vars->variables = NULL;
    prov_status status = make_variables(macro_vars, version, &err);
    if (status == PROV_OK)
        status = prov_macro_vars_set_operation(macro_vars->variables, &macro_vars->operation);
    return status == PROV_OK ? EXIT_OK : print_failure(&err, EXIT_MACHINE);
}

/* The numeric address of a server; a name is not looked up. */
static prov_str address_of(prov_str host)
{
    char text[INET6_ADDRSTRLEN];
    unsigned char address[sizeof(struct in6_addr)];
    if (host.len >= sizeof text)
        return (prov_str){NULL, 0};
    memcpy(text, host.data, host.len);
    text[host.len] = '\0';
    bool is_address =
        inet_pton(AF_INET, text, address) == 1 || inet_pton(AF_INET6, text, address) == 1;
    return is_address ? host : (prov_str){NULL, 0};
}

void facts_set_request(struct macro_vars *macro_vars, const struct prov_rule_target *target)
{
    macro_vars->operation.scheme = target->scheme;
    macro_vars->operation.server = target->host;
    macro_vars->operation.server_ip = target->host.len ? address_of(target->host) : target->host;
    macro_vars->operation.port = target->port;
    macro_vars->operation.path = target->path;
    prov_macro_vars_set_operation(macro_vars->variables, &macro_vars->operation);
}

struct prov_vars facts_vars(const struct macro_vars *macro_vars)
{
    return prov_macro_vars_view(macro_vars->variables);
}

const struct prov_dialect *facts_dialect(const struct macro_vars *macro_vars)
{
    return prov_dialect_get(macro_vars->options->dialect);
}

char *facts_expand(const struct macro_vars *macro_vars, prov_str text, struct prov_error *err)
{
    size_t len;
    struct prov_vars vars = facts_vars(macro_vars);
    prov_status status = prov_macro_expand(text, &vars, 0, NULL, 0, &len, err);
    if (status != PROV_E_LIMIT)
        return NULL;
    char *buf = malloc(len + 1);
    if (buf && prov_macro_expand(text, &vars, 0, buf, len + 1, &len, err) == PROV_OK)
        return buf;
    free(buf);
    return NULL;
}

void facts_free(struct macro_vars *macro_vars)
{
    prov_macro_vars_free(macro_vars->variables);
    prov_store_close(macro_vars->store);
}
