/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The trusted CAs: roots from files, a folder, memory or the system, in one store. */
#include "tls/tls.h"

#include <string.h>
#include <unistd.h>

#include "base/error.h"

/* Which kind of entry a PEM text must contain. */
enum wanted {
    A_CERTIFICATE,
    A_LIST,
};

static bool add_list(X509_STORE *store, X509_CRL *list)
{
    X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return X509_STORE_add_crl(store, list) == 1;
}

struct found {
    size_t n[2]; /* index: enum wanted */
    X509 *first; /* borrowed */
};

static bool add_infos(X509_STORE *store, STACK_OF(X509_INFO) * infos, struct found *found)
{
    bool is_ok = true;
    for (int i = 0; i < sk_X509_INFO_num(infos) && is_ok; i++) {
        const X509_INFO *info = sk_X509_INFO_value(infos, i);
        found->n[A_CERTIFICATE] += info->x509 != NULL;
        found->n[A_LIST] += info->crl != NULL;
        if (!found->first)
            found->first = info->x509;
        if (info->x509)
            is_ok = X509_STORE_add_cert(store, info->x509) == 1;
        if (info->crl && is_ok)
            is_ok = add_list(store, info->crl);
    }
    return is_ok;
}

/* `first`, if not NULL, receives a reference to the first certificate. */
static prov_status add_pem(X509_STORE *store, prov_str pem, enum wanted wanted, const char *what,
                           X509 **first, struct prov_error *err)
{
    if (pem.len > PROVI_TLS_MAX_PEM_BYTES)
        return provi_fail(err, PROV_E_LIMIT, "more than %u bytes: %s", PROVI_TLS_MAX_PEM_BYTES,
                          what);
    STACK_OF(X509_INFO) * infos;
    prov_status status = provi_tls_parse(&infos, pem, what, err);
    if (status != PROV_OK)
        return status;
    struct found found = {.first = NULL};
    if (!add_infos(store, infos, &found))
        status = provi_fail_nomem(err);
    else if (found.n[wanted] == 0)
        status = provi_fail(err, PROV_E_CORRUPT, "no %s in %s: expected PEM, found %s",
                            wanted == A_LIST ? "revocation list" : "certificate", what,
                            provi_tls_describe(pem));
    if (status == PROV_OK && first) {
        X509_up_ref(found.first);
        *first = found.first;
    }
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
        status = add_pem(tls->builtin, provi_buffer_str(&pem), A_CERTIFICATE, path, NULL, err);
    provi_buffer_free(&pem, &tls->alloc);
    return status;
}

/* Use the folder, if there is one, to find roots. */
static prov_status open_folder(const struct provi_tls *tls, X509_STORE *store,
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

static prov_status add_folder(struct provi_tls *tls, const char *path, struct prov_error *err)
{
    prov_status status = provi_buffer_add(&tls->folder, &tls->alloc, path, strlen(path));
    if (status != PROV_OK)
        return provi_fail(err, status, "folder of roots: %s", prov_status_text(status));
    return open_folder(tls, tls->builtin, err);
}

/* If the system has no such files, it has no roots, which the first transfer reports. On Debian,
 * the folder has the same certificates as the file. */
static prov_status add_system(struct provi_tls *tls, const char *file, const char *folder,
                              struct prov_error *err)
{
    if (file && access(file, R_OK) == 0) {
        prov_status status = provi_buffer_add(&tls->system, &tls->alloc, file, strlen(file));
        return status == PROV_OK ? PROV_OK
                                 : provi_fail(err, status, "file of the system's roots: %s",
                                              prov_status_text(status));
    }
    return folder && tls->folder.len == 0 ? add_folder(tls, folder, err) : PROV_OK;
}

prov_status provi_tls_load_system(struct provi_tls *tls, const prov_tls_identity *identity,
                                  struct prov_error *err)
{
    if (tls->system.len == 0 || (identity->custom.len > 0 && identity->is_custom_only))
        return PROV_OK;
    prov_status status = add_file(tls, tls->system.data, err);
    if (status == PROV_OK)
        provi_buffer_free(&tls->system, &tls->alloc);
    return status;
}

/* A store in which a trusted certificate need not be a root. */
static X509_STORE *new_store(void)
{
    X509_STORE *store = X509_STORE_new();
    if (store)
        X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
    else
        provi_tls_take_errors(PROV_OK);
    return store;
}

prov_status provi_tls_load_roots(struct provi_tls *tls, const struct provi_tls_options *opt,
                                 struct prov_error *err)
{
    tls->builtin = new_store();
    if (!tls->builtin)
        return provi_fail_nomem(err);
    prov_status status = PROV_OK;
    if (opt->ca_file)
        status = add_file(tls, opt->ca_file, err);
    if (status == PROV_OK && opt->ca_path)
        status = add_folder(tls, opt->ca_path, err);
    if (status == PROV_OK && opt->ca_pem.len > 0)
        status = add_pem(tls->builtin, opt->ca_pem, A_CERTIFICATE, "roots in memory", NULL, err);
    if (status == PROV_OK && opt->crl_pem.len > 0)
        status = add_pem(tls->builtin, opt->crl_pem, A_LIST, "revocation lists", NULL, err);
    if (status == PROV_OK)
        status = add_system(tls, opt->system_file, opt->system_path, err);
    return status;
}

/* Add the certificates without parsing them again; revocation lists are added in any case. */
static prov_status copy_builtin(const struct provi_tls *tls, X509_STORE *store, bool with_roots,
                                struct prov_error *err)
{
    STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(tls->builtin);
    for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
        X509_OBJECT *object = sk_X509_OBJECT_value(objects, i);
        X509 *root = with_roots ? X509_OBJECT_get0_X509(object) : NULL;
        X509_CRL *list = X509_OBJECT_get0_X509_CRL(object);
        if ((root && X509_STORE_add_cert(store, root) != 1) || (list && !add_list(store, list)))
            return provi_fail_nomem(err);
    }
    return with_roots ? open_folder(tls, store, err) : PROV_OK;
}

static X509_STORE *make_custom(const struct provi_tls *tls, const prov_tls_identity *identity)
{
    X509_STORE *store = new_store();
    if (!store)
        return NULL;
    prov_status status = copy_builtin(tls, store, !identity->is_custom_only, NULL);
    if (status == PROV_OK)
        status = add_pem(store, provi_buffer_str(&identity->custom), A_CERTIFICATE, "custom CA",
                         NULL, NULL);
    if (status == PROV_OK)
        return store;
    X509_STORE_free(store);
    return NULL;
}

/* The last store is cached: most programs have one device. */
X509_STORE *provi_tls_trust(struct provi_tls *tls, const prov_tls_identity *identity)
{
    if (identity->custom.len == 0)
        return tls->builtin;
    if (tls->custom && memcmp(&tls->custom_of, &identity->label, sizeof tls->custom_of) == 0)
        return tls->custom;
    X509_STORE *store = make_custom(tls, identity);
    if (!store)
        return NULL;
    X509_STORE_free(tls->custom);
    tls->custom = store;
    tls->custom_of = identity->label;
    return store;
}

prov_status provi_tls_check_custom(prov_str pem, char *name, struct prov_error *err)
{
    X509_STORE *store = new_store();
    X509 *first = NULL;
    if (!store)
        return provi_fail_nomem(err);
    prov_status status = add_pem(store, pem, A_CERTIFICATE, "custom CA", &first, err);
    if (status == PROV_OK) {
        provi_tls_write_subject(first, name);
        status = provi_tls_take_errors(PROV_OK);
    }
    if (status == PROV_E_NOMEM)
        provi_fail_nomem(err);
    X509_free(first);
    X509_STORE_free(store);
    return status;
}

/* A custom CA has at least one certificate; otherwise the folder of the options is used. */
bool provi_tls_is_empty(const struct provi_tls *tls, const X509_STORE *store)
{
    STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(store);
    for (int i = 0; i < sk_X509_OBJECT_num(objects); i++)
        if (X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i)))
            return false;
    return tls->folder.len == 0;
}
