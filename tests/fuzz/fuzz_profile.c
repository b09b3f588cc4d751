/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * The profile parser. First byte: options; second: size of the chunks; the rest is the document.
 *
 * Properties: any split gives the same; so does libxml2 if it reads the plain parameters too; an
 * error's line and column fit its offset; what was read
 * and written again reads the same.
 */
#include "transcript.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct prov_profile_options options_of(uint8_t bits, const struct prov_limits *limits)
{
    return (struct prov_profile_options){
        .size = sizeof(struct prov_profile_options),
        .limits = bits & 1 ? limits : NULL,
        .dialect = prov_dialect_get(bits & 2 ? PROV_DIALECT_SPA : PROV_DIALECT_MPP),
        .alias_map = prov_str_from(bits & 4 ? "/b/c=/flat-profile/GPP_P;/d=/flat-profile/x" : NULL),
        .bind_name = prov_str_from(bits & 8 ? "MAC_Address" : NULL),
        .bind_value = prov_str_from("00:11:22:33:44:55"),
        .strict_names = bits >> 4 & 1,
        .self_closing_ua_clears = bits >> 5 & 1,
        .sent_plain = bits >> 6 & 1,
    };
}

static void check_place(const struct prov_error *err, const uint8_t *data, size_t size)
{
    uint32_t line = 1, column = 1;
    if (err->offset > size)
        test_die("offset %llu of %zu", (unsigned long long)err->offset, size);
    for (uint64_t i = 0; i < err->offset; i++) {
        column = data[i] == '\n' ? 1 : column + 1;
        line += data[i] == '\n';
    }
    if (err->line != line || err->column != column)
        test_die("place %u:%u, should be %u:%u", err->line, err->column, line, column);
}

/* Write again what is read. */

struct copy {
    prov_profile_writer *writer;
    bool is_writable;
};

static prov_status copy_param(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    struct copy *copy = ctx;
    bool has_meaning = param->has_value || param->access != PROV_ACCESS_KEEP;
    if (param->access == PROV_ACCESS_DEFAULT || !has_meaning)
        copy->is_writable = false; /* no XML of ours says so */
    if (!copy->is_writable)
        return PROV_OK;
    if (prov_profile_writer_param(copy->writer, param, err) != PROV_OK)
        test_die("the writer refuses what the parser read: %s", err ? err->message : "");
    return PROV_OK;
}

static bool write_again(const struct prov_profile_options *opt, const struct feed *feed,
                        struct capture *capture)
{
    struct copy copy = {.is_writable = true};
    const struct prov_profile_handler handler = {.param = copy_param, .ctx = &copy};
    prov_profile_parser *parser;
    if (prov_profile_writer_new(&copy.writer, NULL, capture->sink, NULL) != PROV_OK ||
        prov_profile_parser_new(&parser, opt, &handler, NULL) != PROV_OK)
        test_die("no parser, no writer");
    const struct prov_sink sink = prov_profile_parser_sink(parser);
    if (feed_run(feed, &sink, NULL) != PROV_OK ||
        prov_profile_writer_finish(copy.writer, NULL) != PROV_OK)
        test_die("parsed before, not now");
    prov_profile_parser_free(parser);
    prov_profile_writer_free(copy.writer);
    return copy.is_writable;
}

static void check_identity(const struct prov_profile_options *opt, const struct feed *feed)
{
    struct capture first, second;
    capture_init(&first, NULL);
    capture_init(&second, NULL);
    if (write_again(opt, feed, &first)) {
        const struct prov_profile_options plain = {.size = sizeof plain, .strict_names = 1};
        struct feed written = feed_whole(first.data, first.len);
        if (!write_again(&plain, &written, &second) ||
            !capture_equals(&second, first.data, first.len))
            test_die("what was written reads otherwise:\n%s---\n%s", (char *)first.data,
                     (char *)second.data);
    }
    capture_free(&first);
    capture_free(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    const struct prov_limits small = {
        .size = sizeof small,
        .max_depth = 4,
        .max_value_bytes = 20,
        .max_name_bytes = 20,
        .max_token_bytes = 6000,
    };
    const struct prov_profile_options opt = options_of(data[0], &small);
    struct feed whole = feed_whole(data + 2, size - 2);
    struct feed parts = feed_chunks(data + 2, size - 2, (size_t)data[1] + 1);
    struct transcript one = {0}, other = {0}, thorough = {.is_thorough = true};
    transcript_run(&one, &opt, &whole);
    transcript_run(&other, &opt, &parts);
    transcript_run(&thorough, &opt, &whole);
    if (strcmp(one.text, other.text) != 0)
        test_die("whole:\n%s\nin parts:\n%s", one.text, other.text);
    if (strcmp(one.text, thorough.text) != 0)
        test_die("plain:\n%s\nby libxml2 alone:\n%s", one.text, thorough.text);
    if (one.status == PROV_OK)
        check_identity(&opt, &whole);
    else
        check_place(&one.error, data + 2, size - 2);
    transcript_free(&one);
    transcript_free(&other);
    transcript_free(&thorough);
    return 0;
}
