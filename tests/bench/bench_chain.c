/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * What the way of a profile costs, compared with the libraries beneath on the same bytes:
 *
 *     floor    EVP AES-256-CBC ▸ inflate ▸ libxml2 push SAX2 with empty callbacks
 *     stream   our decoder and parser, parameters thrown away
 *     apply    with name lookup, staging and commit to an empty host
 *     digest   the same, to an empty host that can tell whether it changed: what is new to it is
 *              remembered by a digest
 *     compare  with a commit to a store that holds the same values already: nothing changes
 *
 *     bench_chain                        the table, times as ratios within this run
 *     bench_chain VARIANT BYTES RUNS     runs of one, for callgrind (see callgrind.py)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <provision/store.h>

#include "base/array.h"
#include "chain.h"
#include "floor.h"
#include "hostile.h"
#include "realistic.h"

enum { PIECE = 4096, N_ROUNDS = 5, HUNDRED_MB = 100000000 };

struct bench {
    struct realistic profile;
    struct capture packed; /* the same, as transferred */
    bool is_plain;         /* or any document, not packed at all */
    struct fault_alloc memory;
    struct prov_alloc alloc; /* .memory's, or the C library's where time is measured */
    prov_store *full;        /* holds all values of the profile */
    size_t staged_bytes;     /* by the last run */
};

static void run_floor(struct bench *bench)
{
    floor_run(bench->packed.data, bench->packed.len);
}

static const struct prov_limits limits = {
    .size = sizeof limits,
    .max_inflated_bytes = 2 * (uint64_t)HUNDRED_MB,
    .max_staged_bytes = 64 << 20,
    .max_store_bytes = 64 << 20,
};

static struct prov_decode_options decode_options(const struct bench *bench)
{
    return (struct prov_decode_options){
        .size = sizeof(struct prov_decode_options),
        .alloc = &bench->alloc,
        .limits = &limits,
        .key = bench->is_plain ? prov_str_from("") : prov_str_from(REALISTIC_KEY),
    };
}

static void must(prov_status status, const struct prov_error *err)
{
    if (status != PROV_OK)
        test_die("%s: %s, line %u", prov_status_name(status), err->message, (unsigned)err->line);
}

static void feed(const struct bench *bench, struct prov_sink sink)
{
    struct prov_error err = {.size = sizeof err};
    for (size_t at = 0; at < bench->packed.len; at += PIECE) {
        size_t left = bench->packed.len - at;
        must(sink.write(sink.ctx, bench->packed.data + at, left < PIECE ? left : PIECE, &err),
             &err);
    }
    must(sink.finish(sink.ctx, &err), &err);
}

static prov_status drop_param(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    (void)param, (void)err;
    ++*(size_t *)ctx;
    return PROV_OK;
}

static void run_stream(struct bench *bench)
{
    size_t n_params = 0;
    const struct prov_profile_handler handler = {.param = drop_param, .ctx = &n_params};
    const struct prov_profile_options opt = {.size = sizeof opt, .alloc = &bench->alloc};
    const struct prov_decode_options decode = decode_options(bench);
    struct prov_error err = {.size = sizeof err};
    prov_profile_parser *parser;
    prov_decoder *decoder;
    must(prov_profile_parser_new(&parser, &opt, &handler, &err), &err);
    must(prov_decoder_new(&decoder, &decode, prov_profile_parser_sink(parser), &err), &err);
    feed(bench, prov_decoder_sink(decoder));
    prov_decoder_free(decoder);
    prov_profile_parser_free(parser);
    if (!bench->is_plain && n_params != bench->profile.n_params)
        test_die("stream: %zu parameters", n_params);
}

/* As an agent does, which passes the catalogue of its host and knows where the file is from. */
static void apply_to(struct bench *bench, const struct prov_host *host)
{
    static const struct provi_digest source;
    const struct prov_catalogue no_more = {.size = sizeof no_more};
    const struct prov_profile_options profile = {
        .size = sizeof profile, .limits = &limits, .catalogue = &no_more};
    const struct prov_decode_options decode = decode_options(bench);
    struct prov_error err = {.size = sizeof err};
    struct chain chain;
    must(chain_open(&chain, host, &decode, &profile, &err), &err);
    chain.apply.source = &source;
    feed(bench, chain_sink(&chain));
    must(chain_commit(&chain, &err), &err);
    bench->staged_bytes = chain.apply.stage.used_bytes;
    chain_close(&chain);
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

static uint64_t stamp_of_nothing(void *ctx)
{
    (void)ctx;
    return 1;
}

static const struct prov_host empty_host = {
    .size = sizeof empty_host,
    .stores_access = 1,
    .find = find_nothing,
    .txn_set = set_nothing,
};

static void run_apply(struct bench *bench)
{
    apply_to(bench, &empty_host);
}

static void run_digest(struct bench *bench)
{
    struct prov_host host = empty_host;
    host.generation = stamp_of_nothing;
    apply_to(bench, &host);
}

static void run_compare(struct bench *bench)
{
    struct prov_host host = {.size = sizeof host};
    must(prov_store_bind(bench->full, &host, NULL), NULL);
    apply_to(bench, &host);
}

typedef void (*variant_run)(struct bench *bench);

static const struct variant {
    const char *name;
    variant_run run;
} variants[] = {
    {"floor", run_floor},   {"stream", run_stream},   {"apply", run_apply},
    {"digest", run_digest}, {"compare", run_compare},
};

static void bench_init(struct bench *bench, size_t n_bytes)
{
    const struct prov_store_options opt = {.size = sizeof opt, .limits = &limits};
    struct prov_error err = {.size = sizeof err};
    memset(bench, 0, sizeof *bench);
    realistic_init(&bench->profile, n_bytes);
    realistic_pack(&bench->profile, &bench->packed);
    must(prov_store_open(&bench->full, &opt, &err), &err);
    run_compare(bench);
}

static void bench_free(struct bench *bench)
{
    prov_store_close(bench->full);
    capture_free(&bench->packed);
    realistic_free(&bench->profile);
}

static double now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

/* The best of some rounds: what disturbs only ever adds. */
static double best_ms(struct bench *bench, variant_run run, int n_rounds)
{
    double best = 0;
    for (int i = 0; i < n_rounds; i++) {
        double start = now_ms();
        run(bench);
        double took = now_ms() - start;
        best = i == 0 || took < best ? took : best;
    }
    return best;
}

static void report(size_t n_bytes)
{
    static struct bench bench;
    bench_init(&bench, n_bytes);
    int n_rounds = n_bytes > 5000000 ? N_ROUNDS : 10 * N_ROUNDS;
    double floor_ms = best_ms(&bench, run_floor, n_rounds);
    printf("%9zu bytes, %6zu parameters, floor %8.3f ms", bench.profile.len, bench.profile.n_params,
           floor_ms);
    for (size_t i = 1; i < PROVI_LEN(variants); i++)
        printf(", %s %.3f", variants[i].name,
               best_ms(&bench, variants[i].run, n_rounds) / floor_ms);
    printf("\n");
    bench_free(&bench);
}

/* Nanoseconds a byte that decoder and parser take of a plain document. */
static double ns_a_byte(struct bench *bench)
{
    return best_ms(bench, run_stream, N_ROUNDS) * 1e6 / (double)bench->packed.len;
}

/* The hostile documents that are accepted, against a profile like any other. */
static void report_hostile(void)
{
    static struct bench bench;
    const struct hostile *worst = NULL;
    double worst_ns = 0;
    bench.is_plain = true;
    realistic_init(&bench.profile, 1000000);
    bench.packed =
        (struct capture){.data = (uint8_t *)bench.profile.text, .len = bench.profile.len};
    double usual_ns = ns_a_byte(&bench);
    realistic_free(&bench.profile);

    for (size_t i = 0; i < hostile_n_documents; i++) {
        size_t fed;
        if (hostile_documents[i].wanted != PROV_OK)
            continue;
        capture_init(&bench.packed, NULL);
        must(hostile_feed(&hostile_documents[i], bench.packed.sink, &fed, NULL), NULL);
        double ns = ns_a_byte(&bench);
        capture_free(&bench.packed);
        if (ns > worst_ns)
            worst = &hostile_documents[i];
        worst_ns = ns > worst_ns ? ns : worst_ns;
    }
    printf("a byte of a profile %.2f ns, of the worst accepted document %.2f ns, ratio %.2f: %s\n",
           usual_ns, worst_ns, worst_ns / usual_ns, worst->name);
}

/* callgrind counts what happens inside of this function. */
static void measured(struct bench *bench, variant_run run)
{
    run(bench);
}

/* Volatile, so that no compiler takes the call apart. */
static void (*volatile measure)(struct bench *bench, variant_run run) = measured;

/* Warmed up, so that what OpenSSL and the dynamic linker do once is not counted. */
static void run_alone(const struct variant *variant, size_t n_bytes, unsigned long n_runs)
{
    static struct bench bench;
    bench_init(&bench, n_bytes);
    variant->run(&bench);
    for (unsigned long i = 0; i < n_runs; i++)
        measure(&bench, variant->run);

    fault_alloc_init(&bench.memory, NULL);
    bench.alloc = bench.memory.alloc;
    variant->run(&bench);
    printf("%s: %zu bytes, %zu parameters, %llu allocations, %zu bytes of heap, %zu staged\n",
           variant->name, bench.profile.len, bench.profile.n_params,
           (unsigned long long)bench.memory.n_calls, bench.memory.peak_bytes, bench.staged_bytes);
    fault_alloc_assert_empty(&bench.memory);
    bench_free(&bench);
}

int main(int argc, char **argv)
{
    for (size_t i = 0; argc == 4 && i < PROVI_LEN(variants); i++)
        if (strcmp(argv[1], variants[i].name) == 0) {
            run_alone(&variants[i], strtoull(argv[2], NULL, 10), strtoul(argv[3], NULL, 10));
            return 0;
        }
    report(300000);
    report(1000000);
    report(10000000);
    report_hostile();
    return 0;
}
