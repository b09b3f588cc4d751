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

static void write_failure(struct provi_text *out, prov_str text, const struct prov_error *error)
{
    char line[512];
    size_t len = prov_error_format(error, line, sizeof line);
    provi_text_add(out, (prov_str){line, len < sizeof line ? len : sizeof line - 1});
    provi_text_newline(out);
    if (error->line && prov_rule_picture(text, error->offset, line, sizeof line, &len) == PROV_OK)
        provi_text_add(out, (prov_str){line, len});
}

static void free_text(struct provi_trace *trace, const struct prov_alloc *alloc)
{
    provi_free(alloc, trace->text, trace->len);
    trace->text = NULL;
    trace->len = 0;
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
           !provi_str_is(rule_name, traces->ring[place_of(traces, index)].rule_name))
        index++;
    if (!is_kept(traces, index))
        return;
    struct provi_trace *trace = &traces->ring[place_of(traces, index)];
    if (!provi_str_eq((prov_str){trace->text, trace->len}, text))
        return;
    free_text(trace, &fetcher->env->alloc);
    trace->is_as_later = true;
}

static void record(struct provi_fetcher *fetcher, uint32_t cause, prov_str rule_name, prov_str text)
{
    struct provi_traces *traces = &fetcher->traces;
    char *copy = provi_alloc(&fetcher->env->alloc, text.len);
    if (!copy)
        return;
    memcpy(copy, text.data, text.len);
    struct prov_world world;
    provi_env_world(fetcher->env, &world);
    share_text(fetcher, rule_name, text);
    struct provi_trace *place = &traces->ring[traces->n_written++ % PROVI_MAX_TRACES];
    free_text(place, &fetcher->env->alloc);
    *place = (struct provi_trace){
        .mono_ms = world.mono_ms,
        .wall_s = world.wall_s,
        .rule_name = rule_name.data,
        .text = copy,
        .len = (uint32_t)text.len,
        .cause = (uint8_t)cause,
        .wall_valid = world.wall_valid,
    };
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
        free_text(&fetcher->traces.ring[i], &fetcher->env->alloc);
}

/* The evaluation that stores the text of this one. */
static const struct provi_trace *find_text(const struct provi_traces *traces, size_t index)
{
    const struct provi_trace *trace = &traces->ring[place_of(traces, index)];
    const char *rule_name = trace->rule_name;
    while (trace->is_as_later || strcmp(trace->rule_name, rule_name) != 0)
        trace = &traces->ring[place_of(traces, --index)];
    return trace;
}

prov_status provi_trace_get(const struct provi_fetcher *fetcher, size_t index,
                            struct prov_agent_trace *out)
{
    const struct provi_traces *traces = &fetcher->traces;
    if (!is_kept(traces, index))
        return PROV_E_NOT_FOUND;
    const struct provi_trace *trace = &traces->ring[place_of(traces, index)];
    const struct provi_trace *owner = find_text(traces, index);
    const struct prov_agent_trace found = {
        .size = sizeof found,
        .mono_ms = provi_env_host_moment(fetcher->env, trace->mono_ms),
        .wall_s = trace->wall_s,
        .wall_valid = trace->wall_valid,
        .cause = trace->cause,
        .rule = prov_str_from(trace->rule_name),
        .text = {owner->text, owner->len},
    };
    return provi_abi_out(out, &found, sizeof found);
}
