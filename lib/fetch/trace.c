/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fetch/trace.h"

#include <string.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/record.h"
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

static size_t size_of(const struct provi_explanation *words)
{
    return sizeof *words + words->name_len + words->text_len;
}

static prov_str name_of(const struct provi_explanation *words)
{
    return (prov_str){words->bytes, words->name_len};
}

static prov_str text_of(const struct provi_explanation *words)
{
    return (prov_str){words->bytes + words->name_len, words->text_len};
}

static void release(struct provi_trace *trace, const struct prov_alloc *alloc)
{
    if (trace->words && --trace->words->n_owners == 0)
        provi_free(alloc, trace->words, size_of(trace->words));
    trace->words = NULL;
}

/* The explanation of an equal evaluation; most are equal to the one before. */
static struct provi_explanation *share(const struct provi_traces *traces, prov_str rule_name,
                                       uint64_t checksum)
{
    for (size_t i = 0; i < PROVI_MAX_TRACES; i++) {
        struct provi_explanation *words = traces->ring[i].words;
        if (words && words->checksum == checksum && provi_str_eq(name_of(words), rule_name))
            return words;
    }
    return NULL;
}

static struct provi_explanation *copy(const struct prov_alloc *alloc, prov_str rule_name,
                                      uint64_t checksum, prov_str text)
{
    struct provi_explanation *words = provi_alloc(alloc, sizeof *words + rule_name.len + text.len);
    if (!words)
        return NULL;
    *words = (struct provi_explanation){
        .checksum = checksum,
        .name_len = (uint32_t)rule_name.len,
        .text_len = (uint32_t)text.len,
    };
    if (rule_name.len)
        memcpy(words->bytes, rule_name.data, rule_name.len);
    if (text.len)
        memcpy(words->bytes + rule_name.len, text.data, text.len);
    return words;
}

static void record(struct provi_fetcher *fetcher, uint32_t cause, struct provi_explanation *words)
{
    const struct prov_alloc *alloc = &fetcher->env->alloc;
    struct provi_traces *traces = &fetcher->traces;
    words->n_owners++; /* before the oldest is released, which may share it */
    struct provi_trace *place = &traces->ring[traces->n_written++ % PROVI_MAX_TRACES];
    release(place, alloc);
    *place = (struct provi_trace){
        .mono_ms = provi_env_now_ms(fetcher->env),
        .wall_s = provi_env_wall_s(fetcher->env),
        .words = words,
        .cause = (uint8_t)cause,
    };
}

void provi_trace_add(struct provi_fetcher *fetcher, uint32_t cause, prov_str rule_name,
                     const prov_rule *rule, prov_str text, const struct prov_error *error)
{
    if (rule && prov_rule_n_alternatives(rule) == 0)
        return; /* nothing was evaluated */
    const struct prov_alloc *alloc = &fetcher->env->alloc;
    struct provi_buffer buffer;
    provi_buffer_init(&buffer, PROVI_MAX_TRACE_BYTES, false);
    struct provi_text out = {.buffer = &buffer, .alloc = alloc}; /* cut at its ceiling */
    if (!rule)
        write_failure(&out, text, error);
    uint64_t checksum =
        rule ? provi_rule_checksum(rule) : provi_crc32(0, provi_buffer_str(&buffer));
    struct provi_explanation *words = share(&fetcher->traces, rule_name, checksum);
    if (rule && !words)
        provi_rule_explain(rule, &out, NULL);
    if (!words && out.status != PROV_E_NOMEM)
        words = copy(alloc, rule_name, checksum, provi_buffer_str(&buffer));
    if (words)
        record(fetcher, cause, words);
    provi_buffer_free(&buffer, alloc);
}

void provi_traces_free(struct provi_fetcher *fetcher)
{
    for (size_t i = 0; i < PROVI_MAX_TRACES; i++)
        release(&fetcher->traces.ring[i], &fetcher->env->alloc);
}

prov_status provi_trace_get(const struct provi_fetcher *fetcher, size_t index,
                            struct prov_agent_trace *out)
{
    const struct provi_traces *traces = &fetcher->traces;
    if (index >= PROVI_MAX_TRACES || index >= traces->n_written)
        return PROV_E_NOT_FOUND;
    const struct provi_trace *trace =
        &traces->ring[(traces->n_written - 1 - index) % PROVI_MAX_TRACES];
    const struct prov_agent_trace found = {
        .size = sizeof found,
        .mono_ms = provi_env_host_moment(fetcher->env, trace->mono_ms),
        .wall_s = trace->wall_s,
        .cause = trace->cause,
        .rule = name_of(trace->words),
        .text = text_of(trace->words),
    };
    return provi_abi_out(out, &found, sizeof found);
}
