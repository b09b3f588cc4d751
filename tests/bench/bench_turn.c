/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * The longest single prov_agent_process(): a device's program does nothing else meanwhile.
 *
 *     boot     the first of an agent, on a store with a profile
 *     profile  300 KB, gzip in AES, by a server whose pieces are 16 KiB; first values of a store
 *     file     the same, and the store is in a file
 *     again    the same profile once more: nothing differs
 *     value    a value of 1 MiB, where the host allows that
 *     rule     a rule of nearly as many bytes as the limits allow, whose last URL counts
 *     odd      a rule of that size that is nothing but brackets
 *     keys     a file whose key is derived by PBKDF2, which is tried behind two other ways
 *     http     the same as XML, through the built-in transport, on loopback
 *     tftp     20 KB, likewise
 *
 *     bench_turn              the longest of each in CPU time
 *     bench_turn SCENARIO     one, for callgrind (see turns.py)
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <provision/provision.h>
#include <provision/transport_curl.h>

#include "base/array.h"
#include "base/str.h"
#include "fake_transport.h"
#include "loopback.h"
#include "realistic.h"
#include "tftp_server.h"

#define URL "https://no/phone.xml" /* the one server that the realistic profile permits */
#define KEY_RULE "[--key " REALISTIC_KEY "] " URL

enum {
    N_BYTES = 300000,
    N_FEW_BYTES = 20000,
    N_PIECE = 16384,
    N_VALUE = 1 << 20,
    N_RULE = 64 << 10, /* the limit, and also that of what it expands to */
};

struct bench {
    struct prov_host host;
    struct prov_limits limits;
    prov_store *store;
    prov_agent *agent;
    struct fake_transport net;
    prov_curl *curl; /* NULL: the transport without a network is used */
    struct http_server http;
    struct datagram_server tftp;
    struct tftp_files tftp_files;
    struct reply reply;
    char head[128];
    char *file; /* what a server on loopback gives; NUL-terminated */
    struct capture sent;
    char *rule;
    char path[64];
    unsigned n_events;
    unsigned n_results;
    bool is_to_fail; /* the result is an error */
    bool is_measured;
    unsigned n_turns;
    double longest_ms;
};

static void must(prov_status status, const struct prov_error *err)
{
    if (status != PROV_OK)
        test_die("%s: %s", prov_status_name(status), err ? err->message : "");
}

static void *allocate(size_t n_bytes)
{
    void *block = calloc(1, n_bytes);
    if (!block)
        test_die("out of memory");
    return block;
}

static int64_t mono_ms(void *ctx)
{
    (void)ctx;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void on_event(void *ctx, const struct prov_event *event)
{
    struct bench *bench = ctx;
    bench->n_events++;
    if (event->type != PROV_EVENT_RESULT)
        return;
    bench->n_results++;
    if (!bench->is_to_fail && event->as.result->error)
        test_die("%s", event->as.result->error->message);
}

static void use_store(struct bench *bench, const char *path)
{
    const struct prov_store_options opt = {
        .size = sizeof opt, .path = path, .limits = &bench->limits};
    struct prov_error err = {.size = sizeof err};
    must(prov_store_open(&bench->store, &opt, &err), &err);
    must(prov_store_bind(bench->store, &bench->host, NULL), NULL);
}

static void make_agent(struct bench *bench)
{
    const struct prov_device device = {
        .size = sizeof device,
        .mac = {0x00, 0x0e, 0x08, 0x01, 0x23, 0x45},
        .product = prov_str_from("CP-8841-3PCC"),
    };
    const struct prov_agent_options opt = {
        .size = sizeof opt,
        .host = &bench->host,
        .device = &device,
        .limits = &bench->limits,
        .boot_cause = PROV_CAUSE_HOST,
    };
    const struct prov_transport *transport =
        bench->curl ? prov_curl_transport(bench->curl) : &bench->net.transport;
    struct prov_error err = {.size = sizeof err};
    must(prov_agent_new(&bench->agent, &opt, &err), &err);
    must(prov_agent_add_transport(bench->agent, transport, 0, &err), &err);
}

/* callgrind counts what happens inside of this function, each time apart. */
static void one_process(struct bench *bench)
{
    must(prov_agent_process(bench->agent, NULL), NULL);
}

static void pass_over(struct bench *bench)
{
    must(prov_agent_process(bench->agent, NULL), NULL);
}

static double cpu_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* Volatile, so that no compiler takes the calls apart. */
static void (*volatile measured)(struct bench *bench) = one_process;
static void (*volatile not_measured)(struct bench *bench) = pass_over;

static void turn(struct bench *bench)
{
    if (!bench->is_measured) {
        not_measured(bench);
        return;
    }
    double start_ms = cpu_ms();
    measured(bench);
    double took_ms = cpu_ms() - start_ms;
    bench->n_turns++;
    bench->longest_ms = took_ms > bench->longest_ms ? took_ms : bench->longest_ms;
}

/* Until the agent, or the server, has something to do. */
static void wait_for_news(struct bench *bench)
{
    struct prov_pollfd wanted[8];
    struct pollfd fds[16];
    nfds_t n = 0;
    size_t n_wanted = prov_agent_pollfds(bench->agent, wanted, PROVI_LEN(wanted));
    for (size_t i = 0; i < n_wanted && i < PROVI_LEN(wanted); i++)
        fds[n++] = (struct pollfd){
            .fd = wanted[i].fd,
            .events = (short)((wanted[i].events & PROV_POLL_IN ? POLLIN : 0) |
                              (wanted[i].events & PROV_POLL_OUT ? POLLOUT : 0)),
        };
    fds[n++] = (struct pollfd){.fd = bench->http.listener, .events = POLLIN};
    fds[n++] = (struct pollfd){.fd = bench->tftp.fd, .events = POLLIN};
    int64_t wait_ms = prov_agent_timeout_ms(bench->agent);
    poll(fds, n, wait_ms < 0 || wait_ms > 5 ? 5 : (int)wait_ms);
    http_server_step(&bench->http);
    datagram_server_step(&bench->tftp);
}

static void settle(struct bench *bench)
{
    while (prov_agent_timeout_ms(bench->agent) == 0 || prov_agent_is_busy(bench->agent)) {
        if (bench->curl)
            wait_for_news(bench);
        turn(bench);
    }
}

static void with_agent(struct bench *bench, const char *store_path)
{
    use_store(bench, store_path);
    make_agent(bench);
    settle(bench);
}

static void resync(struct bench *bench)
{
    const struct prov_agent_request request = {
        .size = sizeof request, .cause = PROV_CAUSE_HOST, .rule = prov_str_from(bench->rule)};
    struct prov_error err = {.size = sizeof err};
    unsigned n_results = bench->n_results;
    must(prov_agent_request(bench->agent, &request, &err), &err);
    settle(bench);
    if (bench->n_results == n_results)
        test_die("no result of %s", bench->rule);
}

static void set_rule(struct bench *bench, const char *rule)
{
    size_t len = strlen(rule);
    free(bench->rule);
    bench->rule = allocate(len + 1);
    memcpy(bench->rule, rule, len);
}

static void serve(struct bench *bench)
{
    fake_transport_add(&bench->net, URL, bench->sent.data, bench->sent.len)->chunk = N_PIECE;
}

static void encode_as(struct bench *bench, prov_str text, struct prov_encode_options *opt)
{
    struct prov_error err = {.size = sizeof err};
    prov_encoder *encoder;
    opt->size = sizeof *opt;
    must(prov_encoder_new(&encoder, opt, bench->sent.sink, &err), &err);
    must(prov_encoder_write(encoder, text.data, text.len, &err), &err);
    must(prov_encoder_finish(encoder, &err), &err);
    prov_encoder_free(encoder);
}

static void send_realistic(struct bench *bench, size_t n_bytes, uint32_t encodings)
{
    const bool has_key = encodings & PROV_ENCODING_AES_CBC;
    struct prov_encode_options opt = {
        .key = prov_str_from(has_key ? REALISTIC_KEY : ""),
        .salt = prov_str_from(has_key ? "8 bytes!" : ""),
        .encodings = encodings,
    };
    struct realistic profile;
    realistic_init(&profile, n_bytes);
    encode_as(bench, (prov_str){profile.text, profile.len}, &opt);
    realistic_free(&profile);
    set_rule(bench, has_key ? KEY_RULE : URL);
    serve(bench);
}

static void send_packed(struct bench *bench)
{
    send_realistic(bench, N_BYTES, PROV_ENCODING_GZIP | PROV_ENCODING_AES_CBC);
}

static void run_boot(struct bench *bench)
{
    send_packed(bench);
    with_agent(bench, NULL);
    resync(bench);
    prov_agent_free(bench->agent);
    bench->is_measured = true;
    make_agent(bench);
    settle(bench);
}

static void run_resync(struct bench *bench)
{
    with_agent(bench, NULL);
    bench->is_measured = true;
    resync(bench);
}

static void run_profile(struct bench *bench)
{
    send_packed(bench);
    run_resync(bench);
}

static void run_file(struct bench *bench)
{
    send_packed(bench);
    with_agent(bench, bench->path);
    bench->is_measured = true;
    resync(bench);
}

static void run_again(struct bench *bench)
{
    send_packed(bench);
    with_agent(bench, NULL);
    resync(bench);
    bench->is_measured = true;
    resync(bench);
}

static void run_value(struct bench *bench)
{
    static const char start[] = "<flat-profile><GPP_A>", end[] = "</GPP_A></flat-profile>";
    const size_t start_len = sizeof start - 1, end_len = sizeof end - 1;
    char *text = allocate(start_len + N_VALUE + end_len);
    memcpy(text, start, start_len);
    memset(text + start_len, 'v', N_VALUE);
    memcpy(text + start_len + N_VALUE, end, end_len);
    bench->limits.max_value_bytes = N_VALUE;
    encode_as(bench, (prov_str){text, start_len + N_VALUE + end_len},
              &(struct prov_encode_options){.size = 0});
    free(text);
    set_rule(bench, URL);
    serve(bench);
    run_resync(bench);
}

static void run_rule(struct bench *bench)
{
    static const char choice[] = "(1 eq 0)? https://no/$MA | ";
    const size_t choice_len = sizeof choice - 1;
    char *text = allocate(N_RULE);
    size_t len = 0;
    for (; len + choice_len + sizeof URL < N_RULE / 2; len += choice_len)
        memcpy(text + len, choice, choice_len);
    memcpy(text + len, URL, sizeof URL);
    send_realistic(bench, 1000, 0);
    set_rule(bench, text);
    free(text);
    run_resync(bench);
}

static void run_odd(struct bench *bench)
{
    char *text = allocate(N_RULE);
    for (size_t i = 0; i < N_RULE - 2; i++)
        text[i] = i % 2 ? ']' : '[';
    set_rule(bench, text);
    free(text);
    bench->is_to_fail = true;
    run_resync(bench);
}

static void run_keys(struct bench *bench)
{
    struct prov_encode_options opt = {
        .key = prov_str_from("other"),
        .salt = prov_str_from("8 bytes!"),
        .encodings = PROV_ENCODING_AES_CBC,
        .derivation = PROV_DERIVE_PBKDF2,
    };
    encode_as(bench, PROVI_LIT("<flat-profile><GPP_A>1</GPP_A></flat-profile>"), &opt);
    set_rule(bench, "[--key other] " URL);
    serve(bench);
    run_resync(bench);
}

static void use_loopback(struct bench *bench, size_t n_bytes)
{
    struct prov_error err = {.size = sizeof err};
    struct realistic profile;
    int head_len;
    must(prov_curl_new(&bench->curl, NULL, &err), &err);
    realistic_init(&profile, n_bytes);
    head_len = snprintf(bench->head, sizeof bench->head,
                        "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", profile.len);
    bench->file = allocate((size_t)head_len + profile.len + 1);
    memcpy(bench->file, bench->head, (size_t)head_len);
    memcpy(bench->file + head_len, profile.text, profile.len);
    realistic_free(&profile);
    bench->reply = (struct reply){bench->file, REPLY_KEEP};
    bench->tftp_files = (struct tftp_files){.file = bench->file + head_len, .block = 512};
    http_server_open(&bench->http, &bench->reply, 1);
    datagram_server_open(&bench->tftp, tftp_serve, &bench->tftp_files);
}

static void run_loopback(struct bench *bench, const char *scheme, uint16_t port)
{
    char rule[64];
    snprintf(rule, sizeof rule, "%s://127.0.0.1:%u/phone.xml", scheme, (unsigned)port);
    set_rule(bench, rule);
    run_resync(bench);
}

static void run_http(struct bench *bench)
{
    use_loopback(bench, N_BYTES);
    run_loopback(bench, "http", bench->http.port);
}

static void run_tftp(struct bench *bench)
{
    use_loopback(bench, N_FEW_BYTES);
    run_loopback(bench, "tftp", bench->tftp.port);
}

static const struct scenario {
    const char *name;
    void (*run)(struct bench *bench);
} scenarios[] = {
    {"boot", run_boot},   {"profile", run_profile}, {"file", run_file}, {"again", run_again},
    {"value", run_value}, {"rule", run_rule},       {"odd", run_odd},   {"keys", run_keys},
    {"http", run_http},   {"tftp", run_tftp},
};

static void remove_files(const struct bench *bench)
{
    static const char *const suffixes[] = {"", ".bak", ".new", ".lock"};
    char path[80];
    for (size_t i = 0; i < PROVI_LEN(suffixes); i++) {
        snprintf(path, sizeof path, "%s%s", bench->path, suffixes[i]);
        unlink(path);
    }
}

static void run(const struct scenario *scenario)
{
    static struct bench bench;
    memset(&bench, 0, sizeof bench);
    bench.host = (struct prov_host){
        .size = sizeof bench.host, .ctx = &bench, .mono_ms = mono_ms, .event = on_event};
    bench.limits.size = sizeof bench.limits;
    capture_init(&bench.sent, NULL);
    fake_transport_init(&bench.net, "https", NULL);
    snprintf(bench.path, sizeof bench.path, "/tmp/bench_turn-%ld.xml", (long)getpid());
    scenario->run(&bench);
    printf("%-8s %6.2f ms of CPU, %u calls, %u events\n", scenario->name, bench.longest_ms,
           bench.n_turns, bench.n_events);
    prov_agent_free(bench.agent);
    prov_store_close(bench.store);
    fake_transport_free(&bench.net);
    if (bench.curl) {
        http_server_close(&bench.http);
        datagram_server_close(&bench.tftp);
        prov_curl_free(bench.curl);
    }
    capture_free(&bench.sent);
    free(bench.file);
    free(bench.rule);
    remove_files(&bench);
}

int main(int argc, char **argv)
{
    for (size_t i = 0; i < PROVI_LEN(scenarios); i++)
        if (argc == 1 || strcmp(argv[1], scenarios[i].name) == 0)
            run(&scenarios[i]);
    return 0;
}
