/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** One rule carried out: read, expand, parse, choose, assign, fetch, apply, report. */
#ifndef PROVI_FETCH_ATTEMPT_H
#define PROVI_FETCH_ATTEMPT_H

#include <provision/host.h>
#include <provision/profile.h>

#include "fetch/apply.h"
#include "fetch/choice.h"
#include "fetch/fetch.h"

/** The handler of a file that is no profile. */
struct provi_content {
    struct prov_sink sink;                                   /* receives the decoded bytes */
    prov_status (*begin)(void *ctx, struct prov_error *err); /* before each transfer */
    /* Before the first byte, which is at @p offset of the file. NULL: nothing to do */
    prov_status (*begin_file)(void *ctx, uint64_t offset, struct prov_error *err);
    prov_status (*apply)(void *ctx, struct prov_error *err); /* the file is complete */
    /* After `apply`: name a further file in the same folder. False: none. NULL: never */
    bool (*next)(void *ctx, prov_str *name);
    bool is_unchanged; /* set by `apply`: the file changed nothing */
    bool is_once;      /* no second transfer after the first byte: the sink cannot discard it */
    const struct provi_fetch_extra *extra; /* NULL: none */
};

/** A rule that is carried out. All zero: none. */
struct provi_attempt {
    /* Set before the start; of `choice` the members before its result. */
    struct provi_fetcher *fetcher;
    uint32_t job;               /* enum prov_job, for events */
    const char *messages;       /* PROVI_MESSAGES(); NULL: none */
    struct provi_choice choice; /* with a `rule`: the choice is made */
    bool is_assigned;           /* its assignments were carried out */
    size_t target;              /* of a report rule: 0 or 1 */
    size_t rule_number;         /* in the validators; or PROVI_NO_RULE */
    int64_t left_ms;            /* of the time for all transfers of the job, not yet used */
    prov_str uid;               /* login for a rule that has none; borrowed */
    prov_str pwd;               /* likewise */
    prov_str servers;           /* for a rule that names none, separated by commas; borrowed */
    const struct provi_content *content; /* NULL: a profile; borrowed */
    bool is_here;                        /* the device has the file: apply it without a request */
    bool is_in_use;                      /* the device has applied that file: nothing to do */
    /* `$ERR` of an attempt that is refused before the start, with the reason in `error`; or empty.
     * Static. */
    prov_str refusal;

    struct provi_fetch fetch;
    prov_str file_name;       /* of a further file, replaces the one in the rule; borrowed */
    struct provi_buffer path; /* path of that file */
    bool has_begun_file;
    prov_profile_parser *parser;
    struct provi_apply apply; /* of the file */
    bool is_cancelled;        /* by the host; provi_attempt_end() is due */
    bool is_needless;         /* set by `content->begin`: there is nothing to transfer */
    char empty_map;           /* letter of the empty GPP that --alias names; NUL: none */

    /* The result. */
    int64_t start_ms, end_ms;  /* on the agent's clock */
    int64_t end_wall_s;        /* -1: the clock is not set */
    uint64_t n_changed;        /* by assignments and file */
    uint32_t needs;            /* likewise */
    enum prov_outcome outcome; /* NONE: not ended */
    struct prov_error error;   /* valid when the outcome is FAILED or FORGIVEN */
    char err_text[256];        /* `$ERR`; empty unless it failed */
};

/**
 * Start; all members that are not set before the start are zero. If `outcome` is NONE afterwards, a
 * fetch is running.
 */
void provi_attempt_start(struct provi_attempt *attempt);

/** End a transfer whose time is over. */
void provi_attempt_check_time(struct provi_attempt *attempt);

/** Milliseconds until provi_attempt_check_time() is due; -1: no transfer is under way. */
int64_t provi_attempt_timeout_ms(const struct provi_attempt *attempt);

/** Milliseconds until provi_attempt_check_time() or provi_attempt_end() is due; -1: not by time. */
int64_t provi_attempt_due_ms(const struct provi_attempt *attempt);

/** The rest of `left_ms`. */
int64_t provi_attempt_left_ms(const struct provi_attempt *attempt);

/** Whether the fetch ended or was cancelled, and provi_attempt_end() is due. */
bool provi_attempt_is_due(const struct provi_attempt *attempt);

/** Apply the file and report; `outcome` is set unless the file is fetched again. */
void provi_attempt_end(struct provi_attempt *attempt);

/** Cancel the transfer under way; provi_attempt_end() is due, and fails. */
void provi_attempt_cancel(struct provi_attempt *attempt);

/** The link is lost: the transfer under way, if any, ends as PROV_E_NETWORK. */
void provi_attempt_lose_link(struct provi_attempt *attempt);

/** Fail with the error of an attempt that the host cancelled. */
prov_status provi_fail_cancelled(struct prov_error *err);

/** The result of an attempt that ended; borrows from @p attempt. */
void provi_attempt_result(struct provi_attempt *attempt, struct prov_result *result);

void provi_attempt_free(struct provi_attempt *attempt);

#endif
