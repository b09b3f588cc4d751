/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * TLS of a client, put upon connections that another library makes: trust, the server's chain with
 * the reason of its refusal, and the device's own certificate. Knows OpenSSL and no socket.
 */
#ifndef PROVI_TLS_TLS_H
#define PROVI_TLS_TLS_H

#include <provision/tls.h>

#include <openssl/provider.h>
#include <openssl/ssl.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/content.h"

/* A name in a certificate, with NUL; common names have at most 64 characters. */
#define PROVI_TLS_NAME_CAP 80

/* The names of a server's certificate, with NUL, as many as fit. */
#define PROVI_TLS_NAMES_CAP 256

/* Of the lower layer's own words for a failure, with NUL. */
#define PROVI_TLS_WORDS_CAP 256

/* Of one source of certificates. */
#define PROVI_TLS_MAX_PEM_BYTES (4u << 20)
/* base64 of a SHA-256. */
#define PROVI_TLS_PIN_LEN 44

struct provi_tls_pin {
    char text[PROVI_TLS_PIN_LEN];
};

/* A key in the host's hands. */
struct provi_tls_host_key {
    EVP_PKEY *public; /* of the certificate */
    prov_status (*sign)(void *ctx, uint32_t kind, const uint8_t *data, size_t len, uint8_t *sig,
                        size_t cap, size_t *sig_len);
    void *sign_ctx;
};

/*
 * Reasons of OpenSSL errors of ERR_LIB_USER: why such a key made no signature. Below, the host's
 * status, negated.
 */
enum {
    PROVI_TLS_SIGN_REASONS = 0x800,
    PROVI_TLS_SIGN_REFUSED,       /* with something that is no status */
    PROVI_TLS_SIGN_BAD_LENGTH,    /* PROV_OK with no signature, or with one that cannot be */
    PROVI_TLS_SIGN_BAD_SIGNATURE, /* not by the key of the certificate */
};

#define PROVI_TLS_STRONG_KEY "RSA of 2048 bits or EC P-256 is expected"

/* Names what an identity is at a time. Another one has another label. */
struct provi_tls_label {
    uint8_t bytes[16];
};

/* The certificate of a device and its key, as DER. */
struct provi_tls_own {
    struct provi_buffer chain; /* the device's certificate, then those sent along; empty: none */
    struct provi_buffer key;   /* empty: there is none, or the host signs */
    prov_status (*sign)(void *ctx, uint32_t kind, const uint8_t *data, size_t len, uint8_t *sig,
                        size_t cap, size_t *sig_len);
    void *sign_ctx;
};

struct prov_tls_identity {
    struct provi_shared shared; /* first */
    struct prov_alloc alloc;
    struct prov_clock clock;
    struct provi_tls_label label; /* a connection of another one is not used */
    struct provi_tls_own own;
    struct provi_buffer custom; /* PEM of the custom CA; empty: none */
    char custom_name[PROVI_TLS_NAME_CAP];
    bool is_custom_only; /* in place of the transport's roots */
    int level;           /* of security, that the certificate has to reach */
};

struct provi_tls {
    struct prov_alloc alloc;
    struct prov_clock clock;
    prov_tls_identity *identity;      /* of requests that have none of their own */
    X509_STORE *builtin;              /* what the options name */
    X509_STORE *custom;               /* with the last custom CA that was needed; NULL: none was */
    struct provi_tls_label custom_of; /* whose that is */
    struct provi_buffer folder;       /* path of hashed roots, NUL-terminated; or empty */
    struct provi_buffer system;       /* path of the system's roots, not read yet; likewise */
    OSSL_LIB_CTX *host_library; /* of keys in the host's hands, once needed; outlives connections */
    OSSL_PROVIDER *host_provider;
    struct provi_tls_pin *pins;
    size_t n_pins;
    uint8_t min_version; /* enum prov_tls_version */
};

/** What one hop's handshake needs and meets. All zero before it. */
struct provi_tls_hop {
    struct provi_tls *tls;
    const prov_tls_identity *identity; /* likewise borrowed */
    prov_str host;                     /* the server's, borrowed as long as the hop */
    struct ssl_ctx_st *context; /* of the hop's last connection, a reference; NULL: none made */
    struct prov_error fault;    /* why the server's certificate is refused; PROV_OK: it is not */
    unsigned long code;         /* OpenSSL's, of the handshake or a fatal alert; 0: none */
    char start[PROVI_CONTENT_QUOTED]; /* the first bytes that came, all of them only if no TLS */
    size_t n_start;
    bool was_asked;                     /* the server wanted to see the device's certificate … */
    char wanted_ca[PROVI_TLS_NAME_CAP]; /* … from this CA, or from one of several; or empty */
    bool is_one_of_several;
    bool has_wanted_ca; /* the device's certificate is from one of them */
    enum prov_tls_reason
        stated; /* found in the text of the server's response; its status does not show it */
    char words[PROVI_TLS_WORDS_CAP]; /* the lower layer's, of its failure */
};

/** 112 bits of strength, whatever the distribution configured: RSA 2048, EC 224, SHA-224. */
#define PROVI_TLS_LEAST_LEVEL 2

/**
 * The level of security of a connection: where TLS 1.1 or older is allowed, its digests are below
 * any level. The server's certificates are checked apart.
 */
static inline int provi_tls_level(const struct provi_tls *tls)
{
    return tls->min_version > PROV_TLS_1_3 ? 0 : PROVI_TLS_LEAST_LEVEL;
}

/** Accept nothing weaker than a level, or than the distribution configured; 0: anything. */
static inline void provi_tls_set_level(SSL_CTX *context, int level)
{
    if (level == 0 || SSL_CTX_get_security_level(context) < level)
        SSL_CTX_set_security_level(context, level);
}

/* tls.c */

/** UTC seconds by a clock, or by the system's where the host has none. False: it is not set. */
bool provi_tls_now(const struct prov_clock *clock, int64_t *now_s);

/** Whom a device trusts, and what it speaks; the fields of struct prov_curl_options. */
struct provi_tls_options {
    const struct prov_clock *clock; /* NULL: the system's */
    const char *ca_file, *ca_path;
    prov_str ca_pem, crl_pem;
    const char *system_file, *system_path; /* of the system's roots, where they exist; or NULL */
    uint8_t min_version;                   /* enum prov_tls_version */
    const prov_str *pins;
    size_t n_pins;
};

/**
 * Make one whose own identity is empty.
 *
 * @param[out] out  New; ended by provi_tls_free() after all connections. NULL on failure.
 * @return Statuses of prov_curl_new().
 */
prov_status provi_tls_new(struct provi_tls **out, const struct prov_alloc *alloc,
                          const struct provi_tls_options *opt, struct prov_error *err);
/** NULL is fine. */
void provi_tls_free(struct provi_tls *tls);

/* connection.c */

/**
 * Put trust, checks and identity upon a connection that has not begun, and join it. False: OpenSSL
 * has no memory.
 */
bool provi_tls_prepare(struct provi_tls_hop *hop, SSL_CTX *context);
/** Join a connection that was prepared before, by a hop that may have left it. */
void provi_tls_join(struct provi_tls_hop *hop, SSL_CTX *context);
/** Leave the connection, which may outlive the hop. */
void provi_tls_part(struct provi_tls_hop *hop);

/** A connection as it is shown to people. */
struct provi_tls_facts {
    const char *version; /* static */
    char subject[PROVI_TLS_NAME_CAP];
    char names[PROVI_TLS_NAMES_CAP];
    int64_t not_after_s; /* -1: no certificate, or no readable date */
};

/** UTC seconds of a date. False: no memory, or it is none. */
bool provi_tls_seconds(const ASN1_TIME *date, int64_t *seconds);

/** Describe a connection whose handshake is done. */
void provi_tls_get_facts(const SSL *ssl, struct provi_tls_facts *facts);

/* pem.c */

/** Read a whole file into a buffer that is empty. PROV_E_IO, PROV_E_LIMIT, PROV_E_NOMEM. */
prov_status provi_tls_read_file(struct provi_buffer *pem, const struct prov_alloc *alloc,
                                const char *path, struct prov_error *err);
/**
 * Parse a PEM text.
 *
 * @param      what  Names it in messages.
 * @param[out] out   New, ended by provi_tls_free_infos().
 * @return PROV_OK; PROV_E_CORRUPT; PROV_E_NOMEM.
 */
prov_status provi_tls_parse(STACK_OF(X509_INFO) * *out, prov_str pem, const char *what,
                            struct prov_error *err);
void provi_tls_free_infos(STACK_OF(X509_INFO) * infos);
/** What a text is that has no PEM of the kind expected, in a few words; static. */
const char *provi_tls_describe(prov_str data);
/** A passphrase is never asked for: OpenSSL would do so on the terminal. */
int provi_tls_no_passphrase(char *buf, int size, int is_writing, void *ctx);
/** PROV_E_NOMEM if that is what OpenSSL complains of, else @p status; its complaints are gone. */
prov_status provi_tls_take_errors(prov_status status);

/* trust.c */

/** Fill `builtin` and `folder` with what the options name. */
prov_status provi_tls_load_roots(struct provi_tls *tls, const struct provi_tls_options *opt,
                                 struct prov_error *err);
/**
 * Before a connection: read the system's roots, unless that was done or they do not count. A
 * program that never speaks TLS does without the 20 ms that 140 certificates take.
 */
prov_status provi_tls_load_system(struct provi_tls *tls, const prov_tls_identity *identity,
                                  struct prov_error *err);
/**
 * Whom an identity trusts.
 *
 * @return Borrowed until the next call. NULL: OpenSSL has no memory.
 */
X509_STORE *provi_tls_trust(struct provi_tls *tls, const prov_tls_identity *identity);
/** prov_curl_check_custom_ca(). @p name  PROVI_TLS_NAME_CAP bytes. */
prov_status provi_tls_check_custom(prov_str pem, char *name, struct prov_error *err);
/** Whether a store trusts no CA. */
bool provi_tls_is_lonely(const struct provi_tls *tls, const X509_STORE *store);

/* identity.c */

/** The certificate of a device, parsed. All zero: none. */
struct provi_tls_parsed {
    X509 *certificate;        /* NULL: none */
    STACK_OF(X509) * issuers; /* sent along */
    EVP_PKEY *key;            /* NULL: the host's */
};

/**
 * Read a certificate and its key from where the host has them, without checking them.
 *
 * @param[out] own, parsed  To be freed in any case.
 * @return Statuses of prov_tls_identity_set_certificate() but for those of a verification.
 */
prov_status provi_tls_read_own(struct provi_tls_own *own, struct provi_tls_parsed *parsed,
                               const struct prov_alloc *alloc,
                               const struct prov_client_certificate *given, struct prov_error *err);
void provi_tls_free_own(struct provi_tls_own *own, const struct prov_alloc *alloc);
void provi_tls_free_parsed(struct provi_tls_parsed *parsed);
/** PROV_E_TLS for a key of another certificate. One in the host's hands is not checked. */
prov_status provi_tls_check_key(const struct provi_tls_parsed *parsed, struct prov_error *err);

/** prov_tls_identity_set_certificate(), of a struct of this release. */
prov_status provi_tls_set_certificate(prov_tls_identity *identity,
                                      const struct prov_client_certificate *given,
                                      struct prov_error *err);
/** Give a connection the identity's certificate, if it has one. False: OpenSSL has no memory. */
bool provi_tls_show(struct provi_tls *tls, const prov_tls_identity *identity, SSL_CTX *context);

/* sign.c */

/** PROV_OK; PROV_E_UNSUPPORTED for a kind of key that a host's `sign` cannot serve. */
prov_status provi_tls_check_host_key(EVP_PKEY *public, struct prov_error *err);
/**
 * Make a key that signs by asking the host.
 *
 * @param      host  Copied; the public key is shared. `sign_ctx` outlives the transport.
 * @param[out] out   New; ended before `tls`. NULL on failure.
 * @return PROV_OK; PROV_E_UNSUPPORTED for a kind of key the host cannot sign with; PROV_E_NOMEM.
 */
prov_status provi_tls_borrow_key(struct provi_tls *tls, struct provi_tls_host_key host,
                                 EVP_PKEY **out, struct prov_error *err);
void provi_tls_unload_provider(struct provi_tls *tls);

/* verify.c */

/** Judge the server's chain. The OpenSSL callback of that kind. */
int provi_tls_verify(X509_STORE_CTX *chain, void *unused);
/** The pin of a certificate's key. False: no memory, or the key cannot be read. */
bool provi_tls_compute_pin(X509 *certificate, struct provi_tls_pin *pin);

/* fault.c */

/**
 * Write the hop's `fault`: why the chain, whose error is set, is refused. Its message does not
 * name the server's address.
 */
void provi_tls_explain(struct provi_tls_hop *hop, X509_STORE_CTX *chain);
/** `certificate expired on …, this device's clock says …`. */
void provi_tls_write_expiry(X509 *certificate, const struct prov_clock *clock, char *buf,
                            size_t cap);

/* reason.c */

/** How a hop ended, as far as it may be about TLS. */
enum provi_tls_end {
    PROVI_TLS_END_ELSE,      /* well, or for another cause */
    PROVI_TLS_END_HANDSHAKE, /* the handshake failed */
    PROVI_TLS_END_NO_ANSWER, /* the connection broke off instead of an answer */
};

struct provi_tls_outcome {
    enum provi_tls_end end;
    bool is_certificate; /* the lower layer refused the server's certificate by itself … */
    const char *words;   /* … for this reason */
    int64_t code;        /* of the lower layer */
    long http_code;      /* of the answer; 0: none */
};

/**
 * Why a hop failed, if TLS is the cause.
 *
 * @param where  The server, for the message.
 * @return PROV_E_TLS, PROV_E_NOMEM; PROV_OK: the cause is another one.
 */
prov_status provi_tls_find_cause(const struct provi_tls_hop *hop,
                                 const struct provi_tls_outcome *outcome, const char *where,
                                 struct prov_error *err);
/** Inspect the first bytes of an answer that is a failure, or that has no HTTP header. */
void provi_tls_read_words(struct provi_tls_hop *hop, long http_code, prov_str answer);

/* name.c */

/** Whether a certificate is for a host, by its names and, without such, by its common name. */
bool provi_tls_is_for_host(X509 *certificate, prov_str host);
/** Why it is not: `certificate is for a, b, not for HOST…`. */
void provi_tls_write_names(X509 *certificate, prov_str host, char *buf, size_t cap);
/** The common name of a subject or issuer, else its (unit of an) organisation, to be shown; empty
 * without any. Returns its length. */
size_t provi_tls_name(const X509_NAME *name, char buf[PROVI_TLS_NAME_CAP]);
/** Whether both name the same organisation. */
bool provi_tls_share_organisation(const X509_NAME *a, const X509_NAME *b);
/** How to call a certificate: by its subject, else by the first names it is for. */
void provi_tls_call(X509 *certificate, char buf[PROVI_TLS_NAME_CAP]);
/** List the names a certificate is for: `a, b, …`, as many as fit; else its common name. */
void provi_tls_list_names(X509 *certificate, char *buf, size_t cap);
/** How to call its issuer. Never empty. */
void provi_tls_call_issuer(X509 *certificate, char buf[PROVI_TLS_NAME_CAP]);

#endif
