/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Keys whose operations the host performs: an OpenSSL provider, in which a key is a public key and
 * a callback of the host.
 *
 * The provider is loaded into a library context of the transport, so only this transport uses it.
 * OpenSSL first offers such a key to its own RSA and ECDSA code; since the key cannot be exported
 * to that code, OpenSSL then uses the provider of the key (provider-keymgmt(7),
 * provider-signature(7)). Only the operation of a TLS handshake is implemented: to sign one whole
 * message.
 */
#include "tls/tls.h"

#include <string.h>

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/params.h>
#include <openssl/rsa.h>

#include "base/error.h"
#include "tls/padding.h"

#define PROVIDER "provision-host"
/* The parameter from which a key is made: the address of a `struct provi_tls_host_key`. */
#define PARAM_HOST_KEY "provision-host-key"
/* The names of OpenSSL's implementations: a certificate's key and this one must have the same
 * names. */
#define RSA_NAMES "RSA:rsaEncryption:1.2.840.113549.1.1.1"
#define EC_NAMES "EC:id-ecPublicKey:1.2.840.10045.2.1"

struct key {
    struct provi_tls_host_key host; /* `public` is a reference; `sign` may be NULL */
};

static void *new_key(void *provider)
{
    (void)provider;
    return OPENSSL_zalloc(sizeof(struct key));
}

static void free_key(void *key_data)
{
    struct key *key = key_data;
    if (key) /* GCOV_EXCL_BR_LINE: OpenSSL gives back what it got */
        EVP_PKEY_free(key->host.public);
    OPENSSL_free(key);
}

static int has_key(const void *key_data, int selection)
{
    const struct key *key = key_data;
    bool is_private = selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY;
    return !is_private || key->host.sign; /* GCOV_EXCL_BR_LINE: a handshake does not ask for it */
}

/* Compare the public parts; a certificate has no other. */
static int match_keys(const void *a, const void *b, int selection)
{
    (void)selection;
    const struct key *one = a, *other = b;
    return EVP_PKEY_eq(one->host.public, other->host.public) == 1;
}

/* Import the public key of a certificate, which OpenSSL does to compare it. */
static bool import_public(struct key *key, const char *type, const OSSL_PARAM params[])
{
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    OSSL_PARAM *copy = OSSL_PARAM_dup(params);
    bool is_ok = context && copy && EVP_PKEY_fromdata_init(context) == 1 &&
                 EVP_PKEY_fromdata(context, &key->host.public, EVP_PKEY_PUBLIC_KEY, copy) == 1;
    OSSL_PARAM_free(copy);
    EVP_PKEY_CTX_free(context);
    return is_ok;
}

static int import(struct key *key, const char *type, const OSSL_PARAM params[])
{
    const OSSL_PARAM *param = OSSL_PARAM_locate_const(params, PARAM_HOST_KEY);
    if (!param)
        return import_public(key, type, params);
    const void *host = NULL;
    size_t size = 0;
    if (OSSL_PARAM_get_octet_ptr(param, &host, &size) != 1) /* GCOV_EXCL_BR_LINE: it is ours */
        return 0;
    memcpy(&key->host, host, sizeof key->host);
    EVP_PKEY_up_ref(key->host.public);
    return 1;
}

static int import_rsa(void *key, int selection, const OSSL_PARAM params[])
{
    (void)selection;
    return import(key, "RSA", params);
}

static int import_ec(void *key, int selection, const OSSL_PARAM params[])
{
    (void)selection;
    return import(key, "EC", params);
}

static const OSSL_PARAM *list_import_types(int selection)
{
    (void)selection;
    static const OSSL_PARAM types[] = {
        OSSL_PARAM_octet_ptr(PARAM_HOST_KEY, NULL, 0),
        OSSL_PARAM_END,
    };
    return types;
}

/* Bits, size and curve are those of the public key. */
static int get_key_params(void *key_data, OSSL_PARAM params[])
{
    const struct key *key = key_data;
    return EVP_PKEY_get_params(key->host.public, params);
}

static const OSSL_PARAM *list_key_params(void *provider)
{
    (void)provider;
    static const OSSL_PARAM params[] = {
        OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
        OSSL_PARAM_END,
    };
    return params;
}

static const char *name_ec_operation(int operation)
{
    return operation == OSSL_OP_SIGNATURE ? "ECDSA" : NULL;
}

struct operation {
    const struct key *key; /* borrowed; OpenSSL's context has a reference */
    EVP_MD *digest;
    bool is_pss;
};

static void *new_operation(void *provider, const char *properties)
{
    (void)provider;
    (void)properties;
    return OPENSSL_zalloc(sizeof(struct operation));
}

static void free_operation(void *operation_data)
{
    struct operation *operation = operation_data;
    EVP_MD_free(operation->digest);
    OPENSSL_free(operation);
}

static int set_operation_params(void *operation_data, const OSSL_PARAM params[])
{
    struct operation *operation = operation_data;
    const OSSL_PARAM *param = OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_PAD_MODE);
    const char *name = NULL;
    int number = 0;
    if (!param)
        return 1;
    if (OSSL_PARAM_get_int(param, &number) == 1)
        operation->is_pss = number == RSA_PKCS1_PSS_PADDING;
    else if (OSSL_PARAM_get_utf8_string_ptr(param, &name) == 1)
        operation->is_pss = strcmp(name, OSSL_PKEY_RSA_PAD_MODE_PSS) == 0;
    return 1;
}

/* The salt of PSS has the length of the digest, as TLS 1.3 requires (RFC 8446, section 4.2.3). */
static const OSSL_PARAM *list_operation_params(void *operation, void *provider)
{
    (void)operation;
    (void)provider;
    static const OSSL_PARAM params[] = {
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PSS_SALTLEN, NULL, 0),
        OSSL_PARAM_END,
    };
    return params;
}

static int begin(void *operation_data, const char *digest, void *key, const OSSL_PARAM params[])
{
    struct operation *operation = operation_data;
    EVP_MD_free(operation->digest);
    operation->key = key;
    operation->is_pss = false;
    operation->digest = EVP_MD_fetch(NULL, digest, NULL);
    set_operation_params(operation, params);
    return operation->digest != NULL;
}

static bool refuse(int reason)
{
    ERR_raise(ERR_LIB_USER, reason);
    return false;
}

/* Call the host. The handshake reports its first error, so the host's status becomes that error. */
static bool sign_by_host(const struct provi_tls_host_key *host, enum prov_signature kind,
                         const unsigned char *data, size_t len, unsigned char *sig, size_t cap,
                         size_t *sig_len)
{
    *sig_len = 0;
    prov_status status = host->sign(host->sign_ctx, kind, data, len, sig, cap, sig_len);
    if (status < 0 && status > -PROVI_TLS_SIGN_REASONS)
        return refuse(-status);
    if (status != PROV_OK)
        return refuse(PROVI_TLS_SIGN_REFUSED);
    if (*sig_len == 0 || *sig_len > cap)
        return refuse(PROVI_TLS_SIGN_BAD_LENGTH);
    return true;
}

static bool sign_ecdsa(const struct operation *operation, const unsigned char *message, size_t len,
                       unsigned char *sig, size_t cap, size_t *sig_len)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    return EVP_Digest(message, len, digest, &n, operation->digest, NULL) == 1 &&
           sign_by_host(&operation->key->host, PROV_SIGN_ECDSA, digest, n, sig, cap, sig_len);
}

static bool sign_rsa(const struct operation *operation, const unsigned char *message, size_t len,
                     unsigned char *sig, size_t cap, size_t *sig_len)
{
    unsigned char block[PROVI_TLS_MAX_RSA_BYTES], digest[EVP_MAX_MD_SIZE];
    const struct provi_tls_host_key *host = &operation->key->host;
    size_t bits = (size_t)EVP_PKEY_get_bits(host->public);
    const EVP_MD *md = operation->digest;
    if (EVP_Digest(message, len, digest, NULL, md, NULL) != 1 ||
        !(operation->is_pss ? provi_tls_pad_pss(block, bits, digest, md)
                            : provi_tls_pad_pkcs1(block, bits, digest, md)) ||
        !sign_by_host(host, PROV_SIGN_RSA, block, (bits + 7) / 8, sig, cap, sig_len))
        return false;
    return *sig_len == (bits + 7) / 8 ? true : refuse(PROVI_TLS_SIGN_BAD_LENGTH);
}

/* Check the signature here, since the key may be of another slot, or the hardware faulty: the
 * server must not be the first to detect it. */
static bool verify(const struct operation *operation, const unsigned char *message, size_t len,
                   const unsigned char *sig, size_t sig_len)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key = NULL;
    bool is_begun =
        context &&
        EVP_DigestVerifyInit_ex(context, &key, EVP_MD_get0_name(operation->digest), NULL, NULL,
                                operation->key->host.public, NULL) == 1 &&
        (!operation->is_pss || EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PSS_PADDING) == 1);
    ERR_set_mark(); /* keep the recorded error the first one */
    bool is_good = is_begun && EVP_DigestVerify(context, sig, sig_len, message, len) == 1;
    ERR_pop_to_mark();
    EVP_MD_CTX_free(context);
    return is_good || !is_begun ? is_good : refuse(PROVI_TLS_SIGN_BAD_SIGNATURE);
}

static int sign(void *operation_data, unsigned char *sig, size_t *sig_len, size_t cap,
                const unsigned char *message, size_t len)
{
    const struct operation *operation = operation_data;
    EVP_PKEY *public = operation->key->host.public;
    size_t most = (size_t)EVP_PKEY_get_size(public);
    if (!sig) {
        *sig_len = most;
        return 1;
    }
    if (cap < most)
        return 0;
    bool is_signed = EVP_PKEY_is_a(public, "RSA")
                         ? sign_rsa(operation, message, len, sig, most, sig_len)
                         : sign_ecdsa(operation, message, len, sig, most, sig_len);
    return is_signed && verify(operation, message, len, sig, *sig_len);
}

typedef void (*function)(void);

static const OSSL_DISPATCH rsa_functions[] = {
    {OSSL_FUNC_KEYMGMT_NEW, (function)new_key},
    {OSSL_FUNC_KEYMGMT_FREE, (function)free_key},
    {OSSL_FUNC_KEYMGMT_HAS, (function)has_key},
    {OSSL_FUNC_KEYMGMT_MATCH, (function)match_keys},
    {OSSL_FUNC_KEYMGMT_IMPORT, (function)import_rsa},
    {OSSL_FUNC_KEYMGMT_IMPORT_TYPES, (function)list_import_types},
    {OSSL_FUNC_KEYMGMT_GET_PARAMS, (function)get_key_params},
    {OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, (function)list_key_params},
    {0, NULL},
};

static const OSSL_DISPATCH ec_functions[] = {
    {OSSL_FUNC_KEYMGMT_NEW, (function)new_key},
    {OSSL_FUNC_KEYMGMT_FREE, (function)free_key},
    {OSSL_FUNC_KEYMGMT_HAS, (function)has_key},
    {OSSL_FUNC_KEYMGMT_MATCH, (function)match_keys},
    {OSSL_FUNC_KEYMGMT_IMPORT, (function)import_ec},
    {OSSL_FUNC_KEYMGMT_IMPORT_TYPES, (function)list_import_types},
    {OSSL_FUNC_KEYMGMT_GET_PARAMS, (function)get_key_params},
    {OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, (function)list_key_params},
    {OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, (function)name_ec_operation},
    {0, NULL},
};

static const OSSL_DISPATCH signature_functions[] = {
    {OSSL_FUNC_SIGNATURE_NEWCTX, (function)new_operation},
    {OSSL_FUNC_SIGNATURE_FREECTX, (function)free_operation},
    {OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, (function)begin},
    {OSSL_FUNC_SIGNATURE_DIGEST_SIGN, (function)sign},
    {OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, (function)set_operation_params},
    {OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, (function)list_operation_params},
    {0, NULL},
};

static const OSSL_ALGORITHM *query(void *provider, int operation, int *must_ask_again)
{
    static const OSSL_ALGORITHM keys[] = {
        {RSA_NAMES, "provider=" PROVIDER, rsa_functions, NULL},
        {EC_NAMES, "provider=" PROVIDER, ec_functions, NULL},
        {NULL, NULL, NULL, NULL},
    };
    static const OSSL_ALGORITHM signatures[] = {
        {RSA_NAMES, "provider=" PROVIDER, signature_functions, NULL},
        {"ECDSA", "provider=" PROVIDER, signature_functions, NULL},
        {NULL, NULL, NULL, NULL},
    };
    (void)provider;
    *must_ask_again = 0;
    switch (operation) {
    case OSSL_OP_KEYMGMT: return keys;
    case OSSL_OP_SIGNATURE: return signatures;
    default: return NULL;
    }
}

static int init_provider(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *core,
                         const OSSL_DISPATCH **out, void **context)
{
    static const OSSL_DISPATCH functions[] = {
        {OSSL_FUNC_PROVIDER_QUERY_OPERATION, (function)query},
        {0, NULL},
    };
    (void)handle;
    (void)core;
    *out = functions;
    *context = NULL;
    return 1;
}

static bool load_provider(struct provi_tls *tls)
{
    if (!tls->host_library)
        tls->host_library = OSSL_LIB_CTX_new();
    if (!tls->host_library || tls->host_provider)
        return tls->host_provider != NULL;
    if (OSSL_PROVIDER_add_builtin(tls->host_library, PROVIDER, init_provider) == 1)
        tls->host_provider = OSSL_PROVIDER_load(tls->host_library, PROVIDER);
    return tls->host_provider != NULL;
}

static EVP_PKEY *make_key(const struct provi_tls *tls, const char *type,
                          struct provi_tls_host_key *host)
{
    void *address = host;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_octet_ptr(PARAM_HOST_KEY, &address, sizeof *host),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(tls->host_library, type, NULL);
    if (context && EVP_PKEY_fromdata_init(context) == 1)
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, params);
    EVP_PKEY_CTX_free(context);
    return key;
}

static const char *find_type(EVP_PKEY *public)
{
    if (!public || EVP_PKEY_get_size(public) > PROVI_TLS_MAX_RSA_BYTES)
        return NULL;
    return EVP_PKEY_is_a(public, "RSA") ? "RSA" : EVP_PKEY_is_a(public, "EC") ? "EC" : NULL;
}

prov_status provi_tls_check_host_key(EVP_PKEY *public, struct prov_error *err)
{
    if (find_type(public))
        return PROV_OK;
    return provi_fail(err, PROV_E_UNSUPPORTED, "the host can sign with RSA and EC keys only");
}

prov_status provi_tls_borrow_key(struct provi_tls *tls, struct provi_tls_host_key host,
                                 EVP_PKEY **out, struct prov_error *err)
{
    prov_status status = provi_tls_check_host_key(host.public, err);
    if (status != PROV_OK)
        return status;
    if (load_provider(tls))
        *out = make_key(tls, find_type(host.public), &host);
    provi_tls_take_errors(PROV_OK);
    return *out ? PROV_OK : provi_fail_nomem(err);
}

void provi_tls_unload_provider(struct provi_tls *tls)
{
    if (tls->host_provider)
        OSSL_PROVIDER_unload(tls->host_provider);
    OSSL_LIB_CTX_free(tls->host_library);
}
