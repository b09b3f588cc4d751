/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "tls_peers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"
#include "dials.h"

#define YEAR_S (366L * 86400)
#define PIPE_BYTES 65536

static void check(bool is_ok, const char *what)
{
    if (is_ok)
        return;
    ERR_print_errors_fp(stderr);
    test_die("%s", what);
}

/* A search for two primes takes seconds in an emulator. */
static const char rsa_2048[] = "-----BEGIN PRIVATE KEY-----\n"
                               "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQDPpb1hMCn/cso7\n"
                               "kTygfmYz1I3EwoV17mZS9SN4qtXqlWOPdv+nu/U9RJLc0N8bZ8+R+9yNZmaD5B4V\n"
                               "zxeqBCc5OXbB9bYUIQ8y5/e72F4Cc8XLwf5/MbfGkzynjNklb1/tdd3OzphZaOeJ\n"
                               "a7SylVqvROFU+QCkrTlGKCeU/h79sEl6TC4lURQ0a41dQyQonlyPjJ1zpyfn2ZJT\n"
                               "YW9cwQdw9nJptA4uDOf7i0+JLR6SwEFblUtDXHqk5Vzy9u3RRrEeiopBNfrZ7kOC\n"
                               "SuIqRdFKWd/Sd99Ia8OUPKyrrD8MqIZe6lufBtUNLQCgFWUtowgM+DYhiq9BUQLf\n"
                               "Zo0xlVTDAgMBAAECggEAEt03RbeMRok6pyEMKsvLjs+IwO8nvxgqkpnI9a2WI9Vw\n"
                               "3I05L5dV8bwjmCJKSovqob60VuI5KP1AixxWcDB9ZxJPNX1pjmLsew7zhMy6HwCT\n"
                               "38LJfeuvNZVAZZEC/zF4O7NBXzLfSKwiRhaTWBqqc5F548V//KCXZfDARnsJp2Pt\n"
                               "JF04XoMa6T6GhIKPKty7aS4LEeY7WDdZWtxdptX5MUZH/kg3hYA/AzZnBmU9bUEa\n"
                               "dnT+AHIX/0h4xelRMGwBJHvr3l34oymeicDaaKj7Ys5uehZxutSwCkQbEfeL8ton\n"
                               "E9zkuJZzkZgvl9UJeqvIgTC+wi8Dni9hlRVn+zn6FQKBgQDsBFWIVAb3UdXK1V+u\n"
                               "I2yDuOfsLqUgCp/tT5JKNPAuOoIuDrxmRaj1EF36BthtQRme6bKcBDIX+WYN2buz\n"
                               "KHsQeSoU3Z6z4Wrpwae2jMa2srkiUHffwFvyXPeNL/8l+XhhpXq5VcBXl67xXNcZ\n"
                               "jjc/90vo3PwZnaFEx8HM5Y8mbQKBgQDhOn8lyiVWxCcUiF9dc1n7CiKDkNBbrPsW\n"
                               "Wr2aA5tFuk6h9yHqo0DVbJTtIllYEhlr4ODaDa2x8sKE0mHFpyG2gr8o5Cc35stT\n"
                               "s9YCCTtAd8ZLJ7VnxGI4aXLxoVvDvltWZJptW2uIagehFoNfMSZY7hjxw9bhCLzj\n"
                               "ZsCW2U0p7wKBgQCTJfCd2qWtNNxyZa4NyBAz3+jZHAvfekBTmLTAh1jnuZrIVG+p\n"
                               "4+x/PgEZjYMKOvhaV6IAG62PvPKf2AxqmuZ/UsulzrbPt88Mhqyl6AdMiQlcF4dl\n"
                               "fWzWIphE8pPFfVBMsPte6dPNyMhNu3BwgnZ37xroyD51Sg3t8A0oTkd90QKBgHAG\n"
                               "XXmZWwsWE24WCoD7v/SqbNJNtCT1HApZZdb2FkQPT88lkbwYKUY+dLCiFhhFIFnV\n"
                               "B2HNzeglm/Teg30BDTavP4+CM7ONWvKuDzMCDnOZX4rAHG2Zc1UlteNTY8Yvp1SI\n"
                               "Q3tDLnAydMr93Kf7VVyESOnvg7B4XSMqV35wZP4HAoGANtMEuRu/KYvLFcDD+X1Y\n"
                               "cTKRnRn1U3OlUDwIdGyoazItaQE4pTHFXfwfY9h5stCa7rrlj0kTtV/yFFVOigKd\n"
                               "1eEqzqD8xYTMC6g6tVVpCW6BNiVzK9o4Prp+4cM9aQ1WSMSQ7J250Ue/qC+1A6Zm\n"
                               "/7wb1BgVCYCpI40vQzUJC8A=\n"
                               "-----END PRIVATE KEY-----\n";

static EVP_PKEY *read_key(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return key;
}

static EVP_PKEY *make_key(const char *text)
{
    EVP_PKEY *key;
    if (strncmp(text, "EC:", 3) == 0)
        key = EVP_PKEY_Q_keygen(NULL, NULL, "EC", text + 3);
    else if (strcmp(text, "RSA:2048") == 0)
        key = read_key(rsa_2048);
    else if (strncmp(text, "RSA:", 4) == 0)
        key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)strtoul(text + 4, NULL, 10));
    else
        key = EVP_PKEY_Q_keygen(NULL, NULL, text);
    check(key != NULL, text);
    return key;
}

static void add_extension(X509 *certificate, X509 *issuer, const char *name, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf(NULL, &context, name, value);
    check(extension && X509_add_ext(certificate, extension, -1) == 1, name);
    X509_EXTENSION_free(extension);
}

static void add_extensions(X509 *certificate, X509 *issuer, const char *lines)
{
    char line[256];
    for (const char *end; lines && *lines; lines = *end ? end + 1 : end) {
        end = strchr(lines, '\n');
        if (!end)
            end = lines + strlen(lines);
        snprintf(line, sizeof line, "%.*s", (int)(end - lines), lines);
        char *value = strchr(line, '=');
        check(value != NULL, line);
        *value = '\0';
        add_extension(certificate, issuer, line, value + 1);
    }
}

static void add_raw_dns(X509 *certificate, prov_str dns)
{
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();
    ASN1_STRING_set(text, dns.data, (int)dns.len);
    GENERAL_NAME_set0_value(name, GEN_DNS, text);
    sk_GENERAL_NAME_push(names, name);
    check(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0) == 1, "raw name");
    GENERAL_NAMES_free(names);
}

static void add_field(X509_NAME *subject, const char *field, int type, const char *data, int len)
{
    check(X509_NAME_add_entry_by_txt(subject, field, type, (const unsigned char *)data, len, -1,
                                     0) == 1,
          field);
}

static void name(X509 *certificate, const struct tls_making *making)
{
    X509_NAME *subject = X509_NAME_new();
    char field[64];
    if (making->more_names) {
        snprintf(field, sizeof field, "%s", making->more_names);
        char *value = strchr(field, '=');
        *value = '\0';
        add_field(subject, field, MBSTRING_UTF8, value + 1, -1);
    }
    if (making->name)
        add_field(subject, "CN", MBSTRING_UTF8, making->name, -1);
    if (making->raw_name.len)
        add_field(subject, "CN", making->raw_type, making->raw_name.data,
                  (int)making->raw_name.len);
    X509_set_subject_name(certificate, subject);
    X509_NAME_free(subject);
}

static void keep(BIO *bio, char *pem, size_t cap)
{
    int len = BIO_read(bio, pem, (int)cap - 1);
    check(len > 0 && (size_t)len < cap - 1, "PEM");
    pem[len] = '\0';
    BIO_free(bio);
}

void tls_make(struct tls_made *made, const struct tls_making *making)
{
    static long serial = 1000;
    *made = (struct tls_made){.key = make_key(making->key ? making->key : "EC:P-256")};
    X509 *certificate = made->certificate = X509_new();
    X509 *issuer = making->issuer ? making->issuer->certificate : certificate;
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
    name(certificate, making);
    X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
    bool is_usual = making->from_s == 0 && making->to_s == 0;
    ASN1_TIME_set(X509_getm_notBefore(certificate),
                  TLS_NOW + (is_usual ? -YEAR_S : making->from_s));
    ASN1_TIME_set(X509_getm_notAfter(certificate), TLS_NOW + (is_usual ? YEAR_S : making->to_s));
    if (making->has_unreadable_end)
        ASN1_STRING_set(X509_getm_notAfter(certificate), "991301000000Z", -1);
    X509_set_pubkey(certificate, made->key);
    if (making->has_unreadable_key)
        X509_PUBKEY_set0_param(X509_get_X509_PUBKEY(certificate), OBJ_txt2obj("1.2.3.4.5", 1),
                               V_ASN1_NULL, NULL, OPENSSL_zalloc(4), 4);
    if (making->names)
        add_extension(certificate, issuer, "subjectAltName", making->names);
    if (making->raw_dns.len)
        add_raw_dns(certificate, making->raw_dns);
    add_extensions(certificate, issuer, making->extensions);
    EVP_PKEY *signer = making->issuer ? making->issuer->key : made->key;
    const EVP_MD *digest = EVP_get_digestbyname(making->digest ? making->digest : "SHA256");
    if (EVP_PKEY_is_a(signer, "ED25519"))
        digest = NULL;
    check(X509_sign(certificate, signer, digest) > 0, "X509_sign");
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate);
    keep(bio, made->pem, sizeof made->pem);
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, made->key, NULL, NULL, 0, NULL, NULL);
    keep(bio, made->key_pem, sizeof made->key_pem);
}

void tls_make_ca(struct tls_made *made, const char *ca_name, const struct tls_made *issuer)
{
    const struct tls_making making = {
        .name = ca_name,
        .issuer = issuer,
        .extensions = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
                      "subjectKeyIdentifier=hash",
    };
    tls_make(made, &making);
}

void tls_make_server(struct tls_made *made, const char *server_name, const struct tls_made *issuer)
{
    const struct tls_making making = {
        .name = server_name,
        .issuer = issuer,
        .names = "DNS:host.example",
    };
    tls_make(made, &making);
}

void tls_unmake(struct tls_made *made)
{
    X509_free(made->certificate);
    EVP_PKEY_free(made->key);
    *made = (struct tls_made){.key = NULL};
}

void tls_write_pem(const char *path, const struct tls_made *made)
{
    FILE *file = fopen(path, "w");
    check(file && fputs(made->pem, file) >= 0 && fclose(file) == 0, path);
}

char *tls_make_folder(char *folder, const struct tls_made *root)
{
    char path[64];
    check(mkdtemp(folder) != NULL, folder);
    snprintf(path, sizeof path, "%s/%08lx.0", folder,
             X509_NAME_hash_ex(X509_get_subject_name(root->certificate), NULL, NULL, NULL));
    return strdup(path);
}

char *tls_make_list(const struct tls_made *ca, const struct tls_made *revoked, long from_s,
                    long to_s)
{
    X509_CRL *list = X509_CRL_new();
    ASN1_TIME *from = ASN1_TIME_set(NULL, TLS_NOW + from_s);
    ASN1_TIME *to = ASN1_TIME_set(NULL, TLS_NOW + to_s);
    X509_CRL_set_version(list, 1);
    X509_CRL_set_issuer_name(list, X509_get_subject_name(ca->certificate));
    X509_CRL_set1_lastUpdate(list, from);
    X509_CRL_set1_nextUpdate(list, to);
    if (revoked) {
        X509_REVOKED *entry = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(revoked->certificate));
        X509_REVOKED_set_revocationDate(entry, from);
        X509_CRL_add0_revoked(list, entry);
    }
    check(X509_CRL_sign(list, ca->key, EVP_sha256()) > 0, "X509_CRL_sign");
    char *pem = malloc(4096);
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509_CRL(bio, list);
    keep(bio, pem, 4096);
    ASN1_TIME_free(from);
    ASN1_TIME_free(to);
    X509_CRL_free(list);
    return pem;
}

/* Of all that was opened. */
static struct fault_alloc memory;

static void check_memory(void)
{
    fault_alloc_assert_empty(&memory);
}

struct provi_tls *tls_open(const struct provi_tls_options *options)
{
    static const struct provi_tls_options none = {0};
    if (!memory.alloc.resize) {
        fault_alloc_init(&memory, NULL);
        atexit(check_memory);
    }
    const struct prov_alloc alloc = memory.alloc;
    struct prov_error err = {0};
    struct provi_tls *tls;
    if (provi_tls_new(&tls, &alloc, options ? options : &none, &err) != PROV_OK)
        test_die("provi_tls_new: %s", err.message);
    return tls;
}

static SSL_CTX *make_server(const struct tls_meeting *meeting)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_security_level(context, 0); /* bad certificates are shown, too */
    SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
    if (meeting->server) {
        check(SSL_CTX_use_certificate(context, meeting->server->certificate) == 1, "certificate");
        check(SSL_CTX_use_PrivateKey(context, meeting->server->key) == 1, "key");
    }
    for (int i = 0; i < 2; i++)
        if (meeting->sent[i])
            SSL_CTX_add1_chain_cert(context, meeting->sent[i]->certificate);
    if (meeting->configure)
        meeting->configure(context);
    return context;
}

/* What libcurl sets before it hands the context over, as far as it matters here. */
static SSL_CTX *make_client(const struct tls_meeting *meeting)
{
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(context,
                                  meeting->min_version ? meeting->min_version : TLS1_2_VERSION);
    if (meeting->configure_device)
        meeting->configure_device(context);
    return context;
}

/* The first byte of an answer; 1: it is there, 0: not yet, -1: it will not come. */
static int step(SSL *client)
{
    char byte;
    bool has_begun = SSL_is_init_finished(client);
    int done = has_begun ? SSL_read(client, &byte, 1) : SSL_do_handshake(client);
    if (done == 1)
        return has_begun;
    return SSL_get_error(client, done) == SSL_ERROR_WANT_READ ? 0 : -1;
}

static void serve(struct tls_meeting *meeting, SSL *server)
{
    int done = SSL_do_handshake(server);
    if (done == 1 && meeting->between) {
        void (*between)(struct tls_meeting *, SSL *) = meeting->between;
        meeting->between = NULL;
        between(meeting, server);
        done = SSL_do_handshake(server);
    }
    if (done == 1)
        SSL_write(server, "x", 1);
    else if (SSL_get_error(server, done) != SSL_ERROR_WANT_READ)
        (void)BIO_shutdown_wr(SSL_get_wbio(server));
    ERR_clear_error(); /* both ends share one queue */
}

static void end_meeting(struct tls_meeting *meeting, bool has_begun)
{
    struct provi_tls_outcome outcome = {
        .end = meeting->is_done ? PROVI_TLS_END_ELSE
               : has_begun      ? PROVI_TLS_END_NO_ANSWER
                                : PROVI_TLS_END_HANDSHAKE,
        .words = "words of libcurl",
        .code = 35,
    };
    if (meeting->lower_layer_refuses) {
        outcome.end = PROVI_TLS_END_HANDSHAKE;
        outcome.is_certificate = true;
        outcome.code = 60;
    }
    meeting->status = provi_tls_find_cause(&meeting->hop, &outcome, "HERE", &meeting->err);
}

void tls_meet(struct tls_meeting *meeting, struct provi_tls *tls)
{
    SSL_CTX *contexts[2] = {make_client(meeting), make_server(meeting)};
    BIO *ends[2];
    ERR_clear_error();
    meeting->err = (struct prov_error){0};
    meeting->hop = (struct provi_tls_hop){
        .tls = tls,
        .identity = tls->identity,
        .host = prov_str_from(meeting->host ? meeting->host : "host.example"),
    };
    check(provi_tls_prepare(&meeting->hop, contexts[0]), "provi_tls_prepare");
    check(BIO_new_bio_pair(&ends[0], PIPE_BYTES, &ends[1], PIPE_BYTES) == 1, "BIO_new_bio_pair");
    SSL *client = SSL_new(contexts[0]), *server = SSL_new(contexts[1]);
    SSL_set_bio(client, ends[0], ends[0]);
    SSL_set_connect_state(client);
    SSL_set_tlsext_host_name(client, "host.example");
    if (!meeting->is_raw)
        SSL_set_bio(server, ends[1], ends[1]);
    SSL_set_accept_state(server);
    if (meeting->parts_first)
        provi_tls_leave(&meeting->hop);
    int state = step(client);
    if (meeting->is_raw) {
        BIO_write(ends[1], meeting->answer.data, (int)meeting->answer.len);
        (void)BIO_shutdown_wr(ends[1]);
    }
    for (int turn = 0; turn < 20 && state == 0; turn++) {
        if (!meeting->is_raw)
            serve(meeting, server);
        state = step(client);
    }
    if (state == 0)
        test_die("the handshake stands still");
    meeting->is_done = state == 1;
    end_meeting(meeting, SSL_is_init_finished(client));
    provi_tls_leave(&meeting->hop);
    SSL_free(client);
    if (meeting->is_raw)
        BIO_free(ends[1]);
    SSL_free(server);
    SSL_CTX_free(contexts[0]);
    SSL_CTX_free(contexts[1]);
    ERR_clear_error();
}
