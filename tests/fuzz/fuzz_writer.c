/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * The profile writer. The input is a list of access byte, name, NUL, value, NUL. Property: what the
 * writer accepts, the parser reads back, byte for byte.
 */
#include "dials.h"

#include "base/str.h"

#include <provision/profile.h>

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_PARAMS = 64 };

struct written {
    struct prov_param params[MAX_PARAMS];
    size_t n_params;
    size_t n_read;
};

static prov_status compare(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    struct written *written = ctx;
    (void)err;
    if (written->n_read == written->n_params)
        test_die("more parameters than were written");
    const struct prov_param *wanted = &written->params[written->n_read++];
    if (!provi_str_eq(param->name, wanted->name) || param->access != wanted->access ||
        param->has_value != wanted->has_value ||
        (wanted->has_value && !provi_str_eq(param->value, wanted->value)))
        test_die("parameter %zu reads otherwise", written->n_read);
    return PROV_OK;
}

/* The text up to a NUL, which is skipped. */
static prov_str take(const uint8_t **data, size_t *size)
{
    const uint8_t *end = *size ? memchr(*data, 0, *size) : NULL;
    size_t len = end ? (size_t)(end - *data) : *size;
    prov_str text = {(const char *)*data, len};
    size_t skipped = end ? len + 1 : len;
    *data += skipped;
    *size -= skipped;
    return text;
}

/* The parser gives such a name's main name. */
static bool is_synonym(prov_str name)
{
    bool is_exact;
    const struct prov_param_info *info = prov_catalogue_find(name, &is_exact);
    return info && is_exact && !(info->flags & PROV_PARAM_FLAG_PER_LINE) &&
           !provi_str_is(name, info->name);
}

static void write_all(prov_profile_writer *writer, struct written *written, const uint8_t *data,
                      size_t size)
{
    while (size > 0 && written->n_params < MAX_PARAMS) {
        struct prov_param param = {.size = sizeof param, .access = *data & 7};
        param.has_value = (*data & 8) == 0;
        data++;
        size--;
        param.name = take(&data, &size);
        param.value = take(&data, &size);
        if (is_synonym(param.name))
            continue;
        prov_status status = prov_profile_writer_param(writer, &param, NULL);
        if (status == PROV_OK)
            written->params[written->n_params++] = param;
        else if (status != PROV_E_INVALID && status != PROV_E_VALUE)
            test_die("writer: %d", (int)status);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct written written = {0};
    struct capture capture;
    capture_init(&capture, NULL);
    prov_profile_writer *writer;
    if (prov_profile_writer_new(&writer, NULL, capture.sink, NULL) != PROV_OK)
        test_die("no writer");
    write_all(writer, &written, data, size);
    if (prov_profile_writer_finish(writer, NULL) != PROV_OK)
        test_die("not finished");
    prov_profile_writer_free(writer);

    const struct prov_limits wide = {
        .size = sizeof wide,
        .max_name_bytes = 4000,
        .max_value_bytes = UINT32_MAX,
        .max_token_bytes = UINT32_MAX,
    };
    const struct prov_profile_options opt = {
        .size = sizeof opt,
        .limits = &wide,
        .strict_names = 1,
    };
    const struct prov_profile_handler handler = {.param = compare, .ctx = &written};
    prov_profile_parser *parser;
    if (prov_profile_parser_new(&parser, &opt, &handler, NULL) != PROV_OK)
        test_die("no parser");
    const struct prov_sink sink = prov_profile_parser_sink(parser);
    struct feed feed = feed_whole(capture.data, capture.len);
    struct prov_error err = {0};
    if (feed_run(&feed, &sink, &err) != PROV_OK)
        test_die("does not parse: %s\n%s", err.message, (char *)capture.data);
    if (written.n_read != written.n_params)
        test_die("%zu parameters written, %zu read", written.n_params, written.n_read);
    prov_profile_parser_free(parser);
    capture_free(&capture);
    return 0;
}
