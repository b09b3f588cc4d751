/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The last evaluations of rules, in words: "why did it fetch that at 03:10". */
#ifndef PROVI_FETCH_TRACE_H
#define PROVI_FETCH_TRACE_H

#include <provision/agent.h>
#include <provision/rule.h>

struct provi_fetcher;

enum {
    PROVI_MAX_TRACES = 8,         /* evaluations recorded */
    PROVI_MAX_TRACE_BYTES = 4096, /* words of one; a longer explanation is cut */
};

/** The words of an evaluation, shared by all that are the same. */
struct provi_explanation {
    uint64_t checksum; /* of what the text follows from: the rule, or its failure */
    uint32_t n_owners;
    uint32_t name_len;
    uint32_t text_len; /* at most PROVI_MAX_TRACE_BYTES */
    char bytes[];      /* the name of the rule, then the text, which has no secrets */
};

/** One evaluation. */
struct provi_trace {
    int64_t mono_ms, wall_s;
    struct provi_explanation *words; /* NULL: nothing recorded here */
    uint8_t cause;
    bool wall_valid;
};

/** A ring: the oldest makes room for the newest. All zero is empty. */
struct provi_traces {
    struct provi_trace ring[PROVI_MAX_TRACES];
    uint32_t n_written;
};

/**
 * Record how a rule was evaluated. Out of memory, nothing is recorded.
 *
 * @param rule   What was prepared; NULL when it did not parse.
 * @param text   As written, for the picture of an error.
 * @param error  Why it did not parse; status PROV_OK otherwise.
 */
void provi_trace_add(struct provi_fetcher *fetcher, uint32_t cause, prov_str rule_name,
                     const prov_rule *rule, prov_str text, const struct prov_error *error);

/** prov_agent_trace_get() */
prov_status provi_trace_get(const struct provi_fetcher *fetcher, size_t index,
                            struct prov_agent_trace *out);

void provi_traces_free(struct provi_fetcher *fetcher);

#endif
