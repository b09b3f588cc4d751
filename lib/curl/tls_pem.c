/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* PEM: files, and what stands in them. */
#include "curl/tls_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/error.h"

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
        setvbuf(file, NULL, _IONBF, 0); /* a key leaves no copy behind */
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
    if (strerror_r(error, reason, sizeof reason) != 0)
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

prov_status provi_tls_parse(STACK_OF(X509_INFO) * *out, prov_str pem, const char *what,
                            struct prov_error *err)
{
    BIO *bio = BIO_new_mem_buf(pem.len ? pem.data : "", (int)pem.len);
    *out = bio ? PEM_X509_INFO_read_bio(bio, NULL, provi_tls_no_passphrase, NULL) : NULL;
    BIO_free(bio);
    prov_status status = provi_tls_take_errors(bio ? PROV_E_CORRUPT : PROV_E_NOMEM);
    if (*out)
        return PROV_OK;
    if (status == PROV_E_NOMEM)
        return provi_fail_nomem(err);
    return provi_fail(err, status, "damaged PEM: %s", what);
}

void provi_tls_free_infos(STACK_OF(X509_INFO) * infos)
{
    sk_X509_INFO_pop_free(infos, X509_INFO_free);
}
