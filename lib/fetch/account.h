/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The profile account: user and password for servers that require them, where the rule has none.
 *
 * Kept in memory only. An answer to a question is sent only to the server that required
 * credentials; an account set without a question, only to servers named by the device's own rules.
 * A server named by DHCP or by a request receives it only as an answer to a question.
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
    struct provi_secret
        origin;           /* its server, `scheme://host:port/`; empty: set without a question */
    bool is_asked;        /* the host was asked, and a rule waits for the answer */
    bool is_answered;     /* the host has answered */
    int64_t deadline_ms;  /* end of that wait */
    unsigned n_questions; /* in this job */
};

/** The credentials to use, by `Profile_Authentication_Type`. */
enum prov_credentials provi_account_kind(const struct provi_env *env);

/** Append to the message of a 401 the reason why the account was not used. */
void provi_account_explain(const struct provi_env *env, const struct provi_fetch *fetch,
                           struct prov_error *err);

/** Reset the count of questions at the start of a job. */
void provi_account_begin(struct provi_fetcher *fetcher);

/** Longest user, and longest password. */
enum { PROVI_MAX_LOGIN_BYTES = 1024 };

/** Credentials lent to one request. All zero: none. */
struct provi_login {
    struct provi_buffer uid; /* secret */
    struct provi_buffer pwd; /* secret */
};

/**
 * Add the account's credentials to a request that has none, if the server may receive them.
 *
 * @param is_foreign  The server is not named by the device's own rule.
 * @param login       Receives the texts that the request points to; free it with provi_login_free()
 *                    in any case.
 * @return PROV_OK, also without credentials; PROV_E_NOMEM; PROV_E_LIMIT.
 */
prov_status provi_account_fill(struct provi_fetcher *fetcher, struct prov_request *request,
                               bool is_foreign, struct provi_login *login, struct prov_error *err);
void provi_login_free(struct provi_login *login, struct provi_env *env);

/** The next step after a fetch that ended. */
enum provi_account_step {
    PROVI_ACCOUNT_NONE,  /**< nothing: the account cannot help */
    PROVI_ACCOUNT_WAIT,  /**< wait for the host's answer */
    PROVI_ACCOUNT_AGAIN, /**< fetch again, with new credentials */
};

/** Ask the host for credentials if that may help, and check whether it has answered. */
enum provi_account_step provi_account_next_step(struct provi_fetcher *fetcher,
                                                const struct provi_fetch *fetch);

/** Whether an answer is awaited. */
bool provi_account_waits(const struct provi_fetcher *fetcher);

/** Milliseconds until the wait ends; -1: no answer is awaited. */
int64_t provi_account_timeout_ms(const struct provi_fetcher *fetcher);

void provi_account_free(struct provi_fetcher *fetcher);

/** Set the host's answer (prov_agent_set_credentials()). PROV_OK; PROV_E_LIMIT; PROV_E_NOMEM. */
prov_status provi_account_answer(struct provi_fetcher *fetcher, prov_str uid, prov_str pwd,
                                 struct prov_error *err);

#endif
