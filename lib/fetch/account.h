/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The profile account: user and password for servers that ask for them and whose rule has none.
 *
 * Kept in memory only, for one server: the one that asked, or, given unasked, for those that the
 * device's own rules name. What DHCP or a requester names has to ask for itself: nobody who merely
 * points to a server gets the account sent there.
 */
#ifndef PROVI_FETCH_ACCOUNT_H
#define PROVI_FETCH_ACCOUNT_H

#include <provision/host.h>
#include <provision/transport.h>

#include "base/alloc.h"
#include "base/buffer.h"

struct provi_env;
struct provi_fetcher;
struct provi_fetch;

struct provi_account {
    struct provi_secret uid; /* empty: there is none */
    struct provi_secret pwd;
    struct provi_secret origin; /* `scheme://host:port/` it is for; empty: it was given unasked */
    bool is_asked;              /* a rule waits for an answer … */
    bool is_answered;           /* … which has come */
    int64_t deadline_ms;        /* … and is not awaited any longer */
    unsigned n_questions;       /* in this job */
};

/** Whose credentials count, by `Profile_Authentication_Type`. */
enum prov_credentials provi_account_kind(const struct provi_env *env);

/** Append to the message of a 401 why the account has no part in it. */
void provi_account_explain(const struct provi_env *env, const struct provi_fetch *fetch,
                           struct prov_error *err);

/** A job begins: no server has been asked in it. */
void provi_account_begin(struct provi_fetcher *fetcher);

/** User and password: the longest of either. */
enum { PROVI_MAX_LOGIN_BYTES = 1024 };

/** Credentials lent to one request. All zero: none. */
struct provi_login {
    struct provi_buffer uid; /* secret */
    struct provi_buffer pwd; /* secret */
};

/**
 * Give a request without credentials those of the account, if they may go there.
 *
 * @param is_foreign  The server is not named by the device's own rule.
 * @param login       Holds what the request then points at; provi_login_free() is due in any case.
 * @return PROV_OK, also when there is nothing to give; PROV_E_NOMEM; PROV_E_LIMIT.
 */
prov_status provi_account_lend(struct provi_fetcher *fetcher, struct prov_request *request,
                               bool is_foreign, struct provi_login *login, struct prov_error *err);
void provi_login_free(struct provi_login *login, struct provi_env *env);

/** What becomes of a fetch that ended. */
enum provi_account_advice {
    PROVI_ACCOUNT_NONE,  /**< the account has nothing to do with it */
    PROVI_ACCOUNT_WAIT,  /**< the host has been asked */
    PROVI_ACCOUNT_AGAIN, /**< there are new credentials: fetch again */
};

/** Ask the host for credentials if that may help, and look whether it has answered. */
enum provi_account_advice provi_account_consult(struct provi_fetcher *fetcher,
                                                const struct provi_fetch *fetch);

/** Whether an answer is awaited. */
bool provi_account_waits(const struct provi_fetcher *fetcher);

/** Until it is not any longer; -1 when none is. */
int64_t provi_account_timeout_ms(const struct provi_fetcher *fetcher);

void provi_account_free(struct provi_fetcher *fetcher);

/** The host's answer (prov_agent_set_credentials()). PROV_OK; PROV_E_LIMIT; PROV_E_NOMEM. */
prov_status provi_account_answer(struct provi_fetcher *fetcher, prov_str uid, prov_str pwd,
                                 struct prov_error *err);

#endif
