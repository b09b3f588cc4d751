/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * TLS of a client, set up on connections that another library makes: trust, the check of the
 * server's chain with the reason for a refusal, and the device's certificate. Uses OpenSSL but no
 * socket.
 */
#ifndef PROVI_TLS_TLS_H
#define PROVI_TLS_TLS_H

#include <provision/tls.h>

#include <openssl/provider.h>
#include <openssl/ssl.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "base/content.h"

/* Capacity for a name in a certificate, including NUL; common names have at most 64 characters. */
#define PROVI_TLS_NAME_CAP 80

/* Capacity for the list of a server certificate's names, including NUL. */
#define PROVI_TLS_NAMES_CAP 256

/* Capacity for a message of the lower layer, including NUL. */
#define PROVI_TLS_WORDS_CAP 256

/* Most bytes of one source of certificates. */
#define PROVI_TLS_MAX_PEM_BYTES (4u << 20)
/* Length of a SHA-256 in base64. */
#define PROVI_TLS_PIN_LEN 44

struct provi_tls_pin {
    char text[PROVI_TLS_PIN_LEN];
};

/* A key whose operations the host performs. */
struct provi_tls_host_key {
    EVP_PKEY *public; /* of the certificate */
    prov_status (*sign)(void *ctx, uint32_t kind, const uint8_t *data, size_t len, uint8_t *sig,
                        size_t cap, size_t *sig_len);
    void *sign_ctx;
};

/* Reasons of OpenSSL errors of ERR_LIB_USER: why such a key made no signature. Smaller numbers are
 * the host's status, negated. */
enum {
    PROVI_TLS_SIGN_REASONS = 0x800,
    PROVI_TLS_SIGN_REFUSED,       /* the host returned an undefined status */
    PROVI_TLS_SIGN_BAD_LENGTH,    /* PROV_OK, but the length is impossible */
    PROVI_TLS_SIGN_BAD_SIGNATURE, /* the signature is not by the key of the certificate */
};

#define PROVI_TLS_STRONG_KEY "expected RSA of 2048 bits or EC P-256"

/* Identifies a state of an identity; each state has its own label. */
struct provi_tls_label {
    uint8_t bytes[16];
};

/* A device's certificate and key, as DER. */
struct provi_tls_own {
    struct provi_buffer chain; /* the device's certificate, then its issuers; empty: none */
    struct provi_buffer key;   /* empty: none, or the host signs */
    prov_status (*sign)(void *ctx, uint32_t kind, const uint8_t *data, size_t len, uint8_t *sig,
                        size_t cap, size_t *sig_len);
    void *sign_ctx;
};

struct prov_tls_identity {
    struct provi_shared shared; /* first */
    struct prov_alloc alloc;
    struct prov_clock clock;
    struct provi_tls_label label; /* connections with another label are not reused */
    struct provi_tls_own own;
    struct provi_buffer custom; /* PEM of the custom CA; empty: none */
    char custom_name[PROVI_TLS_NAME_CAP];
    bool is_custom_only; /* the custom CA replaces the transport's roots */
    int level;           /* security level that the certificate must reach */
};

struct provi_tls {
    struct prov_alloc alloc;
    struct prov_clock clock;
    prov_tls_identity *identity;      /* for requests without an identity */
    X509_STORE *builtin;              /* roots of the options */
    X509_STORE *custom;               /* these and the last used custom CA; NULL: none was used */
    struct provi_tls_label custom_of; /* label of the identity with that CA */
    struct provi_buffer folder; /* path of a folder of hashed roots, NUL-terminated; or empty */
    struct provi_buffer system; /* path of the system's roots, which are not read yet; or empty */
    OSSL_LIB_CTX *host_library; /* for keys of the host, once needed; outlives connections */
    OSSL_PROVIDER *host_provider;
    struct provi_tls_pin *pins;
    size_t n_pins;
    size_t n_turn_bytes; /* read from connections since the turn began */
    uint8_t min_version; /* enum prov_tls_version */
};

/** State of one hop's handshake. All zero before it. */
struct provi_tls_hop {
    struct provi_tls *tls;
    const prov_tls_identity *identity; /* borrowed likewise */
    prov_str host;                     /* host of the server, borrowed as long as the hop */
    struct ssl_ctx_st *context;        /* reference, of the last connection; NULL: none was made */
    struct prov_error fault; /* why the server's certificate is refused; PROV_OK: it is not */
    unsigned long code;      /* OpenSSL code of the handshake or of a fatal alert; 0: none */
    char start[PROVI_CONTENT_QUOTED]; /* first received bytes; complete only if they are not TLS */
    size_t n_start;
    bool was_asked;                     /* the server asked for the device's certificate */
    char wanted_ca[PROVI_TLS_NAME_CAP]; /* a CA that it asked for; or empty */
    bool is_one_of_several;
    bool has_wanted_ca; /* one of those CAs has issued the device's certificate */
    enum prov_tls_reason
        stated; /* reason found in the text of a response, whose status does not show it */
    char words[PROVI_TLS_WORDS_CAP]; /* message of the lower layer for its failure */
};

/** 112 bits of strength, whatever the distribution configures: RSA 2048, EC 224, SHA-224. */
#define PROVI_TLS_LEAST_LEVEL 2

/**
 * The security level of a connection. If TLS 1.1 or older is permitted it is 0, since their digests
 * are below any level; the server's certificates are checked separately.
 */
static inline int provi_tls_level(const struct provi_tls *tls)
{
    return tls->min_version > PROV_TLS_1_3 ? 0 : PROVI_TLS_LEAST_LEVEL;
}

/** Accept nothing weaker than a level, or than the distribution configures; 0: accept anything. */
static inline void provi_tls_set_level(SSL_CTX *context, int level)
{
    if (level == 0 || SSL_CTX_get_security_level(context) < level)
        SSL_CTX_set_security_level(context, level);
}

/* tls.c */

/** UTC seconds by a clock; NULL: by the system's. False: it is not set. */
bool provi_tls_now(const struct prov_clock *clock, int64_t *now_s);

/** The CAs that a device trusts, and the protocol versions; fields of struct prov_curl_options. */
struct provi_tls_options {
    const struct prov_clock *clock; /* NULL: the system's */
    const char *ca_file, *ca_path;
    prov_str ca_pem, crl_pem;
    const char *system_file, *system_path; /* of the system's roots, if they exist; or NULL */
    uint8_t min_version;                   /* enum prov_tls_version */
    const prov_str *pins;
    size_t n_pins;
};

/**
 * Create a TLS client, whose own identity is empty.
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
 * Set trust, checks and identity of a connection that has not begun, and join it. False: OpenSSL
 * has no memory.
 */
bool provi_tls_prepare(struct provi_tls_hop *hop, SSL_CTX *context);
/** Whether the handshake has failed for lack of memory. */
bool provi_tls_is_starved(const struct provi_tls_hop *hop);
/**
 * Begin a turn of the event loop, in which 64 KiB are read at most. OpenSSL skips messages such as
 * HelloRequest, NewSessionTicket and KeyUpdate within a call, for as long as a server sends them.
 */
void provi_tls_begin_turn(struct provi_tls *tls);
/** Join a connection that an earlier hop prepared. */
void provi_tls_join(struct provi_tls_hop *hop, SSL_CTX *context);
/** Leave the connection, which may outlive the hop. */
void provi_tls_leave(struct provi_tls_hop *hop);

/** Properties of a connection, for display. */
struct provi_tls_facts {
    const char *version; /* static */
    char subject[PROVI_TLS_NAME_CAP];
    char names[PROVI_TLS_NAMES_CAP];
    int64_t not_after_s; /* -1: no certificate, or no readable date */
};

/** UTC seconds of a date. False: no memory, or it is not a date. */
bool provi_tls_seconds(const ASN1_TIME *date, int64_t *seconds);

/** Describe a connection whose handshake is done. */
void provi_tls_get_facts(const SSL *ssl, struct provi_tls_facts *facts);

/* pem.c */

/** Read a whole file into an empty buffer. PROV_E_IO, PROV_E_LIMIT, PROV_E_NOMEM. */
prov_status provi_tls_read_file(struct provi_buffer *pem, const struct prov_alloc *alloc,
                                const char *path, struct prov_error *err);
/**
 * Parse a PEM text.
 *
 * @param      what  The expected content, for messages.
 * @param[out] out   New, ended by provi_tls_free_infos().
 * @return PROV_OK; PROV_E_CORRUPT; PROV_E_NOMEM.
 */
prov_status provi_tls_parse(STACK_OF(X509_INFO) * *out, prov_str pem, const char *what,
                            struct prov_error *err);
void provi_tls_free_infos(STACK_OF(X509_INFO) * infos);
/** Describe a text without the expected PEM in a few words; static. */
const char *provi_tls_describe(prov_str data);
/** Passphrase callback that has none: otherwise OpenSSL asks for it on the terminal. */
int provi_tls_no_passphrase(char *buf, int size, int is_writing, void *ctx);
/**
 * Whether a certificate's key was not decoded for lack of memory: OpenSSL tries only once, and
 * reports no error.
 */
bool provi_tls_lost_key(X509 *certificate);
/** Empty OpenSSL's error queue. Returns PROV_E_NOMEM if it shows lack of memory, else @p status. */
prov_status provi_tls_take_errors(prov_status status);
/** Empty it, and return whether memory failed since `errno` was 0: often the queue does not show
 * it, but malloc() sets `errno`. */
bool provi_tls_lacked_memory(void);

/* first_use.c */

/**
 * Load all that handshakes need of OpenSSL, once per process.
 *
 * @return PROV_OK; PROV_E_NOMEM, which may remain until the process ends; PROV_E_UNSUPPORTED if
 *         OpenSSL cannot start, e.g. because of its configuration.
 */
prov_status provi_tls_use_first(struct prov_error *err);

/* trust.c */

/** Fill `builtin` and `folder` from the options. */
prov_status provi_tls_load_roots(struct provi_tls *tls, const struct provi_tls_options *opt,
                                 struct prov_error *err);
/**
 * Before a connection: read the system's roots, unless they were read or are not used. Programs
 * without TLS save the 20 ms that 140 certificates take.
 */
prov_status provi_tls_load_system(struct provi_tls *tls, const prov_tls_identity *identity,
                                  struct prov_error *err);
/**
 * The store of the CAs that an identity trusts.
 *
 * @return Borrowed until the next call. NULL: OpenSSL has no memory.
 */
X509_STORE *provi_tls_trust(struct provi_tls *tls, const prov_tls_identity *identity);
/** prov_curl_check_custom_ca(). @p name  PROVI_TLS_NAME_CAP bytes. */
prov_status provi_tls_check_custom(prov_str pem, char *name, struct prov_error *err);
/** Whether a store trusts no CA. */
bool provi_tls_is_empty(const struct provi_tls *tls, const X509_STORE *store);

/* identity.c */

/** A parsed certificate and key of a device. All zero: none. */
struct provi_tls_parsed {
    X509 *certificate;        /* NULL: none */
    STACK_OF(X509) * issuers; /* certificates that are sent along */
    EVP_PKEY *key;            /* NULL: the host signs */
};

/**
 * Read a certificate and its key from the host's files or texts, without checking them.
 *
 * @param[out] own, parsed  To be freed in any case.
 * @return Statuses of prov_tls_identity_set_certificate() except those of its checks.
 */
prov_status provi_tls_read_own(struct provi_tls_own *own, struct provi_tls_parsed *parsed,
                               const struct prov_alloc *alloc,
                               const struct prov_client_certificate *given, struct prov_error *err);
void provi_tls_free_own(struct provi_tls_own *own, const struct prov_alloc *alloc);
void provi_tls_free_parsed(struct provi_tls_parsed *parsed);
/** PROV_E_TLS if the key belongs to another certificate. A key of the host is not checked. */
prov_status provi_tls_check_key(const struct provi_tls_parsed *parsed, struct prov_error *err);

/** prov_tls_identity_set_certificate(), of a struct of this release. */
prov_status provi_tls_set_certificate(prov_tls_identity *identity,
                                      const struct prov_client_certificate *given,
                                      struct prov_error *err);
/**
 * Use the identity's certificate, if it has one, for a connection. False: OpenSSL has no memory.
 */
bool provi_tls_use_certificate(struct provi_tls *tls, const prov_tls_identity *identity,
                               SSL_CTX *context);

/* sign.c */

/** PROV_OK; PROV_E_UNSUPPORTED for a kind of key with which a host's `sign` cannot be used. */
prov_status provi_tls_check_host_key(EVP_PKEY *public, struct prov_error *err);
/**
 * Make a key that signs by calling the host.
 *
 * @param      host  Copied; the public key is shared. `sign_ctx` must outlive the transport.
 * @param[out] out   New; ended before `tls`. NULL on failure.
 * @return PROV_OK; PROV_E_UNSUPPORTED for a kind of key that the host cannot use; PROV_E_NOMEM.
 */
prov_status provi_tls_borrow_key(struct provi_tls *tls, struct provi_tls_host_key host,
                                 EVP_PKEY **out, struct prov_error *err);
void provi_tls_unload_provider(struct provi_tls *tls);

/* verify.c */

/** Check the server's chain; OpenSSL's callback for that. */
int provi_tls_verify(X509_STORE_CTX *chain, void *unused);
/** The pin of a certificate's key. False: no memory, or the key cannot be read. */
bool provi_tls_compute_pin(X509 *certificate, struct provi_tls_pin *pin);

/* fault.c */

/**
 * Write `fault` of the hop: why the chain, whose error is set, is refused. The message does not
 * contain the server's address.
 */
void provi_tls_explain(struct provi_tls_hop *hop, X509_STORE_CTX *chain);
/** `certificate expired on …, this device's clock says …`. */
void provi_tls_write_expiry(X509 *certificate, const struct prov_clock *clock, char *buf,
                            size_t cap);

/* reason.c */

/** How a hop ended, as far as TLS may be the cause. */
enum provi_tls_end {
    PROVI_TLS_END_ELSE,      /* successfully, or for another cause */
    PROVI_TLS_END_HANDSHAKE, /* the handshake failed */
    PROVI_TLS_END_NO_ANSWER, /* the connection ended before a response */
};

struct provi_tls_outcome {
    enum provi_tls_end end;
    bool is_certificate; /* the lower layer itself refused the server's certificate */
    const char *words;   /* the message of the lower layer */
    int64_t code;        /* its code */
    long http_code;      /* status of the response; 0: none */
};

/**
 * Find the reason why a hop failed, if TLS is the cause.
 *
 * @param where  The server, for the message.
 * @return PROV_E_TLS, PROV_E_NOMEM; PROV_OK: TLS is not the cause.
 */
prov_status provi_tls_find_cause(const struct provi_tls_hop *hop,
                                 const struct provi_tls_outcome *outcome, const char *where,
                                 struct prov_error *err);
/**
 * The first error of a step of a handshake that failed, or the lack of memory behind it. The queue
 * has only this error afterwards; 0: none.
 */
unsigned long provi_tls_first_error(void);
/** Inspect the first bytes of a response that is a failure, or that has no HTTP header. */
void provi_tls_read_words(struct provi_tls_hop *hop, long http_code, prov_str answer);

/* name.c */

/**
 * Whether a certificate is valid for a host: by its alternative names or, if it has none, by its
 * common name.
 */
bool provi_tls_is_for_host(X509 *certificate, prov_str host);
/** Describe why it is not: `certificate is for a, b, not for HOST…`. */
void provi_tls_write_names(X509 *certificate, prov_str host, char *buf, size_t cap);
/**
 * Write the common name of a subject or issuer, or else its organisation or unit; empty without
 * any. Returns its length.
 */
size_t provi_tls_name(const X509_NAME *name, char buf[PROVI_TLS_NAME_CAP]);
/** Whether both names have the same organisation. */
bool provi_tls_share_organisation(const X509_NAME *a, const X509_NAME *b);
/** Write a name for a certificate: its subject, or else its first alternative names. */
void provi_tls_write_subject(X509 *certificate, char buf[PROVI_TLS_NAME_CAP]);
/** List the names of a certificate, as many as fit: `a, b, …`; or else its common name. */
void provi_tls_list_names(X509 *certificate, char *buf, size_t cap);
/** Write a name for its issuer. Never empty. */
void provi_tls_write_issuer(X509 *certificate, char buf[PROVI_TLS_NAME_CAP]);

#endif
