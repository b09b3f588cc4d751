/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fetch_report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/advice.h"
#include "common/json_event.h"
#include "common/names.h"
#include "common/terminal.h"
#include "common/text.h"

enum { WORD_CAP = 160, LINE_CAP = 640, FEW_DAYS = 14, DAY_S = 86400 };

bool fetch_report_begin(struct fetch_report *report)
{
    *report = (struct fetch_report){.n_warnings = 0};
    for (size_t i = 0; i < N_FETCH_SECTIONS; i++) {
        struct fetch_part *part = &report->parts[i];
        part->view.out = open_memstream(&part->text, &part->text_len);
        part->array = (struct json_object){.close = ']'};
        part->array.out = open_memstream(&part->elements, &part->elements_len);
        if (!part->view.out || !part->array.out)
            return false;
    }
    return true;
}

/* Days until the server's certificate expires. */
static long days_left(int64_t not_after_s)
{
    return (long)((not_after_s - (int64_t)time(NULL)) / DAY_S);
}

static void print_certificate(const struct text_view *view,
                              const struct prov_connection *connection)
{
    char subject[WORD_CAP], names[WORD_CAP], version[WORD_CAP], date[24] = "?";
    time_t end_s = (time_t)connection->not_after_s;
    struct tm end;
    if (connection->tls_version.len == 0)
        return;
    if (gmtime_r(&end_s, &end))
        strftime(date, sizeof date, "%Y-%m-%d", &end);
    text_line(view, PLAIN, "  certificate: %s, for %s, until %s (%ld days); %s",
              text_clean(connection->cert_subject, subject, sizeof subject),
              text_clean(connection->cert_names, names, sizeof names), date,
              days_left(connection->not_after_s),
              text_clean(connection->tls_version, version, sizeof version));
}

/* Stages that the connection reached, in ms since the start of the transfer. */
static void print_connection(const struct text_view *view, const struct prov_result *result)
{
    const struct prov_connection *connection = result->connection;
    char address[WORD_CAP];
    text_clean(result->server_ip, address, sizeof address);
    if (!connection) {
        if (address[0])
            text_line(view, PLAIN, "  address: %s", address);
        return;
    }
    if (connection->lookup_ms >= 0)
        text_line(view, PLAIN, "  name lookup: %s, after %" PRId64 " ms", address,
                  connection->lookup_ms);
    else
        text_line(view, PLAIN, "  address: %s", address);
    if (connection->is_reused)
        text_line(view, PLAIN, "  connection: that of the request before");
    else if (connection->tls_ms >= 0)
        text_line(view, PLAIN, "  connection: after %" PRId64 " ms, TLS after %" PRId64 " ms",
                  connection->connect_ms, connection->tls_ms);
    else if (connection->connect_ms >= 0)
        text_line(view, PLAIN, "  connection: after %" PRId64 " ms", connection->connect_ms);
    print_certificate(view, connection);
}

static void add_header(char *line, const char *name, prov_str value)
{
    char text[WORD_CAP];
    size_t len = strlen(line);
    if (value.len)
        snprintf(line + len, LINE_CAP - len, "; %s: %s", name,
                 text_clean(value, text, sizeof text));
}

static void print_response(const struct text_view *view, const struct prov_result *result)
{
    const struct prov_delivery *delivery = result->delivery;
    char line[LINE_CAP] = "", length[32] = "";
    if (!delivery || (result->code == 0 && result->bytes == 0))
        return;
    if (result->code)
        snprintf(line, sizeof line, "HTTP %d", (int)result->code);
    else
        snprintf(line, sizeof line, "a file");
    if (result->total >= 0)
        snprintf(length, sizeof length, "%" PRId64, result->total);
    add_header(line, "Content-Type", delivery->content_type);
    add_header(line, result->code ? "Content-Length" : "length", prov_str_from(length));
    add_header(line, "Content-Encoding", delivery->coding);
    add_header(line, "ETag", delivery->etag);
    if (delivery->first_byte_ms >= 0)
        text_line(view, PLAIN, "  response: %s; after %" PRId64 " ms", line,
                  delivery->first_byte_ms);
    else
        text_line(view, PLAIN, "  response: %s", line);
    if (result->bytes)
        text_line(view, PLAIN, "  body: %s", words_for_file(result, line, sizeof line));
}

static void print_trace(const struct text_view *view, prov_str trace)
{
    while (trace.len) {
        prov_str line = text_cut_line(&trace);
        text_line(view, PLAIN, "  %.*s", (int)line.len, line.data);
    }
}

static void print_end(const struct text_view *view, const struct prov_result *result)
{
    char line[LINE_CAP];
    const char *advice = advice_for(result);
    if (result->outcome == PROV_OUTCOME_APPLIED || result->outcome == PROV_OUTCOME_UNCHANGED)
        text_line(view, PLAIN, "  profile: %" PRIu64 " parameters, %" PRIu64 " would change",
                  result->n_params, result->n_changed);
    else if (result->outcome == PROV_OUTCOME_FORGIVEN)
        text_line(view, PLAIN, "  no such file: that is no failure, Resync_Fails_On_FNF is No");
    else if (result->error)
        text_line(view, PLAIN, "  failed: %s", text_error(result->error, line, sizeof line));
    if (result->error)
        text_line(view, PLAIN, "    %s%s%s", prov_status_text(result->error->status),
                  advice ? ": " : "", advice ? advice : "");
}

static void warn_of_certificate(struct fetch_report *report, const struct prov_result *result)
{
    const struct prov_connection *connection = result->connection;
    if (!connection || connection->not_after_s < 0 ||
        days_left(connection->not_after_s) >= FEW_DAYS)
        return;
    const struct fetch_warning warning = {
        .id = "certificate-ends",
        .words = "the server's certificate ends in less than 14 days",
        .rule = result->rule,
    };
    fetch_report_warning(report, &warning);
}

void fetch_report_rule(struct fetch_report *report, const struct prov_result *result,
                       prov_str trace)
{
    struct fetch_part *part = &report->parts[FETCH_RULES];
    const struct text_view *view = &part->view;
    char rule[WORD_CAP], url[LINE_CAP];
    if (result->outcome == PROV_OUTCOME_SKIPPED && result->text.len == 0)
        return; /* an empty rule */
    report->n_rules += result->delivery != NULL;
    text_line(view, PLAIN, "%s%s%s", text_clean(result->rule, rule, sizeof rule),
              result->url.len ? ": " : "", text_clean(result->url, url, sizeof url));
    print_trace(view, trace);
    print_connection(view, result);
    print_response(view, result);
    print_end(view, result);
    struct json_object object = json_add_object(&part->array, NULL);
    json_add_result(&object, result);
    json_add_text_if_set(&object, "trace", trace);
    json_end(&object);
    warn_of_certificate(report, result);
}

void fetch_report_warning(struct fetch_report *report, const struct fetch_warning *warning)
{
    struct fetch_part *part = &report->parts[FETCH_WARNINGS];
    const char *reason = warning->reason ? warning->reason : "";
    char line[32] = "";
    report->n_warnings++;
    if (warning->line)
        snprintf(line, sizeof line, "line %u: ", (unsigned)warning->line);
    text_line(&part->view, PLAIN, "  %.*s%s%s%.*s%s%s%s%s", (int)warning->rule.len,
              warning->rule.len ? warning->rule.data : "", warning->rule.len ? " " : "", line,
              (int)warning->name.len, warning->name.len ? warning->name.data : "",
              warning->name.len ? ": " : "", warning->words, reason[0] ? "; " : "", reason);
    struct json_object object = json_add_object(&part->array, NULL);
    json_add_word(&object, "warning", warning->id);
    json_add_text_if_set(&object, "rule", warning->rule);
    json_add_text_if_set(&object, "name", warning->name);
    json_add_number_if_set(&object, "line", warning->line);
    json_add_word(&object, "message", warning->words);
    json_add_text_if_set(&object, "reason", prov_str_from(reason));
    json_end(&object);
}

void fetch_report_change(struct fetch_report *report, const struct prov_change *change)
{
    struct fetch_part *part = &report->parts[FETCH_CHANGES];
    const struct text_view *view = &part->view;
    char rule[WORD_CAP], name[WORD_CAP], old_value[LINE_CAP], new_value[LINE_CAP];
    text_clean(change->rule, rule, sizeof rule);
    text_clean(change->name, name, sizeof name);
    if (change->is_secret)
        text_line(view, PLAIN, "  %s line %u: %s: withheld, a secret", rule, (unsigned)change->line,
                  name);
    else
        text_line(view, PLAIN, "  %s line %u: %s: \"%s\" becomes \"%s\"", rule,
                  (unsigned)change->line, name,
                  text_clean(change->old_value, old_value, sizeof old_value),
                  text_clean(change->new_value, new_value, sizeof new_value));
    struct json_object object = json_add_object(&part->array, NULL);
    json_add_change(&object, change);
    json_end(&object);
}

void fetch_report_refused(struct fetch_report *report, const struct prov_error *err)
{
    report->error = *err;
    report->has_failed = true;
    text_error(err, report->cause, sizeof report->cause);
}

void fetch_report_resync(struct fetch_report *report, const struct prov_result *result)
{
    report->duration_ms = result->duration_ms;
    report->n_changed = result->n_changed;
    report->has_failed = true;
    if (result->error) {
        fetch_report_refused(report, result->error);
        report->advice = advice_for(result);
    } else if (report->n_rules == 0) {
        snprintf(report->cause, sizeof report->cause,
                 "no rule requests a file, so no server was asked");
    } else {
        report->has_failed = false;
        snprintf(report->cause, sizeof report->cause, "%" PRIu64 " parameters would change",
                 result->n_changed);
    }
}

bool fetch_report_end(struct fetch_report *report, bool is_strict)
{
    size_t len = strlen(report->cause);
    bool is_written = true;
    if (report->n_warnings)
        snprintf(report->cause + len, sizeof report->cause - len, "; %zu warning%s",
                 report->n_warnings, report->n_warnings == 1 ? "" : "s");
    report->has_failed |= is_strict && report->n_warnings;
    for (size_t i = 0; i < N_FETCH_SECTIONS; i++) {
        struct fetch_part *part = &report->parts[i];
        is_written &= fclose(part->view.out) == 0;
        is_written &= fclose(part->array.out) == 0;
        part->view.out = part->array.out = NULL;
    }
    return is_written;
}

static const char *const titles[] = {
    [FETCH_RULES] = NULL, [FETCH_WARNINGS] = "warnings", [FETCH_CHANGES] = "would change"};

void fetch_report_print(const struct fetch_report *report, const struct text_view *view,
                        bool has_name)
{
    text_line(view, report->has_failed ? RED : GREEN, "%s%s%s: %s", has_name ? report->name : "",
              has_name ? ": " : "", report->has_failed ? "failed" : "ok", report->cause);
    if (report->advice)
        text_line(view, PLAIN, "  %s: %s", prov_status_text(report->error.status), report->advice);
    for (size_t i = 0; i < N_FETCH_SECTIONS; i++) {
        if (titles[i] && report->parts[i].text_len)
            text_line(view, PLAIN, "%s", titles[i]);
        fputs(report->parts[i].text, view->out);
    }
}

void fetch_report_add(const struct fetch_report *report, struct json_object *array)
{
    static const char *const names[] = {
        [FETCH_RULES] = "rules", [FETCH_WARNINGS] = "warnings", [FETCH_CHANGES] = "changes"};
    struct json_object object = json_add_object(array, NULL);
    json_add_word(&object, "device", report->name);
    json_add_bool(&object, "has_failed", report->has_failed);
    json_add_word(&object, "message", report->cause);
    json_add_text_if_set(&object, "advice", prov_str_from(report->advice));
    json_add_error(&object, report->error.status == PROV_OK ? NULL : &report->error);
    json_add_number(&object, "duration_ms", report->duration_ms);
    json_add_number(&object, "n_changed", (int64_t)report->n_changed);
    for (size_t i = 0; i < N_FETCH_SECTIONS; i++)
        json_add_raw_array(&object, names[i], report->parts[i].elements);
    json_end(&object);
}

/* Text and attribute values of XML 1.0, which has no control characters. */
static void put_xml(FILE *out, const char *text)
{
    static const char *const entities[256] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;"};
    while (*text) {
        size_t len = text_utf8_len(prov_str_from(text));
        unsigned char c = (unsigned char)*text;
        bool is_none = len == 0 || (c < ' ' && c != '\n') || c == 0x7f ||
                       strncmp(text, "\xef\xbf\xbe", 3) == 0 ||
                       strncmp(text, "\xef\xbf\xbf", 3) == 0;
        if (is_none)
            fputc('?', out);
        else if (entities[c])
            fputs(entities[c], out);
        else
            fwrite(text, 1, len, out);
        text += len ? len : 1;
    }
}

void fetch_report_junit(const struct fetch_report *report, FILE *out)
{
    fputs("  <testcase classname=\"provision-explain.fetch\" name=\"", out);
    put_xml(out, report->name);
    fprintf(out, "\" time=\"%" PRId64 ".%03d\">\n", report->duration_ms / 1000,
            (int)(report->duration_ms % 1000));
    if (report->has_failed) {
        const char *type = report->error.status ? prov_status_name(report->error.status) : "failed";
        fprintf(out, "    <failure type=\"%s\" message=\"", type);
        put_xml(out, report->cause);
        fputs("\">", out);
        put_xml(out, report->advice ? report->advice : "");
        fputs("</failure>\n", out);
    }
    fputs("    <system-out>", out);
    for (size_t i = 0; i < N_FETCH_SECTIONS; i++) {
        if (titles[i] && report->parts[i].text_len)
            fprintf(out, "%s\n", titles[i]);
        put_xml(out, report->parts[i].text);
    }
    fputs("</system-out>\n  </testcase>\n", out);
}

void fetch_report_free(struct fetch_report *report)
{
    for (size_t i = 0; i < N_FETCH_SECTIONS; i++) {
        struct fetch_part *part = &report->parts[i];
        if (part->view.out)
            fclose(part->view.out);
        if (part->array.out)
            fclose(part->array.out);
        free(part->text);
        free(part->elements);
    }
}
