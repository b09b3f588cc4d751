/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * What a resync costs the hosts that people write, compared with the libraries beneath on the same
 * bytes. An agent asks a transport without a network; everything from the request to the last event
 * counts.
 *
 *     bare    no events, a store that is always empty and keeps nothing
 *     plain, gzip, cipher   the same, by other encodings; the others are encrypted gzip
 *     told    the same store, and events
 *     memory  events, and the first profile of a ready-made store in memory
 *     file    the same in a file
 *     one, one_file   a store that has all values but one
 *     same    a store that has all values
 *     open    a store opened from its file, with a new agent; the floor is libxml2 on that file
 *     agent   an agent made and freed, not the first of the process; there is no floor
 *
 *     bench_host                            the table, times as ratios within this run, and the
 *                                           page faults of a resync that changes one value
 *     bench_host VARIANT ours|floor RUNS    runs of one, for callgrind (see callgrind.py)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <provision/provision.h>

#include "base/array.h"
#include "fake_host.h"
#include "fake_transport.h"
#include "floor.h"
#include "realistic.h"

/* The one server that the profile permits. */
#define URL "https://no/phone.xml"
#define RULE "[--key " REALISTIC_KEY "] " URL

enum { N_BYTES = 300000, N_ROUNDS = 20 };

/* Documents that the floor is measured with. STORE is the file of a ready-made store. */
enum form { PLAIN, GZIP, CIPHER, PACKED, STORE, N_FORMS };

struct bench {
    struct realistic profile;
    struct capture sent[N_FORMS];
    struct fake_transport net;
    struct prov_host host;
    const char *rule;
    prov_store *store;
    prov_agent *agent;
    char path[64];
    uint64_t n_events;
    uint64_t n_event_bytes;
};

static void must(prov_status status, const struct prov_error *err)
{
    if (status != PROV_OK)
        test_die("%s: %s", prov_status_name(status), err ? err->message : "");
}

static int64_t mono_ms(void *ctx)
{
    (void)ctx;
    return 1000000;
}

/* As much as a host does that writes a line to a buffer. */
static void count_event(void *ctx, const struct prov_event *event)
{
    struct bench *bench = ctx;
    bench->n_events++;
    if (event->type == PROV_EVENT_CHANGED)
        bench->n_event_bytes += event->as.change->name.len + event->as.change->old_value.len +
                                event->as.change->new_value.len;
}

static prov_status find_nothing(void *ctx, prov_str name, uint32_t layer, struct prov_param *out)
{
    (void)ctx, (void)name, (void)layer, (void)out;
    return PROV_E_NOT_FOUND;
}

static prov_status set_nothing(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    (void)ctx, (void)param, (void)err;
    return PROV_OK;
}

static void use_no_store(struct bench *bench)
{
    bench->host.find = find_nothing;
    bench->host.txn_set = set_nothing;
}

static void use_store(struct bench *bench, const char *path)
{
    const struct prov_store_options opt = {.size = sizeof opt, .path = path};
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
        .boot_cause = PROV_CAUSE_HOST,
    };
    struct prov_error err = {.size = sizeof err};
    must(prov_agent_new(&bench->agent, &opt, &err), &err);
    must(prov_agent_add_transport(bench->agent, &bench->net.transport, PROV_TRANSPORT_SHARED, &err),
         &err);
}

static void settle(struct bench *bench)
{
    while (prov_agent_timeout_ms(bench->agent) == 0 || bench->net.running) {
        bench->net.transport.process(bench->net.transport.ctx, NULL);
        must(prov_agent_process(bench->agent, NULL), NULL);
    }
}

static void resync(struct bench *bench)
{
    const struct prov_agent_request request = {
        .size = sizeof request, .cause = PROV_CAUSE_HOST, .rule = prov_str_from(bench->rule)};
    struct prov_error err = {.size = sizeof err};
    must(prov_agent_request(bench->agent, &request, &err), &err);
    settle(bench);
}

static void send_as(struct bench *bench, enum form form)
{
    const struct capture *sent = &bench->sent[form];
    fake_transport_add(&bench->net, URL, sent->data, sent->len);
}

static void with_agent(struct bench *bench)
{
    make_agent(bench);
    settle(bench);
}

static void prepare_bare(struct bench *bench)
{
    use_no_store(bench);
    with_agent(bench);
}

static void prepare_plain(struct bench *bench)
{
    send_as(bench, PLAIN);
    bench->rule = URL;
    prepare_bare(bench);
}

static void prepare_gzip(struct bench *bench)
{
    send_as(bench, GZIP);
    bench->rule = URL;
    prepare_bare(bench);
}

static void prepare_cipher(struct bench *bench)
{
    send_as(bench, CIPHER);
    prepare_bare(bench);
}

static void prepare_told(struct bench *bench)
{
    bench->host.event = count_event;
    prepare_bare(bench);
}

static void prepare_memory(struct bench *bench)
{
    bench->host.event = count_event;
    use_store(bench, NULL);
    with_agent(bench);
}

static void prepare_file(struct bench *bench)
{
    bench->host.event = count_event;
    use_store(bench, bench->path);
    with_agent(bench);
}

static void prepare_same(struct bench *bench)
{
    prepare_memory(bench);
    resync(bench);
}

static void prepare_one(struct bench *bench)
{
    prepare_same(bench);
    store_set(bench->store, "SIP_Enable_1_", "changed");
}

static void prepare_one_file(struct bench *bench)
{
    prepare_file(bench);
    resync(bench);
    store_set(bench->store, "SIP_Enable_1_", "changed");
}

static void close_store(struct bench *bench)
{
    prov_agent_free(bench->agent);
    prov_store_close(bench->store);
    bench->agent = NULL;
    bench->store = NULL;
}

static void read_file(const char *path, struct capture *content)
{
    static unsigned char bytes[1 << 20];
    FILE *file = fopen(path, "rb");
    size_t len = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    if (len == 0 || len == sizeof bytes)
        test_die("%s: %zu bytes", path, len);
    fclose(file);
    content->len = 0;
    must(content->sink.write(content->sink.ctx, bytes, len, NULL), NULL);
}

static void prepare_open(struct bench *bench)
{
    prepare_file(bench);
    resync(bench);
    close_store(bench);
    read_file(bench->path, &bench->sent[STORE]);
}

static void open_store(struct bench *bench)
{
    use_store(bench, bench->path);
    with_agent(bench);
}

static void make_and_free(struct bench *bench)
{
    make_agent(bench);
    prov_agent_free(bench->agent);
    bench->agent = NULL;
}

static void prepare_agent(struct bench *bench)
{
    use_no_store(bench);
    make_and_free(bench);
}

static const struct variant {
    const char *name;
    void (*prepare)(struct bench *bench);
    void (*run)(struct bench *bench);
    enum form floor;
} variants[] = {
    {"bare", prepare_bare, resync, PACKED},    {"plain", prepare_plain, resync, PLAIN},
    {"gzip", prepare_gzip, resync, GZIP},      {"cipher", prepare_cipher, resync, CIPHER},
    {"told", prepare_told, resync, PACKED},    {"memory", prepare_memory, resync, PACKED},
    {"file", prepare_file, resync, PACKED},    {"same", prepare_same, resync, PACKED},
    {"one", prepare_one, resync, PACKED},      {"one_file", prepare_one_file, resync, PACKED},
    {"open", prepare_open, open_store, STORE}, {"agent", prepare_agent, make_and_free, N_FORMS},
};

static void encode(struct bench *bench, enum form form, uint32_t encodings)
{
    const bool is_encrypted = encodings & PROV_ENCODING_AES_CBC;
    const struct prov_encode_options opt = {
        .size = sizeof opt,
        .key = prov_str_from(is_encrypted ? REALISTIC_KEY : ""),
        .salt = prov_str_from(is_encrypted ? "8 bytes!" : ""),
        .encodings = encodings,
    };
    struct prov_error err = {.size = sizeof err};
    prov_encoder *encoder;
    must(prov_encoder_new(&encoder, &opt, bench->sent[form].sink, &err), &err);
    must(prov_encoder_write(encoder, bench->profile.text, bench->profile.len, &err), &err);
    must(prov_encoder_finish(encoder, &err), &err);
    prov_encoder_free(encoder);
}

static void bench_init(struct bench *bench)
{
    memset(bench, 0, sizeof *bench);
    realistic_init(&bench->profile, N_BYTES);
    for (size_t i = 0; i < N_FORMS; i++)
        capture_init(&bench->sent[i], NULL);
    encode(bench, PLAIN, 0);
    encode(bench, GZIP, PROV_ENCODING_GZIP);
    encode(bench, CIPHER, PROV_ENCODING_AES_CBC);
    encode(bench, PACKED, PROV_ENCODING_GZIP | PROV_ENCODING_AES_CBC);
    snprintf(bench->path, sizeof bench->path, "/tmp/bench_host-%ld.xml", (long)getpid());
}

static void bench_free(struct bench *bench)
{
    for (size_t i = 0; i < N_FORMS; i++)
        capture_free(&bench->sent[i]);
    realistic_free(&bench->profile);
}

static void remove_files(const struct bench *bench)
{
    static const char *const suffixes[] = {"", ".bak", ".new", ".lock"};
    char path[80];
    for (size_t i = 0; i < PROVI_LEN(suffixes); i++) {
        snprintf(path, sizeof path, "%s%s", bench->path, suffixes[i]);
        unlink(path);
    }
}

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* callgrind counts what happens inside of this function. */
static void measured(struct bench *bench, const struct variant *variant, bool is_floor)
{
    if (is_floor)
        floor_run(bench->sent[variant->floor].data, bench->sent[variant->floor].len);
    else
        variant->run(bench);
}

/* Volatile, so that no compiler takes the call apart. */
static void (*volatile measure)(struct bench *bench, const struct variant *variant,
                                bool is_floor) = measured;

static void begin(struct bench *bench, const struct variant *variant)
{
    bench->n_events = bench->n_event_bytes = 0;
    bench->host = (struct prov_host){.size = sizeof bench->host, .ctx = bench, .mono_ms = mono_ms};
    fake_transport_init(&bench->net, "https", NULL);
    bench->net.is_immediate = true;
    bench->rule = RULE;
    send_as(bench, PACKED);
    variant->prepare(bench);
}

static void end(struct bench *bench)
{
    close_store(bench);
    remove_files(bench);
    fake_transport_free(&bench->net);
}

/* CPU time of one run, on a device made for it. */
static double run_once(struct bench *bench, const struct variant *variant, bool is_floor)
{
    begin(bench, variant);
    double start = now_ms();
    measure(bench, variant, is_floor);
    double took = now_ms() - start;
    end(bench);
    return took;
}

static long faults_so_far(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_minflt;
}

/* Mean of the later ones of some resyncs of one device, each of which finds one value changed. */
static double warm_faults(struct bench *bench, const struct variant *variant)
{
    long n = 0;
    begin(bench, variant);
    for (int i = 0; i < N_ROUNDS; i++) {
        store_set(bench->store, "SIP_Enable_1_", "changed");
        long before = faults_so_far();
        resync(bench);
        n += i < N_ROUNDS / 2 ? 0 : faults_so_far() - before;
    }
    end(bench);
    return (double)n / (N_ROUNDS - N_ROUNDS / 2);
}

/* The best of some rounds: what disturbs only ever adds. */
static double best_ms(struct bench *bench, const struct variant *variant, bool is_floor)
{
    double best = 0;
    for (int i = 0; i < N_ROUNDS; i++) {
        double took = run_once(bench, variant, is_floor);
        best = i == 0 || took < best ? took : best;
    }
    return best;
}

static void report(struct bench *bench, const struct variant *variant)
{
    double ours = best_ms(bench, variant, false);
    if (variant->floor == N_FORMS) {
        printf("%-9s %8.3f ms\n", variant->name, ours);
        return;
    }
    double floor = best_ms(bench, variant, true);
    printf("%-9s %8.3f ms, floor %8.3f ms, ratio %.2f\n", variant->name, ours, floor, ours / floor);
}

static void run_alone(struct bench *bench, const struct variant *variant, bool is_floor,
                      unsigned long n_runs)
{
    for (unsigned long i = 0; i < n_runs; i++)
        run_once(bench, variant, is_floor);
    printf("%s: %llu events\n", variant->name, (unsigned long long)bench->n_events);
}

static const struct variant *find_variant(const char *name)
{
    size_t i = 0;
    while (strcmp(variants[i].name, name) != 0)
        i++;
    return &variants[i];
}

/* Before all else: what a process has taken and given back decides what is at hand. */
static void report_faults(struct bench *bench)
{
    static const char *const names[] = {"one", "one_file"};
    for (size_t i = 0; i < PROVI_LEN(names); i++)
        printf("%-9s %8.1f page faults of a warm resync\n", names[i],
               warm_faults(bench, find_variant(names[i])));
}

int main(int argc, char **argv)
{
    static struct bench bench;
    bench_init(&bench);
    if (argc == 1)
        report_faults(&bench);
    for (size_t i = 0; i < PROVI_LEN(variants); i++) {
        if (argc == 1)
            report(&bench, &variants[i]);
        else if (argc == 4 && strcmp(argv[1], variants[i].name) == 0)
            run_alone(&bench, &variants[i], strcmp(argv[2], "floor") == 0,
                      strtoul(argv[3], NULL, 10));
    }
    bench_free(&bench);
    return 0;
}
