/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** TLS from inside: what the tls files share. Only they see OpenSSL. */
#ifndef PROVI_CURL_TLS_PRIV_H
#define PROVI_CURL_TLS_PRIV_H

#include "curl/tls.h"

#include <openssl/ssl.h>

#include "base/buffer.h"

/* Of one source of certificates. */
#define PROVI_TLS_MAX_PEM_BYTES (4u << 20)
/* base64 of a SHA-256. */
#define PROVI_TLS_PIN_LEN 44
/* A name in a certificate, with NUL. */
#define PROVI_TLS_NAME_CAP 64

struct provi_tls_pin {
    char text[PROVI_TLS_PIN_LEN];
};

struct provi_tls {
    struct prov_alloc alloc;
    X509_STORE *builtin;        /* what the options name; parsed once, shared by all connections */
    struct provi_buffer folder; /* path of hashed roots, NUL-terminated; or empty */
    struct provi_tls_pin *pins;
    size_t n_pins;
    uint8_t min_version; /* enum prov_tls_version */
};

/* tls_pem.c */

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
/** A passphrase is never asked for: OpenSSL would do so on the terminal. */
int provi_tls_no_passphrase(char *buf, int size, int is_writing, void *ctx);
/** PROV_E_NOMEM if that is what OpenSSL complains of, else @p status; its complaints are gone. */
prov_status provi_tls_take_errors(prov_status status);

/* tls_trust.c */

/** Fill `builtin` and `folder` with what the options name. */
prov_status provi_tls_load_roots(struct provi_tls *tls, const struct prov_curl_options *opt,
                                 struct prov_error *err);
/** Look roots up in `folder`, if there is one. */
prov_status provi_tls_open_folder(const struct provi_tls *tls, X509_STORE *store,
                                  struct prov_error *err);
/** Whether nobody is trusted. */
bool provi_tls_is_lonely(const struct provi_tls *tls);

/* tls_verify.c */

/** Judge the server's chain. The OpenSSL callback of that kind. */
int provi_tls_verify(X509_STORE_CTX *chain, void *unused);

/* tls_fault.c */

/** Write the round's `fault`: why the chain, whose error is set, is refused. */
void provi_tls_explain(struct provi_curl_job *job, X509_STORE_CTX *chain);
/** A certificate that is not, or no longer, valid: `certificate expired on …, …`. */
void provi_tls_write_expiry(X509 *certificate, char *buf, size_t cap);

/* tls_name.c */

/** Whether a certificate is for a host, by its names and, without such, by its common name. */
bool provi_tls_is_for_host(X509 *certificate, prov_str host);
/** Common name of a subject or issuer, cut to fit; empty without one. Returns its length. */
size_t provi_tls_common_name(const X509_NAME *name, char buf[PROVI_TLS_NAME_CAP]);
/** Whether both name the same organisation. */
bool provi_tls_share_organisation(const X509_NAME *a, const X509_NAME *b);
/** What to call a certificate: its common name, else the first name it is for. */
void provi_tls_call(X509 *certificate, char buf[PROVI_TLS_NAME_CAP]);
/** The names a certificate is for, `a, b, …`, as many as fit. */
void provi_tls_list_names(X509 *certificate, char *buf, size_t cap);

#endif
