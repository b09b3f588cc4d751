/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Certificates made by OpenSSL's functions, and handshakes of a hop with a server, in memory.
 */
#ifndef TEST_SUPPORT_TLS_PEERS_H
#define TEST_SUPPORT_TLS_PEERS_H

#include <time.h>

#include "tls/tls.h"

/* 2026-03-04 05:06:07 UTC */
#define TLS_NOW 1772600767

/**
 * What each program with these functions has to have: a time(2) of its own, also for OpenSSL. (Not
 * here: a program that only calls time() would get this one.)
 */
#define TLS_FAKE_CLOCK                                                                             \
    static time_t tls_now = TLS_NOW;                                                               \
    time_t time(time_t *out)                                                                       \
    {                                                                                              \
        if (out)                                                                                   \
            *out = tls_now;                                                                        \
        return tls_now;                                                                            \
    }

/** A certificate and its key. */
struct tls_made {
    X509 *certificate;
    EVP_PKEY *key;
    char pem[4096];
    char key_pem[4096];
};

/** How to make one. Zeros: a certificate that signs itself, of P-256 and SHA-256, for a year. */
struct tls_making {
    const char *key;        /**< `EC:P-256`, `RSA:2048` (always the same), `ED25519`, … */
    const char *name;       /**< common name; NULL: none */
    const char *more_names; /**< the rest of the subject, one field: `O=Telco` */
    const char *names;      /**< alternative names as in openssl.cnf: `DNS:a,IP:192.0.2.1` */
    const char
        *extensions; /**< others, likewise, with newlines between: `keyUsage=digitalSignature` */
    const struct tls_made *issuer;
    const char *digest;
    long from_s, to_s; /**< relative to TLS_NOW; 0, 0: a year around it */
    prov_str raw_name; /**< common name of any bytes, and `raw_type` of ASN.1 */
    int raw_type;
    bool has_unreadable_key; /**< of a kind that OpenSSL does not know */
    bool has_unreadable_end; /**< in the 13th month of a year */
    prov_str raw_dns;        /**< one alternative name of any bytes */
};

void tls_make(struct tls_made *made, const struct tls_making *making);
/** A CA: with the extensions for it. */
void tls_make_ca(struct tls_made *made, const char *name, const struct tls_made *issuer);
/** A server's certificate for `host.example`. */
void tls_make_server(struct tls_made *made, const char *name, const struct tls_made *issuer);
void tls_unmake(struct tls_made *made);
void tls_write_pem(const char *path, const struct tls_made *made);
/** Make a folder, by mkdtemp(), and return the path in it under which a CA is found; free(). */
char *tls_make_folder(char *folder, const struct tls_made *root);
/** A list of the revoked certificates of a CA, in PEM; free() it. */
char *tls_make_list(const struct tls_made *ca, const struct tls_made *revoked, long from_s,
                    long to_s);

/** A server, and what comes of the hop. */
struct tls_meeting {
    /* The server. */
    const struct tls_made *server;  /**< NULL: it has no certificate */
    const struct tls_made *sent[2]; /**< behind its own */
    void (*configure)(SSL_CTX *server);
    bool parts_first; /**< the hop leaves its connection before the handshake */
    void (*configure_device)(SSL_CTX *device);
    /** Once the handshake is done, before the device reads. */
    void (*between)(struct tls_meeting *meeting, SSL *server);
    prov_str answer; /**< raw bytes in place of a handshake */
    bool is_raw;
    const char *host;         /**< NULL: host.example */
    int min_version;          /**< of the device, TLS1_2_VERSION by default */
    bool lower_layer_refuses; /**< the transport does not like what went well here */
    /* The end. */
    struct provi_tls_hop hop;
    bool is_done; /**< the hop had an answer */
    prov_status status;
    struct prov_error err;
};

/** Let a hop meet the server. The address in messages is `HERE`. */
void tls_meet(struct tls_meeting *meeting, struct provi_tls *tls);

/** Trust and identity made from options; NULL: none. Ended by provi_tls_free(), or exit() dies. */
struct provi_tls *tls_open(const struct provi_tls_options *options);

#endif
