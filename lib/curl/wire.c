/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Bytes as they come from the network, bounded.
 *
 * What a server sends beside the file - headers, interim answers, chunk extensions, trailers - has
 * no end that libcurl would see to. What it shows is counted as it comes; of all of it, also of
 * what it does not show, the kernel knows how much a connection received.
 */
#include "curl/curl_priv.h"

#ifdef __linux__
#include <linux/tcp.h>
#include <sys/ioctl.h>
#endif

/* What is beside a file may be so much. libcurl reads one buffer more before it asks again. */
#define MAX_BESIDE_BYTES 131072

#ifdef __linux__

/* Bytes that were read from a connection since it was made; 0: not known. */
static uint64_t count_read(int fd)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;
    int n_waiting = 0;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0 ||
        ioctl(fd, FIONREAD, &n_waiting) != 0 || info.tcpi_bytes_received < (uint64_t)n_waiting)
        return 0;
    return info.tcpi_bytes_received - (uint64_t)n_waiting;
}

#else

static uint64_t count_read(int fd)
{
    (void)fd;
    return 0;
}

#endif

void provi_curl_wire_watch(struct provi_curl_job *job, int fd)
{
    if (job->wire.is_open && job->wire.fd == fd)
        return;
    job->wire.n_before += job->wire.n_bytes;
    job->wire.n_bytes = 0;
    job->wire.is_open = true;
    job->wire.fd = fd;
    job->wire.n_at_start = count_read(fd);
}

void provi_curl_wire_forget(struct provi_curl_job *job, int fd)
{
    if (job->wire.is_open && job->wire.fd == fd)
        job->wire.is_open = false;
}

uint64_t provi_curl_wire_bytes(const struct provi_curl_job *job)
{
    return job->wire.n_before + job->wire.n_bytes;
}

static void count(struct provi_curl_job *job)
{
    uint64_t n_read = job->wire.is_open ? count_read(job->wire.fd) : 0;
    if (n_read < job->wire.n_at_start || n_read - job->wire.n_at_start <= job->wire.n_bytes)
        return;
    job->wire.n_bytes = n_read - job->wire.n_at_start;
    job->heard_ms = provi_curl_now_ms();
}

static bool is_over(const struct provi_curl_job *job, uint64_t allowed)
{
    uint64_t n_bytes = provi_curl_wire_bytes(job);
    return n_bytes > MAX_BESIDE_BYTES && n_bytes - MAX_BESIDE_BYTES > allowed;
}

/* The text beside an answer that is not the file is of no use. */
bool provi_curl_wire_is_bounded(struct provi_curl_job *job)
{
    count(job);
    bool is_answered = job->http_code >= 200 && !job->is_in_header;
    if (is_answered && !provi_curl_answer_is_file(job) && is_over(job, 0))
        job->excess = PROVI_CURL_EXCESS_IGNORED;
    else if (is_over(job, job->request->limits->max_fetch_bytes))
        job->excess = PROVI_CURL_EXCESS_WIRE;
    return job->excess == PROVI_CURL_EXCESS_NONE;
}

bool provi_curl_wire_take_header(struct provi_curl_job *job, size_t len)
{
    job->heard_ms = provi_curl_now_ms();
    job->n_header_bytes += len;
    if (job->n_header_bytes > MAX_BESIDE_BYTES)
        job->excess = PROVI_CURL_EXCESS_HEADERS;
    return job->excess == PROVI_CURL_EXCESS_NONE;
}

bool provi_curl_wire_check_chunks(struct provi_curl_job *job)
{
    if (job->chunks.n_beside > MAX_BESIDE_BYTES)
        job->excess = PROVI_CURL_EXCESS_CHUNKS;
    return job->excess == PROVI_CURL_EXCESS_NONE;
}

bool provi_curl_wire_is_long_line(const struct provi_curl_job *job)
{
    bool is_in_header = job->is_in_header || job->http_code == 0;
    return is_in_header &&
           provi_curl_wire_bytes(job) > job->n_header_bytes + PROVI_CURL_MAX_IGNORED_BYTES;
}
