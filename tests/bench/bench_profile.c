/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * What the parser costs over libxml2's push SAX2 interface with empty callbacks on the same bytes,
 * and what the dearest documents it accepts cost per byte of a normal one.
 *
 * Usage: bench_profile [floor|parser [RUNS]]. With an argument one side runs alone, to be counted
 * by callgrind: `valgrind --tool=callgrind bench_profile parser 20`.
 */
#include <provision/profile.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libxml/parser.h>

#include "floor.h"

enum { PIECE = 4096, RUNS = 200 };

struct text {
    char *data;
    size_t len;
};

static void check(bool is_well, const char *what)
{
    if (is_well)
        return;
    fprintf(stderr, "bench_profile: %s\n", what);
    exit(1);
}

/* As exported by a phone: 63 bytes a parameter. */
static struct text realistic_profile(size_t n_params)
{
    static const char *const values[] = {
        "", "Yes", "No", "192.168.1.20", "30", "sip.example.com", "(9,xxxx|&lt;8:&gt;xx.|*xx)"};
    struct text text = {.data = malloc(n_params * 140 + 64)};
    check(text.data != NULL, "out of memory");
    text.len = (size_t)sprintf(text.data, "<flat-profile>\n");
    for (size_t i = 0; i < n_params; i++)
        text.len += (size_t)sprintf(text.data + text.len,
                                    "  <Ext_Line_Key_%zu_ ua=\"na\">%s</Ext_Line_Key_%zu_>\n",
                                    i % 4785, values[i % 7], i % 4785);
    text.len += (size_t)sprintf(text.data + text.len, "</flat-profile>\n");
    return text;
}

/* `head`, then `unit` up to about 1 MiB, then `tail`. */
static struct text repeated(const char *head, const char *unit, const char *tail)
{
    size_t n = (1u << 20) / strlen(unit);
    struct text text = {.data = malloc(strlen(head) + n * strlen(unit) + strlen(tail) + 1)};
    check(text.data != NULL, "out of memory");
    char *at = stpcpy(text.data, head);
    for (size_t i = 0; i < n; i++)
        at = stpcpy(at, unit);
    at = stpcpy(at, tail);
    text.len = (size_t)(at - text.data);
    return text;
}

/* The floor */

static void run_floor(const struct text *text)
{
    floor_run(text->data, text->len);
}

/* The parser */

static prov_status count_param(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    (void)param;
    (void)err;
    ++*(size_t *)ctx;
    return PROV_OK;
}

static void run_parser(const struct text *text)
{
    size_t n_params = 0;
    const struct prov_profile_handler handler = {.param = count_param, .ctx = &n_params};
    prov_profile_parser *parser;
    check(prov_profile_parser_new(&parser, NULL, &handler, NULL) == PROV_OK, "no parser");
    for (size_t at = 0; at < text->len; at += PIECE) {
        size_t len = text->len - at < PIECE ? text->len - at : PIECE;
        struct prov_error err = {0};
        if (prov_profile_parser_write(parser, text->data + at, len, &err) != PROV_OK)
            check(false, err.message);
    }
    check(prov_profile_parser_finish(parser, NULL) == PROV_OK, "the profile is refused");
    prov_profile_parser_free(parser);
}

/* Times */

typedef void (*runner)(const struct text *text);

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Least CPU time of a run, in nanoseconds per byte. */
static double least(runner run, const struct text *text, int n_runs)
{
    double best = 1e9;
    for (int i = 0; i < n_runs; i++) {
        double start = seconds();
        run(text);
        double took = seconds() - start;
        best = took < best ? took : best;
    }
    return best * 1e9 / (double)text->len;
}

static double compare_sizes(void)
{
    static const size_t n_params[] = {4785, 15900, 159000};
    double normal = 0;
    for (size_t i = 0; i < sizeof n_params / sizeof n_params[0]; i++) {
        struct text text = realistic_profile(n_params[i]);
        int n_runs = i == 2 ? 10 : RUNS;
        double floor = least(run_floor, &text, n_runs);
        double parser = least(run_parser, &text, n_runs);
        printf("profile of %8zu bytes: floor %.2f ns/byte, parser %.2f ns/byte, ratio %.3f\n",
               text.len, floor, parser, parser / floor);
        normal = i == 0 ? parser : normal;
        free(text.data);
    }
    return normal;
}

/* Six bytes an attribute, as many as one tag may have. */
static struct text attribute_flood(void)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    char unit[4200] = "<GPP_A";
    size_t at = strlen(unit);
    for (int i = 0; at < 4080; i++)
        at += (size_t)sprintf(unit + at, " %c%c=''", letters[i % 52], letters[i / 52]);
    strcpy(unit + at, "/>");
    return repeated("<flat-profile>", unit, "</flat-profile>");
}

static void compare_documents(double normal)
{
    const struct {
        const char *name;
        struct text text;
    } rows[] = {
        {"attributes", attribute_flood()},
        {"empty elements", repeated("<flat-profile>", "<a/>", "</flat-profile>")},
        {"comments", repeated("<flat-profile>", "<!---->", "</flat-profile>")},
        {"instructions", repeated("<flat-profile>", "<?a?>", "</flat-profile>")},
        {"entities", repeated("<flat-profile>", "&lt;", "</flat-profile>")},
        {"references", repeated("<flat-profile>", "&#9;", "</flat-profile>")},
        {"namespaces", repeated("<flat-profile>", "<a xmlns='a:b'/>", "</flat-profile>")},
        {"CDATA", repeated("<flat-profile>", "<![CDATA[x]]>", "</flat-profile>")},
        {"children", repeated("<flat-profile><GPP_A>", "<b/>", "</GPP_A></flat-profile>")},
        {"brackets", repeated("<flat-profile>", "]", "</flat-profile>")},
        {"languages", repeated("<flat-profile>", "<a xml:lang='$'/>", "</flat-profile>")},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double cost = least(run_parser, &rows[i].text, 5);
        printf("%-15s %6.2f ns/byte, %.1f times a normal profile\n", rows[i].name, cost,
               cost / normal);
        free(rows[i].text.data);
    }
}

static void run_one(const char *side, int n_runs)
{
    struct text text = realistic_profile(4785);
    runner run = strcmp(side, "floor") == 0 ? run_floor : run_parser;
    for (int i = 0; i < n_runs; i++)
        run(&text);
    free(text.data);
}

int main(int argc, char **argv)
{
    xmlInitParser();
    if (argc > 1)
        run_one(argv[1], argc > 2 ? atoi(argv[2]) : 1);
    else
        compare_documents(compare_sizes());
    xmlCleanupParser();
    return 0;
}
