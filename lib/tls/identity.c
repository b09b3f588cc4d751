/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* This device's own certificate and key, looked at before any server sees them. */
#include "tls/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sslerr.h>

#include "base/error.h"
#include "base/str.h"

#define DETAIL_CAP 128

/* Where a certificate or a key stands. */
struct source {
    const char *file;
    prov_str pem;
    enum prov_tls_reason reason; /* if it cannot be read */
    const char *what;
};

PROVI_COLD static prov_status fail(struct prov_error *err, prov_status status,
                                   enum prov_tls_reason reason, const char *message,
                                   const char *detail)
{
    if (status == PROV_E_NOMEM)
        return provi_fail_nomem(err);
    provi_fail(err, status, "%s%s", message, detail);
    provi_error_tls(err, reason, 0);
    return status;
}

static prov_status read_source(const struct provi_tls *tls, const struct source *source,
                               struct provi_buffer *pem, struct prov_error *err)
{
    prov_status status;
    if (source->file)
        status = provi_tls_read_file(pem, &tls->alloc, source->file, err);
    else
        status = provi_buffer_add(pem, &tls->alloc, source->pem.data, source->pem.len);
    if (status == PROV_OK)
        return PROV_OK;
    if (!source->file)
        provi_fail(err, status, "%s: %s", source->what, prov_status_text(status));
    provi_error_tls(err, source->reason, 0);
    return status;
}

/* The first certificate is the device's, the others lead from it to a root. */
static prov_status take_certificates(struct provi_tls_identity *identity,
                                     STACK_OF(X509_INFO) * infos)
{
    for (int i = 0; i < sk_X509_INFO_num(infos); i++) {
        X509 *certificate = sk_X509_INFO_value(infos, i)->x509;
        if (!certificate)
            continue;
        X509_up_ref(certificate);
        if (!identity->certificate) {
            identity->certificate = certificate;
        } else if (sk_X509_push(identity->issuers, certificate) == 0) {
            X509_free(certificate);
            return PROV_E_NOMEM;
        }
    }
    return identity->certificate ? PROV_OK : PROV_E_TLS;
}

static prov_status read_certificates(struct provi_tls_identity *identity, prov_str pem,
                                     struct prov_error *err)
{
    STACK_OF(X509_INFO) * infos;
    prov_status status = provi_tls_parse(&infos, pem, "client certificate", NULL);
    if (status == PROV_OK) {
        status = take_certificates(identity, infos);
        provi_tls_free_infos(infos);
    }
    if (status == PROV_OK)
        return PROV_OK;
    return fail(err, status == PROV_E_NOMEM ? status : PROV_E_TLS, PROV_TLS_CLIENT_UNREADABLE,
                "client certificate: expected a PEM certificate, found ", provi_tls_describe(pem));
}

static prov_status read_key(struct provi_tls_identity *identity, prov_str pem,
                            struct prov_error *err)
{
    BIO *bio = BIO_new_mem_buf(pem.len ? pem.data : "", (int)pem.len);
    if (bio)
        identity->key = PEM_read_bio_PrivateKey(bio, NULL, provi_tls_no_passphrase, NULL);
    prov_status status = provi_tls_take_errors(bio ? PROV_E_TLS : PROV_E_NOMEM);
    BIO_free(bio);
    if (identity->key)
        return PROV_OK;
    return fail(err, status, PROV_TLS_KEY_UNREADABLE,
                "client key: expected a PEM key without a passphrase, found ",
                provi_tls_describe(pem));
}

static prov_status load_key(const struct provi_tls *tls, struct provi_tls_identity *identity,
                            const struct source *source, struct prov_error *err)
{
    struct provi_buffer pem;
    provi_buffer_init(&pem, PROVI_TLS_MAX_PEM_BYTES, true);
    prov_status status = read_source(tls, source, &pem, err);
    if (status == PROV_OK)
        status = read_key(identity, provi_buffer_str(&pem), err);
    provi_buffer_free(&pem, &tls->alloc);
    return status;
}

static prov_status load_certificates(const struct provi_tls *tls,
                                     struct provi_tls_identity *identity,
                                     const struct source *source, struct prov_error *err)
{
    struct provi_buffer pem;
    provi_buffer_init(&pem, PROVI_TLS_MAX_PEM_BYTES, true); /* the key may stand beside it */
    identity->issuers = sk_X509_new_null();
    prov_status status = identity->issuers ? PROV_OK : provi_fail_nomem(err);
    if (status == PROV_OK)
        status = read_source(tls, source, &pem, err);
    if (status == PROV_OK)
        status = read_certificates(identity, provi_buffer_str(&pem), err);
    provi_buffer_free(&pem, &tls->alloc);
    return status;
}

/* What OpenSSL thinks of it, by doing what a handshake will do. */
static prov_status try_on(const struct provi_tls *tls, const struct provi_tls_identity *identity,
                          struct prov_error *err)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context)
        return provi_fail_nomem(err);
    provi_tls_set_level(tls, context);
    bool fits = provi_tls_show(identity, context);
    unsigned long code = ERR_peek_last_error();
    const char *words = ERR_reason_error_string(code);
    SSL_CTX_free(context);
    prov_status status = provi_tls_take_errors(PROV_E_TLS);
    if (fits)
        return PROV_OK;
    switch (ERR_GET_REASON(code)) {
    case SSL_R_CA_MD_TOO_WEAK:
        return fail(err, status, PROV_TLS_WEAK_DIGEST,
                    "client certificate has a weak signature: SHA-256 is expected", "");
    case SSL_R_EE_KEY_TOO_SMALL:
    case SSL_R_CA_KEY_TOO_SMALL:
        return fail(err, status, PROV_TLS_WEAK_KEY,
                    "client certificate has too weak a key: " PROVI_TLS_STRONG_KEY, "");
    default:
        return fail(err, status, PROV_TLS_CLIENT_UNREADABLE, "client certificate cannot be used: ",
                    words ? words : "no reason given"); /* GCOV_EXCL_BR_LINE: OpenSSL has words */
    }
}

/* A key that is of no certificate, or of another one than the first. */
static prov_status fail_mismatch(const struct provi_tls_identity *identity, struct prov_error *err)
{
    bool is_of_issuer = false;
    for (int i = 0; i < sk_X509_num(identity->issuers); i++)
        if (X509_check_private_key(sk_X509_value(identity->issuers, i), identity->key) == 1)
            is_of_issuer = true;
    return fail(err, provi_tls_take_errors(PROV_E_TLS), PROV_TLS_KEY_MISMATCH,
                "client key is not that of the client certificate",
                is_of_issuer ? ", but of one behind it: the device's own has to be the first" : "");
}

static prov_status check(const struct provi_tls *tls, const struct provi_tls_identity *identity,
                         struct prov_error *err)
{
    char detail[DETAIL_CAP];
    prov_status status = PROV_OK;
    if (X509_cmp_current_time(X509_get0_notAfter(identity->certificate)) < 0) {
        provi_tls_write_expiry(identity->certificate, detail, sizeof detail);
        status = fail(err, PROV_E_TLS, PROV_TLS_CLIENT_EXPIRED, "client ", detail);
    } else if (X509_check_private_key(identity->certificate, identity->key) != 1) {
        status = fail_mismatch(identity, err);
    } else {
        status = try_on(tls, identity, err);
    }
    if (status != PROV_E_TLS)
        return status;
    char name[PROVI_TLS_NAME_CAP];
    provi_tls_call(identity->certificate, name);
    provi_error_subject(err, prov_str_from(name));
    return status;
}

static prov_status load(struct provi_tls *tls, struct provi_tls_identity *identity,
                        const struct prov_client_certificate *given, struct prov_error *err)
{
    struct source certificate = {given->cert_file, given->cert_pem, PROV_TLS_CLIENT_UNREADABLE,
                                 "client certificate"};
    struct source key = {given->key_file, given->key_pem, PROV_TLS_KEY_UNREADABLE, "client key"};
    if (!key.file && key.pem.len == 0) {
        key.file = certificate.file;
        key.pem = certificate.pem;
    }
    prov_status status = load_certificates(tls, identity, &certificate, err);
    if (status == PROV_OK && given->sign) {
        const struct provi_tls_host_key host = {X509_get0_pubkey(identity->certificate),
                                                given->sign, given->sign_ctx};
        status = provi_tls_borrow_key(tls, host, &identity->key, err);
    }
    if (status == PROV_OK && !given->sign)
        status = load_key(tls, identity, &key, err);
    if (status == PROV_OK)
        status = check(tls, identity, err);
    return status;
}

static bool is_consistent(const struct prov_client_certificate *given)
{
    int n_certificates = (given->cert_file != NULL) + (given->cert_pem.len > 0);
    int n_keys = (given->key_file != NULL) + (given->key_pem.len > 0) + (given->sign != NULL);
    return n_certificates == 1 && n_keys <= 1 && provi_str_is_sound(given->cert_pem) &&
           provi_str_is_sound(given->key_pem);
}

static void free_identity(struct provi_tls_identity *identity)
{
    X509_free(identity->certificate);
    sk_X509_pop_free(identity->issuers, X509_free);
    EVP_PKEY_free(identity->key); /* OpenSSL wipes it */
}

prov_status provi_tls_set_identity(struct provi_tls *tls,
                                   const struct prov_client_certificate *given,
                                   struct prov_error *err)
{
    struct provi_tls_identity identity = {.certificate = NULL};
    prov_status status = PROV_OK;
    if (given && !is_consistent(given))
        return provi_fail_invalid(err, "one certificate and at most one key");
    if (given)
        status = load(tls, &identity, given, err);
    if (status != PROV_OK) {
        free_identity(&identity);
        return status;
    }
    free_identity(&tls->identity);
    tls->identity = identity;
    tls->generation++;
    return PROV_OK;
}

void provi_tls_forget_identity(struct provi_tls *tls)
{
    free_identity(&tls->identity);
    provi_tls_unload_provider(tls);
}

bool provi_tls_show(const struct provi_tls_identity *identity, SSL_CTX *context)
{
    return !identity->certificate ||
           (SSL_CTX_use_certificate(context, identity->certificate) == 1 &&
            SSL_CTX_set1_chain(context, identity->issuers) == 1 &&
            SSL_CTX_use_PrivateKey(context, identity->key) == 1);
}
