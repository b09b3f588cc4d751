/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* What libcurl knows of the last answer. */
#include "curl/curl_priv.h"

#include "base/str.h"

prov_str provi_curl_answer_header(const struct provi_curl_job *job, const char *name)
{
    struct curl_header *header;
    if (curl_easy_header(job->easy, name, 0, CURLH_HEADER, -1, &header) != CURLHE_OK)
        return (prov_str){NULL, 0};
    return prov_str_from(header->value);
}

int64_t provi_curl_answer_retry_after_s(const struct provi_curl_job *job)
{
    curl_off_t seconds = 0;
    curl_easy_getinfo(job->easy, CURLINFO_RETRY_AFTER, &seconds);
    return seconds > 0 ? seconds : -1;
}

int64_t provi_curl_answer_bytes(const struct provi_curl_job *job)
{
    curl_off_t length = -1;
    curl_easy_getinfo(job->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    return length;
}

prov_str provi_curl_answer_ip(const struct provi_curl_job *job)
{
    char *ip = NULL;
    curl_easy_getinfo(job->easy, CURLINFO_PRIMARY_IP, &ip);
    return prov_str_from(ip);
}

long provi_curl_answer_proxy_code(const struct provi_curl_job *job)
{
    long code = 0;
    struct provi_url proxy;
    if (job->http_code == 407 || !provi_curl_find_proxy(job, &proxy))
        return job->http_code == 407 ? 407 : 0;
    curl_easy_getinfo(job->easy, CURLINFO_HTTP_CONNECTCODE, &code);
    return job->http_code ? 0 : code;
}

/* A success whose header was cut off is none. */
void provi_curl_answer_settle(struct provi_curl_job *job)
{
    long code = 0;
    if (!job->is_in_header)
        return;
    curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &code);
    job->http_code = code >= 300 ? code : 0;
}

/* A part of a file that nobody asked for is none. */
bool provi_curl_answer_is_file(const struct provi_curl_job *job)
{
    return job->http_code / 100 == 2 && (job->n_resumes ? job->is_rest : job->http_code != 206);
}
