/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The bytes of a hop: callbacks for libcurl. */
#include "curl/curl_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"

/* Attempts with credentials; libcurl itself would repeat as long as a server says that its nonce is
 * stale. */
#define MAX_TRIES 2

/* The request exists only as long as its owner waits for the end. */
static bool is_wanted(const struct provi_curl_job *job)
{
    return job->transfer && job->data_status == PROV_OK && job->hop.refused != PROV_E_CANCELLED;
}

void provi_curl_report_head(struct provi_curl_job *job)
{
    if (job->has_head)
        return;
    job->has_head = true;
    const struct prov_response response = {
        .size = sizeof response,
        .code = (int32_t)job->hop.http_code,
        .length = job->hop.is_whole ? 0 : provi_curl_response_bytes(job),
        .offset = job->hop.is_rest || job->hop.is_whole ? job->offset : 0,
        .server_ip = provi_curl_response_ip(job),
        .url = job->n_redirects ? provi_buffer_str(&job->url) : (prov_str){NULL, 0},
        .content_encoding = provi_curl_response_header(job, "Content-Encoding"),
        .content_type = provi_curl_response_header(job, "Content-Type"),
        .etag = job->hop.is_whole ? prov_str_from(job->validator)
                                  : provi_curl_response_header(job, "ETag"),
        .retry_after_s = provi_curl_response_retry_after_s(job),
        .peer_verified = job->scheme == PROVI_CURL_HTTPS,
        .has_shown_password =
            job->hop.is_basic_asked && (job->hop.http_code != 401 || job->hop.n_challenges > 1),
    };
    prov_transfer_head(job->transfer, &response);
}

/* Process the end of a header. */
static bool end_header(struct provi_curl_job *job)
{
    job->hop.is_in_header = false;
    job->hop.chunks = (struct provi_curl_chunks){.is_there = provi_curl_chunks_are_there(job)};
    curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &job->hop.http_code);
    curl_easy_getinfo(job->easy, CURLINFO_REQUEST_SIZE, &job->hop.n_requested);
    job->hop.is_whole = provi_curl_resume_is_whole(job);
    if (job->hop.is_whole)
        return job->hop.http_code != 200; /* its bytes are not needed */
    if (job->hop.http_code / 100 == 2)
        job->hop.is_rest = provi_curl_resume_check(job);
    if (job->hop.http_code == 401) {
        job->hop.n_challenges++;
        job->hop.is_basic_asked = job->scheme == PROVI_CURL_HTTP && job->request->uid.len &&
                                  provi_curl_is_basic_asked(job);
    }
    job->hop.n_proxy_challenges += provi_curl_response_proxy_code(job) == 407;
    return job->hop.n_challenges <= MAX_TRIES && job->hop.n_proxy_challenges <= MAX_TRIES;
}

/* Called for each line of a header, including the empty one at its end, and of a trailer. */
static size_t on_header(char *line, size_t size, size_t n, void *ctx)
{
    struct provi_curl_job *job = ctx;
    size_t len = size * n;
    if (!job->transfer || !provi_curl_wire_check_header(job, len))
        return 0;
    if (provi_str_starts((prov_str){line, len}, PROVI_LIT("HTTP/")))
        job->hop.is_in_header = true;
    if (!job->hop.is_in_header || provi_str_trim((prov_str){line, len}).len > 0)
        return len;
    return end_header(job) ? len : 0;
}

/* Only the body of a success is the file. Without a header, the response is not HTTP (0.9 is not
 * supported). */
static bool ignore_body(struct provi_curl_job *job, prov_str body)
{
    if (job->hop.n_ignored == 0)
        provi_https_sniff(job, body);
    /* The greeting of another service, such as `SSH-2.0-…`. */
    if (job->hop.n_ignored == 0 && job->hop.http_code == 0)
        snprintf(job->hop.first, sizeof job->hop.first, "%.*s",
                 PROVI_STR(provi_content_start(body)));
    job->hop.n_ignored += body.len;
    return job->hop.http_code > 0 && job->hop.n_ignored <= PROVI_CURL_MAX_IGNORED_BYTES;
}

/* Process bytes of the body, without chunk headers. */
static bool take_piece(struct provi_curl_job *job, prov_str piece)
{
    if (!provi_curl_response_is_file(job))
        return ignore_body(job, piece);
    /* An early refusal that saves the transfer; prov_transfer_data() enforces the limit. */
    int64_t announced = provi_curl_response_bytes(job);
    if (!job->has_head && announced > 0 &&
        (uint64_t)announced > job->request->limits->max_fetch_bytes) {
        job->hop.excess = PROVI_CURL_EXCESS_FILE;
        return false;
    }
    provi_curl_report_head(job);
    size_t n_skip = provi_curl_resume_skip(job, piece.len);
    if (n_skip < piece.len)
        job->data_status =
            prov_transfer_data(job->transfer, piece.data + n_skip, piece.len - n_skip);
    return job->data_status == PROV_OK;
}

static bool take_chunks(struct provi_curl_job *job, prov_str rest)
{
    while (rest.len > 0) {
        prov_str piece = provi_curl_chunks_next(&job->hop.chunks, &rest);
        if (job->hop.chunks.is_malformed || !provi_curl_wire_check_chunks(job) ||
            (piece.len > 0 && !take_piece(job, piece)))
            return false;
    }
    return true;
}

static size_t on_body(char *data, size_t size, size_t n, void *ctx)
{
    struct provi_curl_job *job = ctx;
    prov_str piece = {data, size * n};
    if (!job->transfer)
        return 0;
    job->hop.heard_ms = job->curl->act_ms;
    if (provi_curl_response_is_file(job) && provi_curl_rate_hold(job, job->hop.heard_ms))
        return CURL_WRITEFUNC_PAUSE;
    bool is_taken = job->hop.chunks.is_there ? take_chunks(job, piece) : take_piece(job, piece);
    return is_taken && provi_curl_wire_is_bounded(job, piece.len) ? piece.len : 0;
}

/* Called whenever bytes were received or sent. libcurl takes a lack of memory for a handshake's
 * record for a lack of data, and would call OpenSSL in vain until the time is over. */
static int check_wire(void *ctx, curl_off_t to_get, curl_off_t got, curl_off_t to_send,
                      curl_off_t sent)
{
    (void)to_get, (void)got, (void)to_send, (void)sent;
    struct provi_curl_job *job = ctx;
    return is_wanted(job) &&
           (!provi_curl_wire_is_bounded(job, 1) || provi_tls_is_starved(&job->hop.tls));
}

/* Without a read function libcurl reads standard input. This one passes the body of the request, if
 * there is one. */
static size_t read_body(char *data, size_t size, size_t n, void *ctx)
{
    struct provi_curl_job *job = ctx;
    size_t len;
    if (!job->transfer || provi_curl_upload_read(job, data, size * n, &len) != PROV_OK)
        return CURL_READFUNC_ABORT;
    return len;
}

/* After a challenge, or on a new connection, the body is sent again from its start. */
static int rewind_body(void *ctx, curl_off_t offset, int origin)
{
    (void)origin;
    struct provi_curl_job *job = ctx;
    bool is_well = job->transfer && offset == 0 && provi_curl_upload_rewind(job) == PROV_OK;
    return is_well ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

static bool report_address(struct provi_curl_job *job, prov_str ip, uint16_t port)
{
    if (!is_wanted(job))
        return false;
    prov_status status = prov_transfer_address(
        job->transfer, ip, port, job->proxy.port ? PROV_PEER_PROXY : PROV_PEER_SERVER);
    if (status != PROV_OK)
        job->hop.refused = status;
    return status == PROV_OK;
}

bool provi_curl_report_address(struct provi_curl_job *job, const struct sockaddr *address)
{
    char ip[PROVI_CURL_IP_CAP];
    provi_curl_write_ip(address, ip, sizeof ip);
    return report_address(job, prov_str_from(ip), provi_curl_port_of(address));
}

/* Milliseconds since the start of the job; libcurl's time is relative to the start of the hop. -1:
 * it has not happened. */
static int64_t find_time(const struct provi_curl_job *job, CURLINFO info)
{
    curl_off_t us = 0;
    curl_easy_getinfo(job->easy, info, &us);
    return us > 0 ? job->hop.start_ms + us / 1000 : -1;
}

static void report_connection(struct provi_curl_job *job)
{
    const prov_str peer = job->proxy.port ? job->proxy.host : job->target.host;
    struct provi_tls_facts facts;
    struct prov_connection connection = {
        .size = sizeof connection,
        .lookup_ms = -1,
        .connect_ms = -1,
        .tls_ms = -1,
        .not_after_s = -1,
        .is_reused = !job->hop.is_connecting,
    };
    if (!connection.is_reused && !provi_curl_is_numeric(peer))
        connection.lookup_ms = find_time(job, CURLINFO_NAMELOOKUP_TIME_T);
    if (!connection.is_reused)
        connection.connect_ms = find_time(job, CURLINFO_CONNECT_TIME_T);
    if (job->scheme == PROVI_CURL_HTTPS && provi_https_get_facts(job, &facts)) {
        connection.tls_version = prov_str_from(facts.version);
        connection.cert_subject = prov_str_from(facts.subject);
        connection.cert_names = prov_str_from(facts.names);
        connection.not_after_s = facts.not_after_s;
        if (!connection.is_reused)
            connection.tls_ms = find_time(job, CURLINFO_APPCONNECT_TIME_T);
    }
    prov_transfer_connected(job->transfer, &connection);
}

/* A reused connection was made for an earlier transfer, perhaps under other rules: check its
 * address again. */
static int before_request(void *ctx, char *peer_ip, char *own_ip, int peer_port, int own_port)
{
    struct provi_curl_job *job = ctx;
    (void)own_ip;
    (void)own_port;
    if (job->scheme == PROVI_CURL_HTTPS)
        provi_https_rejoin(job);
    if (!job->hop.is_connecting &&
        !report_address(job, prov_str_from(peer_ip), (uint16_t)peer_port))
        return CURL_PREREQFUNC_ABORT;
    if (is_wanted(job))
        report_connection(job);
    return is_wanted(job) ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct provi_curl_job *job = ctx;
    if (!provi_curl_report_address(job, &address->addr))
        return CURL_SOCKET_BAD;
    job->hop.is_connecting = true;
    int fd = socket(address->family, address->socktype, address->protocol);
    job->hop.socket_error = fd < 0 ? errno : 0;
    return fd;
}

void provi_curl_set_flow(struct provi_curl_job *job)
{
    /* Options for the context argument of the callbacks, and of watch(). */
    static const uint16_t data[] = {
        CURLOPT_PRIVATE,  CURLOPT_HEADERDATA, CURLOPT_WRITEDATA,      CURLOPT_XFERINFODATA,
        CURLOPT_READDATA, CURLOPT_SEEKDATA,   CURLOPT_OPENSOCKETDATA, CURLOPT_PREREQDATA,
    };
    /* These cannot fail: they copy a pointer. */
    for (size_t i = 0; i < PROVI_LEN(data); i++)
        curl_easy_setopt(job->easy, (CURLoption)data[i], job);
    curl_easy_setopt(job->easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(job->easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(job->easy, CURLOPT_XFERINFOFUNCTION, check_wire);
    curl_easy_setopt(job->easy, CURLOPT_READFUNCTION, read_body);
    curl_easy_setopt(job->easy, CURLOPT_SEEKFUNCTION, rewind_body);
    curl_easy_setopt(job->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(job->easy, CURLOPT_PREREQFUNCTION, before_request);
}
