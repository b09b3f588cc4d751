/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Limits of bytes received from the network.
 *
 * libcurl does not limit the bytes that a server sends besides the file: headers, interim
 * responses, chunk extensions, trailers. Bytes that libcurl passes on are counted then. For the
 * bytes that it discards, some systems count all that a connection received; on others, those that
 * wait to be read are counted.
 */
#include "curl/curl_priv.h"

#include <stddef.h>
#include <sys/ioctl.h>

#ifdef __linux__
#include <linux/tcp.h>
#endif

/* Most bytes besides a file. libcurl reads one more buffer before it checks again. */
#define MAX_BESIDE_BYTES 131072
/* libcurl accepts lines of this length. */
#define LONG_LINE_BYTES 102400
/* … and of this one in a proxy's answer to CONNECT, of which it reads single bytes. */
#define LONG_TUNNEL_LINE_BYTES 16000
/* Where the system does not count, perhaps only a part of them was. */
#define LONG_LINE_SEEN_BYTES 32768
/* Bytes that libcurl passes on in one act before they are counted again. */
#define MAX_UNCOUNTED_BYTES 65536
/* Below this, no limit is near. */
#define FEW_BYTES 16384

#ifdef __linux__

/* Bytes received over a connection since it was made. False: the system does not count them. */
static bool get_received(int fd, int64_t *n)
{
    struct tcp_info info;
    socklen_t len = sizeof info;
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0 ||
        len < offsetof(struct tcp_info, tcpi_bytes_received) + sizeof info.tcpi_bytes_received)
        return false;
    *n = (int64_t)info.tcpi_bytes_received;
    return true;
}

#else

static bool get_received(int fd, int64_t *n)
{
    (void)fd;
    (void)n;
    return false;
}

#endif

/* Those that were not read yet. */
static int64_t get_waiting(int fd)
{
    int n = 0;
    return ioctl(fd, FIONREAD, &n) == 0 ? n : 0;
}

void provi_curl_wire_watch(struct provi_curl_job *job, int fd)
{
    struct provi_curl_wire *wire = &job->hop.wire;
    if (wire->is_open && wire->fd == fd)
        return;
    wire->n_before += wire->n_bytes;
    wire->n_bytes = 0;
    wire->is_open = true;
    wire->fd = fd;
    wire->n_waiting = 0;
    wire->n_at_start = 0;
    wire->is_counted = get_received(fd, &wire->n_at_start);
    job->curl->has_uncounted |= !wire->is_counted;
    if (wire->is_counted)
        wire->n_at_start -= get_waiting(fd);
}

/* Count the bytes read since the last call. While no limit is near, waiting bytes are counted
 * without a system call. If the system does not count, the waiting bytes are a lower bound. */
static void count(struct provi_curl_job *job)
{
    struct provi_curl_wire *wire = &job->hop.wire;
    int64_t n_received;
    bool is_counted = get_received(wire->fd, &n_received);
    int64_t n_here = is_counted ? n_received - wire->n_at_start : 0;
    int64_t n_more = n_here - wire->n_bytes;
    if (!is_counted || n_here > FEW_BYTES) {
        int64_t n_waited = wire->n_waiting;
        wire->n_waiting = get_waiting(wire->fd);
        n_more = is_counted ? n_more - wire->n_waiting : wire->n_waiting - n_waited;
    }
    if (n_more <= 0)
        return;
    wire->n_bytes += n_more;
    job->hop.heard_ms = job->curl->act_ms;
}

/* libcurl asks several times while it acts, and reads from the socket before the first of them. It
 * may read up to a hundred buffers, and an answer of a proxy byte by byte. */
static void count_seldom(struct provi_curl_job *job, size_t n_read)
{
    struct provi_curl_wire *wire = &job->hop.wire;
    wire->n_uncounted += n_read;
    if (!wire->is_open ||
        (wire->n_acts == job->curl->n_acts && wire->n_uncounted < MAX_UNCOUNTED_BYTES))
        return;
    count(job);
    wire->n_acts = job->curl->n_acts;
    wire->n_uncounted = 0;
}

void provi_curl_wire_inspect(struct prov_curl *curl, int fd)
{
    struct provi_curl_job *job = curl->has_uncounted ? curl->running.first : NULL;
    for (; job; job = job->next)
        if (job->hop.wire.is_open && job->hop.wire.fd == fd && !job->hop.wire.is_counted)
            count(job);
}

/* Another response follows an interim one, and may follow a challenge. */
static bool awaits_header(const struct provi_curl_job *job)
{
    return job->hop.is_in_header || job->hop.http_code < 200 || job->hop.http_code == 401 ||
           job->hop.http_code == 407;
}

/* An endless line may be read, and fail, in one act after the bytes were counted in it. */
void provi_curl_wire_forget(struct provi_curl_job *job, int fd)
{
    if (!job->hop.wire.is_open || job->hop.wire.fd != fd)
        return;
    if (awaits_header(job))
        count(job);
    else
        count_seldom(job, 0);
    job->hop.wire.is_open = false;
}

uint64_t provi_curl_wire_bytes(const struct provi_curl_job *job)
{
    return (uint64_t)(job->hop.wire.n_before + job->hop.wire.n_bytes);
}

static bool is_over(const struct provi_curl_job *job, uint64_t allowed)
{
    uint64_t n_bytes = provi_curl_wire_bytes(job);
    return n_bytes > MAX_BESIDE_BYTES && n_bytes - MAX_BESIDE_BYTES > allowed;
}

/* The body of another response than the file is not needed, and only headers precede the file.
 * Where the system does not count, what waits may be the file already. */
bool provi_curl_wire_is_bounded(struct provi_curl_job *job, size_t n_read)
{
    bool is_answered = job->hop.http_code >= 200 && !job->hop.is_in_header;
    bool is_ignored = is_answered && !provi_curl_response_is_file(job);
    bool may_be_file = job->hop.is_in_header || is_answered || !job->hop.wire.is_counted;
    bool has_file = may_be_file && !is_ignored;
    count_seldom(job, n_read);
    if (is_over(job, has_file ? job->request->limits->max_fetch_bytes : job->hop.n_header_bytes))
        job->hop.excess = is_ignored ? PROVI_CURL_EXCESS_IGNORED : PROVI_CURL_EXCESS_WIRE;
    return job->hop.excess == PROVI_CURL_EXCESS_NONE;
}

bool provi_curl_wire_check_header(struct provi_curl_job *job, size_t len)
{
    job->hop.heard_ms = job->curl->act_ms;
    job->hop.n_header_bytes += len;
    if (job->hop.n_header_bytes > MAX_BESIDE_BYTES)
        job->hop.excess = PROVI_CURL_EXCESS_HEADERS;
    return job->hop.excess == PROVI_CURL_EXCESS_NONE;
}

bool provi_curl_wire_check_chunks(struct provi_curl_job *job)
{
    if (job->hop.chunks.n_beside > MAX_BESIDE_BYTES)
        job->hop.excess = PROVI_CURL_EXCESS_CHUNKS;
    return job->hop.excess == PROVI_CURL_EXCESS_NONE;
}

bool provi_curl_wire_is_long_line(const struct provi_curl_job *job)
{
    uint64_t n_line = job->hop.wire.is_counted ? LONG_LINE_BYTES : LONG_LINE_SEEN_BYTES;
    if (job->scheme == PROVI_CURL_HTTPS && job->proxy.port && !job->hop.tls.context)
        n_line = LONG_TUNNEL_LINE_BYTES;
    return awaits_header(job) && provi_curl_wire_bytes(job) > job->hop.n_header_bytes + n_line;
}
