/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The challenges of a server or proxy that requires a password (RFC 9110, section 11). */
#include "curl/curl_priv.h"

#include <string.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/str.h"

#define SCHEMES_CAP 96

struct challenges {
    const char *who;
    prov_str uid;       /* user name of the request; may be empty */
    long http_code;     /* 401 or 407 */
    unsigned n_answers; /* number of challenges received */
    bool is_answerable; /* a scheme is supported */
    bool has_digest;    /* Digest is preferred to Basic */
    char schemes[SCHEMES_CAP];
};

static void add_scheme(struct challenges *challenges, struct provi_text *out, prov_str name)
{
    challenges->has_digest |= provi_str_eq_nocase(name, PROVI_LIT("Digest"));
    challenges->is_answerable |=
        challenges->has_digest || provi_str_eq_nocase(name, PROVI_LIT("Basic"));
    if (out->len + name.len + 2 >= SCHEMES_CAP)
        return;
    if (out->len > 0)
        provi_text_puts(out, ", ");
    provi_text_add(out, name);
}

/* Cut off the text up to the next comma outside quotes. */
static prov_str next_part(prov_str *rest)
{
    size_t len = 0;
    bool is_quoted = false;
    while (len < rest->len && (is_quoted || rest->data[len] != ',')) {
        if (rest->data[len] == '\\' && is_quoted && len + 1 < rest->len)
            len++;
        else if (rest->data[len] == '"')
            is_quoted = !is_quoted;
        len++;
    }
    prov_str part = {rest->data, len};
    *rest = provi_str_from_offset(*rest, len < rest->len ? len + 1 : len);
    return provi_str_trim(part);
}

/* Parse `Digest realm="x", nonce="1", Negotiate`: a parameter has an equals sign after its name. */
static void read_field(struct challenges *challenges, struct provi_text *out, prov_str field)
{
    while (field.len > 0) {
        prov_str part = next_part(&field);
        size_t len = 0;
        while (len < part.len &&
               (provi_is_alnum(part.data[len]) || memchr("-_.", part.data[len], 3)))
            len++;
        bool is_parameter =
            len < part.len && provi_str_trim(provi_str_from_offset(part, len)).data[0] == '=';
        if (len > 0 && !is_parameter)
            add_scheme(challenges, out, (prov_str){part.data, len});
    }
}

static void read_fields(const struct provi_curl_job *job, struct challenges *challenges)
{
    prov_str field;
    const char *name = challenges->http_code == 407 ? "Proxy-Authenticate" : "WWW-Authenticate";
    unsigned origins = CURLH_HEADER | CURLH_CONNECT;
    struct provi_text out = {.buf = challenges->schemes, .cap = sizeof challenges->schemes};
    for (size_t i = 0; provi_curl_response_field(job, name, origins, i, &field); i++)
        read_field(challenges, &out, field);
    provi_text_end(&out, NULL);
}

static prov_status report(const struct challenges *c, struct prov_error *err)
{
    const char *text = "does not accept user and password";
    if (c->schemes[0] && !c->is_answerable)
        return provi_fail(err, PROV_E_AUTH,
                          "%s asks for %s, and only Basic and Digest are supported; no user or "
                          "password was sent (HTTP %ld)",
                          c->who, c->schemes, c->http_code);
    if (!c->schemes[0])
        text = "requires a user and a password, but names no scheme";
    else if (c->uid.len == 0)
        text = "requires a user and a password";
    else if (c->n_answers < 2)
        text = "requires a user and a password; it closed the connection, or its answer did not "
               "end, so none was sent";
    return provi_fail(err, PROV_E_AUTH, "%s %s (HTTP %ld)", c->who, text, c->http_code);
}

bool provi_curl_is_basic_asked(const struct provi_curl_job *job)
{
    struct challenges challenges = {.http_code = 401};
    read_fields(job, &challenges);
    return challenges.is_answerable && !challenges.has_digest;
}

prov_status provi_curl_fail_challenge(const struct provi_curl_job *job, const char *who,
                                      long http_code, struct prov_error *err)
{
    bool is_proxy = http_code == 407;
    struct challenges challenges = {
        .who = who,
        .uid = is_proxy ? job->request->proxy_uid : job->request->uid,
        .http_code = http_code,
        .n_answers = is_proxy ? job->hop.n_proxy_challenges : job->hop.n_challenges,
    };
    read_fields(job, &challenges);
    prov_status status = report(&challenges, err);
    if (!challenges.is_answerable)
        err->reason = PROV_AUTH_UNKNOWN_SCHEME;
    return status;
}
