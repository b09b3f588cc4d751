/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Resuming an interrupted file (RFC 9110, sections 13.1.5 and 14).
 *
 * Bytes that were passed on cannot be taken back, so the rest must be of the same file: it is
 * requested with If-Range, and accepted only with the same validator and from the first missing
 * byte. If the server sends the whole file, the bytes received before are skipped. If it responds
 * that the range is after the end (section 15.5.17), the file is complete.
 */
#include "curl/curl_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"

#define MAX_RESUMES 5
/* The date must be so much older that the file cannot have been written twice in that second
 * (section 8.8.2.2). */
#define MIN_AGE_S 60

static uint64_t n_here(const struct provi_curl_job *job)
{
    return job->offset + prov_transfer_n_bytes(job->transfer);
}

/* A weak ETag may be the same for different bytes (section 8.8.1). */
static bool is_strong_etag(prov_str etag)
{
    return etag.len >= 2 && etag.data[0] == '"' && etag.data[etag.len - 1] == '"';
}

/* The validator of the response; empty: it has none. */
static prov_str find_validator(const struct provi_curl_job *job)
{
    prov_str etag = provi_curl_response_header(job, "ETag");
    if (etag.len > 0)
        return is_strong_etag(etag) ? etag : PROVI_LIT("");
    prov_str modified = provi_curl_response_header(job, "Last-Modified");
    prov_str date = provi_curl_response_header(job, "Date");
    if (modified.len == 0 || date.len == 0)
        return PROVI_LIT("");
    bool is_strong = curl_getdate(date.data, NULL) - curl_getdate(modified.data, NULL) >= MIN_AGE_S;
    return is_strong ? modified : PROVI_LIT("");
}

void provi_curl_resume_begin(struct provi_curl_job *job)
{
    const struct prov_request *request = job->request;
    prov_str validator = request->if_range;
    if (request->offset == 0 || job->method != PROV_METHOD_GET || !provi_curl_is_http(job) ||
        !is_strong_etag(validator) || validator.len >= sizeof job->validator)
        return;
    memcpy(job->validator, validator.data, validator.len);
    job->validator[validator.len] = '\0';
    job->offset = request->offset;
}

/* Save the validator at the first interruption, not before, since parsing dates takes long. */
static void save_validator(struct provi_curl_job *job)
{
    if (job->hop.is_rest || job->hop.is_whole || job->n_resumes > 0)
        return; /* it is of the requested file */
    prov_str validator = find_validator(job);
    job->validator[0] = '\0';
    if (job->hop.http_code == 200 && validator.len < sizeof job->validator && validator.len > 0 &&
        provi_str_is_line(validator)) /* it becomes a header field of the next request */
        memcpy(job->validator, validator.data, validator.len + 1);
}

bool provi_curl_resume_next(struct provi_curl_job *job, prov_status status)
{
    bool is_cut =
        status == PROV_E_TRUNCATED || status == PROV_E_NETWORK || status == PROV_E_TIMEOUT;
    if (!is_cut || !provi_curl_response_is_file(job) || job->method != PROV_METHOD_GET ||
        prov_transfer_n_bytes(job->transfer) == 0 || job->n_resumes == MAX_RESUMES ||
        job->spent_ms >= job->request->limits->total_timeout_ms)
        return false;
    save_validator(job);
    if (!job->validator[0])
        return false;
    job->n_resumes++;
    return true;
}

void provi_curl_resume_range(const struct provi_curl_job *job, char *buf, size_t cap)
{
    snprintf(buf, cap, "bytes=%llu-", (unsigned long long)n_here(job));
}

/* Whether Content-Range, such as "bytes 500-999/1000", begins with @p start. The total is 0 if it
 * is not told. */
static bool read_range(const struct provi_curl_job *job, const char *start, uint64_t *total)
{
    prov_str range = provi_curl_response_header(job, "Content-Range");
    *total = 0;
    provi_str_to_u64(provi_str_from_offset(range, provi_str_find(range, '/') + 1), UINT64_MAX,
                     total);
    return provi_str_starts(range, prov_str_from(start));
}

/* A part must begin with the first missing byte. */
static bool check_part(struct provi_curl_job *job)
{
    char start[48];
    uint64_t total;
    provi_curl_resume_range(job, start, sizeof start);
    start[strlen("bytes")] = ' '; /* instead of '=' */
    bool is_rest = read_range(job, start, &total);
    job->hop.n_whole = is_rest ? total : 0;
    return is_rest;
}

bool provi_curl_resume_check(struct provi_curl_job *job)
{
    if (job->n_resumes == 0 && (job->hop.http_code != 206 || job->is_anew))
        job->offset = 0; /* the whole file: nothing was passed on yet */
    if (job->n_resumes == 0 && job->offset == 0)
        return false;
    if (!provi_str_is(find_validator(job), job->validator))
        return false;
    if (job->hop.http_code == 206)
        return check_part(job);
    job->hop.n_skip = n_here(job);
    return job->hop.http_code == 200;
}

bool provi_curl_resume_is_short(const struct provi_curl_job *job)
{
    return n_here(job) < job->hop.n_whole;
}

/* For a range after the end, some servers omit the length, or send the whole file. */
static bool is_sent_again(const struct provi_curl_job *job)
{
    int64_t announced = provi_curl_response_bytes(job);
    return job->hop.http_code == 200 && job->n_resumes == 0 && announced > 0 &&
           (uint64_t)announced == job->offset && provi_str_is(find_validator(job), job->validator);
}

bool provi_curl_resume_is_whole(const struct provi_curl_job *job)
{
    uint64_t total;
    if (job->n_resumes == 0 && job->offset == 0)
        return false;
    if (job->hop.http_code != 416)
        return is_sent_again(job);
    prov_str etag = provi_curl_response_header(job, "ETag");
    return (etag.len == 0 || provi_str_is(etag, job->validator)) &&
           read_range(job, "bytes */", &total) && total == n_here(job);
}

bool provi_curl_resume_anew(struct provi_curl_job *job)
{
    bool is_useless = (job->hop.http_code == 206 || job->hop.http_code == 416) && !job->hop.is_rest;
    if (!is_useless || job->offset == 0 || job->is_anew || job->n_resumes > 0 ||
        job->spent_ms >= job->request->limits->total_timeout_ms)
        return false;
    return job->is_anew = true;
}

size_t provi_curl_resume_skip(struct provi_curl_job *job, size_t len)
{
    size_t n = job->hop.n_skip < len ? (size_t)job->hop.n_skip : len;
    job->hop.n_skip -= n;
    return n;
}

prov_status provi_curl_resume_result(const struct provi_curl_job *job, CURLcode code,
                                     const char *where, struct prov_error *err)
{
    bool is_shorter = job->hop.n_skip > 0 && code == CURLE_OK;
    if (job->n_resumes == 0 || job->hop.http_code == 0 ||
        (provi_curl_response_is_file(job) && !is_shorter))
        return PROV_OK;
    prov_status status =
        provi_fail(err, PROV_E_TRUNCATED, "cut off at byte %llu, and then %s (HTTP %ld) from %s",
                   (unsigned long long)n_here(job),
                   job->hop.http_code / 100 == 2 ? "another file" : "no more of it",
                   job->hop.http_code, where);
    provi_error_native(err, PROV_ORIGIN_HTTP, job->hop.http_code);
    provi_error_flags(err, PROV_ERROR_RETRYABLE);
    return status;
}
