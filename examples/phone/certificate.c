/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#define _DEFAULT_SOURCE /* realpath() */
#include "certificate.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

#include "host.h"
#include "options.h"
#include "replace.h"

enum { MAX_FILE_BYTES = 256 * 1024 };

static const char begin_mark[] = "-----BEGIN ", end_mark[] = "-----END ",
                  key_mark[] = "PRIVATE KEY";

/* Read a file that OpenSSL has read before. New, NUL-terminated; NULL: errno has the reason. */
static char *read_file(const char *path, size_t *len)
{
    FILE *in = fopen(path, "r");
    char *text = in ? malloc(MAX_FILE_BYTES + 1) : NULL;
    *len = text ? fread(text, 1, MAX_FILE_BYTES + 1, in) : 0;
    if (text && (*len > MAX_FILE_BYTES || ferror(in))) {
        errno = *len > MAX_FILE_BYTES ? EFBIG : errno;
        free(text);
        text = NULL;
    }
    if (in)
        fclose(in);
    if (text)
        text[*len] = '\0';
    return text;
}

/* The next block of a PEM file from @p at on; empty: there is none. */
static prov_str next_block(const char *at)
{
    const char *begin = strstr(at, begin_mark);
    const char *end = begin ? strstr(begin, end_mark) : NULL;
    if (!end)
        return (prov_str){NULL, 0};
    end += strcspn(end, "\n");
    return (prov_str){begin, (size_t)(end - begin) + (*end == '\n')};
}

static bool is_key(prov_str block)
{
    size_t line_len = strcspn(block.data, "\n");
    const char *mark = strstr(block.data, key_mark);
    return mark && mark < block.data + line_len;
}

/* The blocks of a file that are keys, or those that are not, without the first @p n_skipped.
 * New. */
static char *pick(const char *pem, bool wants_keys, size_t n_skipped)
{
    char *picked = NULL;
    size_t len;
    FILE *out = open_memstream(&picked, &len);
    for (prov_str block = next_block(pem); out && block.len;
         block = next_block(block.data + block.len)) {
        if (is_key(block) != wants_keys)
            continue;
        if (n_skipped == 0)
            fprintf(out, "%.*s", (int)block.len, block.data);
        n_skipped -= n_skipped > 0;
    }
    if (!out || fclose(out) == 0)
        return picked;
    free(picked);
    return NULL;
}

prov_status certificate_use(struct phone *phone, struct prov_error *err)
{
    const struct options *options = phone->options;
    phone->certificate = (struct prov_client_certificate){
        .size = sizeof phone->certificate,
        .cert_file = options->cert_file,
        .key_file = options->key_file,
    };
    return options->cert_file
               ? prov_tls_identity_set_certificate(phone->identity, &phone->certificate, err)
               : PROV_OK;
}

static prov_status present(void *ctx, struct prov_renewal_present *out, struct prov_error *err)
{
    const struct phone *phone = ctx;
    (void)err;
    out->certificate = &phone->certificate;
    out->ca_pem = prov_str_from(phone->device_ca);
    return PROV_OK;
}

/* If the same file has the key, the key is kept. A link is followed: its target is replaced. */
static prov_status replace(const char *path, prov_str chain_pem, struct prov_error *err)
{
    char target[PATH_MAX];
    char *content = NULL;
    size_t len;
    char *old = realpath(path, target) ? read_file(target, &len) : NULL;
    char *keys = old ? pick(old, true, 0) : NULL;
    FILE *out = keys ? open_memstream(&content, &len) : NULL;
    if (out)
        fprintf(out, "%.*s%s", (int)chain_pem.len, chain_pem.data, keys);
    bool is_made = out && fclose(out) == 0;
    prov_status status = is_made && replace_file(target, (prov_str){content, len})
                             ? PROV_OK
                             : text_fail_file(PROV_E_IO, path, err);
    free(content);
    free(keys);
    free(old);
    return status;
}

static prov_status install(void *ctx, prov_str chain_pem, struct prov_error *err)
{
    const struct phone *phone = ctx;
    prov_status status = replace(phone->certificate.cert_file, chain_pem, err);
    return status == PROV_OK
               ? prov_tls_identity_set_certificate(phone->identity, &phone->certificate, err)
               : status;
}

prov_status certificate_enable(struct phone *phone, struct prov_error *err)
{
    const struct options *options = phone->options;
    const struct prov_renewal_host host = {
        .size = sizeof host, .ctx = phone, .present = present, .install = install};
    if (!options->cert_file || options->n_phones) /* all phones share the certificate */
        return PROV_OK;
    const char *path = options->device_ca ? options->device_ca : options->cert_file;
    size_t len;
    char *pem = read_file(path, &len);
    phone->device_ca = pem ? pick(pem, false, options->device_ca ? 0 : 1) : NULL;
    free(pem);
    return phone->device_ca ? prov_agent_enable_renewal(phone->agent, &host, err)
                            : text_fail_file(PROV_E_IO, path, err);
}

void certificate_free(struct phone *phone)
{
    free(phone->device_ca);
    phone->device_ca = NULL;
}
