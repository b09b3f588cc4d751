/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * renewal FOLDER RULE N file|sign: a device that renews its certificate, for scripts.
 *
 * FOLDER holds `dev.pem` and `dev.key` of the device, and `ca.pem`, the CA of devices and servers.
 * The device renews N times by RULE, with its key in a file, or in the host's hands; a new
 * certificate replaces `dev.pem`, and is shown from then on. A line of standard output is a
 * renewal, with tabs between: outcome, status, `MIC_Cert_Provisioning_Status`, message; or
 * `reboot`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <provision/provision.h>

#include "agent_poll.h"
#include "dials.h"
#include "fake_host.h"

struct device {
    prov_store *store;
    prov_agent *agent;
    prov_tls_identity *identity;
    struct prov_client_certificate certificate;
    char cert_file[256], key_file[256], new_file[256], ca_file[256], ca_pem[8192];
    EVP_PKEY *key;
    bool is_ended;
};

static int64_t mono_ms(void *ctx)
{
    struct timespec now;
    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool wall_s(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    (void)ctx;
    *utc_s = time(NULL);
    *utc_offset_s = 0;
    return true;
}

static void print_result(struct device *device, const struct prov_result *result)
{
    printf("%s\t%s\t", prov_outcome_name(result->outcome),
           prov_status_name(result->error ? result->error->status : PROV_OK));
    device->is_ended = true;
}

static void hear(void *ctx, const struct prov_event *event)
{
    struct device *device = ctx;
    if (event->type == PROV_EVENT_RESULT && event->job == PROV_JOB_RENEWAL)
        print_result(device, event->as.result);
    else if (event->type == PROV_EVENT_REBOOT_WANTED)
        printf("reboot\n");
    else if (event->type == PROV_EVENT_LOG && event->as.log->error)
        fprintf(stderr, "%s\n", event->as.log->error->message);
}

static prov_status sign(void *ctx, uint32_t kind, const uint8_t *data, size_t len, uint8_t *sig,
                        size_t cap, size_t *sig_len)
{
    const struct device *device = ctx;
    EVP_PKEY_CTX *operation = EVP_PKEY_CTX_new(device->key, NULL);
    *sig_len = cap;
    bool is_signed =
        operation && EVP_PKEY_sign_init(operation) == 1 &&
        (kind == PROV_SIGN_ECDSA || EVP_PKEY_CTX_set_rsa_padding(operation, RSA_NO_PADDING) == 1) &&
        EVP_PKEY_sign(operation, sig, sig_len, data, len) == 1;
    EVP_PKEY_CTX_free(operation);
    return is_signed ? PROV_OK : PROV_E_HOST;
}

static prov_status present(void *ctx, struct prov_renewal_present *out, struct prov_error *err)
{
    const struct device *device = ctx;
    (void)err;
    out->certificate = &device->certificate;
    out->ca_pem = prov_str_from(device->ca_pem);
    return PROV_OK;
}

static void use(struct device *device)
{
    struct prov_error err = {0};
    if (prov_tls_identity_set_certificate(device->identity, &device->certificate, &err) != PROV_OK)
        test_die("certificate: %s", err.message);
}

static prov_status install(void *ctx, prov_str chain_pem, struct prov_error *err)
{
    struct device *device = ctx;
    FILE *file = fopen(device->new_file, "wb");
    (void)err;
    if (!file)
        return PROV_E_IO;
    bool is_written = fwrite(chain_pem.data, 1, chain_pem.len, file) == chain_pem.len;
    if (fclose(file) != 0 || !is_written || rename(device->new_file, device->cert_file) != 0)
        return PROV_E_IO;
    use(device);
    return PROV_OK;
}

static void read_files(struct device *device, const char *folder, bool is_hosts)
{
    snprintf(device->cert_file, sizeof device->cert_file, "%s/dev.pem", folder);
    snprintf(device->key_file, sizeof device->key_file, "%s/dev.key", folder);
    snprintf(device->new_file, sizeof device->new_file, "%s/dev.new", folder);
    snprintf(device->ca_file, sizeof device->ca_file, "%s/ca.pem", folder);
    FILE *file = fopen(device->ca_file, "rb");
    if (!file || fread(device->ca_pem, 1, sizeof device->ca_pem - 1, file) == 0)
        test_die("%s", device->ca_file);
    fclose(file);
    device->certificate = (struct prov_client_certificate){
        .size = sizeof device->certificate,
        .cert_file = device->cert_file,
        .key_file = is_hosts ? NULL : device->key_file,
        .sign = is_hosts ? sign : NULL,
        .sign_ctx = device,
    };
    file = fopen(device->key_file, "rb");
    device->key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    if (!device->key)
        test_die("%s", device->key_file);
    fclose(file);
}

static void make_agent(struct device *device, prov_curl *curl, const char *rule)
{
    static const struct prov_device facts = {
        .size = sizeof facts, .mac = {0, 0x0e, 8, 1, 2, 3}, .product = {"CP-8841-3PCC", 12}};
    struct prov_host host = {
        .size = sizeof host, .ctx = device, .mono_ms = mono_ms, .wall_s = wall_s, .event = hear};
    const struct prov_agent_options options = {
        .size = sizeof options,
        .host = &host,
        .device = &facts,
        .identity = device->identity,
        .boot_cause = PROV_CAUSE_HOST,
    };
    const struct prov_renewal_host renewal = {
        .size = sizeof renewal, .ctx = device, .present = present, .install = install};
    struct prov_error err = {0};
    if (prov_store_open(&device->store, NULL, &err) != PROV_OK ||
        prov_store_bind(device->store, &host, &err) != PROV_OK)
        test_die("store: %s", err.message);
    store_set(device->store, "MIC_Cert_Refresh_Rule", rule);
    store_set(device->store, "Profile_Rule", "");
    if (prov_agent_new(&device->agent, &options, &err) != PROV_OK ||
        prov_agent_add_transport(device->agent, prov_curl_transport(curl), 0, &err) != PROV_OK ||
        prov_agent_enable_renewal(device->agent, &renewal, &err) != PROV_OK)
        test_die("agent: %s", err.message);
}

static void turn(prov_agent *agent)
{
    agent_poll(agent, 1000);
    if (prov_agent_process(agent, NULL) != PROV_OK)
        test_die("the loop ends");
}

static void renew(struct device *device)
{
    const struct prov_agent_request request = {
        .size = sizeof request, .verb = PROV_VERB_RENEW, .cause = PROV_CAUSE_HOST};
    struct prov_job_status status = {.size = sizeof status};
    char text[512] = "";
    size_t len;
    device->is_ended = false;
    if (prov_agent_request(device->agent, &request, NULL) != PROV_OK)
        test_die("refused");
    while (!device->is_ended)
        turn(device->agent);
    prov_store_get(device->store, prov_str_from("MIC_Cert_Provisioning_Status"), text, sizeof text,
                   &len);
    prov_agent_status(device->agent, PROV_JOB_RENEWAL, &status);
    printf("%s\t%s\n", text, status.last && status.last->error ? status.last->error->message : "");
    while (prov_agent_timeout_ms(device->agent) == 0) /* the reboot */
        turn(device->agent);
}

int main(int argc, char **argv)
{
    struct device device = {.is_ended = false};
    const struct prov_tls_identity_options options = {.size = sizeof options};
    struct prov_curl_options transport = {.size = sizeof transport, .ca_file = device.ca_file};
    prov_curl *curl;
    if (argc != 5)
        test_die("expected FOLDER RULE N file|sign");
    read_files(&device, argv[1], strcmp(argv[4], "sign") == 0);
    if (prov_curl_new(&curl, &transport, NULL) != PROV_OK ||
        prov_tls_identity_new(&device.identity, &options, NULL) != PROV_OK)
        test_die("no transport");
    use(&device);
    make_agent(&device, curl, argv[2]);
    for (int n = atoi(argv[3]); n > 0; n--)
        renew(&device);
    prov_agent_free(device.agent);
    prov_tls_identity_free(device.identity);
    prov_curl_free(curl);
    prov_store_close(device.store);
    EVP_PKEY_free(device.key);
    return 0;
}
