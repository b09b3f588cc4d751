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

#include "common/parameter.h"
#include "common/tar.h"
#include "common/text.h"

#include "command.h"
#include "host.h"
#include "options.h"
#include "parameters.h"
#include "words.h"

static prov_status fail(prov_status status, const char *subject, const char *message,
                        struct prov_error *err)
{
    if (!err)
        return status;
    *err = (struct prov_error){.size = sizeof *err, .status = status};
    snprintf(err->subject, sizeof err->subject, "%s", subject);
    snprintf(err->message, sizeof err->message, "%s", message);
    return status;
}

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

/* One parameter, masked; what XML cannot carry is left out. */
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

/* Options of provision-explain, one in a line. */
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
                prov_cause_name(trace.cause),
                words_for_moment(trace.wall_valid ? trace.wall_s : -1, at, sizeof at),
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

/* @param[out] data  New, ended by free(). */
static prov_status make(const struct phone *phone, char **data, size_t *len, struct prov_error *err)
{
    bool is_whole = true;
    *data = NULL;
    FILE *archive = open_memstream(data, len);
    for (size_t i = 0; archive && is_whole && i < sizeof members / sizeof members[0]; i++)
        is_whole = add_member(archive, i, phone);
    if (archive)
        tar_end(archive);
    if (archive && fclose(archive) == 0 && is_whole)
        return PROV_OK;
    free(*data);
    *data = NULL;
    return fail(PROV_E_NOMEM, "", "no memory for the bundle", err);
}

prov_status bundle_write(struct phone *phone, const char *path, struct prov_error *err)
{
    char *data;
    size_t len;
    prov_status status = make(phone, &data, &len, err);
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
    return is_whole ? PROV_OK : fail(PROV_E_IO, path, strerror(errno), err);
}

static prov_status read_bytes(void *ctx, void *buf, size_t cap, size_t *len, struct prov_error *err)
{
    struct problem_report *report = ctx;
    size_t left = report->len - report->at;
    (void)err;
    *len = left < cap ? left : cap;
    memcpy(buf, report->data + report->at, *len);
    report->at += *len;
    return PROV_OK;
}

static prov_status rewind_bytes(void *ctx, struct prov_error *err)
{
    struct problem_report *report = ctx;
    (void)err;
    report->at = 0;
    return PROV_OK;
}

static char *get(const struct phone *phone, const char *name)
{
    bool is_set;
    return parameter_get(phone->store, prov_str_from(name), phone->options->dialect, &is_set);
}

/* PRT_Upload_Rule; to a folder goes a file with the name of PRT_Name. New; NULL without memory. */
static char *make_rule(const struct phone *phone)
{
    char *whole = NULL;
    size_t len;
    char *rule = get(phone, "PRT_Upload_Rule");
    char *name = get(phone, "PRT_Name");
    FILE *out = rule && name ? open_memstream(&whole, &len) : NULL;
    if (out) {
        size_t end = strlen(rule);
        bool is_folder = end > 0 && rule[end - 1] == '/';
        fprintf(out, "%s%s", rule, !is_folder ? "" : name[0] ? name : "prt-$MA.tar");
        if (fclose(out) != 0) {
            free(whole);
            whole = NULL;
        }
    }
    free(rule);
    free(name);
    return whole;
}

prov_status bundle_send(struct phone *phone, struct prov_error *err)
{
    struct problem_report *report = &phone->problem_report;
    if (report->data)
        return fail(PROV_E_BUSY, "problem-report", "one is being sent", err);
    char *rule = make_rule(phone), *method = get(phone, "PRT_Upload_Method");
    prov_status status = rule && method ? PROV_OK : fail(PROV_E_NOMEM, "", "no memory", err);
    if (status == PROV_OK && !rule[0])
        status = fail(PROV_E_NO_SERVER, "PRT_Upload_Rule", "expected a rule, found none", err);
    if (status == PROV_OK)
        status = make(phone, &report->data, &report->len, err);
    if (status == PROV_OK) {
        const struct prov_upload upload = {
            .size = sizeof upload,
            .ctx = report,
            .length = (int64_t)report->len,
            .read = read_bytes,
            .rewind = rewind_bytes,
        };
        const struct prov_fetch fetch = {
            .size = sizeof fetch,
            .id = BUNDLE_FETCH,
            .method = strcmp(method, "PUT") == 0 ? PROV_METHOD_PUT : PROV_METHOD_POST,
            .rule = prov_str_from(rule),
            .content_type = prov_str_from("application/x-tar"),
            .upload = &upload,
            .sink = {.ctx = report},
        };
        report->at = 0;
        status = prov_agent_fetch(phone->agent, &fetch, err);
        if (status != PROV_OK)
            bundle_end(phone);
    }
    free(rule);
    free(method);
    return status;
}

void bundle_end(struct phone *phone)
{
    free(phone->problem_report.data);
    phone->problem_report = (struct problem_report){.data = NULL};
}
