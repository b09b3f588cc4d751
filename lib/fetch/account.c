/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fetch/account.h"

#include <provision/agent.h>
#include <provision/catalogue.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "base/url.h"
#include "env/env.h"
#include "fetch/fetch.h"
#include "fetch/fetcher.h"

enum {
    MAX_QUESTIONS = 2,      /* in one job: the host may correct one wrong answer */
    MAX_ORIGIN_BYTES = 300, /* a host name of 255 bytes, with scheme and port */
};

enum { SHORT_VALUE_CAP = 64 };

static const char type_name[] = "Profile_Authentication_Type";

static prov_status read_short(const struct provi_env *env, const char *name, char *buf,
                              prov_str *value)
{
    size_t len = 0;
    prov_status status =
        provi_param_copy(&env->params, prov_str_from(name), buf, SHORT_VALUE_CAP, &len);
    *value = status == PROV_OK ? provi_str_trim((prov_str){buf, len}) : PROVI_LIT("");
    return status;
}

static enum prov_credentials kind_of(const struct provi_env *env, prov_str type)
{
    char buf[SHORT_VALUE_CAP];
    prov_str which;
    if (provi_str_eq_nocase(type, PROVI_LIT("Disabled")))
        return PROV_CREDENTIALS_NONE;
    if (!provi_str_eq_nocase(type, PROVI_LIT("XSI Authentication")))
        return PROV_CREDENTIALS_HTTP;
    read_short(env, "XSI_Authentication_Type", buf, &which);
    return provi_str_eq_nocase(which, PROVI_LIT("SIP Credentials")) ? PROV_CREDENTIALS_XSI_SIP
                                                                    : PROV_CREDENTIALS_XSI_LOGIN;
}

/* An invalid value means Basic, the default. While the parameter cannot be read, its last value
 * applies: credentials that the settings withhold must not be sent because the store fails. */
enum prov_credentials provi_account_kind(const struct provi_env *env)
{
    char buf[SHORT_VALUE_CAP];
    prov_str type;
    prov_status status = read_short(env, type_name, buf, &type);
    if (status != PROV_OK && status != PROV_E_LIMIT)
        return (enum prov_credentials)env->last_settings.account_kind;
    return kind_of(env, type);
}

static void warn_of_type(struct provi_env *env, const char *text, struct prov_error *error)
{
    provi_error_subject(error, prov_str_from(type_name));
    provi_env_log(env, 0,
                  (struct prov_log_entry){
                      .severity = PROV_SEVERITY_WARNING,
                      .name = prov_str_from(type_name),
                      .text = prov_str_from(text),
                      .error = error,
                  });
}

/* Record the type; report once that it is invalid or cannot be read. */
static void record_type(struct provi_env *env)
{
    char buf[SHORT_VALUE_CAP];
    prov_str type;
    struct prov_error error = {0};
    const char *text = "value is ignored, Basic Http Authentication applies";
    prov_status status = read_short(env, type_name, buf, &type);
    if (status == PROV_E_LIMIT) {
        provi_fail(&error, PROV_E_VALUE, "expected fewer than %d bytes", SHORT_VALUE_CAP);
    } else if (status != PROV_OK) {
        text = "the value read last is used, or the default";
        provi_param_fail(&env->params, prov_str_from(type_name), status, &error);
    } else if (prov_catalogue_check(provi_param_info(&env->params, prov_str_from(type_name)), type,
                                    &error) != PROV_OK) {
        provi_error_append(&error, ", found '%.*s'", PROVI_STR(type));
    }
    if (status == PROV_OK || status == PROV_E_LIMIT)
        env->last_settings.account_kind = (uint8_t)kind_of(env, type);
    if (error.status != PROV_OK && !env->last_settings.is_account_kind_reported)
        warn_of_type(env, text, &error);
    env->last_settings.is_account_kind_reported = error.status != PROV_OK;
}

static prov_str write_origin(const struct prov_request *request, char *buf)
{
    const struct provi_url url = {
        .scheme = request->scheme,
        .host = request->host,
        .path = PROVI_LIT("/"),
        .port = request->port,
    };
    struct provi_text out = {.buf = buf, .cap = MAX_ORIGIN_BYTES};
    provi_url_write(&out, &url);
    return provi_text_end(&out, NULL) == PROV_OK ? (prov_str){buf, out.len} : PROVI_LIT("?");
}

static bool may_receive(const struct provi_account *account, const struct prov_request *request,
                        bool is_foreign)
{
    char origin[MAX_ORIGIN_BYTES];
    if (!account || account->uid.len == 0)
        return false;
    if (account->origin.len == 0)
        return !is_foreign;
    return provi_str_eq_nocase(provi_secret_str(&account->origin), write_origin(request, origin));
}

/* prov_agent_set_credentials() has checked the texts. */
static prov_status copy_account(const struct provi_account *account, const struct prov_alloc *alloc,
                                struct provi_login *login, struct prov_error *err)
{
    prov_status status = provi_buffer_add(&login->uid, alloc, account->uid.data, account->uid.len);
    if (status == PROV_OK)
        status = provi_buffer_add(&login->pwd, alloc, account->pwd.data, account->pwd.len);
    return status == PROV_OK ? PROV_OK : provi_fail_nomem(err);
}

/* The credentials of the first line, or of the user of the XSI services. */
static prov_status copy_stored(struct provi_env *env, enum prov_credentials kind,
                               struct provi_login *login, struct prov_error *err)
{
    bool is_sip = kind == PROV_CREDENTIALS_XSI_SIP;
    if (kind != PROV_CREDENTIALS_XSI_SIP && kind != PROV_CREDENTIALS_XSI_LOGIN)
        return PROV_OK;
    prov_status status =
        provi_param_read_all(env, is_sip ? "User_ID_1_" : "Login_User_ID", &login->uid, err);
    if (status == PROV_OK && login->uid.len)
        status =
            provi_param_read_all(env, is_sip ? "Password_1_" : "Login_Password", &login->pwd, err);
    return status;
}

prov_status provi_account_fill(struct provi_fetcher *fetcher, struct prov_request *request,
                               bool is_foreign, struct provi_login *login, struct prov_error *err)
{
    provi_buffer_init(&login->uid, PROVI_MAX_LOGIN_BYTES, true);
    provi_buffer_init(&login->pwd, PROVI_MAX_LOGIN_BYTES, true);
    record_type(fetcher->env);
    enum prov_credentials kind = provi_account_kind(fetcher->env);
    if (kind == PROV_CREDENTIALS_NONE)
        return PROV_OK;
    prov_status status = PROV_OK;
    if (may_receive(fetcher->account, request, is_foreign))
        status = copy_account(fetcher->account, &fetcher->env->alloc, login, err);
    else if (!is_foreign)
        status = copy_stored(fetcher->env, kind, login, err);
    if (status != PROV_OK)
        return status;
    request->uid = provi_buffer_str(&login->uid);
    request->pwd = provi_buffer_str(&login->pwd);
    return PROV_OK;
}

void provi_login_free(struct provi_login *login, struct provi_env *env)
{
    provi_buffer_free(&login->uid, &env->alloc);
    provi_buffer_free(&login->pwd, &env->alloc);
}

/* Allocated at first use: most devices have no account. NULL: no memory. */
static struct provi_account *make(struct provi_fetcher *fetcher)
{
    if (!fetcher->account)
        fetcher->account = provi_alloc_zero(&fetcher->env->alloc, sizeof *fetcher->account);
    return fetcher->account;
}

static void forget(struct provi_fetcher *fetcher)
{
    struct provi_account *account = fetcher->account;
    provi_secret_clear(&account->uid, &fetcher->env->alloc);
    provi_secret_clear(&account->pwd, &fetcher->env->alloc);
    provi_secret_clear(&account->origin, &fetcher->env->alloc);
}

/* Credentials are for the server that the rule names. They are of no use after a redirect to
 * another server, or if the transport supports none of the server's schemes. */
static bool is_worth_asking(const struct provi_fetcher *fetcher, const struct provi_fetch *fetch)
{
    return fetch->status == PROV_E_AUTH && fetch->code == 401 && !fetch->has_own_login &&
           !fetch->is_elsewhere && fetch->error.reason == PROV_AUTH_NONE &&
           (!fetcher->account || fetcher->account->n_questions < MAX_QUESTIONS) &&
           provi_account_kind(fetcher->env) != PROV_CREDENTIALS_NONE;
}

void provi_account_explain(const struct provi_env *env, const struct provi_fetch *fetch,
                           struct prov_error *err)
{
    bool has_none = fetch->code == 401 && !fetch->has_own_login && !fetch->is_elsewhere;
    if (has_none && provi_account_kind(env) == PROV_CREDENTIALS_NONE)
        provi_error_append(err, "; the rule has none, and Profile_Authentication_Type is Disabled");
}

/* The server rejected the credentials: discard them. The answer is used for this server only. */
static bool begin_question(struct provi_fetcher *fetcher, const struct provi_fetch *fetch)
{
    struct provi_account *account = make(fetcher);
    const struct prov_request *request = &fetch->request.request;
    char origin[MAX_ORIGIN_BYTES];
    if (!account)
        return false;
    forget(fetcher);
    prov_str server = write_origin(request, origin);
    account->n_questions++;
    account->is_asked = provi_secret_set(&account->origin, &fetcher->env->alloc, server) == PROV_OK;
    account->is_answered = false;
    account->deadline_ms =
        provi_env_now_ms(fetcher->env) + (int64_t)fetcher->env->options.credentials_within_s * 1000;
    return account->is_asked;
}

static void request_credentials(struct provi_env *env, const struct provi_fetch *fetch)
{
    const struct prov_question question = {
        .size = sizeof question,
        .credentials = provi_account_kind(env),
        .rule = fetch->rule_name,
        .url = provi_buffer_str(&fetch->shown_url),
        .server_ip = prov_str_from(fetch->server_ip),
        .code = fetch->code,
        .in_ms = (int64_t)env->options.credentials_within_s * 1000,
        .error = &fetch->error,
    };
    provi_env_event(env, (struct prov_event){
                             .type = PROV_EVENT_CREDENTIALS_WANTED,
                             .job = fetch->request.job,
                             .as.question = &question,
                         });
}

void provi_account_begin(struct provi_fetcher *fetcher)
{
    if (!fetcher->account)
        return;
    fetcher->account->n_questions = 0;
    fetcher->account->is_asked = false;
}

bool provi_account_waits(const struct provi_fetcher *fetcher)
{
    const struct provi_account *account = fetcher->account;
    return account && account->is_asked && !account->is_answered &&
           provi_env_left_ms(fetcher->env, account->deadline_ms) > 0;
}

enum provi_account_step provi_account_next_step(struct provi_fetcher *fetcher,
                                                const struct provi_fetch *fetch)
{
    if (!fetcher->account || !fetcher->account->is_asked) {
        if (!is_worth_asking(fetcher, fetch) || !begin_question(fetcher, fetch))
            return PROVI_ACCOUNT_NONE;
        request_credentials(fetcher->env, fetch);
    }
    if (provi_account_waits(fetcher))
        return PROVI_ACCOUNT_WAIT;
    fetcher->account->is_asked = false;
    return fetcher->account->uid.len ? PROVI_ACCOUNT_AGAIN : PROVI_ACCOUNT_NONE;
}

int64_t provi_account_timeout_ms(const struct provi_fetcher *fetcher)
{
    const struct provi_account *account = fetcher->account;
    if (!account || !account->is_asked)
        return -1;
    return account->is_answered ? 0 : provi_env_left_ms(fetcher->env, account->deadline_ms);
}

void provi_account_free(struct provi_fetcher *fetcher)
{
    if (!fetcher->account)
        return;
    forget(fetcher);
    provi_free(&fetcher->env->alloc, fetcher->account, sizeof *fetcher->account);
}

prov_status provi_account_answer(struct provi_fetcher *fetcher, prov_str uid, prov_str pwd,
                                 struct prov_error *err)
{
    if (uid.len > PROVI_MAX_LOGIN_BYTES || pwd.len > PROVI_MAX_LOGIN_BYTES)
        return provi_fail(err, PROV_E_LIMIT, "user or password of more than %d bytes",
                          PROVI_MAX_LOGIN_BYTES);
    struct provi_account *account = make(fetcher);
    if (!account)
        return provi_fail_nomem(err);
    if (!account->is_asked)
        provi_secret_clear(&account->origin, &fetcher->env->alloc);
    prov_status status = provi_secret_set(&account->uid, &fetcher->env->alloc, uid);
    if (status == PROV_OK)
        status = provi_secret_set(&account->pwd, &fetcher->env->alloc, pwd);
    if (status == PROV_OK)
        account->is_answered = account->is_asked;
    else
        provi_secret_clear(&account->uid, &fetcher->env->alloc);
    return status == PROV_OK ? PROV_OK : provi_fail_nomem(err);
}
