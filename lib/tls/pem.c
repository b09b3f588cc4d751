/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Reads PEM from files and texts, and describes other content in its place. */
#include "tls/tls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

#include "base/array.h"
#include "base/content.h"
#include "base/error.h"
#include "base/str.h"

#define READ_BYTES 16384

static prov_status read_all(FILE *file, struct provi_buffer *pem, const struct prov_alloc *alloc)
{
    for (;;) {
        prov_status status = provi_buffer_reserve(pem, alloc, READ_BYTES);
        if (status != PROV_OK)
            return status;
        size_t n = fread(pem->data + pem->len, 1, READ_BYTES, file);
        pem->len += n;
        if (n < READ_BYTES)
            return ferror(file) ? PROV_E_IO : PROV_OK;
    }
}

prov_status provi_tls_read_file(struct provi_buffer *pem, const struct prov_alloc *alloc,
                                const char *path, struct prov_error *err)
{
    FILE *file = fopen(path, "rb");
    if (file)
        setvbuf(file, NULL, _IONBF, 0); /* so that no copy of a key remains in a buffer */
    prov_status status = file ? read_all(file, pem, alloc) : PROV_E_IO;
    int error = errno;
    if (file)
        fclose(file);
    if (status == PROV_OK)
        return PROV_OK;
    if (status == PROV_E_NOMEM)
        return provi_fail_nomem(err);
    if (status != PROV_E_IO)
        return provi_fail(err, status, "cannot read %s: %s", path, prov_status_text(status));
    char reason[96] = "";
    if (strerror_r(error, reason, sizeof reason) != 0) /* GCOV_EXCL_BR_LINE: an unknown errno */
        reason[0] = '\0';
    provi_fail(err, status, "cannot read %s: %s", path, reason);
    provi_error_native(err, PROV_ORIGIN_OS, error);
    return status;
}

int provi_tls_no_passphrase(char *buf, int size, int is_writing, void *ctx)
{
    (void)buf;
    (void)size;
    (void)is_writing;
    (void)ctx;
    return -1;
}

prov_status provi_tls_take_errors(prov_status status)
{
    for (unsigned long code; (code = ERR_get_error()) != 0;)
        if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
            status = PROV_E_NOMEM;
    return status;
}

bool provi_tls_lacked_memory(void)
{
    bool is_poor = errno == ENOMEM;
    return provi_tls_take_errors(PROV_OK) != PROV_OK || is_poor;
}

/*
 * OpenSSL decodes the public key and the extensions of a certificate only once, and records a
 * failure: lack of memory at that time would make a good certificate useless for ever. So decode
 * them now, and parse the certificate again if that fails.
 */
static bool is_decoded(X509 *certificate)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    return key && EVP_PKEY_get_bits(key) > 0 && X509_check_purpose(certificate, -1, 0) == 1;
}

/* NULL: no memory. */
static X509 *parse_again(X509 *certificate)
{
    unsigned char *der = NULL;
    int len = i2d_X509(certificate, &der);
    const unsigned char *at = der;
    X509 *again = len > 0 ? d2i_X509(NULL, &at, len) : NULL;
    OPENSSL_free(der);
    return again;
}

bool provi_tls_lost_key(X509 *certificate)
{
    if (X509_get0_pubkey(certificate))
        return false;
    X509 *again = parse_again(certificate);
    bool is_lost = !again || X509_get0_pubkey(again); /* GCOV_EXCL_BR_LINE: whole processes */
    X509_free(again);
    return is_lost;
}

/* False: no memory. A certificate that cannot be decoded is left unchanged. */
static bool decode_all(STACK_OF(X509_INFO) * infos)
{
    for (int i = 0; i < sk_X509_INFO_num(infos); i++) {
        X509_INFO *info = sk_X509_INFO_value(infos, i);
        if (!info->x509 || is_decoded(info->x509))
            continue;
        X509 *again = parse_again(info->x509);
        if (!again)
            return false;
        is_decoded(again);
        X509_free(info->x509);
        info->x509 = again;
    }
    return true;
}

prov_status provi_tls_parse(STACK_OF(X509_INFO) * *out, prov_str pem, const char *what,
                            struct prov_error *err)
{
    BIO *bio = BIO_new_mem_buf(pem.len ? pem.data : "", (int)pem.len);
    *out = bio ? PEM_X509_INFO_read_bio(bio, NULL, provi_tls_no_passphrase, NULL) : NULL;
    size_t n_left = bio ? BIO_ctrl_pending(bio) : 0;
    const char *words = ERR_reason_error_string(ERR_peek_last_error());
    BIO_free(bio);
    bool is_poor = *out && !decode_all(*out);
    prov_status status = provi_tls_take_errors(bio ? PROV_E_CORRUPT : PROV_E_NOMEM);
    if (*out && !is_poor)
        return PROV_OK;
    provi_tls_free_infos(*out);
    *out = NULL;
    if (is_poor || status == PROV_E_NOMEM)
        return provi_fail_nomem(err);
    provi_fail(err, status, "damaged PEM: %s, found %s: %s", what, provi_tls_describe(pem),
               words ? words : "no reason given");
    provi_error_at(err, pem, pem.len - n_left);
    return status;
}

void provi_tls_free_infos(STACK_OF(X509_INFO) * infos)
{
    sk_X509_INFO_pop_free(infos, X509_INFO_free);
}

/* Marks that are searched anywhere in the text, in this order. */
static const struct {
    const char *part;
    const char *text;
} parts[] = {
    {"-----BEGIN CERTIFICATE REQUEST-----", "a request, which a CA has to sign first"},
    {"-----BEGIN NEW CERTIFICATE REQUEST-----", "a request, which a CA has to sign first"},
    {"-----BEGIN CERTIFICATE-----", "a certificate"},
    {"-----BEGIN X509 CRL-----", "a revocation list"},
    {"-----BEGIN PKCS7-----", "PKCS #7 (openssl pkcs7 -print_certs)"},
    {"-----BEGIN PUBLIC KEY-----", "a public key"},
    {"-----BEGIN ENCRYPTED PRIVATE KEY-----", "a private key with a passphrase"},
    {"Proc-Type: 4,ENCRYPTED", "a private key with a passphrase"},
    {"-----BEGIN OPENSSH PRIVATE KEY-----", "a private key of OpenSSH"},
    {"PRIVATE KEY-----", "a private key"},
    {"-----BEGIN ", "PEM of another kind, or with a damaged BEGIN line"},
};

/* A SEQUENCE with a length of one to three bytes, as all these formats begin; the length of a short
 * key has no further byte (X.690, section 8.1.3). */
static bool is_der(prov_str data)
{
    if (data.len < 4 || data.data[0] != 0x30)
        return false;
    unsigned length = (unsigned char)data.data[1];
    return (length >= 0x81 && length <= 0x83) || length + 2 == data.len;
}

static const char *describe_der(prov_str data)
{
    const unsigned char *at = (const unsigned char *)data.data;
    X509 *certificate = d2i_X509(NULL, &at, (long)data.len);
    X509_free(certificate);
    if (certificate)
        return "a certificate in DER (openssl x509 -inform der)";
    at = (const unsigned char *)data.data;
    PKCS12 *pkcs12 = d2i_PKCS12(NULL, &at, (long)data.len);
    PKCS12_free(pkcs12);
    if (pkcs12)
        return "PKCS #12 (openssl pkcs12)";
    at = (const unsigned char *)data.data;
    PKCS7 *pkcs7 = d2i_PKCS7(NULL, &at, (long)data.len);
    PKCS7_free(pkcs7);
    if (pkcs7)
        return "PKCS #7 in DER (openssl pkcs7 -inform der -print_certs)";
    at = (const unsigned char *)data.data;
    X509_CRL *list = d2i_X509_CRL(NULL, &at, (long)data.len);
    X509_CRL_free(list);
    if (list)
        return "a revocation list in DER (openssl crl -inform der)";
    at = (const unsigned char *)data.data;
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)data.len);
    EVP_PKEY_free(key);
    return key ? "a private key in DER (openssl pkey -inform der)" : "what looks like DER";
}

const char *provi_tls_describe(prov_str data)
{
    const char *text = NULL;
    for (size_t i = 0; i < PROVI_LEN(parts) && !text; i++)
        if (provi_str_has(data, prov_str_from(parts[i].part)))
            text = parts[i].text;
    if (!text && is_der(data))
        text = describe_der(data);
    provi_tls_take_errors(PROV_OK);
    prov_str trimmed = provi_str_trim(data);
    if (!text && provi_str_starts(trimmed, PROVI_LIT("ssh-")))
        text = "a public key of OpenSSH";
    if (!text && provi_str_starts(trimmed, PROVI_LIT("MII")))
        text = "base64 without the lines BEGIN and END";
    if (!text)
        text = provi_content_kind(data);
    if (text)
        return text;
    return trimmed.len ? "no line -----BEGIN ...-----" : "nothing";
}
