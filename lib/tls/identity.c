/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * A device's identity: its certificate and key, which are checked before any server receives them,
 * and its custom CA. Between connections they are stored as DER and PEM: parsed, they need eight
 * times the memory, and a program may have thousands of identities.
 */
#include "tls/tls.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sslerr.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

#define DETAIL_CAP 128

/* The file or text of a certificate or key. */
struct source {
    const char *file;
    prov_str pem;
    enum prov_tls_reason reason; /* reason to report if it cannot be read */
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

static prov_status read_source(const struct prov_alloc *alloc, const struct source *source,
                               struct provi_buffer *pem, struct prov_error *err)
{
    prov_status status;
    if (source->file)
        status = provi_tls_read_file(pem, alloc, source->file, err);
    else
        status = provi_buffer_add(pem, alloc, source->pem.data, source->pem.len);
    if (status == PROV_OK)
        return PROV_OK;
    if (!source->file)
        provi_fail(err, status, "%s: %s", source->what, prov_status_text(status));
    provi_error_tls(err, source->reason, 0);
    return status;
}

/* Store the certificates. The first is the device's; the others form the chain to a root. */
static prov_status keep_certificates(struct provi_tls_own *own, const struct prov_alloc *alloc,
                                     STACK_OF(X509_INFO) * infos)
{
    size_t size = 0;
    for (int i = 0; i < sk_X509_INFO_num(infos); i++) {
        int len = i2d_X509(sk_X509_INFO_value(infos, i)->x509,
                           NULL); /* 0 if the entry is not a certificate */
        size += len > 0 ? (size_t)len : 0;
    }
    if (size == 0)
        return PROV_E_TLS;
    provi_buffer_init(&own->chain, size, false); /* exactly the needed size */
    if (provi_buffer_reserve(&own->chain, alloc, size) != PROV_OK)
        return PROV_E_NOMEM;
    unsigned char *at = (unsigned char *)own->chain.data;
    for (int i = 0; i < sk_X509_INFO_num(infos); i++)
        i2d_X509(sk_X509_INFO_value(infos, i)->x509, &at);
    own->chain.len = size;
    return PROV_OK;
}

static prov_status load_certificates(struct provi_tls_own *own, const struct prov_alloc *alloc,
                                     const struct source *source, struct prov_error *err)
{
    struct provi_buffer pem;
    STACK_OF(X509_INFO) * infos;
    provi_buffer_init(&pem, PROVI_TLS_MAX_PEM_BYTES, true); /* the text may contain the key too */
    prov_status status = read_source(alloc, source, &pem, err);
    if (status != PROV_OK) {
        provi_buffer_free(&pem, alloc);
        return status;
    }
    status = provi_tls_parse(&infos, provi_buffer_str(&pem), "client certificate", NULL);
    if (status == PROV_OK) {
        status = keep_certificates(own, alloc, infos);
        provi_tls_free_infos(infos);
    }
    if (status != PROV_OK)
        status = fail(err, provi_tls_take_errors(status == PROV_E_NOMEM ? status : PROV_E_TLS),
                      PROV_TLS_CLIENT_UNREADABLE,
                      "client certificate: expected a PEM certificate, found ",
                      provi_tls_describe(provi_buffer_str(&pem)));
    provi_buffer_free(&pem, alloc);
    return status;
}

static prov_status keep_key(struct provi_tls_own *own, const struct prov_alloc *alloc,
                            EVP_PKEY *key)
{
    unsigned char *der = NULL;
    int len = i2d_PrivateKey(key, &der);
    if (len <= 0)
        return provi_tls_take_errors(PROV_E_TLS);
    provi_buffer_init(&own->key, (size_t)len, true);
    prov_status status = provi_buffer_add(&own->key, alloc, der, (size_t)len);
    OPENSSL_clear_free(der, (size_t)len);
    return status;
}

static prov_status load_key(struct provi_tls_own *own, EVP_PKEY **key,
                            const struct prov_alloc *alloc, const struct source *source,
                            struct prov_error *err)
{
    struct provi_buffer pem;
    provi_buffer_init(&pem, PROVI_TLS_MAX_PEM_BYTES, true);
    prov_status status = read_source(alloc, source, &pem, err);
    if (status != PROV_OK) {
        provi_buffer_free(&pem, alloc);
        return status;
    }
    BIO *bio = BIO_new_mem_buf(pem.len ? pem.data : "", (int)pem.len);
    if (bio)
        *key = PEM_read_bio_PrivateKey(bio, NULL, provi_tls_no_passphrase, NULL);
    status = provi_tls_take_errors(bio ? PROV_E_TLS : PROV_E_NOMEM);
    BIO_free(bio);
    if (*key)
        status = keep_key(own, alloc, *key);
    if (status != PROV_OK)
        fail(err, status, PROV_TLS_KEY_UNREADABLE,
             "client key: expected a PEM key without a passphrase, found ",
             provi_tls_describe(provi_buffer_str(&pem)));
    provi_buffer_free(&pem, alloc);
    return status;
}

void provi_tls_free_parsed(struct provi_tls_parsed *parsed)
{
    X509_free(parsed->certificate);
    sk_X509_pop_free(parsed->issuers, X509_free);
    EVP_PKEY_free(parsed->key); /* OpenSSL wipes it */
}

/* False: OpenSSL has no memory; the stored certificates are known to be valid. */
static bool parse_certificates(struct provi_tls_parsed *parsed, const struct provi_tls_own *own)
{
    const unsigned char *at = (const unsigned char *)own->chain.data;
    const unsigned char *end = at + own->chain.len;
    parsed->certificate = d2i_X509(NULL, &at, end - at);
    parsed->issuers = sk_X509_new_null();
    bool is_ok = parsed->certificate && parsed->issuers;
    while (is_ok && at < end) {
        X509 *issuer = d2i_X509(NULL, &at, end - at);
        is_ok = issuer && sk_X509_push(parsed->issuers, issuer) > 0;
        if (!is_ok)
            X509_free(issuer);
    }
    return is_ok;
}

static bool show(const struct provi_tls_parsed *parsed, SSL_CTX *context)
{
    return SSL_CTX_use_certificate(context, parsed->certificate) == 1 &&
           SSL_CTX_set1_chain(context, parsed->issuers) == 1 &&
           (!parsed->key || SSL_CTX_use_PrivateKey(context, parsed->key) == 1);
}

bool provi_tls_use_certificate(struct provi_tls *tls, const prov_tls_identity *identity,
                               SSL_CTX *context)
{
    const struct provi_tls_own *own = &identity->own;
    if (own->chain.len == 0)
        return true;
    struct provi_tls_parsed parsed = {.certificate = NULL};
    bool is_ok = parse_certificates(&parsed, own);
    if (is_ok && own->sign) {
        const struct provi_tls_host_key host = {X509_get0_pubkey(parsed.certificate), own->sign,
                                                own->sign_ctx};
        provi_tls_borrow_key(tls, host, &parsed.key, NULL);
    } else if (is_ok) {
        const unsigned char *at = (const unsigned char *)own->key.data;
        parsed.key = d2i_AutoPrivateKey(NULL, &at, (long)own->key.len);
    }
    is_ok = is_ok && parsed.key && show(&parsed, context);
    provi_tls_free_parsed(&parsed);
    return is_ok;
}

/* Let OpenSSL check certificate and key in the same way as a handshake does. */
static prov_status check_use(const struct provi_tls_parsed *parsed, int level,
                             struct prov_error *err)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context)
        return provi_fail_nomem(err);
    provi_tls_set_level(context, level);
    bool fits = show(parsed, context);
    unsigned long code = ERR_peek_last_error();
    const char *words = ERR_reason_error_string(code);
    if (!words) /* GCOV_EXCL_BR_LINE: OpenSSL has words for all that it refuses here */
        words = "no reason given";
    SSL_CTX_free(context);
    prov_status status = provi_tls_take_errors(PROV_E_TLS);
    if (fits)
        return PROV_OK;
    switch (ERR_GET_REASON(code)) {
    case SSL_R_CA_MD_TOO_WEAK:
        return fail(err, status, PROV_TLS_WEAK_DIGEST,
                    "client certificate has a weak signature: expected SHA-256", "");
    case SSL_R_EE_KEY_TOO_SMALL:
    case SSL_R_CA_KEY_TOO_SMALL:
        return fail(err, status, PROV_TLS_WEAK_KEY,
                    "client certificate has too weak a key: " PROVI_TLS_STRONG_KEY, "");
    default:
        return fail(err, status, PROV_TLS_CLIENT_UNREADABLE,
                    "client certificate cannot be used: ", words);
    }
}

/* Check that a key belongs to the first certificate; the message covers a key of another one. */
prov_status provi_tls_check_key(const struct provi_tls_parsed *parsed, struct prov_error *err)
{
    if (!parsed->key || X509_check_private_key(parsed->certificate, parsed->key) == 1)
        return PROV_OK;
    prov_status status = provi_tls_take_errors(PROV_E_TLS);
    bool is_of_issuer = false;
    for (int i = 0; i < sk_X509_num(parsed->issuers); i++)
        if (X509_check_private_key(sk_X509_value(parsed->issuers, i), parsed->key) == 1)
            is_of_issuer = true;
    provi_tls_take_errors(PROV_OK);
    if (provi_tls_lost_key(parsed->certificate))
        status = PROV_E_NOMEM;
    return fail(err, status, PROV_TLS_KEY_MISMATCH,
                "client key is not that of the client certificate",
                is_of_issuer ? ", but of one after it: the device's own has to be the first" : "");
}

static prov_status check(const struct provi_tls_parsed *parsed, const prov_tls_identity *identity,
                         struct prov_error *err)
{
    char detail[DETAIL_CAP], name[PROVI_TLS_NAME_CAP];
    const ASN1_TIME *end = X509_get0_notAfter(parsed->certificate);
    int64_t now_s;
    prov_status status = PROV_OK;
    if (provi_tls_now(&identity->clock, &now_s) &&
        X509_cmp_time(end, &(time_t){(time_t)now_s}) < 0) {
        provi_tls_write_expiry(parsed->certificate, &identity->clock, detail, sizeof detail);
        status = fail(err, PROV_E_TLS, PROV_TLS_CLIENT_EXPIRED, "client ", detail);
    } else {
        status = provi_tls_check_key(parsed, err);
    }
    if (status == PROV_OK)
        status = check_use(parsed, identity->level, err);
    if (status != PROV_E_TLS)
        return status;
    provi_tls_write_subject(parsed->certificate, name);
    provi_error_subject(err, prov_str_from(name));
    return status;
}

static bool is_consistent(const struct prov_client_certificate *given)
{
    int n_certificates = (given->cert_file != NULL) + (given->cert_pem.len > 0);
    int n_keys = (given->key_file != NULL) + (given->key_pem.len > 0) + (given->sign != NULL);
    return n_certificates == 1 && n_keys <= 1 && provi_str_is_sound(given->cert_pem) &&
           provi_str_is_sound(given->key_pem);
}

prov_status provi_tls_read_own(struct provi_tls_own *own, struct provi_tls_parsed *parsed,
                               const struct prov_alloc *alloc,
                               const struct prov_client_certificate *given, struct prov_error *err)
{
    struct source certificate = {given->cert_file, given->cert_pem, PROV_TLS_CLIENT_UNREADABLE,
                                 "client certificate"};
    struct source key = {given->key_file, given->key_pem, PROV_TLS_KEY_UNREADABLE, "client key"};
    *own = (struct provi_tls_own){.sign = given->sign, .sign_ctx = given->sign_ctx};
    *parsed = (struct provi_tls_parsed){.certificate = NULL};
    if (!is_consistent(given))
        return provi_fail_invalid(err, "one certificate and at most one key");
    if (!key.file && key.pem.len == 0) {
        key.file = certificate.file;
        key.pem = certificate.pem;
    }
    prov_status status = load_certificates(own, alloc, &certificate, err);
    if (status == PROV_OK && !parse_certificates(parsed, own))
        status = provi_fail_nomem(err);
    if (status == PROV_OK)
        status = given->sign ? provi_tls_check_host_key(X509_get0_pubkey(parsed->certificate), err)
                             : load_key(own, &parsed->key, alloc, &key, err);
    return status;
}

static prov_status load(struct provi_tls_own *own, const prov_tls_identity *identity,
                        const struct prov_client_certificate *given, struct prov_error *err)
{
    struct provi_tls_parsed parsed;
    prov_status status = provi_tls_read_own(own, &parsed, &identity->alloc, given, err);
    if (status == PROV_OK)
        status = check(&parsed, identity, err);
    provi_tls_free_parsed(&parsed);
    provi_tls_take_errors(PROV_OK);
    return status;
}

void provi_tls_free_own(struct provi_tls_own *own, const struct prov_alloc *alloc)
{
    provi_buffer_free(&own->chain, alloc);
    provi_buffer_free(&own->key, alloc);
}

/* Random, so that no two identities ever have the same label, even at the same address. */
static prov_status make_label(struct provi_tls_label *label, struct prov_error *err)
{
    int n = RAND_bytes(label->bytes, sizeof label->bytes);
    if (n == 1) /* GCOV_EXCL_BR_LINE: else OpenSSL is without memory or entropy */
        return PROV_OK;
    provi_tls_take_errors(PROV_OK); /* GCOV_EXCL_START */
    return provi_fail_nomem(err);   /* GCOV_EXCL_STOP */
}

prov_status provi_tls_set_certificate(prov_tls_identity *identity,
                                      const struct prov_client_certificate *given,
                                      struct prov_error *err)
{
    struct provi_tls_own own = {.sign = NULL};
    struct provi_tls_label label;
    prov_status status = given ? load(&own, identity, given, err) : PROV_OK;
    if (status == PROV_OK)
        status = make_label(&label, err);
    if (status != PROV_OK) {
        provi_tls_free_own(&own, &identity->alloc);
        return status;
    }
    provi_tls_free_own(&identity->own, &identity->alloc);
    identity->own = own;
    identity->label = label;
    return PROV_OK;
}

prov_status prov_tls_identity_set_certificate(prov_tls_identity *identity,
                                              const struct prov_client_certificate *certificate,
                                              struct prov_error *err)
{
    if (!identity)
        return provi_fail_invalid(err, "identity is NULL");
    if (!certificate)
        return provi_tls_set_certificate(identity, NULL, err);
    struct prov_client_certificate known;
    prov_status status = provi_abi_in(&known, sizeof known, certificate, err);
    return status == PROV_OK ? provi_tls_set_certificate(identity, &known, err) : status;
}

prov_status prov_tls_identity_set_custom_ca(prov_tls_identity *identity, prov_str pem,
                                            uint32_t flags, struct prov_error *err)
{
    struct provi_tls_label label;
    struct provi_buffer custom;
    char name[PROVI_TLS_NAME_CAP] = "";
    if (!identity)
        return provi_fail_invalid(err, "identity is NULL");
    if (flags & ~(uint32_t)PROV_CUSTOM_CA_ONLY)
        return provi_fail_invalid(err, "unknown flags");
    if (!provi_str_is_sound(pem))
        return provi_fail_invalid(err, "pem");
    prov_status status = pem.len > 0 ? provi_tls_check_custom(pem, name, err) : PROV_OK;
    if (status == PROV_OK)
        status = make_label(&label, err);
    if (status != PROV_OK)
        return status;
    provi_buffer_init(&custom, pem.len, false);
    if (provi_buffer_add(&custom, &identity->alloc, pem.data, pem.len) != PROV_OK)
        return provi_fail_nomem(err);
    provi_buffer_free(&identity->custom, &identity->alloc);
    identity->custom = custom;
    identity->is_custom_only = flags & PROV_CUSTOM_CA_ONLY;
    identity->label = label;
    memcpy(identity->custom_name, name, sizeof name);
    return PROV_OK;
}

prov_status prov_tls_identity_custom_ca_name(const prov_tls_identity *identity, char *buf,
                                             size_t cap, size_t *len)
{
    if (!identity || !len)
        return PROV_E_INVALID;
    if (identity->custom.len == 0)
        return PROV_E_NOT_FOUND;
    return provi_str_out(prov_str_from(identity->custom_name), buf, cap, len);
}

bool prov_tls_identity_has_certificate(const prov_tls_identity *identity)
{
    return identity && identity->own.chain.len > 0;
}

static void end(void *object)
{
    prov_tls_identity *identity = object;
    struct prov_alloc alloc = identity->alloc;
    provi_tls_free_own(&identity->own, &alloc);
    provi_buffer_free(&identity->custom, &alloc);
    provi_free(&alloc, identity, sizeof *identity);
}

prov_status prov_tls_identity_new(prov_tls_identity **out,
                                  const struct prov_tls_identity_options *opt,
                                  struct prov_error *err)
{
    if (!out)
        return provi_fail_invalid(err, "out is NULL");
    *out = NULL;
    struct prov_tls_identity_options known;
    prov_status status = provi_abi_in(&known, sizeof known, opt, err);
    if (status != PROV_OK)
        return status;
    status = provi_tls_use_first(err);
    if (status != PROV_OK) /* GCOV_EXCL_BR_LINE: tried by whole processes */
        return status;
    struct prov_alloc alloc = provi_alloc_or_default(known.alloc);
    prov_tls_identity *identity = provi_alloc_zero(&alloc, sizeof *identity);
    if (!identity)
        return provi_fail_nomem(err);
    identity->shared = (struct provi_shared){.n_owners = 1, .end = end};
    identity->alloc = alloc;
    identity->level = PROVI_TLS_LEAST_LEVEL;
    if (known.clock)
        identity->clock = *known.clock;
    status = make_label(&identity->label, err);
    if (status != PROV_OK) { /* GCOV_EXCL_BR_LINE: OpenSSL without memory or entropy */
        end(identity);
        return status;
    }
    *out = identity;
    return PROV_OK;
}

void prov_tls_identity_free(prov_tls_identity *identity)
{
    provi_unshare(identity);
}
