/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The handshake of one connection: its settings, and the record of its faults. */
#include "tls/tls.h"

#include <string.h>

#include <openssl/err.h>
#include <openssl/sslerr.h>

/* Most bytes read in one turn of the event loop. */
enum { MAX_TURN_BYTES = 65536 };

/* Whether a CA that the server wants has issued the device's certificate, or one sent along. */
static bool is_issued_by(SSL *ssl, const X509_NAME *ca)
{
    X509 *own = SSL_get_certificate(ssl);
    STACK_OF(X509) *issuers = NULL;
    bool is_issued = own && X509_NAME_cmp(X509_get_issuer_name(own), ca) == 0;
    SSL_get0_chain_certs(ssl, &issuers);
    for (int i = 0; i < sk_X509_num(issuers) && !is_issued; i++)
        is_issued = X509_NAME_cmp(X509_get_issuer_name(sk_X509_value(issuers, i)), ca) == 0;
    return is_issued;
}

/* Called by OpenSSL when the server asks for the device's certificate. */
static int record_request(SSL *ssl, void *unused)
{
    (void)unused;
    struct provi_tls_hop *hop = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    if (!hop)
        return 1;
    const STACK_OF(X509_NAME) *wanted = SSL_get0_peer_CA_list(ssl);
    hop->was_asked = true;
    hop->is_one_of_several = sk_X509_NAME_num(wanted) > 1;
    for (int i = 0; i < sk_X509_NAME_num(wanted); i++) {
        const X509_NAME *ca = sk_X509_NAME_value(wanted, i);
        if (hop->wanted_ca[0] == '\0')
            provi_tls_name(ca, hop->wanted_ca);
        hop->has_wanted_ca = hop->has_wanted_ca || is_issued_by(ssl, ca);
    }
    return 1;
}

/* Record the head of the first record: if the peer does not speak TLS, OpenSSL reads no more. */
static void record_start(int is_sent, int version, int type, const void *data, size_t len, SSL *ssl,
                         void *unused)
{
    (void)version;
    (void)unused;
    struct provi_tls_hop *hop = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    if (!hop || is_sent || type != SSL3_RT_HEADER || hop->n_start > 0)
        return;
    hop->n_start = len < sizeof hop->start ? len : sizeof hop->start;
    memcpy(hop->start, data, hop->n_start);
}

/* Called before and after each read from the network. At the limit, nothing more is there yet. */
static long limit_turn(BIO *bio, int op, const char *data, size_t len, int argi, long argl,
                       int result, size_t *n_read)
{
    (void)data, (void)len, (void)argi, (void)argl;
    struct provi_tls *tls = (void *)BIO_get_callback_arg(bio);
    if (op == (BIO_CB_READ | BIO_CB_RETURN) && result > 0)
        tls->n_turn_bytes += *n_read;
    if (op != BIO_CB_READ || tls->n_turn_bytes < MAX_TURN_BYTES)
        return result;
    BIO_clear_retry_flags(bio);
    BIO_set_retry_read(bio);
    return -1;
}

/* Record the first error of the handshake, and any alert: libcurl reports them only as text. */
static void record_failure(struct provi_tls_hop *hop, const SSL *ssl, int where, int value)
{
    if (where == SSL_CB_READ_ALERT && value >> 8 == SSL3_AL_FATAL)
        hop->code = ERR_PACK(ERR_LIB_SSL, 0, SSL_AD_REASON_OFFSET + (value & 0xff));
    else if (where == SSL_CB_CONNECT_EXIT && value <= 0 && hop->code == 0)
        hop->code = provi_tls_first_error();
    if (ERR_GET_REASON(hop->code) == SSL_R_WRONG_VERSION_NUMBER && where == SSL_CB_CONNECT_EXIT) {
        /* The connection is lost anyway, and the next bytes show which service it is. */
        int n = BIO_read(SSL_get_rbio(ssl), hop->start + hop->n_start,
                         (int)(sizeof hop->start - hop->n_start));
        hop->n_start += n > 0 ? (size_t)n : 0;
    }
}

/* Called by OpenSSL at each step of a connection. If memory fails, libcurl leaves it without a
 * BIO. */
static void on_step(const SSL *ssl, int where, int value)
{
    struct provi_tls_hop *hop = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));
    BIO *in = SSL_get_rbio(ssl);
    if (hop && in && where == SSL_CB_HANDSHAKE_START) {
        BIO_set_callback_arg(in, (char *)hop->tls);
        BIO_set_callback_ex(in, limit_turn);
    } else if (hop) {
        record_failure(hop, ssl, where, value);
    }
}

bool provi_tls_is_starved(const struct provi_tls_hop *hop)
{
    return ERR_GET_REASON(hop->code) == ERR_R_MALLOC_FAILURE;
}

void provi_tls_begin_turn(struct provi_tls *tls)
{
    tls->n_turn_bytes = 0;
}

void provi_tls_join(struct provi_tls_hop *hop, SSL_CTX *context)
{
    provi_tls_leave(hop);
    SSL_CTX_up_ref(context);
    SSL_CTX_set_app_data(context, hop);
    hop->context = context;
    hop->fault = (struct prov_error){.size = sizeof hop->fault};
    hop->was_asked = hop->is_one_of_several = hop->has_wanted_ca = false;
    hop->wanted_ca[0] = '\0';
    hop->code = 0;
    hop->n_start = 0;
}

/* Another hop may have joined the connection. */
void provi_tls_leave(struct provi_tls_hop *hop)
{
    SSL_CTX *context = hop->context;
    if (!context)
        return;
    if (SSL_CTX_get_app_data(context) == hop)
        SSL_CTX_set_app_data(context, NULL);
    SSL_CTX_free(context);
    hop->context = NULL;
}

/*
 * Not the store of the context: libcurl adds its own certificates to that one, even later.
 *
 * The hop is set as the application data of the context, and only while it exists: a connection
 * outlives its hop, and OpenSSL would copy other pointers into the connection for its whole life.
 */
bool provi_tls_prepare(struct provi_tls_hop *hop, SSL_CTX *context)
{
    X509_STORE *trusted = provi_tls_trust(hop->tls, hop->identity);
    provi_tls_join(hop, context);
    provi_tls_set_level(context, provi_tls_level(hop->tls));
    SSL_CTX_set1_verify_cert_store(context, trusted);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(context, provi_tls_verify, NULL);
    SSL_CTX_set_cert_cb(context, record_request, NULL);
    SSL_CTX_set_info_callback(context, on_step);
    SSL_CTX_set_keylog_callback(context, NULL); /* libcurl obeys SSLKEYLOGFILE */
    SSL_CTX_set_msg_callback(context, record_start);
    return trusted && provi_tls_use_certificate(hop->tls, hop->identity, context);
}

bool provi_tls_seconds(const ASN1_TIME *date, int64_t *seconds)
{
    int days, left_s;
    ASN1_TIME *epoch = ASN1_TIME_set(NULL, 0);
    bool is_ok = epoch && ASN1_TIME_diff(&days, &left_s, epoch, date) == 1;
    if (is_ok)
        *seconds = (int64_t)days * 86400 + left_s;
    ASN1_TIME_free(epoch);
    return is_ok;
}

void provi_tls_get_facts(const SSL *ssl, struct provi_tls_facts *facts)
{
    X509 *certificate = SSL_get0_peer_certificate(ssl);
    *facts = (struct provi_tls_facts){.version = SSL_get_version(ssl), .not_after_s = -1};
    if (!certificate)
        return;
    provi_tls_name(X509_get_subject_name(certificate), facts->subject);
    provi_tls_list_names(certificate, facts->names, sizeof facts->names);
    provi_tls_seconds(X509_get0_notAfter(certificate), &facts->not_after_s);
}
