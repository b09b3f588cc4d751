/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "common/terminal.h"
#include "common/text.h"

static void put_line(const struct text_view *view, const char *colour, const char *indent,
                     prov_str line)
{
    bool is_coloured = view->has_colour && colour[0];
    fputs(is_coloured ? colour : "", view->out);
    fputs(indent, view->out);
    text_put(view->out, line);
    fputs(is_coloured ? RESET "\n" : "\n", view->out);
}

void text_line(const struct text_view *view, const char *colour, const char *format, ...)
{
    char *line = NULL;
    size_t len = 0;
    va_list arguments;
    FILE *memory = open_memstream(&line, &len);
    if (!memory)
        return;
    va_start(arguments, format);
    vfprintf(memory, format, arguments);
    va_end(arguments);
    fclose(memory);
    put_line(view, colour, "", (prov_str){line, len});
    free(line);
}

static void put_picture(const struct text_view *view, const struct finding *finding,
                        uint64_t offset)
{
    char *picture = finding_picture(finding, offset);
    prov_str rest = prov_str_from(picture);
    while (rest.len)
        put_line(view, PLAIN, "  ", text_cut_line(&rest));
    free(picture);
}

static prov_status write_to_file(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)err;
    fwrite(data, 1, len, ctx);
    return PROV_OK;
}

/* The colour of a line of prov_rule_explain(), by its beginning or end. */
static const char *colour_of(prov_str line)
{
    static const struct {
        const char *beginning;
        const char *colour;
    } colours[] = {
        {"alternative ", BOLD}, {"trigger: ", BOLD},    {"  chosen", GREEN},
        {"  sets: ", GREEN},    {"  fetches: ", GREEN}, {"  sends to: ", GREEN},
        {"  passed over", DIM}, {"  not asked", DIM},   {"  expands to: ", DIM},
    };
    for (size_t i = 0; i < sizeof colours / sizeof colours[0]; i++) {
        size_t len = strlen(colours[i].beginning);
        if (line.len >= len && memcmp(line.data, colours[i].beginning, len) == 0)
            return colours[i].colour;
    }
    return PLAIN;
}

static void put_trace(const struct text_view *view, const struct finding *finding)
{
    char *trace = NULL;
    size_t len = 0;
    FILE *memory = open_memstream(&trace, &len);
    if (!memory)
        return;
    const struct prov_sink sink = {.write = write_to_file, .ctx = memory};
    prov_rule_explain(finding->rule, &sink, NULL);
    fclose(memory);
    for (prov_str rest = {trace, len}; rest.len;) {
        prov_str line = text_cut_line(&rest);
        put_line(view, colour_of(line), "", line);
    }
    free(trace);
}

static void put_request(const struct text_view *view, const struct request *request)
{
    const struct prov_rule_target *target = &request->target;
    if (request->status != PROV_OK) {
        bool is_unknown = request->status == PROV_E_NO_SERVER;
        text_line(view, is_unknown ? YELLOW : RED, "no request: %s%s", request->err.message,
                  is_unknown ? "; --dhcp-server gives one" : "");
        return;
    }
    char *url = request_url(request);
    text_line(view, BOLD, "request: %s %s", request->method, url ? url : "");
    free(url);
    text_line(view, PLAIN, "  key: %s, credentials: %s%s", target->has_key ? "yes" : "no",
              target->has_uid || target->has_pwd ? "yes" : "no",
              target->srv ? ", server looked up by SRV" : "");
    if (request->is_rfc8188)
        text_line(view, PLAIN, "  encrypted by RFC 8188, with IKM_HTTP_Encrypt_Content");
    if (request->body)
        text_line(view, PLAIN, "  body: %s", request->body[0] ? request->body : "(empty)");
}

static void put_warning(const struct text_view *view, const struct finding *finding,
                        const struct prov_lint *warning)
{
    text_line(view, YELLOW, "warning at %u:%u: %s", (unsigned)warning->line,
              (unsigned)warning->column, warning->message);
    put_picture(view, finding, warning->offset);
}

static void put_error(const struct text_view *view, const struct finding *finding)
{
    const struct prov_error *err = &finding->err;
    if (!err->line) {
        text_line(view, RED, "error: %s", err->message);
        return;
    }
    text_line(view, RED, "error at %u:%u: %s", (unsigned)err->line, (unsigned)err->column,
              err->message);
    put_picture(view, finding, err->offset);
}

/* `from A: B, then C; stops: this load runs` */
static void put_sequence(const struct text_view *view, const struct sequence *sequence)
{
    char *line = NULL;
    size_t len = 0;
    FILE *memory = open_memstream(&line, &len);
    if (!memory)
        return;
    fprintf(memory, "from %s: ", sequence->from);
    for (size_t i = 0; i < sequence->n_loads; i++)
        fprintf(memory, "%s%s", i ? ", then " : "", sequence->loads[i]);
    fprintf(memory, "%s; %s", sequence->n_loads ? "" : "no load",
            sequence_stop_words(sequence->stop));
    fclose(memory);
    bool is_circle = sequence->stop == SEQUENCE_CIRCLE;
    text_line(view, is_circle ? YELLOW : BOLD, "%s%s", is_circle ? "warning: " : "", line);
    free(line);
}

void text_finding(const struct text_view *view, const struct finding *finding, bool has_heading)
{
    if (has_heading)
        text_line(view, BOLD, "%s%s", finding->name, finding->is_default ? " (default)" : "");
    if (finding->expansion)
        text_line(view, PLAIN, "expands to: %s", finding->expansion);
    if (finding->rule)
        put_trace(view, finding);
    for (size_t i = 0; i < finding->n_requests; i++)
        put_request(view, &finding->requests[i]);
    if (finding->status != PROV_OK)
        put_error(view, finding);
    if (finding->note)
        text_line(view, YELLOW, "warning: %s", finding->note);
    for (size_t i = 0; i < finding->n_warnings; i++)
        put_warning(view, finding, &finding->warnings[i]);
    if (finding->sequence)
        put_sequence(view, finding->sequence);
}
