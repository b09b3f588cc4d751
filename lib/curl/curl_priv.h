/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The built-in transport from inside.
 *
 * A *job* is one request from start to done. It takes one or more *hops*: each redirect is a new
 * one. Every hop has an easy handle of its own, made fresh, so that nothing of one hop (an
 * upload, credentials, a header) can leak into the next; connections are kept by the multi handle.
 * TFTP and syslog use libcurl for one hop that only looks the server's name up (lookup.c); then
 * they go on with a socket of their own.
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
/* Of the text beside an error or a redirect: read to keep the connection, up to here. */
#define PROVI_CURL_MAX_IGNORED_BYTES 65536
/* Longest ETag, and its NUL, of a file that is gone on with after a cut. */
#define PROVI_CURL_VALIDATOR_CAP 128
/* Numeric IPv6 address with a zone. */
#define PROVI_CURL_IP_CAP 64
/* `host:port` of a hop. */
#define PROVI_CURL_ENDPOINT_CAP 320

enum provi_curl_scheme {
    PROVI_CURL_TFTP,
    PROVI_CURL_HTTP,
    PROVI_CURL_HTTPS,
    PROVI_CURL_SYSLOG,
};

struct provi_curl_names; /* in names.c */
struct provi_curl_tftp;  /* in tftp.c */

/* Which limit was exceeded. */
enum provi_curl_excess {
    PROVI_CURL_EXCESS_NONE,
    PROVI_CURL_EXCESS_FILE, /* more bytes announced than allowed */
    PROVI_CURL_EXCESS_HEADERS,
    PROVI_CURL_EXCESS_CHUNKS,  /* extensions and trailers */
    PROVI_CURL_EXCESS_WIRE,    /* whatever came beside the file */
    PROVI_CURL_EXCESS_IGNORED, /* text beside an answer that is not the file */
};

/* Where in a body of chunks. */
enum provi_curl_chunk_state {
    PROVI_CURL_CHUNK_SIZE,
    PROVI_CURL_CHUNK_EXTENSION, /* behind the size */
    PROVI_CURL_CHUNK_DATA,
    PROVI_CURL_CHUNK_END,     /* the line end behind the data */
    PROVI_CURL_CHUNK_TRAILER, /* behind the last chunk */
};

struct provi_curl_chunks {
    bool is_there;     /* the body comes in chunks */
    bool is_malformed; /* no size, or a NUL beside the data */
    enum provi_curl_chunk_state state;
    unsigned n_digits; /* of the size, so far */
    uint64_t n_left;   /* bytes of data to come; while the size is read, the size so far */
    uint64_t n_beside; /* bytes of extensions and trailers */
};

/* Bytes that came over the connection of a hop, whatever they are. */
struct provi_curl_wire {
    bool is_open;
    bool is_counted; /* by the system; otherwise at least so many came as are counted here */
    int fd;
    int64_t n_at_start; /* of the connection, when the hop got it */
    int64_t n_bytes;    /* since */
    int64_t n_waiting;  /* to be read, when that was last asked */
    int64_t n_before;   /* over earlier connections of the hop */
};

struct provi_curl_job {
    struct provi_curl_job *next, *before; /* in its queue */
    struct prov_curl *curl;
    prov_transfer *transfer;            /* NULL: cancelled */
    const struct prov_request *request; /* borrowed while there is a transfer */
    prov_tls_identity *identity;        /* one of its owners; never NULL */

    /* The hop. */
    CURL *easy;
    struct curl_slist *headers;
    struct provi_buffer url; /* NUL-terminated, without user and password */
    struct provi_url target; /* its parts; host and port are always there */
    struct provi_url proxy;  /* host and port; port 0: none */
    enum provi_curl_scheme scheme;
    uint8_t method; /* enum prov_method; a redirect may turn it into GET */

    /* Observed in it. */
    long http_code;              /* of the last complete header; 0: none */
    unsigned n_challenges;       /* 401 */
    bool is_basic_asked;         /* by the last of these, over plain HTTP */
    unsigned n_proxy_challenges; /* 407 */
    long n_requested;            /* bytes sent when that header ended */
    bool is_rest;                /* the answer goes on where the hop before was cut off */
    bool is_whole;               /* the owner has all of the file already */
    uint64_t n_skip;             /* bytes to come that are here already */
    bool is_in_header;           /* a status line came, and the end of its header did not */
    size_t n_header_bytes;
    struct provi_curl_chunks chunks;
    struct provi_curl_wire wire;
    enum provi_curl_excess excess;
    int64_t heard_ms;                     /* when the last byte came; 0: none did */
    size_t n_ignored;                     /* bytes of a body that is not a success */
    char first[PROVI_CONTENT_QUOTED + 1]; /* of an answer that is not HTTP; may be empty */
    uint64_t n_uploaded;                  /* of the request's body */
    struct prov_error upload_err;         /* why that could not be read; PROV_OK: it could */
    prov_status refused;                  /* of a refused address; PROV_OK: none was */
    bool is_connecting;                   /* has opened a socket of its own */
    bool is_connected;                    /* … and waits for its server to speak */
    prov_status data_status;              /* with which prov_transfer_…() refused */
    struct provi_tls_hop tls;

    /* Over all hops. */
    int64_t flow_ms;  /* when the first byte came, if there is a limit of speed */
    int64_t pause_ms; /* until when nothing is read; 0: it is */
    unsigned n_redirects;
    unsigned n_resumes;
    char validator[PROVI_CURL_VALIDATOR_CAP]; /* of a file that can be gone on with; or empty */
    uint64_t offset;  /* position of the first byte for the transfer; 0: the whole file */
    bool is_anew;     /* the rest was not to be had: the whole file is requested */
    int64_t start_ms; /* of the job */
    int64_t hop_ms;   /* when libcurl got this one, since then */
    int64_t spent_ms;
    bool has_head;
    struct provi_curl_names *names; /* NULL: libcurl looks names up */
    bool is_admitted;               /* counts in n_admitted */

    /* TFTP and syslog. */
    union provi_curl_address addresses[PROVI_CURL_MAX_ADDRESSES];
    size_t n_addresses;           /* more than 0: the name is looked up */
    struct provi_curl_tftp *tftp; /* once there is a socket */
};

/* First in, first out; but a job's next hop is prepended. */
struct provi_curl_queue {
    struct provi_curl_job *first;
    struct provi_curl_job *last;
};

/* Servers of log messages at a time whose sockets are kept. */
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
    CURLM *multi;         /* NULL: the next hop makes one */
    CURLMcode multi_code; /* with which it failed */
    struct provi_tls *tls;
    struct provi_curl_sockets sockets;
    struct provi_curl_queue waiting; /* hops to be given to libcurl by the next process */
    struct provi_curl_queue asking;  /* hops that wait for a name server */
    struct provi_curl_queue running; /* hops that libcurl has */
    struct provi_curl_queue tftp;    /* jobs with a `tftp`; without a transfer, they dally */
    struct provi_curl_kept_socket kept[PROVI_CURL_KEPT_SOCKETS]; /* for log messages */
    size_t next_kept;                                            /* the oldest */
    size_t n_dropped;  /* running jobs without a transfer */
    size_t n_admitted; /* jobs that may have a connection; <= max_connections */
    size_t max_connections;
    union provi_curl_address dns_servers[PROVI_CURL_MAX_SERVERS];
    size_t n_dns_servers;     /* 0: the system's */
    uint32_t max_bytes_per_s; /* of a download; 0: any */
    bool is_processing;
    bool is_doomed;     /* freed, from a callback at the earliest when `process` returns */
    bool has_global;    /* one reference on libcurl's global state */
    bool has_uncounted; /* the system did not count the bytes of some connection */
};

/* queue.c */
void provi_curl_queue_append(struct provi_curl_queue *queue, struct provi_curl_job *job);
void provi_curl_queue_prepend(struct provi_curl_queue *queue, struct provi_curl_job *job);
/** Take a job out of the queue it is in. */
void provi_curl_queue_remove(struct provi_curl_queue *queue, struct provi_curl_job *job);
/** The job of a transfer, or NULL. */
struct provi_curl_job *provi_curl_queue_find(const struct provi_curl_queue *queue,
                                             const prov_transfer *transfer);

/* job.c */

/** Make a job and prepare its first hop. Statuses of `start`. */
prov_status provi_curl_job_new(struct provi_curl_job **out, struct prov_curl *curl,
                               prov_transfer *transfer, const struct prov_request *request,
                               struct prov_error *err);
/** Of a job that is in no queue. */
void provi_curl_job_free(struct provi_curl_job *job);
/** Tell the end to who started it, and free it; in process alone. */
void provi_curl_job_conclude(struct provi_curl_job *job, prov_status status,
                             const struct prov_error *err);

/* hop.c. The last two call back, so they are for process alone. */

/** Take a running job from libcurl. */
void provi_curl_hop_leave(struct provi_curl_job *job);
/** libcurl is done with a running job. */
void provi_curl_hop_end(struct provi_curl_job *job, CURLcode code);
/** The name servers have answered, or will not. */
void provi_curl_hop_asked(struct provi_curl_job *job);

/* multi.c: libcurl's handle of all hops. */

/** Make one, if there is none. PROV_OK; PROV_E_NOMEM. */
prov_status provi_curl_multi_begin(struct prov_curl *curl);
/** End it, when nothing runs. */
void provi_curl_multi_end(struct prov_curl *curl);
/** Give it a hop. PROV_OK; PROV_E_NOMEM. */
prov_status provi_curl_multi_add(struct provi_curl_job *job, struct prov_error *err);
/** Let it act on a socket, or CURL_SOCKET_TIMEOUT. Calls back. */
void provi_curl_multi_act(struct prov_curl *curl, curl_socket_t fd, int events);
/** After a failure: conclude all that runs, and end it. Calls back. */
void provi_curl_multi_mend(struct prov_curl *curl);
/** Milliseconds until it wants to act; -1: not by time. */
int64_t provi_curl_multi_timeout_ms(const struct prov_curl *curl);

/* easy.c: one hop's handle. */

/** An option in a list of options; the first failure is kept. */
#define PROVI_CURL_SET(code, easy, option, value)                                                  \
    ((code) = (code) != CURLE_OK ? (code) : curl_easy_setopt(easy, option, value))

/** An option whose value is the same for all hops. */
struct provi_curl_number {
    uint16_t option; /* CURLoption */
    int8_t value;
};

CURLcode provi_curl_set_numbers(struct provi_curl_job *job, const struct provi_curl_number *numbers,
                                size_t n);

/** Load the roots of the system for a hop by HTTPS, if they are trusted and not there yet. */
prov_status provi_curl_load_roots(const struct provi_curl_job *job, struct prov_error *err);
/** Make `easy` for the URL, method and tries of the job. On failure there is none. */
prov_status provi_curl_easy_new(struct provi_curl_job *job, struct prov_error *err);
void provi_curl_easy_free(struct provi_curl_job *job);

/* http.c, lookup.c: options of one protocol. */
CURLcode provi_curl_set_http(struct provi_curl_job *job);
/** Only look the server's name up. The hop then fails, with the addresses in `addresses`. */
CURLcode provi_curl_set_lookup(struct provi_curl_job *job);

/* upload.c */

/** PROV_OK; PROV_E_INVALID for an upload that cannot be one. */
prov_status provi_curl_upload_check(const struct provi_curl_job *job, struct prov_error *err);
/** Length of the body; -1: not known. */
int64_t provi_curl_upload_bytes(const struct provi_curl_job *job);
/** Read the next bytes of the body; none: it is over. On failure `upload_err` has the reason. */
prov_status provi_curl_upload_read(struct provi_curl_job *job, char *buf, size_t cap, size_t *len);
/** Begin the body again. Likewise; PROV_E_UNSUPPORTED when the source cannot. */
prov_status provi_curl_upload_rewind(struct provi_curl_job *job);

/* datagram.c */

/** A socket for @p address that does not block; -1 with errno. */
int provi_curl_udp_socket(const union provi_curl_address *address);
/** After a receive that failed with @p error: whether the other end's port is closed. */
bool provi_curl_udp_is_refused(int fd, int error);
/** Send to an address. False with errno. */
bool provi_curl_udp_send(int fd, const union provi_curl_address *to, prov_str data);
/**
 * Send the request's body as one datagram to the first address that takes it. PROV_OK;
 * PROV_E_CONNECT when no address does, also when the one before found a closed port; the answer of
 * prov_transfer_address().
 */
prov_status provi_curl_send_datagram(struct provi_curl_job *job, struct prov_error *err);
/** Close the sockets that were kept for log messages. */
void provi_curl_datagrams_free(struct prov_curl *curl);

/* tftp.c. The first three call back, so they are for process alone. */

/** Begin to talk to the addresses of the job. */
prov_status provi_curl_tftp_begin(struct provi_curl_job *job, struct prov_error *err);
/** Take the datagrams that have come. False if @p fd is not the job's. */
bool provi_curl_tftp_receive(struct provi_curl_job *job, int fd);
/** Send again, or time out, if that is due. */
void provi_curl_tftp_wake(struct provi_curl_job *job, int64_t now_ms);
/** Whether the transfer is over and the socket is kept for a server that missed the last ACK. */
bool provi_curl_tftp_is_dallying(const struct provi_curl_job *job);
/** Whether there is nothing more to do. */
bool provi_curl_tftp_is_gone(const struct provi_curl_job *job);
/** Stop, and report that to the server. */
void provi_curl_tftp_abandon(struct provi_curl_job *job);
int64_t provi_curl_tftp_due_ms(const struct provi_curl_job *job);
void provi_curl_tftp_free(struct provi_curl_job *job);

/* result.c: libcurl's record of the last response. */

/** A header field, with a NUL behind it; or nothing. */
prov_str provi_curl_response_header(const struct provi_curl_job *job, const char *name);
/** Take the status of a header that was cut off, if it is the reason for no file. */
void provi_curl_response_settle(struct provi_curl_job *job);
/** Whether its body is the file, or the rest of it. */
bool provi_curl_response_is_file(const struct provi_curl_job *job);
/** Length of its body as announced; -1: it was not. */
int64_t provi_curl_response_bytes(const struct provi_curl_job *job);
/** Its Retry-After; -1: none. */
int64_t provi_curl_response_retry_after_s(const struct provi_curl_job *job);
/** Address it came from; borrowed from libcurl. */
prov_str provi_curl_response_ip(const struct provi_curl_job *job);
/** Status of a proxy's own response to CONNECT, or to a request; 0: none. */
long provi_curl_response_proxy_code(const struct provi_curl_job *job);

/* flow.c: libcurl's callbacks. */
void provi_curl_set_flow(struct provi_curl_job *job);
/** Report the address to be tried. False: do not connect to it; `refused` has the reason. */
bool provi_curl_report_address(struct provi_curl_job *job, const struct sockaddr *address);
/** Report the head, once. */
void provi_curl_report_head(struct provi_curl_job *job);

/* address.c: where to. */

/** Write an address without port, or nothing. */
void provi_curl_write_ip(const struct sockaddr *address, char *buf, size_t cap);
uint16_t provi_curl_port_of(const struct sockaddr *address);
/** Write the URL of the first hop. */
prov_status provi_curl_first_url(struct provi_curl_job *job, struct prov_error *err);
/** Write the URL of the next hop. PROV_OK, PROV_E_LIMIT or PROV_E_NOMEM. */
prov_status provi_curl_set_url(struct provi_curl_job *job, const struct provi_url *url);
/** Split `url` into `target`. False, with the expected text in @p fault: it is invalid. */
bool provi_curl_split_url(struct provi_curl_job *job, struct provi_url_fault *fault);
/** Find the proxy of the request. PROV_OK; PROV_E_SYNTAX: it is not of the form host:port. */
prov_status provi_curl_find_proxy(struct provi_curl_job *job, struct prov_error *err);
/** Read what provi_curl_write_ip() writes. False: no address. */
bool provi_curl_read_ip(prov_str text, uint16_t port, union provi_curl_address *to);
/** Whether the hop speaks HTTP, with or without TLS. */
bool provi_curl_is_http(const struct provi_curl_job *job);
/** Whether two addresses are equal but for their ports. */
bool provi_curl_is_same_host(const union provi_curl_address *a, const union provi_curl_address *b);
/** Whether a host is an address. */
bool provi_curl_is_numeric(prov_str host);
/** Whether this hop goes to the scheme, host and port that the request named. */
bool provi_curl_is_at_origin(const struct provi_curl_job *job);

/* where.c: the same in words. */

/** `host:port` of the server, for messages, and by which proxy. */
void provi_curl_endpoint(const struct provi_curl_job *job, char *buf, size_t cap);
/** The server without its port, and @p address if it was asked by name: `name (address)`. */
void provi_curl_where_host(const struct provi_curl_job *job, const struct sockaddr *address,
                           char *buf, size_t cap);
/** The one that is connected to: the server, or `proxy host:port`. */
void provi_curl_where_peer(const struct provi_curl_job *job, char *buf, size_t cap);

/* redirect.c */
bool provi_curl_is_redirect(const struct provi_curl_job *job);
/**
 * Turn the job to the place the server named. PROV_OK; PROV_E_REDIRECT; PROV_E_NOMEM; what
 * prov_transfer_redirect() returned.
 */
prov_status provi_curl_follow(struct provi_curl_job *job, struct prov_error *err);

/* resume.c: going on after a cut. */

/** Ask for the rest of a file, if the request does. */
void provi_curl_resume_begin(struct provi_curl_job *job);
/** Whether another hop is to ask for the rest. Then the job is turned to it. */
bool provi_curl_resume_next(struct provi_curl_job *job, prov_status status);
/** Value of `Range`. */
void provi_curl_resume_range(const struct provi_curl_job *job, char *buf, size_t cap);
/** Whether the response is the rest of the file; sets `n_skip`. */
bool provi_curl_resume_check(struct provi_curl_job *job);
/** Whether the header of the response means that the file is complete already. */
bool provi_curl_resume_is_whole(const struct provi_curl_job *job);
/** Whether another hop is to ask for the whole file: the rest was requested, and the server answers
 * neither with it nor with the whole. Then the job is turned to it. */
bool provi_curl_resume_anew(struct provi_curl_job *job);
/** How many of @p len bytes to pass over. */
size_t provi_curl_resume_skip(struct provi_curl_job *job, size_t len);
/** PROV_OK; PROV_E_TRUNCATED when the rest was not to be had. */
prov_status provi_curl_resume_result(const struct provi_curl_job *job, CURLcode code,
                                     const char *where, struct prov_error *err);

/* rate.c */

/** Monotonic milliseconds, by the host's clock if it gave one. */
int64_t provi_curl_now_ms(const struct prov_curl *curl);
/** Whether more bytes would be too many at this moment; sets `pause_ms`. */
bool provi_curl_rate_hold(struct provi_curl_job *job, int64_t now_ms);
/** Let hops of libcurl go on whose time has come. Calls back. */
void provi_curl_rate_go_on(struct prov_curl *curl);
/** Milliseconds until that; -1: never. */
int64_t provi_curl_rate_timeout_ms(const struct prov_curl *curl);

/* wire.c: bytes received beside the file. */

/** The hop has its connection now. */
void provi_curl_wire_watch(struct provi_curl_job *job, int fd);
/** Bytes may wait at a connection, and libcurl is to read them. */
void provi_curl_wire_inspect(struct prov_curl *curl, int fd);
/** It has not any more. */
void provi_curl_wire_forget(struct provi_curl_job *job, int fd);
/** Bytes that came in this hop; where the system does not count, more may have. */
uint64_t provi_curl_wire_bytes(const struct provi_curl_job *job);
/** Count anew. False, with `excess`, when too much came beside the file. */
bool provi_curl_wire_is_bounded(struct provi_curl_job *job);
/** Count a line of a header or trailer. Likewise. */
bool provi_curl_wire_check_header(struct provi_curl_job *job, size_t len);
/** Whether too much came beside the data of chunks. Likewise. */
bool provi_curl_wire_check_chunks(struct provi_curl_job *job);
/** Whether a header line came that has no end: libcurl reports it like a want of memory. */
bool provi_curl_wire_is_long_line(const struct provi_curl_job *job);

/* chunks.c */

/** Whether the response's body comes in chunks. */
bool provi_curl_chunks_are_there(const struct provi_curl_job *job);
/** Cut the next data off; empty only where @p rest is, afterwards. */
prov_str provi_curl_chunks_next(struct provi_curl_chunks *chunks, prov_str *rest);

/* challenge.c */

/** Whether the 401 that just came is answered by Basic, if there is a user. */
bool provi_curl_is_basic_asked(const struct provi_curl_job *job);

/** PROV_E_AUTH: which credentials @p who wants by 401 or 407, and why they did not serve. */
prov_status provi_curl_fail_challenge(const struct provi_curl_job *job, const char *who,
                                      long http_code, struct prov_error *err);

/* result.c */

/** Status and message of a finished hop. */
prov_status provi_curl_result(const struct provi_curl_job *job, CURLcode code,
                              struct prov_error *err);

/** PROV_E_CONNECT: no address takes datagrams; @p last was the last of them, @p error its errno. */
prov_status provi_curl_fail_datagram(const struct provi_curl_job *job,
                                     const union provi_curl_address *last, int error,
                                     struct prov_error *err);

/*
 * https.c: TLS put upon the connections that libcurl makes.
 *
 * libcurl hands over each connection's SSL_CTX before the handshake. From then on trust,
 * verification and the device's own certificate are those of lib/tls; the handshake and the bytes
 * stay libcurl's. This needs a libcurl built with the OpenSSL that this library uses.
 */

/** Make the TLS of a transport. Statuses of prov_curl_new(); ended by provi_tls_free(). */
prov_status provi_https_new(struct provi_tls **out, const struct prov_alloc *alloc,
                            const struct prov_curl_options *opt, struct prov_error *err);

/** Prepare the hop's easy handle. */
CURLcode provi_https_set(struct provi_curl_job *job);
/**
 * Before each request. On a connection that an earlier hop made, the server may ask for the
 * device's certificate only now, in a second handshake.
 */
void provi_https_rejoin(struct provi_curl_job *job);
/** Describe the hop's connection. False: libcurl does not show it. */
bool provi_https_get_facts(const struct provi_curl_job *job, struct provi_tls_facts *facts);
/** Leave the hop's connection, which may outlive it. */
void provi_https_leave(struct provi_curl_job *job);

/** Inspect the first bytes of a response that is a failure, or that has no HTTP header. */
void provi_https_sniff(struct provi_curl_job *job, prov_str body);

/**
 * Why a hop failed, if TLS is the cause.
 *
 * @param where  The server, for the message.
 * @return PROV_E_TLS, PROV_E_NOMEM; PROV_OK: the cause is another one.
 */
prov_status provi_https_result(const struct provi_curl_job *job, CURLcode code, const char *where,
                               struct prov_error *err);

/*
 * names.c: names that libcurl is not left to look up: services by DNS SRV (`--srv`), and addresses
 * where the host chose the name servers. A hop that needs them first asks, one question after the
 * other, and then begins anew.
 */

/** Copy `dns_servers` of the options. PROV_OK; PROV_E_NOMEM; PROV_E_UNSUPPORTED; PROV_E_INVALID. */
prov_status provi_curl_names_set_up(struct prov_curl *curl, const char *servers,
                                    struct prov_error *err);

/** Be ready to ask, if the request or the options want it. PROV_OK; PROV_E_UNSUPPORTED; … */
prov_status provi_curl_names_new(struct provi_curl_job *job, struct prov_error *err);
void provi_curl_names_free(struct provi_curl_job *job);

/** Whether the hop has to wait for an answer. */
bool provi_curl_names_is_wanting(const struct provi_curl_job *job);
/** Send the questions. Makes no callback. */
prov_status provi_curl_names_ask(struct provi_curl_job *job, struct prov_error *err);
/** See to descriptors with news, and to time. */
void provi_curl_names_turn(struct provi_curl_job *job, size_t n_ready);
/** Whether there is an answer, or no more time for one. */
bool provi_curl_names_is_over(const struct provi_curl_job *job);
int64_t provi_curl_names_timeout_ms(const struct provi_curl_job *job);
/** Take the answer. On failure, the transfer ends with the returned status. */
prov_status provi_curl_names_accept(struct provi_curl_job *job, struct prov_error *err);

/**
 * libcurl found no address and does not say why: ask the system's name servers about it. False:
 * they cannot be asked. Else provi_curl_names_explain() follows on the answer.
 */
bool provi_curl_names_diagnose(struct provi_curl_job *job);
bool provi_curl_names_is_diagnosing(const struct provi_curl_job *job);
/** Why there is no address, by the name servers. PROV_E_DNS; PROV_E_NOMEM. */
prov_status provi_curl_names_explain(struct provi_curl_job *job, struct prov_error *err);
/** Write who is asked: `the name servers 192.0.2.1, 192.0.2.2`. */
void provi_curl_names_who(const struct prov_curl *curl, char *buf, size_t cap);

/** Tell libcurl where the hop goes. */
CURLcode provi_curl_names_set(struct provi_curl_job *job);
/** Host and port of the server: the URL's, or instead those of an SRV record. */
void provi_curl_names_server(const struct provi_curl_job *job, struct provi_url *server);
/** Host and port to connect to: of the proxy, or of the server. */
void provi_curl_names_peer(const struct provi_curl_job *job, struct provi_url *peer);
/** Turn to the next of several servers. False: there is none. */
bool provi_curl_names_next(struct provi_curl_job *job);
/** Another hop may have another server. */
void provi_curl_names_forget(struct provi_curl_job *job);

#endif
