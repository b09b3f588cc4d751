/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** One rule dealt with: read, expand, parse, choose, assign, fetch, apply, report. */
#ifndef PROVI_FETCH_ATTEMPT_H
#define PROVI_FETCH_ATTEMPT_H

#include <provision/host.h>
#include <provision/profile.h>

#include "fetch/apply.h"
#include "fetch/choice.h"
#include "fetch/fetch.h"

/** What is done with a file that is no profile. */
struct provi_content {
    struct prov_sink sink;                                   /* gets the decoded bytes */
    prov_status (*begin)(void *ctx, struct prov_error *err); /* of a transfer, perhaps once more */
    /* The first byte that the sink gets is at @p offset. NULL: nothing to do */
    prov_status (*begin_file)(void *ctx, uint64_t offset, struct prov_error *err);
    prov_status (*apply)(void *ctx, struct prov_error *err); /* all of them are there */
    /* Then: a further file beside the first one. False: none. NULL: never */
    bool (*next)(void *ctx, prov_str *name);
    bool is_unchanged; /* set by `apply`: it was fetched, and nothing changed */
    bool is_once;      /* no other transfer once bytes came: they cannot be taken back */
    const struct provi_fetch_extra *extra; /* NULL: none */
};

/** One rule under way. All zero: none. */
struct provi_attempt {
    /* Set before the start; of the choice, what stands above its result. */
    struct provi_fetcher *fetcher;
    uint32_t job;                          /* enum prov_job, for events */
    const struct provi_messages *messages; /* NULL: those of a resync */
    struct provi_choice choice;            /* perhaps with a `rule`: it is made already */
    bool is_assigned;                      /* and its assignments were carried out */
    size_t target;                         /* of a report rule; 0, else 1 */
    size_t rule_number;                    /* among those remembered; or PROVI_NO_RULE */
    int64_t left_ms;                       /* of the time for all transfers of the job */
    prov_str uid;                          /* login for a rule that has none; borrowed */
    prov_str pwd;                          /* likewise */
    prov_str servers;                    /* for a rule that names none, commas between; borrowed */
    const struct provi_content *content; /* NULL: a profile; borrowed */
    bool is_here;                        /* the file is: apply it without a request */
    bool is_in_use;                      /* and applied: nothing is to be done */
    /* `$ERR` of an attempt that is refused before it begins, with the reason in `error`; or empty.
       Static. */
    prov_str refusal;

    struct provi_fetch fetch;
    prov_str file_name;       /* of a further file, in place of the one in the rule; borrowed */
    struct provi_buffer path; /* its path */
    bool has_begun_file;
    prov_profile_parser *parser;
    struct provi_apply apply; /* of the file */
    bool is_cancelled;        /* by the host; provi_attempt_end() is due */
    bool is_needless;         /* set by `content->begin`: there is nothing to transfer */
    char empty_map;           /* --alias names GPP_<this>, and it is empty; NUL: not so */

    /* What became of it. */
    int64_t start_ms, end_ms;  /* on the agent's clock */
    int64_t end_wall_s;        /* -1: the clock is not set */
    uint64_t n_changed;        /* by assignments and file */
    uint32_t needs;            /* likewise */
    enum prov_outcome outcome; /* NONE while it runs */
    struct prov_error error;   /* valid when the outcome is FAILED or FORGIVEN */
    char err_text[256];        /* `$ERR`; empty unless it failed */
};

/**
 * Begin, all zero but for what is set before; if `outcome` is still NONE afterwards, a fetch is
 * under way.
 */
void provi_attempt_start(struct provi_attempt *attempt);

/** Look whether the transfer under way is late; then the fetch has ended. */
void provi_attempt_check_time(struct provi_attempt *attempt);

/** Milliseconds until provi_attempt_check_time() is due; -1: no transfer is under way. */
int64_t provi_attempt_timeout_ms(const struct provi_attempt *attempt);

/** Milliseconds until provi_attempt_check_time() or provi_attempt_end() is due; -1: not by time. */
int64_t provi_attempt_due_ms(const struct provi_attempt *attempt);

/** What is left of `left_ms`. */
int64_t provi_attempt_left_ms(const struct provi_attempt *attempt);

/** Whether the fetch ended or was cancelled, and provi_attempt_end() is due. */
bool provi_attempt_is_due(const struct provi_attempt *attempt);

/** Apply what was fetched, report; `outcome` says how it ended. */
void provi_attempt_end(struct provi_attempt *attempt);

/** End the transfer of one under way; provi_attempt_end() is due and then fails. */
void provi_attempt_cancel(struct provi_attempt *attempt);

/** The link is lost: the transfer under way, if any, ends as PROV_E_NETWORK. */
void provi_attempt_lose_link(struct provi_attempt *attempt);

/** The error of work that the host cancelled. */
prov_status provi_fail_cancelled(struct prov_error *err);

/** The result of an attempt that ended; borrows from @p attempt. */
void provi_attempt_result(struct provi_attempt *attempt, struct prov_result *result);

void provi_attempt_free(struct provi_attempt *attempt);

#endif
