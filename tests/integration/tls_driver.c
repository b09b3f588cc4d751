/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * tls_driver NAME=VALUE...: the built-in transport's trust and identity, step by step, for scripts.
 *
 * Options, to be given first: ca, path, crl, pin (may be repeated), min, system. Then steps, done
 * one after the other: custom=FILE, only=FILE (in place of the others), custom= (none); cert=FILE
 * with key=FILE or with sign=FILE (a key that stays here), then present=1; present=0; get=URL. A
 * step that can fail prints a line of fields with tabs between:
 * STATUS REASON DEPTH ORIGIN NATIVE SUBJECT BODY MESSAGE
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/url.h"
#include "curl_rig.h"

#define MAX_PINS 4

struct driver {
    struct prov_curl_options options;
    prov_str pins[MAX_PINS];
    struct curl_rig rig;
    bool is_open;
    bool is_well;
    struct prov_client_certificate certificate;
    EVP_PKEY *key; /* that only sign() sees; NULL: it refuses */
    char *texts[16];
    size_t n_texts;
};

/* The text of a file, until the end; nothing for no file. */
static prov_str read_file(struct driver *driver, const char *path)
{
    if (path[0] == '\0')
        return (prov_str){NULL, 0};
    FILE *file = fopen(path, "rb");
    char *text = calloc(1, 1 << 20);
    if (!file || !text || driver->n_texts == 16)
        test_die("%s", path);
    size_t len = fread(text, 1, (1 << 20) - 1, file);
    fclose(file);
    driver->texts[driver->n_texts++] = text;
    return (prov_str){text, len};
}

static void report(struct driver *driver, prov_status status, const struct prov_error *err)
{
    static const struct prov_error none;
    if (status == PROV_OK)
        err = &none;
    driver->is_well = driver->is_well && status == PROV_OK;
    printf("%s\t%u\t%u\t%u\t%lld\t%s\t%s\t%s\n", prov_status_name(status), err->reason, err->depth,
           (unsigned)err->origin, (long long)err->native, err->subject, driver->rig.body,
           err->message);
}

static prov_status sign(void *ctx, uint32_t kind, const uint8_t *data, size_t len, uint8_t *sig,
                        size_t cap, size_t *sig_len)
{
    struct driver *driver = ctx;
    EVP_PKEY_CTX *operation = driver->key ? EVP_PKEY_CTX_new(driver->key, NULL) : NULL;
    *sig_len = cap;
    bool is_signed =
        operation && EVP_PKEY_sign_init(operation) == 1 &&
        (kind == PROV_SIGN_ECDSA || EVP_PKEY_CTX_set_rsa_padding(operation, RSA_NO_PADDING) == 1) &&
        EVP_PKEY_sign(operation, sig, sig_len, data, len) == 1;
    EVP_PKEY_CTX_free(operation);
    return is_signed ? PROV_OK : PROV_E_BUSY;
}

static void hide_key(struct driver *driver, const char *path)
{
    FILE *file = fopen(path, "rb");
    driver->key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    if (file)
        fclose(file);
    driver->certificate.sign = sign;
    driver->certificate.sign_ctx = driver;
}

static void open_transport(struct driver *driver)
{
    struct prov_error err = {0};
    if (driver->is_open)
        return;
    prov_curl *curl;
    prov_status status = prov_curl_new(&curl, &driver->options, &err);
    if (status != PROV_OK) {
        report(driver, status, &err);
        exit(1);
    }
    curl_rig_open(&driver->rig, NULL);
    prov_curl_free(driver->rig.curl); /* the rig takes a failure for a bug, we for a result */
    driver->rig.curl = curl;
    driver->rig.transport = prov_curl_transport(curl);
    driver->is_open = true;
}

static void get(struct driver *driver, const char *text)
{
    struct provi_url url;
    struct provi_url_fault fault;
    if (!provi_url_split(prov_str_from(text), false, &url, &fault))
        test_die("%s: %s", text, fault.expected);
    char scheme[8], host[256];
    snprintf(scheme, sizeof scheme, "%.*s", (int)url.scheme.len, url.scheme.data);
    snprintf(host, sizeof host, "%.*s", (int)url.host.len, url.host.data);
    curl_rig_start_at(&driver->rig, scheme, host, url.port, url.path.data);
    curl_rig_finish(&driver->rig);
    report(driver, driver->rig.status, &driver->rig.err);
}

static void set_custom(struct driver *driver, const char *path, uint32_t flags)
{
    struct prov_error err = {0};
    prov_status status =
        prov_curl_set_custom_ca(driver->rig.curl, read_file(driver, path), flags, &err);
    report(driver, status, &err);
}

static void present(struct driver *driver, const char *value)
{
    struct prov_error err = {0};
    driver->certificate.size = sizeof driver->certificate;
    prov_status status = prov_curl_set_client_certificate(
        driver->rig.curl, value[0] == '1' ? &driver->certificate : NULL, &err);
    report(driver, status, &err);
}

static bool set_option(struct driver *driver, const char *name, const char *value)
{
    struct prov_curl_options *options = &driver->options;
    if (strcmp(name, "ca") == 0)
        options->ca_file = value;
    else if (strcmp(name, "path") == 0)
        options->ca_path = value;
    else if (strcmp(name, "crl") == 0)
        options->crl_pem = read_file(driver, value);
    else if (strcmp(name, "system") == 0)
        options->system_roots = value[0] == '1';
    else if (strcmp(name, "min") == 0)
        options->min_tls = (uint8_t)strtoul(value, NULL, 10);
    else if (strcmp(name, "pin") == 0 && options->n_pins < MAX_PINS)
        driver->pins[options->n_pins++] = prov_str_from(value);
    else
        return false;
    return true;
}

static bool take_step(struct driver *driver, const char *name, const char *value)
{
    if (strcmp(name, "custom") == 0)
        set_custom(driver, value, 0);
    else if (strcmp(name, "only") == 0)
        set_custom(driver, value, PROV_CUSTOM_CA_ONLY);
    else if (strcmp(name, "cert") == 0)
        driver->certificate.cert_file = value;
    else if (strcmp(name, "key") == 0)
        driver->certificate.key_file = value;
    else if (strcmp(name, "sign") == 0)
        hide_key(driver, value);
    else if (strcmp(name, "present") == 0)
        present(driver, value);
    else if (strcmp(name, "refuse") == 0)
        driver->rig.refused_ip = value;
    else if (strcmp(name, "get") == 0)
        get(driver, value);
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    static struct driver driver;
    driver.options.size = sizeof driver.options;
    driver.options.pins = driver.pins;
    driver.is_well = true;
    for (int i = 1; i < argc; i++) {
        char *sign_at = strchr(argv[i], '=');
        if (!sign_at)
            test_die("NAME=VALUE expected, not %s", argv[i]);
        *sign_at = '\0';
        if (set_option(&driver, argv[i], sign_at + 1))
            continue;
        open_transport(&driver);
        if (!take_step(&driver, argv[i], sign_at + 1))
            test_die("no step of the name %s", argv[i]);
    }
    open_transport(&driver);
    curl_rig_close(&driver.rig);
    EVP_PKEY_free(driver.key);
    while (driver.n_texts > 0)
        free(driver.texts[--driver.n_texts]);
    return driver.is_well ? 0 : 1;
}
