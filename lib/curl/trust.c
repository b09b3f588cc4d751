/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "curl/trust.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"

#define MAX_PATH_BYTES 4096
#define MAX_PEM_BYTES (4u << 20)
#define READ_BYTES 16384

/* The places libcurl was built with. */
struct system_roots {
    const char *file;
    const char *folder;
};

static struct system_roots find_system_roots(CURL *easy)
{
    struct system_roots roots = {NULL, NULL};
    curl_easy_getinfo(easy, CURLINFO_CAINFO, &roots.file);
    curl_easy_getinfo(easy, CURLINFO_CAPATH, &roots.folder);
    return roots;
}

static prov_status set_path(struct provi_buffer *path, const struct prov_alloc *alloc,
                            const char *text, struct prov_error *err)
{
    prov_status status = provi_buffer_add(path, alloc, text, strlen(text));
    if (status != PROV_OK)
        provi_fail(err, status, "path of trusted roots: %s", prov_status_text(status));
    return status;
}

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

static prov_status add_file(struct provi_curl_trust *trust, const struct prov_alloc *alloc,
                            const char *path, struct prov_error *err)
{
    FILE *file = fopen(path, "rb");
    prov_status status = file ? read_all(file, &trust->pem, alloc) : PROV_E_IO;
    int error = errno;
    if (file)
        fclose(file);
    if (status == PROV_OK)
        status = provi_buffer_add(&trust->pem, alloc, "\n", 1);
    if (status == PROV_OK)
        return PROV_OK;
    provi_fail(err, status, "cannot read trusted roots from %s", path);
    if (status == PROV_E_IO)
        provi_error_native(err, PROV_ORIGIN_OS, error);
    return status;
}

static prov_status add_pem(struct provi_curl_trust *trust, const struct prov_alloc *alloc,
                           prov_str pem, struct prov_error *err)
{
    prov_status status = provi_buffer_add(&trust->pem, alloc, pem.data, pem.len);
    if (status == PROV_OK)
        status = provi_buffer_add(&trust->pem, alloc, "\n", 1);
    if (status != PROV_OK)
        provi_fail(err, status, "trusted roots in memory: %s", prov_status_text(status));
    return status;
}

/* One source stays a path; of several each file is read. */
static prov_status add_sources(struct provi_curl_trust *trust, const struct prov_alloc *alloc,
                               const struct prov_curl_options *opt, const char *system_file,
                               struct prov_error *err)
{
    const char *files[] = {opt->ca_file, system_file};
    bool is_alone = opt->ca_pem.len == 0 && !(opt->ca_file && system_file);
    prov_status status = PROV_OK;
    for (size_t i = 0; i < 2 && status == PROV_OK; i++) {
        if (!files[i])
            continue;
        status = is_alone ? set_path(&trust->file, alloc, files[i], err)
                          : add_file(trust, alloc, files[i], err);
    }
    if (status == PROV_OK && opt->ca_pem.len > 0)
        status = add_pem(trust, alloc, opt->ca_pem, err);
    return status;
}

prov_status provi_curl_trust_init(struct provi_curl_trust *trust, const struct prov_alloc *alloc,
                                  const struct prov_curl_options *opt, struct prov_error *err)
{
    provi_buffer_init(&trust->file, MAX_PATH_BYTES, false);
    provi_buffer_init(&trust->folder, MAX_PATH_BYTES, false);
    provi_buffer_init(&trust->pem, MAX_PEM_BYTES, false);

    CURL *easy = curl_easy_init();
    if (!easy)
        return provi_fail_nomem(err);
    struct system_roots roots = {NULL, NULL};
    if (opt->system_roots)
        roots = find_system_roots(easy);
    /* Debian's folder holds what its file holds; the folder is for systems without the file. */
    const char *folder = opt->ca_path ? opt->ca_path : roots.file ? NULL : roots.folder;

    prov_status status = add_sources(trust, alloc, opt, roots.file, err);
    if (status == PROV_OK && folder)
        status = set_path(&trust->folder, alloc, folder, err);
    curl_easy_cleanup(easy);
    return status;
}

void provi_curl_trust_free(struct provi_curl_trust *trust, const struct prov_alloc *alloc)
{
    provi_buffer_free(&trust->file, alloc);
    provi_buffer_free(&trust->folder, alloc);
    provi_buffer_free(&trust->pem, alloc);
}

CURLcode provi_curl_trust_set(const struct provi_curl_trust *trust, CURL *easy)
{
    CURLcode code =
        curl_easy_setopt(easy, CURLOPT_CAINFO, trust->file.len ? trust->file.data : NULL);
    if (code == CURLE_OK)
        code =
            curl_easy_setopt(easy, CURLOPT_CAPATH, trust->folder.len ? trust->folder.data : NULL);
    if (code != CURLE_OK || trust->pem.len == 0)
        return code;
    struct curl_blob pem = {
        .data = trust->pem.data,
        .len = trust->pem.len,
        .flags = CURL_BLOB_NOCOPY, /* the transport outlives its handles */
    };
    return curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &pem);
}

bool provi_curl_trust_is_empty(const struct provi_curl_trust *trust)
{
    return trust->file.len == 0 && trust->folder.len == 0 && trust->pem.len == 0;
}
