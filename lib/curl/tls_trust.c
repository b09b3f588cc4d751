/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Whom this device trusts: roots from files, a folder, memory or the system, in one store. */
#include "curl/tls_priv.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"

/* What a PEM text has to hold at least one of. */
enum wanted {
    A_CERTIFICATE,
    A_LIST,
};

static bool add_list(X509_STORE *store, X509_CRL *list)
{
    return X509_STORE_add_crl(store, list) == 1 &&
           X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL) == 1;
}

static bool add_infos(X509_STORE *store, STACK_OF(X509_INFO) * infos, size_t found[2])
{
    bool is_ok = true;
    for (int i = 0; i < sk_X509_INFO_num(infos) && is_ok; i++) {
        const X509_INFO *info = sk_X509_INFO_value(infos, i);
        found[A_CERTIFICATE] += info->x509 != NULL;
        found[A_LIST] += info->crl != NULL;
        if (info->x509)
            is_ok = X509_STORE_add_cert(store, info->x509) == 1;
        if (info->crl && is_ok)
            is_ok = add_list(store, info->crl);
    }
    return is_ok;
}

static prov_status add_pem(X509_STORE *store, prov_str pem, enum wanted wanted, const char *what,
                           struct prov_error *err)
{
    if (pem.len > PROVI_TLS_MAX_PEM_BYTES)
        return provi_fail(err, PROV_E_LIMIT, "more than %u bytes: %s", PROVI_TLS_MAX_PEM_BYTES,
                          what);
    STACK_OF(X509_INFO) * infos;
    prov_status status = provi_tls_parse(&infos, pem, what, err);
    if (status != PROV_OK)
        return status;
    size_t found[2] = {0, 0};
    if (!add_infos(store, infos, found))
        status = provi_fail_nomem(err);
    else if (found[wanted] == 0)
        status = provi_fail(err, PROV_E_CORRUPT, "no %s in %s",
                            wanted == A_LIST ? "revocation list" : "certificate", what);
    provi_tls_free_infos(infos);
    provi_tls_take_errors(PROV_OK);
    return status;
}

static prov_status add_file(struct provi_tls *tls, const char *path, struct prov_error *err)
{
    struct provi_buffer pem;
    provi_buffer_init(&pem, PROVI_TLS_MAX_PEM_BYTES, false);
    prov_status status = provi_tls_read_file(&pem, &tls->alloc, path, err);
    if (status == PROV_OK)
        status = add_pem(tls->builtin, provi_buffer_str(&pem), A_CERTIFICATE, path, err);
    provi_buffer_free(&pem, &tls->alloc);
    return status;
}

static prov_status add_folder(struct provi_tls *tls, const char *path, struct prov_error *err)
{
    prov_status status = provi_buffer_add(&tls->folder, &tls->alloc, path, strlen(path));
    if (status != PROV_OK)
        return provi_fail(err, status, "folder of roots: %s", prov_status_text(status));
    return provi_tls_open_folder(tls, tls->builtin, err);
}

prov_status provi_tls_open_folder(const struct provi_tls *tls, X509_STORE *store,
                                  struct prov_error *err)
{
    if (tls->folder.len == 0)
        return PROV_OK;
    X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());
    if (lookup && X509_LOOKUP_add_dir(lookup, tls->folder.data, X509_FILETYPE_PEM) == 1)
        return PROV_OK;
    provi_tls_take_errors(PROV_OK);
    return provi_fail_nomem(err);
}

/*
 * The places libcurl was built with. A system without them has no roots, which the first transfer
 * tells; Debian's folder holds what its file holds.
 */
static prov_status add_system(struct provi_tls *tls, struct prov_error *err)
{
    CURL *easy = curl_easy_init();
    if (!easy)
        return provi_fail_nomem(err);
    const char *file = NULL, *folder = NULL;
    curl_easy_getinfo(easy, CURLINFO_CAINFO, &file);
    curl_easy_getinfo(easy, CURLINFO_CAPATH, &folder);
    prov_status status = PROV_OK;
    if (file && access(file, R_OK) == 0)
        status = add_file(tls, file, err);
    else if (folder && tls->folder.len == 0)
        status = add_folder(tls, folder, err);
    curl_easy_cleanup(easy);
    return status;
}

prov_status provi_tls_load_roots(struct provi_tls *tls, const struct prov_curl_options *opt,
                                 struct prov_error *err)
{
    prov_status status = PROV_OK;
    if (opt->ca_file)
        status = add_file(tls, opt->ca_file, err);
    if (status == PROV_OK && opt->ca_path)
        status = add_folder(tls, opt->ca_path, err);
    if (status == PROV_OK && opt->ca_pem.len > 0)
        status = add_pem(tls->builtin, opt->ca_pem, A_CERTIFICATE, "roots in memory", err);
    if (status == PROV_OK && opt->crl_pem.len > 0)
        status = add_pem(tls->builtin, opt->crl_pem, A_LIST, "revocation lists", err);
    if (status == PROV_OK && opt->system_roots)
        status = add_system(tls, err);
    return status;
}

bool provi_tls_is_lonely(const struct provi_tls *tls)
{
    return sk_X509_OBJECT_num(X509_STORE_get0_objects(tls->builtin)) == 0 && tls->folder.len == 0;
}
