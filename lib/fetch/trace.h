/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The last evaluations of rules with an explanation: why a file was requested at 03:10. */
#ifndef PROVI_FETCH_TRACE_H
#define PROVI_FETCH_TRACE_H

#include <provision/agent.h>
#include <provision/rule.h>

struct provi_fetcher;

enum {
    PROVI_MAX_TRACES = 8,         /* evaluations recorded */
    PROVI_MAX_TRACE_BYTES = 4096, /* of one explanation; a longer one is cut */
};

/** The explanation of evaluations, shared by equal ones. */
struct provi_explanation {
    uint64_t checksum; /* of the rule or its failure, which determine the text */
    uint32_t n_owners;
    uint32_t name_len;
    uint32_t text_len; /* at most PROVI_MAX_TRACE_BYTES */
    char bytes[];      /* name of the rule, then the text; secrets masked */
};

/** One evaluation. */
struct provi_trace {
    int64_t mono_ms, wall_s;
    struct provi_explanation *words; /* NULL: the slot is free */
    uint8_t cause;
};

/** A ring: the newest replaces the oldest. All zero: empty. */
struct provi_traces {
    struct provi_trace ring[PROVI_MAX_TRACES];
    uint32_t n_written;
};

/**
 * Record how a rule was evaluated. Out of memory, nothing is recorded.
 *
 * @param rule   NULL: it did not parse.
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
