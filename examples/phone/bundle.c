/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "bundle.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/tar.h"
#include "common/text.h"

#include "command.h"
#include "host.h"
#include "options.h"
#include "parameters.h"
#include "show/words.h"

static prov_status write_bytes(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)err;
    fwrite(data, 1, len, ctx);
    return PROV_OK;
}

static prov_status finish(void *ctx, struct prov_error *err)
{
    (void)ctx;
    (void)err;
    return PROV_OK;
}

/* Write one parameter, masked. A value that XML cannot contain is left out. */
static void write_setting(prov_profile_writer *writer, const struct phone *phone,
                          const struct prov_param *stored)
{
    bool is_set, is_secret;
    struct prov_param param = {
        .size = sizeof param,
        .name = stored->name,
        .access = stored->access,
        .has_value = stored->has_value != 0,
    };
    char *value = parameters_presentable(phone->store, stored->name, phone->options->dialect,
                                         &is_set, &is_secret);
    param.value = prov_str_from(value);
    prov_profile_writer_param(writer, &param, NULL);
    free(value);
}

static void write_settings(const struct phone *phone, FILE *out)
{
    const struct prov_sink sink = {.write = write_bytes, .finish = finish, .ctx = out};
    struct prov_param param = {.size = sizeof param};
    prov_profile_writer *writer;
    if (prov_profile_writer_new(&writer, NULL, sink, NULL) != PROV_OK)
        return;
    for (size_t i = 0; prov_store_param(phone->store, i, &param) == PROV_OK; i++)
        write_setting(writer, phone, &param);
    prov_profile_writer_finish(writer, NULL);
    prov_profile_writer_free(writer);
}

static void write_option(FILE *out, const char *name, const char *value)
{
    if (value && value[0] && !strpbrk(value, "\n\r"))
        fprintf(out, "%s %s\n", name, value);
}

/* Write the device as options of provision-explain, one in each line. */
static void write_device(const struct phone *phone, FILE *out)
{
    const struct options *options = phone->options;
    const uint8_t *mac = options->mac;
    fprintf(out, "mac %02x%02x%02x%02x%02x%02x\n", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
    write_option(out, "model", options->model);
    write_option(out, "series", options->series);
    write_option(out, "serial", options->serial);
    write_option(out, "swver", phone->sw_version);
    write_option(out, "dhcp-server", options->dhcp_server);
    write_option(out, "dialect", options->dialect == PROV_DIALECT_SPA ? "spa" : "mpp");
}

static void write_traces(const struct phone *phone, FILE *out)
{
    char at[64];
    struct prov_agent_trace trace = {.size = sizeof trace};
    for (size_t i = 0; prov_agent_trace_get(phone->agent, i, &trace) == PROV_OK; i++)
        fprintf(out, "%.*s, %s, %s\n%.*s\n", (int)trace.rule.len, trace.rule.data,
                prov_cause_name(trace.cause), words_for_moment(trace.wall_s, at, sizeof at),
                (int)trace.text.len, trace.text.data);
}

static void write_versions(const struct phone *phone, FILE *out)
{
    static const uint32_t features[] = {PROV_FEATURE_CURL, PROV_FEATURE_SRV};
    (void)phone;
    fprintf(out, "libprovision %s, headers of %s\n", prov_version_string(), PROV_VERSION_STRING);
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++)
        fprintf(out, "%s: %s\n", prov_feature_name(features[i]),
                prov_feature_supported(features[i]) ? "yes" : "no");
}

static void write_status(const struct phone *phone, FILE *out)
{
    command_write_status(phone, out);
}

static const struct {
    const char *name;
    void (*write)(const struct phone *phone, FILE *out);
} members[] = {
    {"settings.xml", write_settings}, {"device.txt", write_device},
    {"status.json", write_status},    {"traces.txt", write_traces},
    {"versions.txt", write_versions},
};

static bool add_member(FILE *archive, size_t i, const struct phone *phone)
{
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return false;
    members[i].write(phone, out);
    bool is_whole = fclose(out) == 0;
    if (is_whole)
        tar_add(archive, members[i].name, (prov_str){text, len}, (int64_t)time(NULL));
    free(text);
    return is_whole;
}

prov_status bundle_make(const struct phone *phone, const char *reason, char **data, size_t *len,
                        struct prov_error *err)
{
    bool is_whole = true;
    *data = NULL;
    FILE *archive = open_memstream(data, len);
    for (size_t i = 0; archive && is_whole && i < sizeof members / sizeof members[0]; i++)
        is_whole = add_member(archive, i, phone);
    if (archive && reason)
        tar_add(archive, "reason.txt", prov_str_from(reason), (int64_t)time(NULL));
    if (archive)
        tar_end(archive);
    if (archive && fclose(archive) == 0 && is_whole)
        return PROV_OK;
    free(*data);
    *data = NULL;
    return text_fail(PROV_E_NOMEM, "", "no memory for the bundle", err);
}

prov_status bundle_write(struct phone *phone, const char *path, struct prov_error *err)
{
    char *data;
    size_t len;
    prov_status status = bundle_make(phone, NULL, &data, &len, err);
    if (status != PROV_OK)
        return status;
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    FILE *file = fd >= 0 ? fdopen(fd, "wb") : NULL;
    bool is_whole = file && fwrite(data, 1, len, file) == len;
    if (file)
        is_whole &= fclose(file) == 0;
    else if (fd >= 0)
        close(fd);
    free(data);
    return is_whole ? PROV_OK : text_fail_file(PROV_E_IO, path, err);
}
