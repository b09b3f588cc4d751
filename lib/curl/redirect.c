/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Redirects, each a new request: so libcurl cannot pass on anything to another server, such as
 * headers, a referrer or credentials. */
#include "curl/curl_priv.h"

#include <stdio.h>

#include "base/error.h"
#include "base/str.h"

bool provi_curl_is_redirect(const struct provi_curl_job *job)
{
    switch (job->hop.http_code) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308: return true;
    default: return false;
    }
}

static prov_status refuse(const struct provi_curl_job *job, struct prov_error *err,
                          const char *message)
{
    char where[PROVI_CURL_ENDPOINT_CAP];
    provi_curl_endpoint(job, where, sizeof where);
    provi_fail(err, PROV_E_REDIRECT, "%s, from %s (HTTP %ld)", message, where, job->hop.http_code);
    provi_error_native(err, PROV_ORIGIN_HTTP, job->hop.http_code);
    return PROV_E_REDIRECT;
}

/* Make the target an absolute URL; freed by curl_free(). NULL: it is invalid, or there is no
 * memory. */
static char *join_target(const struct provi_curl_job *job, prov_str location, CURLUcode *code)
{
    const unsigned flags = CURLU_PATH_AS_IS | CURLU_ALLOW_SPACE | CURLU_NON_SUPPORT_SCHEME;
    char *whole = NULL;
    CURLU *url = curl_url();
    *code = url ? curl_url_set(url, CURLUPART_URL, job->url.data, flags) : CURLUE_OUT_OF_MEMORY;
    if (*code == CURLUE_OK)
        *code = curl_url_set(url, CURLUPART_URL, location.data, flags | CURLU_URLENCODE);
    if (*code == CURLUE_OK)
        *code = curl_url_get(url, CURLUPART_URL, &whole, 0);
    curl_url_cleanup(url);
    return whole;
}

/* Refuse a target. The message omits the parts that may be secret: user, path and query. */
static prov_status refuse_scheme(const struct provi_curl_job *job, prov_str whole,
                                 struct prov_error *err)
{
    char message[PROVI_CURL_ENDPOINT_CAP];
    size_t scheme_len = 0;
    while (scheme_len < whole.len && provi_is_alnum(whole.data[scheme_len]))
        scheme_len++;
    prov_str rest = provi_str_from_offset(whole, scheme_len);
    if (scheme_len == 0 || !provi_str_starts(rest, PROVI_LIT("://")))
        return refuse(job, err, "redirect to something that is no http or https URL");
    size_t end = 3;
    prov_str host = provi_str_take_while(rest, &end, provi_is_authority_char);
    for (size_t at; (at = provi_str_find(host, '@')) < host.len;)
        host = provi_str_from_offset(host, at + 1);
    snprintf(message, sizeof message, "redirect to %.*s://%.*s, which is no http or https URL",
             (int)scheme_len, whole.data, PROVI_STR(host));
    return refuse(job, err, message);
}

static prov_status check_target(const struct provi_curl_job *job, const char *whole,
                                struct provi_url *target, struct prov_error *err)
{
    struct provi_url_fault fault;
    if (!provi_url_split(prov_str_from(whole), false, target, &fault) ||
        !provi_url_is_http(target->scheme))
        return refuse_scheme(job, prov_str_from(whole), err);
    if (!provi_str_is(target->scheme, "https") && job->scheme == PROVI_CURL_HTTPS)
        return refuse(job, err, "redirect from https to http refused");
    return PROV_OK;
}

/* User and password of the target are dropped. */
static prov_status read_target(struct provi_curl_job *job, const struct provi_url *target,
                               struct prov_error *err)
{
    struct provi_url_fault fault;
    prov_status status = provi_curl_set_url(job, target);
    if (status == PROV_E_LIMIT)
        return refuse(job, err, "redirect to an overlong URL");
    if (status != PROV_OK)
        return provi_fail_nomem(err);
    provi_curl_split_url(job, &fault); /* cannot fail: @p target is valid */
    job->scheme = provi_str_is(target->scheme, "https") ? PROVI_CURL_HTTPS : PROVI_CURL_HTTP;
    return PROV_OK;
}

/* Change the job to the target of the redirect. */
static prov_status turn(struct provi_curl_job *job, struct prov_error *err)
{
    struct provi_url target;
    CURLUcode code;
    prov_str location = provi_curl_response_header(job, "Location");
    if (location.len == 0)
        return refuse(job, err, "redirect without a target");
    char *whole = join_target(job, location, &code);
    if (code == CURLUE_OUT_OF_MEMORY)
        return provi_fail_nomem(err);
    prov_status status = check_target(job, whole, &target, err);
    if (status == PROV_OK)
        status = read_target(job, &target, err);
    curl_free(whole);
    return status;
}

prov_status provi_curl_follow(struct provi_curl_job *job, struct prov_error *err)
{
    if (job->n_redirects >= job->request->limits->max_redirects)
        return refuse(job, err, "too many redirects");
    prov_status status = turn(job, err);
    if (status == PROV_OK)
        status = prov_transfer_redirect(job->transfer, provi_buffer_str(&job->url));
    if (status != PROV_OK)
        return status;
    job->n_redirects++;
    if (job->hop.http_code == 303) /* RFC 9110, section 15.4.4 */
        job->method = PROV_METHOD_GET;
    return PROV_OK;
}
