/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fetch/trace.h"

#include <string.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/str.h"
#include "fetch/fetcher.h"
#include "rule/shown.h"

/*
 * One evaluation. Most have the same result as the one before: the text is stored once, with the
 * latest of them.
 */
struct provi_trace {
    int64_t mono_ms, wall_s;
    bool wall_valid;
    bool is_as_later; /* the text is that of the next later one of the same rule */
    uint32_t cause;
    prov_str rule_name; /* static */
    size_t len;
    char text[]; /* no secrets in it */
};

static void write_failure(struct provi_text *out, prov_str text, const struct prov_error *error)
{
    char line[512];
    size_t len = prov_error_format(error, line, sizeof line);
    provi_text_add(out, (prov_str){line, len < sizeof line ? len : sizeof line - 1});
    provi_text_newline(out);
    if (error->line && prov_rule_picture(text, error->offset, line, sizeof line, &len) == PROV_OK)
        provi_text_add(out, (prov_str){line, len});
}

static void trace_free(struct provi_trace *trace, const struct prov_alloc *alloc)
{
    if (trace)
        provi_free(alloc, trace, sizeof *trace + trace->len);
}

/* Of the evaluation @p index back, 0 is the latest. */
static bool is_kept(const struct provi_traces *traces, size_t index)
{
    return index < PROVI_MAX_TRACES && index < traces->n_written;
}

static size_t place_of(const struct provi_traces *traces, size_t index)
{
    return (traces->n_written - 1 - index) % PROVI_MAX_TRACES;
}

/* Drop the text of this rule's latest evaluation if the next one has the same. */
static void share_text(struct provi_fetcher *fetcher, prov_str rule_name, prov_str text)
{
    struct provi_traces *traces = &fetcher->traces;
    size_t index = 0;
    while (is_kept(traces, index) &&
           !provi_str_eq(traces->ring[place_of(traces, index)]->rule_name, rule_name))
        index++;
    if (!is_kept(traces, index))
        return;
    struct provi_trace **place = &traces->ring[place_of(traces, index)];
    struct provi_trace *trace = *place;
    if (!provi_str_eq((prov_str){trace->text, trace->len}, text))
        return;
    trace = provi_resize(&fetcher->env->alloc, trace, sizeof *trace + trace->len, sizeof *trace);
    if (!trace)
        return;
    trace->is_as_later = true;
    trace->len = 0;
    *place = trace;
}

static void record(struct provi_fetcher *fetcher, uint32_t cause, prov_str rule_name, prov_str text)
{
    struct provi_traces *traces = &fetcher->traces;
    struct provi_trace *trace = provi_alloc(&fetcher->env->alloc, sizeof *trace + text.len);
    if (!trace)
        return;
    struct prov_world world;
    provi_env_world(fetcher->env, &world);
    *trace = (struct provi_trace){
        .mono_ms = world.mono_ms,
        .wall_s = world.wall_s,
        .wall_valid = world.wall_valid,
        .cause = cause,
        .rule_name = rule_name,
        .len = text.len,
    };
    if (text.len)
        memcpy(trace->text, text.data, text.len);
    share_text(fetcher, rule_name, text);
    struct provi_trace **place = &traces->ring[traces->n_written++ % PROVI_MAX_TRACES];
    trace_free(*place, &fetcher->env->alloc);
    *place = trace;
}

void provi_trace_add(struct provi_fetcher *fetcher, uint32_t cause, prov_str rule_name,
                     const prov_rule *rule, prov_str text, const struct prov_error *error)
{
    if (rule && prov_rule_n_terms(rule) == 0)
        return; /* nothing was evaluated */
    struct provi_buffer words;
    provi_buffer_init(&words, PROVI_MAX_TRACE_BYTES, false);
    struct provi_text out;
    provi_text_to_buffer(&out, &words, &fetcher->env->alloc); /* and cut where it is full */
    if (rule)
        provi_rule_explain(rule, &out, NULL);
    else
        write_failure(&out, text, error);
    record(fetcher, cause, rule_name, provi_buffer_str(&words));
    provi_buffer_free(&words, &fetcher->env->alloc);
}

void provi_traces_free(struct provi_fetcher *fetcher)
{
    for (size_t i = 0; i < PROVI_MAX_TRACES; i++)
        trace_free(fetcher->traces.ring[i], &fetcher->env->alloc);
}

/* The evaluation that stores the text of this one. */
static const struct provi_trace *find_text(const struct provi_traces *traces, size_t index)
{
    const struct provi_trace *trace = traces->ring[place_of(traces, index)];
    prov_str rule_name = trace->rule_name;
    while (trace->is_as_later || !provi_str_eq(trace->rule_name, rule_name))
        trace = traces->ring[place_of(traces, --index)];
    return trace;
}

prov_status provi_trace_get(const struct provi_fetcher *fetcher, size_t index,
                            struct prov_agent_trace *out)
{
    const struct provi_traces *traces = &fetcher->traces;
    if (!is_kept(traces, index))
        return PROV_E_NOT_FOUND;
    const struct provi_trace *trace = traces->ring[place_of(traces, index)];
    const struct provi_trace *owner = find_text(traces, index);
    const struct prov_agent_trace found = {
        .size = sizeof found,
        .mono_ms = provi_env_host_moment(fetcher->env, trace->mono_ms),
        .wall_s = trace->wall_s,
        .wall_valid = trace->wall_valid,
        .cause = trace->cause,
        .rule = trace->rule_name,
        .text = {owner->text, owner->len},
    };
    return provi_abi_out(out, &found, sizeof found);
}
