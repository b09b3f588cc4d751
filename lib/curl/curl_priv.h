/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Internals of the built-in transport.
 *
 * A *job* is one request from start to done. It consists of one or more *hops*: each redirect is a
 * new hop. Every hop has a new easy handle, so that nothing of one hop (an upload, credentials, a
 * header) can leak into the next; the multi handle keeps the connections. For TFTP and syslog,
 * libcurl has one hop that only looks up the server's name (lookup.c); the job then continues with
 * its own socket.
 */
#ifndef PROVI_CURL_CURL_PRIV_H
#define PROVI_CURL_CURL_PRIV_H

#include <provision/transport_curl.h>

#include <curl/curl.h>

#include "base/buffer.h"
#include "base/content.h"
#include "base/url.h"
#include "curl/resolver.h"
#include "curl/sockets.h"
#include "tls/tls.h"

/* Longest URL of a hop, in a rule or in a redirect. */
#define PROVI_CURL_MAX_URL_BYTES 8192
/* Most bytes of the body of an error or redirect that are read, so that the connection can be
 * reused. */
#define PROVI_CURL_MAX_IGNORED_BYTES 65536
/* Longest ETag, including NUL, of a file that can be resumed. */
#define PROVI_CURL_VALIDATOR_CAP 128
/* Capacity for a numeric IPv6 address with a zone. */
#define PROVI_CURL_IP_CAP 64
/* Capacity for `host:port`. */
#define PROVI_CURL_ENDPOINT_CAP 320

enum provi_curl_scheme {
    PROVI_CURL_TFTP,
    PROVI_CURL_HTTP,
    PROVI_CURL_HTTPS,
    PROVI_CURL_SYSLOG,
};

struct provi_curl_names; /* defined in names.c */
struct provi_curl_tftp;  /* defined in tftp.c */

/* The limit that was exceeded. */
enum provi_curl_excess {
    PROVI_CURL_EXCESS_NONE,
    PROVI_CURL_EXCESS_FILE, /* the announced length of the file */
    PROVI_CURL_EXCESS_HEADERS,
    PROVI_CURL_EXCESS_CHUNKS,  /* bytes of extensions and trailers */
    PROVI_CURL_EXCESS_WIRE,    /* other bytes than those of the file */
    PROVI_CURL_EXCESS_IGNORED, /* bytes of a body that is not the file */
};

/* Position in a body of chunks. */
enum provi_curl_chunk_state {
    PROVI_CURL_CHUNK_SIZE,
    PROVI_CURL_CHUNK_EXTENSION, /* after the size */
    PROVI_CURL_CHUNK_DATA,
    PROVI_CURL_CHUNK_END,     /* the line end after the data */
    PROVI_CURL_CHUNK_TRAILER, /* after the last chunk */
};

struct provi_curl_chunks {
    bool is_there;     /* the body has chunks */
    bool is_malformed; /* a missing size, or a NUL outside the data */
    enum provi_curl_chunk_state state;
    unsigned n_digits; /* digits of the size read so far */
    uint64_t n_left;   /* remaining bytes of data; while the size is read, the size so far */
    uint64_t n_beside; /* bytes of extensions and trailers */
};

/* All bytes that were received over the connection of a hop. */
struct provi_curl_wire {
    bool is_open;
    bool is_counted; /* the system counts the bytes; otherwise n_bytes is a lower bound */
    int fd;
    int64_t n_at_start; /* count of the connection when the hop got it */
    int64_t n_bytes;    /* received since */
    int64_t n_waiting;  /* not yet read, when last checked */
    int64_t n_before;   /* received over earlier connections of the hop */
    uint64_t n_acts;    /* `n_acts` of the transport at the last count after a read */
    size_t n_uncounted; /* at least so many were read since */
};

/* What came of a hop so far. All zero at its start. */
struct provi_curl_hop {
    int64_t start_ms;            /* in libcurl, since the start of the job */
    long http_code;              /* of the last complete header; 0: none */
    unsigned n_challenges;       /* number of 401 responses */
    bool is_basic_asked;         /* the last 401 is to be answered with Basic over plain HTTP */
    unsigned n_proxy_challenges; /* number of 407 responses */
    long n_requested;            /* bytes sent when the last header was complete */
    bool is_rest;      /* the response continues the file after the bytes of the previous hop */
    bool is_whole;     /* the owner already has the whole file */
    uint64_t n_skip;   /* next bytes that the owner already has */
    uint64_t n_whole;  /* bytes of the whole file, of which this is the rest; 0: unknown */
    bool is_in_header; /* a status line was received, but not the end of its header */
    size_t n_header_bytes;
    struct provi_curl_chunks chunks;
    struct provi_curl_wire wire;
    enum provi_curl_excess excess;
    int64_t heard_ms;                     /* when the last byte was received; 0: none was */
    int64_t pause_ms;                     /* end of a pause in reading; 0: no pause */
    size_t n_ignored;                     /* bytes of a body that is not the file */
    char first[PROVI_CONTENT_QUOTED + 1]; /* of a response that is not HTTP; may be empty */
    prov_status refused; /* status of a refused address; PROV_OK: none was refused */
    bool is_connecting;  /* a socket was opened */
    int socket_error;    /* … or not: the errno of the last one, which libcurl does not report */
    bool is_connected;   /* … and the server has sent nothing yet */
    struct provi_tls_hop tls;
};

struct provi_curl_job {
    struct provi_curl_job *next, *before; /* neighbours in its queue */
    struct prov_curl *curl;
    prov_transfer *transfer;            /* NULL: cancelled */
    const struct prov_request *request; /* borrowed while there is a transfer */
    prov_tls_identity *identity;        /* this job is one of its owners; never NULL */

    /* The hop: its request, and what came of it. */
    CURL *easy;
    struct curl_slist *headers;
    struct provi_buffer url; /* NUL-terminated, without user and password */
    struct provi_url target; /* parts of `url`; host and port are always set */
    struct provi_url proxy;  /* host and port; port 0: no proxy */
    enum provi_curl_scheme scheme;
    uint8_t method; /* enum prov_method; a redirect may change it to GET */
    struct provi_curl_hop hop;

    /* The job, for all hops. */
    int64_t flow_ms;              /* when the first byte was received, if the speed is limited */
    uint64_t n_uploaded;          /* bytes of the request's body, in this hop */
    struct prov_error upload_err; /* why the body could not be read; PROV_OK: it could */
    prov_status data_status;      /* failure that prov_transfer_…() returned */
    unsigned n_redirects;
    unsigned n_resumes;
    char validator[PROVI_CURL_VALIDATOR_CAP]; /* of a file that can be resumed; or empty */
    uint64_t offset;  /* offset of the first byte for the transfer; 0: the whole file */
    bool is_anew;     /* the rest was not available: the whole file is requested */
    int64_t start_ms; /* start of the job */
    int64_t spent_ms;
    bool has_head;
    struct provi_curl_names *names; /* NULL: libcurl looks up all names */
    bool is_admitted;               /* counted in n_admitted */

    /* The job, for TFTP and syslog. */
    union provi_curl_address addresses[PROVI_CURL_MAX_ADDRESSES];
    size_t n_addresses;           /* more than 0: the name was looked up */
    struct provi_curl_tftp *tftp; /* set once there is a socket */
};

/* First in, first out; the next hop of a job is prepended. */
struct provi_curl_queue {
    struct provi_curl_job *first;
    struct provi_curl_job *last;
};

/* Number of servers of log messages whose sockets are cached. */
#define PROVI_CURL_KEPT_SOCKETS 4

struct provi_curl_kept_socket {
    bool is_open;
    int fd;
    union provi_curl_address address;
};

struct prov_curl {
    struct prov_alloc alloc;
    struct prov_clock clock;
    struct prov_transport transport;
    CURLM *multi;         /* NULL: the next hop creates one */
    CURLMcode multi_code; /* failure of the multi handle */
    struct provi_tls *tls;
    struct provi_curl_sockets sockets;
    struct provi_curl_queue waiting;   /* hops that the next process passes to libcurl */
    struct provi_curl_queue resolving; /* hops that wait for a name server */
    struct provi_curl_queue running;   /* hops that libcurl runs */
    struct provi_curl_queue tftp; /* jobs with a `tftp`; those without a transfer are dallying */
    struct provi_curl_kept_socket kept[PROVI_CURL_KEPT_SOCKETS]; /* sockets for log messages */
    size_t next_kept;                                            /* index of the oldest */
    uint64_t n_acts;   /* calls in which libcurl acts on a socket or on time */
    int64_t act_ms;    /* start of the last of them, or of the last end of a pause */
    size_t n_dropped;  /* number of running jobs without a transfer */
    size_t n_admitted; /* jobs that may have a connection; <= max_connections */
    size_t max_connections;
    union provi_curl_address dns_servers[PROVI_CURL_MAX_SERVERS];
    size_t n_dns_servers;              /* 0: use the system's */
    uint32_t max_bytes_per_s;          /* limit of downloads; 0: none */
    char source_ip[PROVI_CURL_IP_CAP]; /* of the first request; empty: the system's choice */
    bool has_source;                   /* there was a request */
    bool has_sources;                  /* requests had different ones */
    bool is_processing;
    bool is_freed;      /* freed from a callback; released when `process` returns */
    bool has_global;    /* holds one reference on libcurl's global state */
    bool has_uncounted; /* the system does not count the bytes of some connection */
};

/* job.c */
void provi_curl_queue_append(struct provi_curl_queue *queue, struct provi_curl_job *job);
void provi_curl_queue_prepend(struct provi_curl_queue *queue, struct provi_curl_job *job);
/** Remove a job from its queue. */
void provi_curl_queue_remove(struct provi_curl_queue *queue, struct provi_curl_job *job);
/** The job of a transfer, or NULL. */
struct provi_curl_job *provi_curl_queue_find(const struct provi_curl_queue *queue,
                                             const prov_transfer *transfer);

/* job.c */

/** Create a job and prepare its first hop. Statuses of `start`. */
prov_status provi_curl_job_new(struct provi_curl_job **out, struct prov_curl *curl,
                               prov_transfer *transfer, const struct prov_request *request,
                               struct prov_error *err);
/** Free a job that is in no queue. */
void provi_curl_job_free(struct provi_curl_job *job);
/** Report the end to the owner of the transfer, and free the job. Only from process. */
void provi_curl_job_conclude(struct provi_curl_job *job, prov_status status,
                             const struct prov_error *err);

/* hop.c. The last two functions make callbacks, so they are only called from process. */

/** Remove a running job from libcurl. */
void provi_curl_hop_leave(struct provi_curl_job *job);
/** Process the end of a hop in libcurl. */
void provi_curl_hop_end(struct provi_curl_job *job, CURLcode code);
/** Process the answer of the name servers, or its timeout. */
void provi_curl_hop_asked(struct provi_curl_job *job);

/* multi.c: libcurl's handle for all hops. */

/** Create the handle, if there is none. PROV_OK; PROV_E_NOMEM. */
prov_status provi_curl_multi_begin(struct prov_curl *curl);
/** Free the handle; no hop may be running. */
void provi_curl_multi_end(struct prov_curl *curl);
/** Add a hop. PROV_OK; PROV_E_NOMEM. */
prov_status provi_curl_multi_add(struct provi_curl_job *job, struct prov_error *err);
/** Let libcurl process a socket, or CURL_SOCKET_TIMEOUT. Makes callbacks. */
void provi_curl_multi_act(struct prov_curl *curl, curl_socket_t fd, int events);
/** After a failure: end all running jobs, and free the handle. Makes callbacks. */
void provi_curl_multi_mend(struct prov_curl *curl);
/** Milliseconds until libcurl must be called; -1: no time is set. */
int64_t provi_curl_multi_timeout_ms(const struct prov_curl *curl);

/* easy.c: the handle of one hop. */

/** Set an option unless one before failed; the first failure is kept. */
#define PROVI_CURL_SET(code, easy, option, value)                                                  \
    ((code) = (code) != CURLE_OK ? (code) : curl_easy_setopt(easy, option, value))

/** An option with the same value for all hops. */
struct provi_curl_number {
    uint16_t option; /* CURLoption */
    int8_t value;
};

CURLcode provi_curl_set_numbers(struct provi_curl_job *job, const struct provi_curl_number *numbers,
                                size_t n);

/** Load the system's roots for a hop by HTTPS, if they are trusted and not loaded yet. */
prov_status provi_curl_load_roots(const struct provi_curl_job *job, struct prov_error *err);
/** Create `easy` for URL and method of the job. On failure it is NULL. */
prov_status provi_curl_easy_new(struct provi_curl_job *job, struct prov_error *err);
void provi_curl_easy_free(struct provi_curl_job *job);

/* http.c, lookup.c: options of one protocol. */
CURLcode provi_curl_set_http(struct provi_curl_job *job);
/**
 * Set up a hop that only looks up the server's name. It fails, with the addresses in `addresses`.
 */
CURLcode provi_curl_set_lookup(struct provi_curl_job *job);

/* upload.c */

/** PROV_OK; PROV_E_INVALID for an invalid upload. */
prov_status provi_curl_upload_check(const struct provi_curl_job *job, struct prov_error *err);
/** Length of the body; -1: unknown. */
int64_t provi_curl_upload_bytes(const struct provi_curl_job *job);
/** Read the next bytes of the body; none at its end. On failure `upload_err` has the reason. */
prov_status provi_curl_upload_read(struct provi_curl_job *job, char *buf, size_t cap, size_t *len);
/** Return to the start of the body. Statuses as above; PROV_E_UNSUPPORTED if the source cannot. */
prov_status provi_curl_upload_rewind(struct provi_curl_job *job);

/* datagram.c */

/** Create a non-blocking socket for @p address; -1 with errno. */
int provi_curl_udp_socket(const union provi_curl_address *address);
/** Whether a receive failed with @p error because the peer's port is closed. */
bool provi_curl_udp_is_refused(int fd, int error);
/** Send to an address. False with errno. */
bool provi_curl_udp_send(int fd, const union provi_curl_address *to, prov_str data);
/**
 * Send the request's body as one datagram to the first address that accepts it. PROV_OK;
 * PROV_E_CONNECT if none does, or if the port was closed for the previous datagram; the status of
 * prov_transfer_address().
 */
prov_status provi_curl_send_datagram(struct provi_curl_job *job, struct prov_error *err);
/** Close the cached sockets for log messages. */
void provi_curl_datagrams_free(struct prov_curl *curl);

/* tftp.c. The first three functions make callbacks, so they are only called from process. */

/** Begin a transfer with the addresses of the job. */
prov_status provi_curl_tftp_begin(struct provi_curl_job *job, struct prov_error *err);
/** Process received datagrams. False if @p fd is not the job's. */
bool provi_curl_tftp_receive(struct provi_curl_job *job, int fd);
/** Process a timeout that is due: repeat a datagram, or fail. */
void provi_curl_tftp_wake(struct provi_curl_job *job, int64_t now_ms);
/** Whether the transfer is over but its socket open, for a server that missed the last ACK. */
bool provi_curl_tftp_is_dallying(const struct provi_curl_job *job);
/** Whether nothing more is to be done. */
bool provi_curl_tftp_is_gone(const struct provi_curl_job *job);
/** Abort, and notify the server. */
void provi_curl_tftp_abandon(struct provi_curl_job *job);
int64_t provi_curl_tftp_due_ms(const struct provi_curl_job *job);
void provi_curl_tftp_free(struct provi_curl_job *job);

/* result.c: data of the last response. */

/**
 * Header field @p index of a name in responses of these origins (CURLH_…), NUL-terminated. False:
 * past the last, or past as many as are read.
 */
bool provi_curl_response_field(const struct provi_curl_job *job, const char *name, unsigned origins,
                               size_t index, prov_str *value);
/** The first one of the response itself; or empty. */
prov_str provi_curl_response_header(const struct provi_curl_job *job, const char *name);
/** Accept the status of an incomplete header, if it explains why there is no file. */
void provi_curl_response_settle(struct provi_curl_job *job);
/** Whether the body is the file, or its rest. */
bool provi_curl_response_is_file(const struct provi_curl_job *job);
/** Announced length of the body; -1: none. */
int64_t provi_curl_response_bytes(const struct provi_curl_job *job);
/** Value of Retry-After; -1: none. */
int64_t provi_curl_response_retry_after_s(const struct provi_curl_job *job);
/** Address of the server; borrowed from libcurl. */
prov_str provi_curl_response_ip(const struct provi_curl_job *job);
/** Status of a proxy's own response to CONNECT, or to a request; 0: none. */
long provi_curl_response_proxy_code(const struct provi_curl_job *job);

/* flow.c: callbacks for libcurl. */
void provi_curl_set_flow(struct provi_curl_job *job);
/** Report an address before it is connected to. False: do not connect; `refused` has the reason. */
bool provi_curl_report_address(struct provi_curl_job *job, const struct sockaddr *address);
/** Report the response header, once. */
void provi_curl_report_head(struct provi_curl_job *job);

/* address.c: URLs and addresses. */

/** Write an address without port; nothing if it is neither IPv4 nor IPv6. */
void provi_curl_write_ip(const struct sockaddr *address, char *buf, size_t cap);
uint16_t provi_curl_port_of(const struct sockaddr *address);
/** Write the URL of the first hop. */
prov_status provi_curl_first_url(struct provi_curl_job *job, struct prov_error *err);
/** Write the URL of the next hop. PROV_OK, PROV_E_LIMIT or PROV_E_NOMEM. */
prov_status provi_curl_set_url(struct provi_curl_job *job, const struct provi_url *url);
/** Split `url` into `target`. False: it is invalid, and @p fault has the expected text. */
bool provi_curl_split_url(struct provi_curl_job *job, struct provi_url_fault *fault);
/** Find the proxy of the request. PROV_OK; PROV_E_SYNTAX: it is not in the form host:port. */
prov_status provi_curl_find_proxy(struct provi_curl_job *job, struct prov_error *err);
/** Read an address as provi_curl_write_ip() writes it. False: it is not one. */
bool provi_curl_read_ip(prov_str text, uint16_t port, union provi_curl_address *to);
/** Whether the hop uses HTTP, with or without TLS. */
bool provi_curl_is_http(const struct provi_curl_job *job);
/** Whether two addresses are equal, ignoring ports. */
bool provi_curl_is_same_host(const union provi_curl_address *a, const union provi_curl_address *b);
/** Whether a host is a numeric address. */
bool provi_curl_is_numeric(prov_str host);
/** Whether this hop uses scheme, host and port of the request. */
bool provi_curl_is_at_origin(const struct provi_curl_job *job);

/* address.c: texts for messages. */

/** Write `host:port` of the server, and the proxy if there is one. */
void provi_curl_endpoint(const struct provi_curl_job *job, char *buf, size_t cap);
/** Write the server without its port, and @p address if it has a name: `name (address)`. */
void provi_curl_endpoint_host(const struct provi_curl_job *job, const struct sockaddr *address,
                              char *buf, size_t cap);
/** Write the peer of the connection: the server, or `proxy host:port`. */
void provi_curl_endpoint_peer(const struct provi_curl_job *job, char *buf, size_t cap);

/* redirect.c */
bool provi_curl_is_redirect(const struct provi_curl_job *job);
/**
 * Change the job to the target of a redirect. PROV_OK; PROV_E_REDIRECT; PROV_E_NOMEM; the status of
 * prov_transfer_redirect().
 */
prov_status provi_curl_follow(struct provi_curl_job *job, struct prov_error *err);

/* resume.c: resuming an interrupted file. */

/** Request the rest of a file, if the request has an offset. */
void provi_curl_resume_begin(struct provi_curl_job *job);
/** Whether another hop is to request the rest. If so, the job is changed to it. */
bool provi_curl_resume_next(struct provi_curl_job *job, prov_status status);
/** Write the value of `Range`. */
void provi_curl_resume_range(const struct provi_curl_job *job, char *buf, size_t cap);
/** Whether the response is the rest of the file; sets `n_skip` and `n_whole`. */
bool provi_curl_resume_check(struct provi_curl_job *job);
/** Whether a complete response ended before the file, being a part of the rest. */
bool provi_curl_resume_is_short(const struct provi_curl_job *job);
/** Whether the response header means that the file is complete already. */
bool provi_curl_resume_is_whole(const struct provi_curl_job *job);
/**
 * Whether another hop is to request the whole file, since the server sent neither the requested
 * rest nor the whole. If so, the job is changed to it.
 */
bool provi_curl_resume_anew(struct provi_curl_job *job);
/** Number of the next @p len bytes to skip. */
size_t provi_curl_resume_skip(struct provi_curl_job *job, size_t len);
/** PROV_OK; PROV_E_TRUNCATED if the rest was not available. */
prov_status provi_curl_resume_result(const struct provi_curl_job *job, CURLcode code,
                                     const char *where, struct prov_error *err);

/* rate.c */

/** Monotonic milliseconds, of the host's clock if it has one. */
int64_t provi_curl_now_ms(const struct prov_curl *curl);
/** Whether reading more bytes now would exceed the rate; if so, sets `pause_ms`. */
bool provi_curl_rate_hold(struct provi_curl_job *job, int64_t now_ms);
/** Resume hops whose pause is over. Makes callbacks. */
void provi_curl_rate_resume(struct prov_curl *curl);
/** Milliseconds until the next pause ends; -1: never. */
int64_t provi_curl_rate_timeout_ms(const struct prov_curl *curl);

/* wire.c: limits of received bytes other than the file. */

/** The hop got its connection. */
void provi_curl_wire_watch(struct provi_curl_job *job, int fd);
/** Count bytes that wait at a connection, before libcurl reads them. */
void provi_curl_wire_inspect(struct prov_curl *curl, int fd);
/** The hop lost its connection. */
void provi_curl_wire_forget(struct provi_curl_job *job, int fd);
/** Bytes received in this hop; if the system does not count, at least so many. */
uint64_t provi_curl_wire_bytes(const struct provi_curl_job *job);
/** Update the count if it is due; libcurl has read at least `n_read` bytes more. False, with
 * `excess`: too many bytes other than the file. */
bool provi_curl_wire_is_bounded(struct provi_curl_job *job, size_t n_read);
/** Count a line of a header or trailer. False likewise. */
bool provi_curl_wire_check_header(struct provi_curl_job *job, size_t len);
/** Check the bytes outside the data of chunks. False likewise. */
bool provi_curl_wire_check_chunks(struct provi_curl_job *job);
/** Whether a header line without end was received, which libcurl reports as another failure. */
bool provi_curl_wire_is_long_line(const struct provi_curl_job *job);

/* chunks.c */

/** Whether the response's body has chunks. */
bool provi_curl_chunks_are_there(const struct provi_curl_job *job);
/** Cut off the next data; empty only if @p rest is empty afterwards. */
prov_str provi_curl_chunks_next(struct provi_curl_chunks *chunks, prov_str *rest);

/* challenge.c */

/** Whether Basic is to be used for the last 401, if there is a user. */
bool provi_curl_is_basic_asked(const struct provi_curl_job *job);

/**
 * PROV_E_AUTH: which credentials @p who requires by 401 or 407, and why those of the request
 * failed.
 */
prov_status provi_curl_fail_challenge(const struct provi_curl_job *job, const char *who,
                                      long http_code, struct prov_error *err);

/* result.c */

/** Status and message of a finished hop. */
prov_status provi_curl_result(const struct provi_curl_job *job, CURLcode code,
                              struct prov_error *err);

/**
 * PROV_E_CONNECT: no address accepts datagrams; @p last is the last tried one, with errno @p error.
 */
prov_status provi_curl_fail_datagram(const struct provi_curl_job *job,
                                     const union provi_curl_address *last, int error,
                                     struct prov_error *err);

/*
 * https.c: TLS of libcurl's connections.
 *
 * libcurl passes each connection's SSL_CTX to a callback before the handshake. From then on lib/tls
 * determines trust, verification and the device's certificate; libcurl makes the handshake and
 * transfers the bytes. This requires a libcurl that is built with the OpenSSL of this library.
 */

/** Create the TLS of a transport; ended by provi_tls_free(). Statuses of prov_curl_new(). */
prov_status provi_https_new(struct provi_tls **out, const struct prov_alloc *alloc,
                            const struct prov_curl_options *opt, struct prov_error *err);

/** Prepare the hop's easy handle. */
CURLcode provi_https_set(struct provi_curl_job *job);
/**
 * Before each request: join the connection. On one that an earlier hop made, the server may ask for
 * the device's certificate only now, in a second handshake.
 */
void provi_https_rejoin(struct provi_curl_job *job);
/** Describe the hop's connection. False: libcurl does not provide it. */
bool provi_https_get_facts(const struct provi_curl_job *job, struct provi_tls_facts *facts);
/** Leave the hop's connection, which may outlive it. */
void provi_https_leave(struct provi_curl_job *job);

/** Inspect the first bytes of a response that is a failure, or that has no HTTP header. */
void provi_https_sniff(struct provi_curl_job *job, prov_str body);

/**
 * Find the reason why a hop failed, if TLS is the cause.
 *
 * @param where  The server, for the message.
 * @return PROV_E_TLS, PROV_E_NOMEM; PROV_OK: TLS is not the cause.
 */
prov_status provi_https_result(const struct provi_curl_job *job, CURLcode code, const char *where,
                               struct prov_error *err);

/*
 * names.c: lookups that libcurl does not make: services by DNS SRV (`--srv`), and addresses when
 * the host sets the name servers. A hop that needs them sends its questions one after another, and
 * then restarts.
 */

/** Copy `dns_servers` of the options. PROV_OK; PROV_E_NOMEM; PROV_E_UNSUPPORTED; PROV_E_INVALID. */
prov_status provi_curl_names_set_up(struct prov_curl *curl, const char *servers,
                                    struct prov_error *err);

/** Prepare lookups, if the request or the options need them. PROV_OK; PROV_E_UNSUPPORTED; … */
prov_status provi_curl_names_new(struct provi_curl_job *job, struct prov_error *err);
void provi_curl_names_free(struct provi_curl_job *job);

/** Whether the hop must wait for an answer. */
bool provi_curl_names_are_needed(const struct provi_curl_job *job);
/** Send the questions. Makes no callback. */
prov_status provi_curl_names_start(struct provi_curl_job *job, struct prov_error *err);
/** Process ready descriptors and timeouts. */
void provi_curl_names_turn(struct provi_curl_job *job, size_t n_ready);
/** Whether an answer was received, or timed out. */
bool provi_curl_names_is_over(const struct provi_curl_job *job);
int64_t provi_curl_names_timeout_ms(const struct provi_curl_job *job);
/** Use the answer. On failure, the transfer ends with the returned status. */
prov_status provi_curl_names_accept(struct provi_curl_job *job, struct prov_error *err);

/**
 * libcurl found no address and does not report why: ask the system's name servers. False: they
 * cannot be asked. Otherwise call provi_curl_names_explain() after the answer.
 */
bool provi_curl_names_diagnose(struct provi_curl_job *job);
bool provi_curl_names_is_diagnosing(const struct provi_curl_job *job);
/** Report why there is no address, by the answer of the name servers. PROV_E_DNS; PROV_E_NOMEM. */
prov_status provi_curl_names_explain(struct provi_curl_job *job, struct prov_error *err);
/** Write the name servers: `the name servers 192.0.2.1, 192.0.2.2`. */
void provi_curl_names_who(const struct prov_curl *curl, char *buf, size_t cap);

/** Set the addresses that libcurl must use for the hop. */
CURLcode provi_curl_names_set(struct provi_curl_job *job);
/** Host and port of the server: from the URL, or from an SRV record. */
void provi_curl_names_server(const struct provi_curl_job *job, struct provi_url *server);
/** Host and port of the connection's peer: the proxy, or the server. */
void provi_curl_names_peer(const struct provi_curl_job *job, struct provi_url *peer);
/** Change to the next of several servers. False: there is none. */
bool provi_curl_names_next(struct provi_curl_job *job);
/** Discard the servers, since another hop may have others. */
void provi_curl_names_forget(struct provi_curl_job *job);

#endif
