/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The profile parser: golden cases, splits, cuts, faults, the contract of its functions. */
#include "base/str.h"
#include "profile/profile_priv.h"
#include "realistic.h"
#include "transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CASES TEST_SOURCE_ROOT "/tests/vectors/profile"

/* Golden cases */

struct work {
    struct profile_case profile;
    uint8_t *input;
    size_t len;
    struct transcript wanted; /* of the input in one piece */
};

static void with_case(const struct golden *golden, feed_scenario scenario, void *ctx,
                      void (*drive)(struct work *work, feed_scenario scenario))
{
    (void)ctx;
    struct work work = {0};
    profile_case_read(&work.profile, golden);
    work.input = golden_read(golden, "input.xml", &work.len);
    assert_non_null(work.input);
    struct feed feed = feed_whole(work.input, work.len);
    transcript_run(&work.wanted, &work.profile.opt, &feed);
    drive(&work, scenario);
    transcript_free(&work.wanted);
    free(work.input);
}

static void check_golden(void *ctx, const struct golden *golden)
{
    (void)ctx;
    struct profile_case profile;
    struct transcript transcript = {0};
    size_t len, expect_len, error_len;
    profile_case_read(&profile, golden);
    char *input = (char *)golden_read(golden, "input.xml", &len);
    char *expect = (char *)golden_read(golden, "expect", &expect_len);
    char *error = (char *)golden_read(golden, "error", &error_len);
    assert_non_null(input);
    assert_true((expect != NULL) != (error != NULL));
    struct feed feed = feed_whole(input, len);
    transcript_run(&transcript, &profile.opt, &feed);
    if (expect != NULL)
        assert_string_equal(transcript.text, expect);
    else
        assert_string_equal(transcript_outcome(&transcript), error);
    free(input);
    free(expect);
    free(error);
    transcript_free(&transcript);
}

static void test_parser_golden_cases(void **state)
{
    (void)state;
    assert_int_not_equal(golden_run(CASES, check_golden, NULL), 0);
}

/* Splits */

static void check_split(void *ctx, const struct feed *feed)
{
    struct work *work = ctx;
    struct transcript got = {0};
    transcript_run(&got, &work->profile.opt, feed);
    assert_string_equal(got.text, work->wanted.text);
    transcript_free(&got);
}

static void drive_splits(struct work *work, feed_scenario scenario)
{
    feed_every_split(work->input, work->len, scenario, work);
}

static void check_splits(void *ctx, const struct golden *golden)
{
    with_case(golden, check_split, ctx, drive_splits);
}

static void test_parser_split_changes_nothing(void **state)
{
    (void)state;
    golden_run(CASES, check_splits, NULL);
}

/* Cuts */

/* Bytes of the input up to the end of its root element. */
static size_t root_end(const struct work *work)
{
    size_t end = work->len;
    for (size_t i = 0; i + 1 < work->len; i++)
        if (memcmp(work->input + i, "</", 2) == 0 || memcmp(work->input + i, "/>", 2) == 0)
            end = i + 2;
    while (end < work->len && work->input[end - 1] != '>')
        end++;
    return end;
}

static void check_cut(void *ctx, const struct feed *feed)
{
    struct work *work = ctx;
    struct transcript got = {0};
    prov_status status = transcript_run(&got, &work->profile.opt, feed);
    if (feed->len < root_end(work))
        assert_true(status == PROV_E_TRUNCATED || status == PROV_E_CORRUPT);
    transcript_free(&got);
}

static void drive_cuts(struct work *work, feed_scenario scenario)
{
    if (work->wanted.status == PROV_OK)
        feed_every_cut(work->input, work->len, scenario, work);
}

static void check_cuts(void *ctx, const struct golden *golden)
{
    with_case(golden, check_cut, ctx, drive_cuts);
}

static void test_parser_cut_is_an_error(void **state)
{
    (void)state;
    golden_run(CASES, check_cuts, NULL);
}

/* Every pair of split points, and every size of the chunks after the first. */
static void drive_pairs(struct work *work, feed_scenario scenario)
{
    const size_t step = test_takes_few() ? 11 : test_takes_samples() ? 3 : 1;
    if (work->len > 64)
        return;
    for (size_t first = 0; first < work->len; first += step) {
        for (size_t chunk = 1; chunk <= work->len - first; chunk++) {
            struct feed feed = feed_split(work->input, work->len, first);
            feed.chunk = chunk;
            scenario(work, &feed);
        }
    }
}

static void check_pairs(void *ctx, const struct golden *golden)
{
    with_case(golden, check_split, ctx, drive_pairs);
}

static void test_parser_two_splits_change_nothing(void **state)
{
    (void)state;
    golden_run(CASES, check_pairs, NULL);
}

/* Wherever a document falls into the pieces libxml2 gets, it means the same. */

static const char root_tag[] = "<flat-profile>";

static uint8_t *with_padding(const struct work *work, size_t pad, size_t *len)
{
    size_t root_len = sizeof root_tag - 1;
    *len = work->len + pad + 1;
    uint8_t *text = malloc(*len);
    assert_non_null(text);
    memcpy(text, root_tag, root_len);
    memset(text + root_len, 'x', pad);
    text[root_len + pad] = '\n';
    memcpy(text + root_len + pad + 1, work->input + root_len, work->len - root_len);
    return text;
}

static void run_padded(const struct work *work, size_t pad, struct transcript *transcript)
{
    size_t len;
    uint8_t *text = with_padding(work, pad, &len);
    struct feed feed = feed_whole(text, len);
    transcript->shift = pad;
    transcript_run(transcript, &work->profile.opt, &feed);
    free(text);
}

static void check_padding(struct work *work, const struct transcript *near, size_t pad,
                          bool is_thorough)
{
    struct transcript far = {.is_thorough = is_thorough};
    run_padded(work, pad, &far);
    assert_string_equal(far.text, near->text);
    transcript_free(&far);
}

static void drive_paddings(struct work *work, feed_scenario scenario)
{
    (void)scenario;
    bool starts_with_root =
        work->len >= sizeof root_tag - 1 && memcmp(work->input, root_tag, sizeof root_tag - 1) == 0;
    if (!starts_with_root || work->profile.limits.max_token_bytes)
        return;
    struct transcript near = {0};
    run_padded(work, 0, &near);
    size_t first = work->len + 16 < PROVI_PROFILE_PIECE ? PROVI_PROFILE_PIECE - work->len - 16 : 1;
    size_t step = test_takes_few() ? 41 : test_takes_samples() ? 11 : 1;
    for (size_t pad = first; pad < PROVI_PROFILE_PIECE; pad += step) {
        check_padding(work, &near, pad, false);
        check_padding(work, &near, pad, true);
    }
    transcript_free(&near);
}

static void check_paddings(void *ctx, const struct golden *golden)
{
    with_case(golden, NULL, ctx, drive_paddings);
}

static void test_parser_place_in_pieces_changes_nothing(void **state)
{
    (void)state;
    golden_run(CASES, check_paddings, NULL);
}

/* What is read without libxml2 is read as libxml2 does. */

static void check_thorough(const struct prov_profile_options *opt, const char *text, size_t len)
{
    struct transcript plain = {0}, thorough = {.is_thorough = true};
    struct feed feed = feed_whole(text, len);
    transcript_run(&plain, opt, &feed);
    transcript_run(&thorough, opt, &feed);
    assert_string_equal(plain.text, thorough.text);
    transcript_free(&plain);
    transcript_free(&thorough);
}

static void drive_thorough(struct work *work, feed_scenario scenario)
{
    (void)scenario;
    check_thorough(&work->profile.opt, (const char *)work->input, work->len);
}

static void check_thoroughly(void *ctx, const struct golden *golden)
{
    with_case(golden, NULL, ctx, drive_thorough);
}

/* Each byte of a document that is plain but for it. Samples are each value at some places. */
static void spoil_thoroughly(char *text, size_t len)
{
    const unsigned step = test_takes_samples() ? 11 : 1;
    for (size_t i = 0; i < len; i++) {
        char kept = text[i];
        for (unsigned c = (unsigned)i % step; c < 256; c += step) {
            text[i] = (char)c;
            check_thorough(NULL, text, len);
        }
        text[i] = kept;
    }
}

static void test_parser_reads_plain_parameters_as_libxml2_does(void **state)
{
    (void)state;
    char text[] = "<flat-profile>\n<GPP_A ua=\"na\" b=\"x\">a&amp;]]&gt;b</GPP_A>\n"
                  "<a/> <b ua=\"rw\"/><Xyz>\n1 2\n</Xyz></flat-profile>";
    struct realistic profile;
    realistic_init(&profile, 50000);
    check_thorough(NULL, profile.text, profile.len);
    realistic_free(&profile);
    golden_run(CASES, check_thoroughly, NULL);
    spoil_thoroughly(text, sizeof text - 1);
}

static prov_status take_any(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    (void)ctx, (void)param, (void)err;
    return PROV_OK;
}

/* A mistake that libxml2 reports has its number, also if it is one of namespaces to libxml2. */
static void test_parser_gives_the_number_of_libxml2(void **state)
{
    static const char *const texts[] = {
        "<flat-profile><GPP_A>&b;</GPP_A></flat-profile>",
        "<flat-profile><GPP_A x:b=\"1\" x:b=\"2\"/></flat-profile>",
        "<flat-profile><a:1/></flat-profile>",
    };
    const struct prov_profile_handler handler = {.param = take_any};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct prov_error err = {0};
        prov_profile_parser *parser;
        assert_int_equal(prov_profile_parser_new(&parser, NULL, &handler, NULL), PROV_OK);
        prov_status status = prov_profile_parser_write(parser, texts[i], strlen(texts[i]), &err);
        if (status == PROV_OK)
            status = prov_profile_parser_finish(parser, &err);
        assert_int_equal(status, PROV_E_CORRUPT);
        assert_int_equal(err.origin, PROV_ORIGIN_XML);
        assert_true(err.native > 0);
        prov_profile_parser_free(parser);
    }
}

static bool is_in_reference(const char *text, size_t at)
{
    while (at > 0 && !strchr("&;", text[at - 1]))
        at--;
    return at > 0 && text[at - 1] == '&';
}

/* Plain parameters are read without libxml2, which takes thrice the time, wherever a piece ends but
 * in a reference. */
static void test_parser_needs_no_libxml2_for_plain_parameters(void **state)
{
    static const char root[] = "<flat-profile>\n";
    static const char params[] = "<A ua=\"na\" b=\"x\" c=\"y\" d=\"z\">1</A>\n"
                                 "<B>&amp;&lt;&gt;&quot;&apos;</B> <C/>\n"
                                 "<D>]]\n> text</D>\n";
    enum { ROOT_LEN = sizeof root - 1, LEN = sizeof params - 1 };
    const struct prov_profile_handler handler = {.param = take_any};
    (void)state;
    for (size_t pad = 0; pad < LEN; pad++) {
        size_t end = (PROVI_PROFILE_PIECE - ROOT_LEN - pad) % LEN; /* of the first piece */
        if (is_in_reference(params, end))
            continue;
        prov_profile_parser *parser;
        assert_int_equal(prov_profile_parser_new(&parser, NULL, &handler, NULL), PROV_OK);
        assert_int_equal(prov_profile_parser_write(parser, root, ROOT_LEN, NULL), PROV_OK);
        for (size_t i = 0; i < pad; i++)
            assert_int_equal(prov_profile_parser_write(parser, "\n", 1, NULL), PROV_OK);
        for (size_t n = 0; n < PROVI_PROFILE_PIECE; n += LEN)
            assert_int_equal(prov_profile_parser_write(parser, params, LEN, NULL), PROV_OK);
        if (parser->xml)
            fail_msg("libxml2 reads a piece that ends before '%.20s'", params + end);
        prov_profile_parser_free(parser);
    }
}

/* A value without the blanks at its ends, and with its line breaks as blanks. */
static prov_status expect_trimmed(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    const char *wanted = ctx;
    (void)err;
    if (!provi_str_is(param->value, wanted))
        fail_msg("found '%.*s', not '%s'", (int)param->value.len, param->value.data, wanted);
    return PROV_OK;
}

static void check_trimmed(const char *value, size_t len, char *wanted)
{
    const struct prov_profile_handler handler = {.param = expect_trimmed, .ctx = wanted};
    char text[96];
    prov_profile_parser *parser;
    int n = snprintf(text, sizeof text, "<flat-profile><GPP_A>%.*s</GPP_A></flat-profile>",
                     (int)len, value);
    assert_int_equal(prov_profile_parser_new(&parser, NULL, &handler, NULL), PROV_OK);
    assert_int_equal(prov_profile_parser_write(parser, text, (size_t)n, NULL), PROV_OK);
    assert_int_equal(prov_profile_parser_finish(parser, NULL), PROV_OK);
    prov_profile_parser_free(parser);
}

/* Wherever the only blank is, in values of any length. */
static void test_parser_finds_a_blank_at_any_place(void **state)
{
    (void)state;
    for (size_t len = 2; len <= 18; len++) {
        for (size_t at = 0; at < len; at++) {
            char value[] = "abcdefghijklmnopqr", wanted[] = "abcdefghijklmnopqr";
            value[at] = '\n';
            wanted[at] = ' ';
            wanted[at == len - 1 ? at : len] = '\0';
            check_trimmed(value, len, at == 0 ? wanted + 1 : wanted);
        }
    }
}

/* Places, found out in another way */

struct oracle {
    const uint8_t *input;
    size_t len;
    uint64_t last; /* what is known of it */
    uint32_t line;
};

static prov_status check_place(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    struct oracle *oracle = ctx;
    (void)err;
    assert_uint_in_range(param->offset, 0, oracle->len - 1);
    assert_int_equal(oracle->input[param->offset], '<');
    assert_true(param->offset > oracle->last);
    for (; oracle->last < param->offset; oracle->last++)
        oracle->line += oracle->input[oracle->last] == '\n';
    assert_int_equal(param->line, oracle->line);
    assert_memory_equal(oracle->input + param->offset + 1, param->name.data, param->name.len);
    return PROV_OK;
}

/* A profile with everything that moves libxml2's own counters. */
static char *long_profile(size_t n_params, size_t *len)
{
    static const char *const rows[] = {
        "<Text_%zu_ ua=\"na\">v</Text_%zu_>\n",
        "<Text_%zu_\n group='a>b'\n ua=\"rw\">two\r\nlines</Text_%zu_>\r\n",
        "<!-- one\ntwo --><Text_%zu_>&amp;\n&#10;</Text_%zu_><?p\ni?>",
        "//x\n<Text_%zu_><![CDATA[\n\n]]>\xc3\xbc\xe6\x9d\xb1\n</Text_%zu_>\r",
        "\n\n<Text_%zu_ a=\"1\nb\"\tua=\"ro\" ><!--\n-->\xf0\x9d\x84\x9e\n\n</Text_%zu_\n>",
        "<Text_%zu_ x=\"&lt;\n\" /><!--%zu-->",
    };
    char *text = malloc(n_params * 160 + 64);
    assert_non_null(text);
    size_t at = (size_t)sprintf(text, "<?xml version=\"1.0\"?>\r\n<a>\n<flat-profile\n>");
    for (size_t i = 0; i < n_params; i++)
        at += (size_t)sprintf(text + at, rows[(i * 7 + i / 5) % 6], i, i);
    at += (size_t)sprintf(text + at, "</flat-profile>\n</a>");
    *len = at;
    return text;
}

static void check_places(const char *text, size_t len, size_t n_params)
{
    struct oracle oracle = {.input = (const uint8_t *)text, .len = len, .line = 1};
    const struct prov_profile_handler handler = {.param = check_place, .ctx = &oracle};
    prov_profile_parser *parser;
    assert_int_equal(prov_profile_parser_new(&parser, NULL, &handler, NULL), PROV_OK);
    assert_int_equal(prov_profile_parser_write(parser, text, len, NULL), PROV_OK);
    assert_int_equal(prov_profile_parser_finish(parser, NULL), PROV_OK);
    struct prov_profile_result result = {.size = sizeof result};
    assert_int_equal(prov_profile_parser_result(parser, &result), PROV_OK);
    assert_int_equal(result.n_params, n_params);
    assert_int_equal(result.bytes, len);
    prov_profile_parser_free(parser);
}

static void test_parser_places_are_exact(void **state)
{
    (void)state;
    size_t len;
    char *text = long_profile(3000, &len);
    check_places(text, len, 3000);
    free(text);
}

/* Most tags of it are found without a search. */
static void test_parser_places_of_a_usual_profile_are_exact(void **state)
{
    (void)state;
    struct realistic profile;
    realistic_init(&profile, 100000);
    check_places(profile.text, profile.len, profile.n_params);
    realistic_free(&profile);
}

enum spoilt { IS_ERROR, IS_PASSED_OVER, IS_MARK };

/* What a document becomes by a spoilt byte: nothing of a comment or an instruction is looked at but
 * the mark that ends it. */
static enum spoilt spoils(const char *text, size_t at)
{
    static const struct {
        const char *start, *end;
        bool is_passed;
    } kinds[] = {{"<!--", "-->", true}, {"<![CDATA[", "]]>", false}, {"<?", "?>", true}};
    for (const char *c = text; c < text + at;) {
        const char *behind = c + 1;
        for (size_t i = 0; i < 3; i++) {
            size_t len = strlen(kinds[i].start);
            if (strncmp(c, kinds[i].start, len) != 0)
                continue;
            const char *end = strstr(c + len, kinds[i].end);
            behind = end + strlen(kinds[i].end);
            if (text + at >= c + len && text + at < behind && kinds[i].is_passed)
                return text + at < end ? IS_PASSED_OVER : IS_MARK;
            break;
        }
        c = behind;
    }
    return IS_ERROR;
}

/* The error of a document spoilt at one byte: its line and column must fit its offset. */
static void check_error_place(const char *text, size_t len)
{
    struct transcript transcript = {.is_silent = true};
    struct feed feed = feed_whole(text, len);
    assert_int_not_equal(transcript_run(&transcript, NULL, &feed), PROV_OK);
    const struct prov_error *err = &transcript.error;
    assert_uint_in_range(err->offset, 0, len);
    uint32_t line = 1, column = 1;
    for (uint64_t i = 0; i < err->offset; i++) {
        column = text[i] == '\n' ? 1 : column + 1;
        line += text[i] == '\n';
    }
    if (err->line != line || err->column != column)
        test_die("%s: %u:%u, should be %u:%u", err->message, err->line, err->column, line, column);
    transcript_free(&transcript);
}

static void check_acceptance(const char *text, size_t len)
{
    const struct prov_profile_options opt = {.size = sizeof opt, .sent_plain = 1};
    struct transcript transcript = {.is_silent = true};
    struct feed feed = feed_whole(text, len);
    assert_int_equal(transcript_run(&transcript, &opt, &feed), PROV_OK);
    transcript_free(&transcript);
}

static void test_parser_error_places_are_exact(void **state)
{
    (void)state;
    size_t len;
    const size_t step = test_takes_few() ? 101 : test_takes_samples() ? 31 : 3;
    char *text = long_profile(300, &len);
    for (size_t i = 1; i < len; i += step) {
        char kept = text[i];
        enum spoilt spoilt = spoils(text, i);
        text[i] = '\x01'; /* allowed nowhere else, and there in a file sent plain */
        if (spoilt == IS_PASSED_OVER)
            check_acceptance(text, len);
        if (spoilt != IS_MARK)
            check_error_place(text, len);
        text[i] = kept;
    }
    free(text);
}

/* Secrets */

static void check_silence(const char *text, size_t len, const struct secrets *secrets)
{
    struct transcript transcript = {.is_silent = true};
    struct feed feed = feed_whole(text, len);
    if (transcript_run(&transcript, NULL, &feed) != PROV_OK)
        secrets_assert_clean_error(secrets, &transcript.error);
    transcript_free(&transcript);
}

static void test_parser_errors_hold_no_value(void **state)
{
    (void)state;
    static const char spoilers[] = "<>&\"'/!?;[]\0\x01\xff= \n";
    char text[] = "<flat-profile><GPP_SA ua=\"na\">QQQQQQQQQQ</GPP_SA>"
                  "<Password_1_><![CDATA[QQQQQQQQ]]>QQ</Password_1_></flat-profile>";
    size_t len = sizeof text - 1;
    struct secrets secrets = {0};
    secrets_plant(&secrets, "QQQQ", 4);
    for (size_t i = 0; i < len; i++) {
        for (size_t k = 0; k < sizeof spoilers; k++) {
            char kept = text[i];
            text[i] = spoilers[k];
            check_silence(text, len, &secrets);
            text[i] = kept;
        }
    }
}

/* Faults */

static void parse_with_faults(void *ctx, struct dial *dial)
{
    const struct feed *feed = ctx;
    struct fault_alloc memory;
    fault_alloc_init(&memory, dial);
    memory.secret = "S3CRET-VALUE";
    memory.secret_len = 12;
    struct transcript transcript = {.dial = dial};
    const struct prov_profile_options opt = {
        .size = sizeof opt,
        .alloc = &memory.alloc,
        .alias_map = prov_str_from("/a/b = /flat-profile/GPP_P;"),
        .bind_name = prov_str_from("MAC_Address"),
        .bind_value = prov_str_from("001122334455"),
    };
    prov_status status = transcript_run(&transcript, &opt, feed);
    if (dial->hit)
        assert_true(status == PROV_E_NOMEM || status == PROV_E_HOST);
    else
        assert_int_equal(status, PROV_OK);
    transcript_free(&transcript);
    fault_alloc_assert_empty(&memory);
}

static void test_parser_survives_faults(void **state)
{
    (void)state;
    char text[6000] = "<flat-profile><GPP_SA>S3CRET-VALUE</GPP_SA><GPP_A>";
    size_t start = strlen(text);
    memset(text + start, 'v', 5000);
    strcpy(text + start + 5000, "</GPP_A><GPP_B>2</GPP_B></flat-profile>");
    struct feed feed = feed_whole(text, strlen(text));
    assert_true(dial_run("parser", parse_with_faults, &feed) > 8);
}

/* No block of ours per parameter. */
static void test_parser_allocates_nothing_per_parameter(void **state)
{
    (void)state;
    size_t len;
    char *text = long_profile(3000, &len);
    struct fault_alloc memory;
    fault_alloc_init(&memory, NULL);
    const struct prov_profile_options opt = {.size = sizeof opt, .alloc = &memory.alloc};
    struct transcript transcript = {.is_silent = true};
    struct feed feed = feed_whole(text, len);
    assert_int_equal(transcript_run(&transcript, &opt, &feed), PROV_OK);
    assert_uint_in_range(memory.n_calls, 1, 6);
    assert_uint_in_range(memory.peak_bytes, 1, 8192);
    fault_alloc_assert_empty(&memory);
    transcript_free(&transcript);
    free(text);
}

struct names {
    const char *first; /* address of the first name */
    size_t n;
};

static prov_status expect_same_name(void *ctx, const struct prov_param *param,
                                    struct prov_error *err)
{
    struct names *names = ctx;
    (void)err;
    names->first = names->n++ ? names->first : param->name.data;
    assert_ptr_equal(param->name.data, names->first);
    return PROV_OK;
}

/* However it was written. */
static void test_parser_gives_the_same_name_at_the_same_address(void **state)
{
    (void)state;
    static const char text[] =
        "<flat-profile><gpp_a>1</gpp_a><GPP_A/><a>2</a><b>3</b><GPP_A>4</GPP_A>"
        "<gpp_A>5</gpp_A></flat-profile>";
    struct names names = {0};
    const struct prov_profile_handler handler = {.param = expect_same_name, .ctx = &names};
    const struct prov_profile_options opt = {
        .size = sizeof opt,
        .alias_map = prov_str_from("/a = /flat-profile/GPP_A; /b = /flat-profile/GPP_A"),
    };
    prov_profile_parser *parser;
    assert_int_equal(prov_profile_parser_new(&parser, &opt, &handler, NULL), PROV_OK);
    assert_int_equal(prov_profile_parser_write(parser, text, sizeof text - 1, NULL), PROV_OK);
    assert_int_equal(prov_profile_parser_finish(parser, NULL), PROV_OK);
    assert_int_equal(names.n, 6);
    prov_profile_parser_free(parser);
}

/* The contract */

struct caller {
    prov_profile_parser *parser;
    prov_status write, finish;
    prov_status answer;
};

static prov_status call_back(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    struct caller *caller = ctx;
    (void)param;
    (void)err;
    caller->write = prov_profile_parser_write(caller->parser, "x", 1, NULL);
    caller->finish = prov_profile_parser_finish(caller->parser, NULL);
    return caller->answer;
}

static void test_parser_refuses_calls_from_its_handler(void **state)
{
    (void)state;
    struct caller caller = {0};
    const struct prov_profile_handler handler = {.param = call_back, .ctx = &caller};
    assert_int_equal(prov_profile_parser_new(&caller.parser, NULL, &handler, NULL), PROV_OK);
    static const char text[] = "<flat-profile><GPP_A>1</GPP_A></flat-profile>";
    assert_int_equal(prov_profile_parser_write(caller.parser, text, sizeof text - 1, NULL),
                     PROV_OK);
    assert_int_equal(prov_profile_parser_finish(caller.parser, NULL), PROV_OK);
    assert_int_equal(caller.write, PROV_E_STATE);
    assert_int_equal(caller.finish, PROV_E_STATE);
    assert_int_equal(prov_profile_parser_write(caller.parser, "", 0, NULL), PROV_E_STATE);
    assert_int_equal(prov_profile_parser_finish(caller.parser, NULL), PROV_E_STATE);
    prov_profile_parser_free(caller.parser);
}

static void test_parser_repeats_the_handlers_refusal(void **state)
{
    (void)state;
    struct caller caller = {.answer = PROV_E_BUSY};
    const struct prov_profile_handler handler = {.param = call_back, .ctx = &caller};
    struct prov_error err = {0};
    assert_int_equal(prov_profile_parser_new(&caller.parser, NULL, &handler, NULL), PROV_OK);
    static const char text[] = "<flat-profile>\n<GPP_A>1</GPP_A></flat-profile>";
    prov_profile_parser_write(caller.parser, text, sizeof text - 1, NULL);
    assert_int_equal(prov_profile_parser_finish(caller.parser, &err), PROV_E_BUSY);
    assert_int_equal(err.line, 2);
    assert_string_equal(err.subject, "GPP_A");
    assert_true(err.message[0] != '\0');
    struct prov_error again = {0};
    assert_int_equal(prov_profile_parser_write(caller.parser, "x", 1, &again), PROV_E_BUSY);
    assert_memory_equal(&again, &err, sizeof err);
    prov_profile_parser_free(caller.parser);
}

static void test_parser_arguments(void **state)
{
    (void)state;
    struct caller caller = {0};
    struct prov_profile_handler handler = {.ctx = &caller};
    prov_profile_parser *parser = (prov_profile_parser *)&caller;
    assert_int_equal(prov_profile_parser_new(NULL, NULL, &handler, NULL), PROV_E_INVALID);
    assert_int_equal(prov_profile_parser_new(&parser, NULL, &handler, NULL), PROV_E_INVALID);
    assert_null(parser);
    assert_int_equal(prov_profile_parser_new(&parser, NULL, NULL, NULL), PROV_E_INVALID);
    handler.param = call_back;
    struct prov_profile_options opt = {.size = sizeof opt, .alias_map = {.len = 3}};
    assert_int_equal(prov_profile_parser_new(&parser, &opt, &handler, NULL), PROV_E_INVALID);
    opt = (struct prov_profile_options){.size = sizeof opt, .bind_name = {.len = 3}};
    assert_int_equal(prov_profile_parser_new(&parser, &opt, &handler, NULL), PROV_E_INVALID);
    opt = (struct prov_profile_options){.size = sizeof opt, .bind_value = {.len = 3}};
    assert_int_equal(prov_profile_parser_new(&parser, &opt, &handler, NULL), PROV_E_INVALID);
    opt = (struct prov_profile_options){.size = 1};
    assert_int_equal(prov_profile_parser_new(&parser, &opt, &handler, NULL), PROV_E_ABI);

    assert_int_equal(prov_profile_parser_new(&parser, NULL, &handler, NULL), PROV_OK);
    assert_int_equal(prov_profile_parser_write(parser, NULL, 1, NULL), PROV_E_INVALID);
    assert_int_equal(prov_profile_parser_write(NULL, "", 0, NULL), PROV_E_INVALID);
    assert_int_equal(prov_profile_parser_finish(NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_profile_parser_result(parser, NULL), PROV_E_INVALID);
    struct prov_profile_result result = {.size = sizeof result};
    assert_int_equal(prov_profile_parser_result(NULL, &result), PROV_E_INVALID);
    assert_int_equal(prov_profile_parser_write(parser, NULL, 0, NULL), PROV_OK);
    prov_profile_parser_free(parser);
    prov_profile_parser_free(NULL);
}

static void test_addresses_are_the_same_however_they_are_written(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool is_same;
    } rows[] = {
        {"000E08012345", "00:0e:08:01:23:45", true},
        {"00-0e-08-01-23-45", "000e.0801.2345", true},
        {"00 0e 08 01 23 45", "000E08012345", true},
        {"000E08012345", "000E08012346", false},
        {"000E08012345", "000E080123456", false},
        {"000E0801234", "000E0801234", true},
        {"000E08012345", "$MAU", false},
        {"00:0E:08:01:23:4G", "000E0801234G", false},
        {"88012BA01234", "88012ba01234", true},
        {"SN-1", "sn-1", false},
        {"", "", true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        prov_str a = prov_str_from(rows[i].a), b = prov_str_from(rows[i].b);
        if (provi_profile_same_identity(a, b) != rows[i].is_same ||
            provi_profile_same_identity(b, a) != rows[i].is_same)
            fail_msg("'%s' and '%s'", rows[i].a, rows[i].b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parser_golden_cases),
        cmocka_unit_test(test_parser_split_changes_nothing),
        cmocka_unit_test(test_parser_two_splits_change_nothing),
        cmocka_unit_test(test_parser_place_in_pieces_changes_nothing),
        cmocka_unit_test(test_parser_reads_plain_parameters_as_libxml2_does),
        cmocka_unit_test(test_parser_needs_no_libxml2_for_plain_parameters),
        cmocka_unit_test(test_parser_gives_the_number_of_libxml2),
        cmocka_unit_test(test_parser_finds_a_blank_at_any_place),
        cmocka_unit_test(test_parser_cut_is_an_error),
        cmocka_unit_test(test_parser_places_are_exact),
        cmocka_unit_test(test_parser_places_of_a_usual_profile_are_exact),
        cmocka_unit_test(test_parser_error_places_are_exact),
        cmocka_unit_test(test_parser_errors_hold_no_value),
        cmocka_unit_test(test_parser_survives_faults),
        cmocka_unit_test(test_parser_allocates_nothing_per_parameter),
        cmocka_unit_test(test_parser_gives_the_same_name_at_the_same_address),
        cmocka_unit_test(test_parser_refuses_calls_from_its_handler),
        cmocka_unit_test(test_parser_repeats_the_handlers_refusal),
        cmocka_unit_test(test_parser_arguments),
        cmocka_unit_test(test_addresses_are_the_same_however_they_are_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
