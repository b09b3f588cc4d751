/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* TLS while OpenSSL has no memory: each step fails as a whole, or does without. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/rsa.h>

#include "base/str.h"
#include "tls/padding.h"
#include "tls/renewal.h"
#include "dials.h"
#include "enrolment.h"

TLS_FAKE_CLOCK

/* OpenSSL's memory, for the whole process. */
static struct dial *memory;
static size_t n_blocks;

static void *take(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    void *block = dial_tick(memory) ? NULL : malloc(size);
    n_blocks += block != NULL;
    return block;
}

static void *retake(void *block, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    if (size > 0 && dial_tick(memory))
        return NULL;
    void *moved = realloc(block, size);
    n_blocks += (moved != NULL) - (block != NULL);
    return moved;
}

static void give_back(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    n_blocks -= block != NULL;
    free(block);
}

static struct tls_made ca, far_ca, server, device, rsa, phone;
static char folder[] = "/tmp/provision-roots-XXXXXX"; /* holds far_ca */
static char *far_path;
static struct enrolment cas;
static char *list;
static EVP_MD *sha256;

static int make_all(void **state)
{
    (void)state;
    tls_make_ca(&ca, "our-ca", NULL);
    tls_make_ca(&far_ca, "far-ca", NULL);
    far_path = tls_make_folder(folder, &far_ca);
    tls_write_pem(far_path, &far_ca);
    tls_make_server(&server, "server", &ca);
    tls_make(&device, &(struct tls_making){.name = "device", .issuer = &ca});
    tls_make(&rsa, &(struct tls_making){.name = "rsa", .issuer = &ca, .key = "RSA:2048"});
    enrolment_init(&cas);
    enrolment_make_device(&cas, &phone, "EC:P-256", 10L * ENROLMENT_DAY_S);
    list = tls_make_list(&ca, NULL, -60, 60);
    sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    return 0;
}

static int free_all(void **state)
{
    (void)state;
    struct tls_made *all[] = {&ca, &far_ca, &server, &device, &rsa, &phone};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        tls_unmake(all[i]);
    unlink(far_path);
    rmdir(folder);
    free(far_path);
    enrolment_free(&cas);
    free(list);
    EVP_MD_free(sha256);
    return 0;
}

static struct provi_tls_options make_options(void)
{
    return (struct provi_tls_options){
        .ca_pem = prov_str_from(ca.pem), .crl_pem = prov_str_from(list), .ca_path = folder};
}

static struct provi_tls *open_tls(void)
{
    const struct provi_tls_options options = make_options();
    return tls_open(&options);
}

/* A store is complete: @p n certificates, the revocation list, which OpenSSL may hold twice after a
 * fault, and the root in the folder. */
static void assert_holds_all(X509_STORE *store, int n)
{
    STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(store);
    int n_found[3] = {0};
    for (int i = 0; i < sk_X509_OBJECT_num(objects); i++)
        n_found[X509_OBJECT_get_type(sk_X509_OBJECT_value(objects, i))]++;
    assert_int_equal(n_found[X509_LU_X509], n);
    assert_true(n_found[X509_LU_CRL] > 0);
    X509_STORE_CTX *chain = X509_STORE_CTX_new();
    X509_OBJECT *found = X509_OBJECT_new();
    assert_int_equal(X509_STORE_CTX_init(chain, store, server.certificate, NULL), 1);
    assert_int_equal(X509_STORE_CTX_get_by_subject(
                         chain, X509_LU_X509, X509_get_subject_name(far_ca.certificate), found),
                     1);
    X509_OBJECT_free(found);
    X509_STORE_CTX_free(chain);
}

/*
 * Run a step with the fault at its first allocation, its second, …, later ones by samples; once,
 * and from then on. Without a fault it has to succeed. Where @p is_dense, no single fault is left
 * out: most allocations are those of a PEM text that is read, the few behind it fill a store.
 */
static void run(const char *name, bool (*step)(struct dial *dial), bool is_dense)
{
    for (int sticky = 0; sticky < 2; sticky++) {
        uint64_t all = is_dense && !sticky ? UINT64_MAX : 256;
        const uint64_t part = test_takes_few() ? 4 : all; /* of the places so far is skipped */
        struct dial dial = {.hit = true};
        unsigned n = 0;
        for (uint64_t at = 0; dial.hit; at += 1 + at / part, n++) {
            dial = (struct dial){.at = at, .sticky = sticky};
            bool is_done = step(&dial);
            ERR_clear_error();
            if (!is_done && !dial.hit)
                fail_msg("%s without a fault", name);
        }
        if (n < 2)
            fail_msg("%s needs no memory", name);
    }
}

static bool pad_pkcs1(struct dial *dial)
{
    unsigned char block[256], digest[32] = {1};
    memory = dial;
    bool is_done = provi_tls_pad_pkcs1(block, 2048, digest, sha256);
    memory = NULL;
    return is_done;
}

static bool pad_pss(struct dial *dial)
{
    unsigned char block[256], digest[32] = {1};
    memory = dial;
    bool is_done = provi_tls_pad_pss(block, 2048, digest, sha256);
    memory = NULL;
    return is_done;
}

static bool compute_pin(struct dial *dial)
{
    struct provi_tls_pin pin;
    memory = dial;
    bool is_done = provi_tls_compute_pin(ca.certificate, &pin);
    memory = NULL;
    return is_done;
}

static bool load_roots(struct dial *dial)
{
    struct prov_alloc alloc = {.resize = NULL};
    struct provi_tls *tls = open_tls();
    alloc = tls->alloc;
    provi_tls_free(tls);
    const struct provi_tls_options options = make_options();
    struct prov_error err = {0};
    memory = dial;
    prov_status status = provi_tls_new(&tls, &alloc, &options, &err);
    memory = NULL;
    assert_int_equal(err.status, status);
    assert_int_equal(ERR_peek_error(), 0);
    assert_true(status == PROV_OK || dial->hit);
    assert_int_equal(tls != NULL, status == PROV_OK);
    if (tls)
        assert_holds_all(tls->builtin, 1);
    provi_tls_free(tls);
    return status == PROV_OK;
}

static bool set_custom(struct dial *dial)
{
    struct provi_tls *tls = open_tls();
    char both[8192];
    snprintf(both, sizeof both, "%s%s", device.pem, list);
    struct provi_tls_label label = tls->identity->label;
    memory = dial;
    prov_status status =
        prov_tls_identity_set_custom_ca(tls->identity, prov_str_from(both), 0, NULL);
    X509_STORE *trusted = status == PROV_OK ? provi_tls_trust(tls, tls->identity) : NULL;
    memory = NULL;
    if (status != PROV_OK) {
        assert_memory_equal(&tls->identity->label, &label, sizeof label);
        assert_int_equal(tls->identity->custom.len, 0);
    }
    if (trusted)
        assert_holds_all(trusted, 2);
    else
        assert_null(tls->custom);
    provi_tls_free(tls);
    return trusted != NULL;
}

static bool check_custom(struct dial *dial)
{
    char name[PROVI_TLS_NAME_CAP] = "";
    struct prov_error err = {0};
    memory = dial;
    prov_status status = provi_tls_check_custom(prov_str_from(ca.pem), name, &err);
    memory = NULL;
    assert_int_equal(err.status, status);
    assert_int_equal(ERR_peek_error(), 0);
    assert_true(status == PROV_OK || dial->hit);
    assert_true(status != PROV_OK || strcmp(name, "our-ca") == 0);
    return status == PROV_OK;
}

static prov_status sign(void *ctx, uint32_t kind, const uint8_t *data, size_t len, uint8_t *sig,
                        size_t cap, size_t *sig_len)
{
    struct dial *dial = memory;
    EVP_PKEY_CTX *operation = EVP_PKEY_CTX_new(ctx, NULL);
    memory = NULL; /* the host has its own */
    *sig_len = cap;
    bool is_signed =
        operation && EVP_PKEY_sign_init(operation) == 1 &&
        (kind == PROV_SIGN_ECDSA || EVP_PKEY_CTX_set_rsa_padding(operation, RSA_NO_PADDING) == 1) &&
        EVP_PKEY_sign(operation, sig, sig_len, data, len) == 1;
    EVP_PKEY_CTX_free(operation);
    memory = dial;
    return is_signed ? PROV_OK : PROV_E_NOMEM;
}

static bool set_identity(struct dial *dial, const struct prov_client_certificate *given)
{
    struct provi_tls *tls = open_tls();
    struct prov_error err = {0};
    struct provi_tls_label label = tls->identity->label;
    memory = dial;
    prov_status status = provi_tls_set_certificate(tls->identity, given, &err);
    memory = NULL;
    assert_int_equal(err.status, status);
    assert_int_equal(ERR_peek_error(), 0);
    assert_int_equal(prov_tls_identity_has_certificate(tls->identity), status == PROV_OK);
    bool has_changed = memcmp(&tls->identity->label, &label, sizeof label) != 0;
    assert_int_equal(has_changed, status == PROV_OK);
    provi_tls_free(tls);
    return status == PROV_OK;
}

/* OpenSSL allocates two thousand times for a key or on a curve: one place of some is tried. */
static bool is_left_out(struct dial *dial, unsigned some)
{
    if (!dial || dial->at == DIAL_OFF || dial->at % some == 0)
        return false;
    dial->hit = true;
    return true;
}

/* A connection that cannot have the certificate is not made. */
static bool show_identity(struct dial *dial)
{
    if (is_left_out(dial, 8))
        return false;
    struct provi_tls *tls = open_tls();
    const struct prov_client_certificate given = {.size = sizeof given,
                                                  .cert_pem = prov_str_from(device.pem),
                                                  .key_pem = prov_str_from(device.key_pem)};
    assert_int_equal(provi_tls_set_certificate(tls->identity, &given, NULL), PROV_OK);
    SSL_CTX *connection = SSL_CTX_new(TLS_client_method());
    struct provi_tls_hop hop = {.tls = tls, .identity = tls->identity};
    memory = dial;
    bool is_shown = provi_tls_prepare(&hop, connection);
    memory = NULL;
    provi_tls_leave(&hop);
    SSL_CTX_free(connection);
    provi_tls_free(tls);
    return is_shown;
}

static bool set_identity_with_key(struct dial *dial)
{
    char both[8192];
    snprintf(both, sizeof both, "%s%s", device.pem, ca.pem);
    const struct prov_client_certificate given = {.size = sizeof given,
                                                  .cert_pem = prov_str_from(both),
                                                  .key_pem = prov_str_from(device.key_pem)};
    return set_identity(dial, &given);
}

static bool set_identity_of_host(struct dial *dial)
{
    const struct prov_client_certificate given = {.size = sizeof given,
                                                  .cert_pem = prov_str_from(rsa.pem),
                                                  .sign = sign,
                                                  .sign_ctx = rsa.key};
    return set_identity(dial, &given);
}

static bool sign_by_host(struct dial *dial, const struct tls_made *made)
{
    struct provi_tls *tls = open_tls();
    const struct prov_client_certificate given = {.size = sizeof given,
                                                  .cert_pem = prov_str_from(made->pem),
                                                  .sign = sign,
                                                  .sign_ctx = made->key};
    assert_int_equal(provi_tls_set_certificate(tls->identity, &given, NULL), PROV_OK);
    SSL_CTX *connection = SSL_CTX_new(TLS_client_method());
    assert_true(provi_tls_use_certificate(tls, tls->identity, connection));
    EVP_PKEY *own = SSL_CTX_get0_privatekey(connection);
    unsigned char sig[512];
    size_t len = sizeof sig;
    memory = dial;
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    EVP_PKEY_CTX *key = NULL;
    bool is_done =
        digest && EVP_DigestSignInit_ex(digest, &key, "SHA256", NULL, NULL, own, NULL) == 1 &&
        (made != &rsa || EVP_PKEY_CTX_set_rsa_padding(key, RSA_PKCS1_PSS_PADDING) == 1) &&
        EVP_DigestSign(digest, sig, &len, (const unsigned char *)"message", 7) == 1;
    EVP_MD_CTX_free(digest);
    memory = NULL;
    SSL_CTX_free(connection);
    provi_tls_free(tls);
    return is_done;
}

static bool sign_rsa_by_host(struct dial *dial)
{
    return sign_by_host(dial, &rsa);
}

static bool sign_ecdsa_by_host(struct dial *dial)
{
    return sign_by_host(dial, &device);
}

/* With the key in memory, or in the host's hands. */
static struct provi_renewal *open_renewal(bool is_hosts, struct dial *dial)
{
    const struct prov_client_certificate given = {
        .size = sizeof given,
        .cert_pem = prov_str_from(phone.pem),
        .key_pem = prov_str_from(is_hosts ? "" : phone.key_pem),
        .sign = is_hosts ? sign : NULL,
        .sign_ctx = phone.key,
    };
    struct prov_alloc alloc = provi_alloc_or_default(NULL);
    struct provi_renewal *renewal;
    struct prov_error err = {0};
    memory = dial;
    prov_status status = provi_renewal_open(&renewal, &alloc, &given, &err);
    memory = NULL;
    assert_int_equal(err.status, status);
    assert_int_equal(renewal != NULL, status == PROV_OK);
    return renewal;
}

static bool open_for_renewal(struct dial *dial)
{
    if (is_left_out(dial, 30))
        return false;
    struct provi_renewal *renewal = open_renewal(false, dial);
    provi_renewal_close(renewal);
    return renewal;
}

static bool request_renewal(struct dial *dial, bool is_hosts)
{
    if (is_left_out(dial, 12))
        return false;
    struct provi_renewal *renewal = open_renewal(is_hosts, NULL);
    struct prov_alloc alloc = provi_alloc_or_default(NULL);
    struct provi_buffer text;
    struct prov_error err = {0};
    provi_buffer_init(&text, 8192, false);
    memory = dial;
    prov_status status = provi_renewal_request(renewal, &text, &err);
    memory = NULL;
    assert_int_equal(err.status, status);
    if (status == PROV_OK)
        enrolment_check_request(&phone, provi_buffer_str(&text));
    provi_buffer_free(&text, &alloc);
    provi_renewal_close(renewal);
    return status == PROV_OK;
}

static bool request_by_key(struct dial *dial)
{
    return request_renewal(dial, false);
}

static bool request_by_host(struct dial *dial)
{
    return request_renewal(dial, true);
}

/* A want of memory accepts no wrong answer, and refuses a right one without consequences. */
static bool check_renewal(struct dial *dial, const struct enrolment_change *change, bool is_good)
{
    static char answer[32768];
    if (is_left_out(dial, 12))
        return false;
    size_t len = enrolment_answer(&cas, &phone, change, answer);
    struct provi_renewal *renewal = open_renewal(false, NULL);
    struct prov_alloc alloc = provi_alloc_or_default(NULL);
    struct provi_buffer pem;
    char issuer[PROVI_RENEWAL_NAME_CAP];
    provi_buffer_init(&pem, sizeof answer, false);
    memory = dial;
    prov_status status = provi_renewal_check(
        renewal, (prov_str){answer, len}, prov_str_from(cas.root.pem), TLS_NOW, &pem, issuer, NULL);
    memory = NULL;
    assert_true(is_good || status != PROV_OK);
    assert_true(status != PROV_OK || strncmp(pem.data, "-----BEGIN CERTIFICATE-----", 27) == 0);
    provi_buffer_free(&pem, &alloc);
    provi_renewal_close(renewal);
    return is_good == (status == PROV_OK);
}

static bool check_good_renewal(struct dial *dial)
{
    return check_renewal(dial, &(struct enrolment_change){.signer = &cas.issuer, .n_cas = 2}, true);
}

static bool check_good_pem(struct dial *dial)
{
    return check_renewal(
        dial, &(struct enrolment_change){.signer = &cas.issuer, .form = ENROLMENT_PEM_CHAIN}, true);
}

static bool check_foreign_renewal(struct dial *dial)
{
    return check_renewal(dial, &(struct enrolment_change){.signer = &cas.foreign}, false);
}

static bool check_other_names(struct dial *dial)
{
    return check_renewal(dial, &(struct enrolment_change){.loses_names = true}, false);
}

/* Poor or not, no certificate is for another host. */
static bool match_host(struct dial *dial)
{
    char text[200];
    memory = dial;
    bool is_mine = provi_tls_is_for_host(server.certificate, PROVI_LIT("host.example"));
    bool is_other = provi_tls_is_for_host(server.certificate, PROVI_LIT("other.example"));
    provi_tls_write_names(server.certificate, PROVI_LIT("other.example"), text, sizeof text);
    memory = NULL;
    assert_false(is_other);
    assert_true(strstr(text, "not for other.example"));
    return is_mine;
}

/* The words for a fault may suffer, the refusal does not. */
static bool explain(struct dial *dial)
{
    struct provi_tls *tls = open_tls();
    struct provi_tls_hop hop = {
        .tls = tls, .identity = tls->identity, .host = PROVI_LIT("host.example")};
    X509_STORE_CTX *chain = X509_STORE_CTX_new();
    assert_int_equal(X509_STORE_CTX_init(chain, tls->builtin, server.certificate, NULL), 1);
    X509_STORE_CTX_set_current_cert(chain, server.certificate);
    X509_STORE_CTX_set_error(chain, X509_V_ERR_CERT_HAS_EXPIRED);
    memory = dial;
    provi_tls_explain(&hop, chain);
    X509_STORE_CTX_set_error(chain, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    provi_tls_explain(&hop, chain);
    X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
    provi_tls_explain(&hop, chain);
    memory = NULL;
    assert_int_equal(hop.fault.status, PROV_E_TLS);
    X509_STORE_CTX_free(chain);
    provi_tls_free(tls);
    return true;
}

static void test_tls_steps_without_memory(void **state)
{
    (void)state;
    /* OpenSSL 3.0 then loses blocks of its own table of names, of which leak checkers complain. */
    bool is_watched = getenv("ASAN_OPTIONS") || test_takes_few();
    const struct {
        const char *name;
        bool (*step)(struct dial *dial);
        bool loads_provider, is_dense;
    } rows[] = {
        {"PKCS #1", pad_pkcs1, false, false},
        {"PSS", pad_pss, false, false},
        {"pin", compute_pin, false, false},
        {"roots", load_roots, false, true},
        {"custom CA", set_custom, false, true},
        {"custom CA that is checked", check_custom, false, false},
        {"certificate and key", set_identity_with_key, false, false},
        {"certificate, and a key of the host", set_identity_of_host, true, false},
        {"connection with a certificate", show_identity, false, false},
        {"RSA by the host", sign_rsa_by_host, true, false},
        {"ECDSA by the host", sign_ecdsa_by_host, true, false},
        {"a certificate to be renewed", open_for_renewal, false, false},
        {"a request by the key", request_by_key, false, false},
        {"a request by the host", request_by_host, true, false},
        {"a renewed certificate", check_good_renewal, false, false},
        {"a renewed certificate in PEM", check_good_pem, false, false},
        {"a stranger's certificate", check_foreign_renewal, false, false},
        {"a certificate of other names", check_other_names, false, false},
        {"names", match_host, false, false},
        {"words", explain, false, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].loads_provider && is_watched)
            continue;
        assert_true(rows[i].step(NULL)); /* OpenSSL's first use of anything is not the matter */
        size_t n_before = n_blocks;
        assert_true(rows[i].step(NULL));
        if (n_blocks != n_before)
            fail_msg("%s leaves %zd blocks of OpenSSL", rows[i].name, n_blocks - n_before);
        run(rows[i].name, rows[i].step, rows[i].is_dense);
    }
}

static void shake_hands(bool has_identity, enum prov_tls_reason reason)
{
    struct provi_tls *tls = reason ? tls_open(NULL) : open_tls();
    struct tls_meeting meeting = {.server = &server};
    const struct prov_client_certificate own = {.size = sizeof own,
                                                .cert_pem = prov_str_from(device.pem),
                                                .key_pem = prov_str_from(device.key_pem)};
    if (has_identity)
        assert_int_equal(provi_tls_set_certificate(tls->identity, &own, NULL), PROV_OK);
    tls_meet(&meeting, tls);
    assert_int_equal(meeting.err.reason, reason);
    provi_tls_free(tls);
    ERR_clear_error();
}

static void test_tls_handshakes_leave_no_block(void **state)
{
    (void)state;
    static const enum prov_tls_reason reasons[] = {PROV_TLS_NONE, PROV_TLS_NO_ROOTS};
    for (size_t i = 0; i < 4; i++) {
        shake_hands(i & 1, reasons[i / 2]);
        size_t n_before = n_blocks;
        shake_hands(i & 1, reasons[i / 2]);
        assert_int_equal(n_blocks, n_before);
    }
}

static void *refuse(void *ctx, void *block, size_t old_size, size_t size)
{
    (void)ctx;
    (void)old_size;
    if (size == 0)
        free(block);
    return NULL;
}

static void test_tls_file_without_memory(void **state)
{
    (void)state;
    const struct prov_alloc poor = {.resize = refuse};
    struct prov_error err = {0};
    struct provi_buffer pem;
    provi_buffer_init(&pem, 1 << 20, false);
    assert_int_equal(provi_tls_read_file(&pem, &poor, "/dev/null", &err), PROV_E_NOMEM);
    assert_int_equal(err.status, PROV_E_NOMEM);
    provi_buffer_free(&pem, &poor);
}

/* The last allocations are those for the name. */
static void test_tls_name_of_a_ca_without_memory(void **state)
{
    (void)state;
    struct dial all = {.at = DIAL_OFF};
    assert_true(check_custom(&all));
    for (uint64_t n_last = 1; n_last <= 8; n_last++) {
        struct dial dial = {.at = all.seen - n_last, .sticky = true};
        check_custom(&dial);
        assert_true(dial.hit);
        ERR_clear_error();
    }
}

/* A verdict of no memory is not one about the certificate. */
static void test_tls_no_memory_is_no_verdict(void **state)
{
    (void)state;
    struct provi_tls *tls = open_tls();
    struct provi_tls_hop hop = {.tls = tls, .identity = tls->identity};
    X509_STORE_CTX *chain = X509_STORE_CTX_new();
    assert_int_equal(X509_STORE_CTX_init(chain, tls->builtin, server.certificate, NULL), 1);
    X509_STORE_CTX_set_error(chain, X509_V_ERR_OUT_OF_MEM);
    provi_tls_explain(&hop, chain);
    const struct provi_tls_outcome outcome = {.end = PROVI_TLS_END_HANDSHAKE};
    struct prov_error err = {0};
    assert_int_equal(provi_tls_find_cause(&hop, &outcome, "HERE", &err), PROV_E_NOMEM);
    assert_string_equal(err.message, "out of memory");
    /* Nor is one without a certificate at hand: the server's own is meant. */
    X509_STORE_CTX_set_error(chain, X509_V_ERR_UNSPECIFIED);
    X509_STORE_CTX_set_error_depth(chain, 3);
    X509_STORE_CTX_set_current_cert(chain, NULL);
    provi_tls_explain(&hop, chain);
    assert_int_equal(provi_tls_find_cause(&hop, &outcome, "HERE", &err), PROV_E_TLS);
    assert_int_equal(err.reason, PROV_TLS_BAD_CERTIFICATE);
    assert_int_equal(err.depth, 0);
    assert_string_equal(err.subject, "server");
    X509_STORE_CTX_free(chain);
    provi_tls_free(tls);
}

/* The words of a handshake that failed: the queue, or errno alone, may show lack of memory. */
static void test_tls_first_error_without_memory(void **state)
{
    static const struct {
        int error, reported, first;
    } rows[] = {
        {0, 0, 0},
        {0, SSL_R_BAD_SIGNATURE, SSL_R_BAD_SIGNATURE},
        {ENOENT, SSL_R_BAD_SIGNATURE, SSL_R_BAD_SIGNATURE},
        {ENOMEM, SSL_R_BAD_SIGNATURE, ERR_R_MALLOC_FAILURE},
        {ENOMEM, 0, ERR_R_MALLOC_FAILURE},
        {0, ERR_R_MALLOC_FAILURE, ERR_R_MALLOC_FAILURE},
    };
    (void)state;
    struct provi_tls *tls = open_tls();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        ERR_clear_error();
        if (rows[i].reported)
            ERR_raise(ERR_LIB_SSL, rows[i].reported);
        errno = rows[i].error;
        struct provi_tls_hop hop = {.tls = tls, .identity = tls->identity};
        hop.code = provi_tls_first_error();
        assert_int_equal(ERR_GET_REASON(hop.code), rows[i].first);
        assert_int_equal(ERR_get_error() != 0, rows[i].first != 0);
        assert_int_equal(ERR_get_error(), 0);
        const struct provi_tls_outcome outcome = {.end = PROVI_TLS_END_HANDSHAKE, .words = "x"};
        struct prov_error err = {0};
        prov_status status = provi_tls_find_cause(&hop, &outcome, "HERE", &err);
        assert_int_equal(status == PROV_E_NOMEM, rows[i].first == ERR_R_MALLOC_FAILURE);
    }
    provi_tls_free(tls);
}

int main(void)
{
    if (CRYPTO_set_mem_functions(take, retake, give_back) != 1)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls_steps_without_memory),
        cmocka_unit_test(test_tls_handshakes_leave_no_block),
        cmocka_unit_test(test_tls_file_without_memory),
        cmocka_unit_test(test_tls_name_of_a_ca_without_memory),
        cmocka_unit_test(test_tls_no_memory_is_no_verdict),
        cmocka_unit_test(test_tls_first_error_without_memory),
    };
    (void)tls_now;
    return cmocka_run_group_tests(tests, make_all, free_all);
}
