/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * The whole way of a file as the agent goes it, without agent and transport:
 * decoder ▸ profile parser ▸ staging ▸ commit of what differs from the host's store.
 */
#ifndef TEST_SUPPORT_CHAIN_H
#define TEST_SUPPORT_CHAIN_H

#include <provision/decode.h>
#include <provision/profile.h>

#include "fetch/apply.h"
#include "fetch/fetcher.h"
#include "dials.h"

struct chain {
    struct provi_env env;
    struct provi_records records;
    struct provi_fetcher fetcher;
    struct provi_apply apply;
    prov_profile_parser *parser;
    prov_decoder *decoder;
};

/**
 * Get ready for one file.
 *
 * @param host      Its store and its event callback are used. Copied.
 * @param decode    Its `alloc` and `limits` are everybody's; the caller's until chain_close().
 * @param profile   NULL: all defaults; its `alloc` is not used.
 * @return the first status that is not PROV_OK; then nothing is open.
 */
prov_status chain_open(struct chain *chain, const struct prov_host *host,
                       const struct prov_decode_options *decode,
                       const struct prov_profile_options *profile, struct prov_error *err);

/** Where the file's bytes go. */
struct prov_sink chain_sink(struct chain *chain);

/** After a good finish of the sink. */
prov_status chain_commit(struct chain *chain, struct prov_error *err);

void chain_close(struct chain *chain);

/**
 * A host with an empty store that writes down what reaches it, a line each:
 *
 *     warning 2 gpp_a line 3
 *     set GPP_A access 2 = value
 *     commit
 *
 * It dies when a parameter comes before the whole file was proven.
 */
struct chain_host {
    struct prov_host host;
    struct capture reported;
    bool is_proven;
    uint64_t n_written; /**< parameters and commits that reached the store in the last run */
    uint64_t n_staged;  /**< parameters staged by the last run, whatever became of them */
};

void chain_host_init(struct chain_host *host);
void chain_host_free(struct chain_host *host);

/** One file from its first byte to the commit; earlier reports are forgotten. */
prov_status chain_run(struct chain_host *host, const struct prov_decode_options *decode,
                      const struct prov_profile_options *profile, const struct feed *feed,
                      struct prov_error *err);

#endif
