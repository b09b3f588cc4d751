/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The profile writer: what it writes, what it refuses, and that the parser reads the same. */
#include "transcript.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* One parameter of a document to write. */
struct row {
    const char *name;
    const char *value; /* NULL: only access */
    uint8_t access;
};

static struct prov_param param_of(const struct row *row)
{
    return (struct prov_param){
        .size = sizeof(struct prov_param),
        .name = prov_str_from(row->name),
        .value = prov_str_from(row->value),
        .has_value = row->value != NULL,
        .access = row->access,
    };
}

/* Write rows up to one without name. */
static prov_status write_rows(const struct prov_profile_writer_options *opt, const struct row *rows,
                              struct capture *capture, struct prov_error *err)
{
    prov_profile_writer *writer;
    prov_status status = prov_profile_writer_new(&writer, opt, capture->sink, err);
    if (status != PROV_OK)
        return status;
    for (; status == PROV_OK && rows->name != NULL; rows++) {
        struct prov_param param = param_of(rows);
        status = prov_profile_writer_param(writer, &param, err);
    }
    if (status == PROV_OK)
        status = prov_profile_writer_finish(writer, err);
    else
        assert_int_equal(prov_profile_writer_param(writer, NULL, NULL),
                         status == PROV_E_VALUE ? PROV_E_INVALID : status);
    prov_profile_writer_free(writer);
    return status;
}

static void assert_writes(const struct prov_profile_writer_options *opt, const struct row *rows,
                          const char *wanted)
{
    struct capture capture;
    capture_init(&capture, NULL);
    assert_int_equal(write_rows(opt, rows, &capture, NULL), PROV_OK);
    assert_true(capture.is_finished);
    assert_string_equal((char *)capture.data, wanted);
    capture_free(&capture);
}

static const struct row every_kind[] = {
    {"GPP_A", "a<b>&\"c'", PROV_ACCESS_KEEP},
    {"GPP_B", "", PROV_ACCESS_NONE},
    {"GPP_C", "Z\xc3\xbcrich\ttab", PROV_ACCESS_READ},
    {"GPP_D", NULL, PROV_ACCESS_WRITE},
    {"Gr\xc3\xb6\xc3\x9f"
     "e",
     "1", PROV_ACCESS_WRITE},
    {0},
};

static const char every_kind_written[] = "<flat-profile>\n"
                                         "<GPP_A>a&lt;b&gt;&amp;&quot;c&apos;</GPP_A>\n"
                                         "<GPP_B ua=\"na\"></GPP_B>\n"
                                         "<GPP_C ua=\"ro\">Z\xc3\xbcrich\ttab</GPP_C>\n"
                                         "<GPP_D ua=\"rw\"/>\n"
                                         "<Gr\xc3\xb6\xc3\x9f"
                                         "e ua=\"rw\">1</Gr\xc3\xb6\xc3\x9f"
                                         "e>\n"
                                         "</flat-profile>\n";

static void test_writer_writes_every_kind(void **state)
{
    (void)state;
    assert_writes(NULL, every_kind, every_kind_written);
}

static void test_writer_nothing_is_a_document(void **state)
{
    (void)state;
    static const struct row none[] = {{0}};
    assert_writes(NULL, none, "<flat-profile>\n</flat-profile>\n");
}

static void test_writer_root(void **state)
{
    (void)state;
    static const struct row rows[] = {{"Uptime", "12", PROV_ACCESS_KEEP}, {0}};
    const struct prov_profile_writer_options opt = {
        .size = sizeof opt,
        .root = prov_str_from("status"),
    };
    assert_writes(&opt, rows, "<status>\n<Uptime>12</Uptime>\n</status>\n");
}

static void test_writer_parses_back(void **state)
{
    (void)state;
    struct transcript transcript = {0};
    struct feed feed = feed_whole(every_kind_written, sizeof every_kind_written - 1);
    assert_int_equal(transcript_run(&transcript, NULL, &feed), PROV_OK);
    assert_string_equal(transcript.text, "param GPP_A keep line 2 offset 15 = a<b>&\"c'\n"
                                         "param GPP_B na line 3 offset 59 = \n"
                                         "param GPP_C ro line 4 offset 83 = Z\xc3\xbcrich\ttab\n"
                                         "param GPP_D rw line 5 offset 118\n"
                                         "param Gr\xc3\xb6\xc3\x9f"
                                         "e rw line 6 offset 135 = 1\n"
                                         "done 180 bytes, 5 parameters, 0 warnings\n");
    transcript_free(&transcript);
}

static void test_writer_omits_secrets(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"GPP_A", "open", PROV_ACCESS_READ},
        {"GPP_SA", "s3cret", PROV_ACCESS_KEEP},
        {"gpp_sd", "s3cret", PROV_ACCESS_KEEP},
        {"IKM_HTTP_Encrypt_Content", "s3cret", PROV_ACCESS_KEEP},
        {"Admin_Password", "s3cret", PROV_ACCESS_NONE},
        {"Password_12_", "s3cret", PROV_ACCESS_KEEP},
        {"XYZ_password_X", "s3cret", PROV_ACCESS_KEEP},
        {0},
    };
    const struct prov_profile_writer_options opt = {.size = sizeof opt, .omit_secrets = 1};
    assert_writes(&opt, rows,
                  "<flat-profile>\n<GPP_A ua=\"ro\">open</GPP_A>\n"
                  "<Admin_Password ua=\"na\"></Admin_Password>\n"
                  "<Password_12_></Password_12_>\n<XYZ_password_X></XYZ_password_X>\n"
                  "</flat-profile>\n");
    struct capture capture;
    capture_init(&capture, NULL);
    assert_int_equal(write_rows(NULL, rows, &capture, NULL), PROV_OK);
    assert_non_null(strstr((char *)capture.data, "<GPP_SA>s3cret</GPP_SA>"));
    capture_free(&capture);
}

#define N16 "NNNNNNNNNNNNNNNN"
#define N64 N16 N16 N16 N16

static void test_writer_refuses(void **state)
{
    (void)state;
    static const struct row rows[] = {
        {"", "v", PROV_ACCESS_KEEP},
        {"1A", "v", PROV_ACCESS_KEEP},
        {"-A", "v", PROV_ACCESS_KEEP},
        {"A B", "v", PROV_ACCESS_KEEP},
        {"A>", "v", PROV_ACCESS_KEEP},
        {"x:A", "v", PROV_ACCESS_KEEP},
        {"A\xc3", "v", PROV_ACCESS_KEEP},
        {"\xc3\x97", "v", PROV_ACCESS_KEEP},
        {N64 N64 N64 N64 "N", "v", PROV_ACCESS_KEEP},
        {"A", " v", PROV_ACCESS_KEEP},
        {"A", "v\t", PROV_ACCESS_KEEP},
        {"A", "a\nb", PROV_ACCESS_KEEP},
        {"A", "a\rb", PROV_ACCESS_KEEP},
        {"A", "a\x01", PROV_ACCESS_KEEP},
        {"A", "\xfc", PROV_ACCESS_KEEP},
        {"A", "\xe0\x81\x81", PROV_ACCESS_KEEP},
        {"A", "\xed\xa0\x80", PROV_ACCESS_KEEP},
        {"A", "\xf4\x90\x80\x80", PROV_ACCESS_KEEP},
        {"A", "\xef\xbf\xbf", PROV_ACCESS_KEEP},
        {"A", "\xc3", PROV_ACCESS_KEEP},
        {"A", "v", PROV_ACCESS_DEFAULT},
        {"A", "v", 99},
        {"A", NULL, PROV_ACCESS_KEEP},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct capture capture;
        struct prov_error err = {0};
        const struct row one[] = {rows[i], {0}};
        capture_init(&capture, NULL);
        bool is_value = i >= 9 && i < 20; /* the value alone is at fault */
        prov_status expected = is_value ? PROV_E_VALUE : PROV_E_INVALID;
        assert_int_equal(write_rows(NULL, one, &capture, &err), expected);
        assert_int_equal(err.status, expected);
        assert_int_equal(capture.len, 0);
        capture_free(&capture);
    }
}

/* Texts end at their length: the rest of a character behind it is not theirs. */
static void test_writer_refuses_characters_cut_by_the_length(void **state)
{
    static const prov_str cut[] = {
        {"\xc3\xa9", 1}, {"\xe2\x82\xac", 2}, {"\xe2\x82\xac", 1}, {"\xf0\x9f\x98\x80", 3}};
    (void)state;
    for (size_t i = 0; i < 2 * sizeof cut / sizeof cut[0]; i++) {
        const struct prov_param param = {
            .size = sizeof param,
            .name = i & 1 ? cut[i / 2] : prov_str_from("A"),
            .value = i & 1 ? prov_str_from("v") : cut[i / 2],
            .has_value = true,
        };
        struct capture capture;
        prov_profile_writer *writer;
        capture_init(&capture, NULL);
        assert_int_equal(prov_profile_writer_new(&writer, NULL, capture.sink, NULL), PROV_OK);
        assert_int_equal(prov_profile_writer_param(writer, &param, NULL),
                         i & 1 ? PROV_E_INVALID : PROV_E_VALUE);
        prov_profile_writer_free(writer);
        capture_free(&capture);
    }
}

/* XML 1.0, productions 4 and 4a. */
static void test_writer_takes_the_names_of_xml(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool is_good;
    } rows[] = {
        {"flat-profile", false}, /* it would be read as the root */
        {"Flat-Profile", true},
        {"\xc3\xa9", true},
        {"a\xc3\xa9", true},
        {"\xc3\xa9_", true},
        {"\xc3\xa9-", true},
        {"\xc3\xa9.", true},
        {"\xc3\xa9"
         "1",
         true},
        {"\xc3\xa9z", true},
        {"a\xc2\xb7", true},
        {"a\xcc\x80", true},
        {"a\xe2\x80\xbf", true},
        {"\xf0\x90\x80\x80", true},
        {"_", true},
        {"a\xc3\xa9_", true},
        {"a\xc3\xa9-", true},
        {"a\xc3\xa9.", true},
        {"a\xc3\xa9"
         "1",
         true},
        {"a\xc3\xa9:", false},
        {"a\xc3\xa9@", false},
        {"\xc2\xb7"
         "a",
         false},
        {"\xcc\x80"
         "a",
         false},
        {"a\xc3\x97", false},
        {"\xc3\xa9:", false},
        {"\xc3\xa9 ", false},
        {"\xc3\xa9/", false},
        {"a\xe2\x80\xbd", false},
        {".a", false},
        {"a\xef\xbf\xbe", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row one[] = {{rows[i].name, "1", PROV_ACCESS_KEEP}, {0}};
        struct capture capture;
        char wanted[100];
        capture_init(&capture, NULL);
        prov_status status = write_rows(NULL, one, &capture, NULL);
        if (status != (rows[i].is_good ? PROV_OK : PROV_E_INVALID))
            fail_msg("row %zu, %s: %s", i, rows[i].name, prov_status_name(status));
        snprintf(wanted, sizeof wanted, "<flat-profile>\n<%s>1</%s>\n</flat-profile>\n",
                 rows[i].name, rows[i].name);
        if (rows[i].is_good)
            assert_string_equal((char *)capture.data, wanted);
        capture_free(&capture);
    }
}

/* However the parts fall into the pieces that are handed on. */
static void test_writer_writes_documents_of_any_length(void **state)
{
    (void)state;
    static const char before[] = "<flat-profile>\n<GPP_A>",
                      behind[] = "</GPP_A>\n</flat-profile>\n";
    for (size_t len = 900; len < 1100; len++) {
        char value[1200] = "", wanted[1300];
        struct capture capture;
        memset(value, 'v', len);
        const struct row one[] = {{"GPP_A", value, PROV_ACCESS_KEEP}, {0}};
        capture_init(&capture, NULL);
        assert_int_equal(write_rows(NULL, one, &capture, NULL), PROV_OK);
        snprintf(wanted, sizeof wanted, "%s%s%s", before, value, behind);
        assert_string_equal((char *)capture.data, wanted);
        assert_uint_in_range(capture.n_writes, 1, 2);
        capture_free(&capture);
    }
}

/* A refused parameter leaves the document as it was. */
static void test_writer_goes_on_after_a_refusal(void **state)
{
    (void)state;
    struct capture capture;
    prov_profile_writer *writer;
    const struct row bad = {"A", "\n", PROV_ACCESS_KEEP}, good = {"A", "1", PROV_ACCESS_KEEP};
    struct prov_param param = param_of(&bad);
    capture_init(&capture, NULL);
    assert_int_equal(prov_profile_writer_new(&writer, NULL, capture.sink, NULL), PROV_OK);
    assert_int_equal(prov_profile_writer_param(writer, &param, NULL), PROV_E_VALUE);
    param = param_of(&good);
    assert_int_equal(prov_profile_writer_param(writer, &param, NULL), PROV_OK);
    assert_int_equal(prov_profile_writer_finish(writer, NULL), PROV_OK);
    assert_int_equal(prov_profile_writer_finish(writer, NULL), PROV_E_STATE);
    assert_int_equal(prov_profile_writer_param(writer, &param, NULL), PROV_E_STATE);
    assert_string_equal((char *)capture.data, "<flat-profile>\n<A>1</A>\n</flat-profile>\n");
    prov_profile_writer_free(writer);
    capture_free(&capture);
}

/* Faults */

static void write_with_faults(void *ctx, struct dial *dial)
{
    (void)ctx;
    char big[3000];
    memset(big, '&', sizeof big - 1);
    big[sizeof big - 1] = '\0';
    const struct row rows[] = {{"GPP_A", big, PROV_ACCESS_KEEP}, {"GPP_B", "2", 0}, {0}};
    struct fault_alloc memory;
    fault_alloc_init(&memory, dial);
    struct capture capture;
    capture_init(&capture, dial);
    const struct prov_profile_writer_options opt = {.size = sizeof opt, .alloc = &memory.alloc};
    struct prov_error err = {0};
    prov_status status = write_rows(&opt, rows, &capture, &err);
    if (dial->hit) {
        assert_true(status == PROV_E_NOMEM || status == PROV_E_HOST);
        assert_int_equal(err.status, status);
        assert_false(capture.is_finished);
    } else {
        assert_int_equal(status, PROV_OK);
        assert_true(capture.is_finished);
    }
    capture_free(&capture);
    fault_alloc_assert_empty(&memory);
}

static void test_writer_survives_faults(void **state)
{
    (void)state;
    assert_true(dial_run("writer", write_with_faults, NULL) > 10);
}

static void test_writer_arguments(void **state)
{
    (void)state;
    struct capture capture;
    capture_init(&capture, NULL);
    prov_profile_writer *writer = (prov_profile_writer *)&capture;
    assert_int_equal(prov_profile_writer_new(NULL, NULL, capture.sink, NULL), PROV_E_INVALID);
    assert_int_equal(prov_profile_writer_new(&writer, NULL, (struct prov_sink){0}, NULL),
                     PROV_E_INVALID);
    assert_null(writer);
    struct prov_error err = {.size = sizeof err};
    const struct prov_sink endless = {.write = capture.sink.write};
    assert_int_equal(prov_profile_writer_new(&writer, NULL, endless, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: next");
    struct prov_profile_writer_options opt = {.size = sizeof opt, .root = prov_str_from("a b")};
    assert_int_equal(prov_profile_writer_new(&writer, &opt, capture.sink, NULL), PROV_E_INVALID);
    opt = (struct prov_profile_writer_options){.size = 3};
    assert_int_equal(prov_profile_writer_new(&writer, &opt, capture.sink, NULL), PROV_E_ABI);
    assert_int_equal(prov_profile_writer_param(NULL, NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_profile_writer_finish(NULL, NULL), PROV_E_INVALID);
    prov_profile_writer_free(NULL);
}

/* What a receiver that fails says, or not. */
struct receiver {
    const char *message;
};

static prov_status fail_finish(void *ctx, struct prov_error *err)
{
    const struct receiver *receiver = ctx;
    if (receiver->message != NULL) {
        *err = (struct prov_error){.size = sizeof *err, .status = PROV_E_IO};
        strcpy(err->message, receiver->message);
    }
    return PROV_E_IO;
}

static prov_status take_bytes(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)ctx, (void)data, (void)len, (void)err;
    return PROV_OK;
}

static void check_failure(const char *message, const char *wanted)
{
    struct receiver receiver = {message};
    const struct prov_sink sink = {.write = take_bytes, .finish = fail_finish, .ctx = &receiver};
    struct prov_error err = {.size = sizeof err};
    prov_profile_writer *writer;
    assert_int_equal(prov_profile_writer_new(&writer, NULL, sink, NULL), PROV_OK);
    assert_int_equal(prov_profile_writer_finish(writer, &err), PROV_E_IO);
    assert_string_equal(err.message, wanted);
    assert_int_equal(err.status, PROV_E_IO);
    prov_profile_writer_free(writer);
}

static void test_writer_keeps_the_words_of_a_receiver_that_fails(void **state)
{
    (void)state;
    check_failure("my flash is full", "my flash is full");
    check_failure(NULL, "the receiver refused the profile");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_writer_writes_every_kind),
        cmocka_unit_test(test_writer_nothing_is_a_document),
        cmocka_unit_test(test_writer_root),
        cmocka_unit_test(test_writer_parses_back),
        cmocka_unit_test(test_writer_omits_secrets),
        cmocka_unit_test(test_writer_refuses),
        cmocka_unit_test(test_writer_refuses_characters_cut_by_the_length),
        cmocka_unit_test(test_writer_takes_the_names_of_xml),
        cmocka_unit_test(test_writer_writes_documents_of_any_length),
        cmocka_unit_test(test_writer_goes_on_after_a_refusal),
        cmocka_unit_test(test_writer_survives_faults),
        cmocka_unit_test(test_writer_keeps_the_words_of_a_receiver_that_fails),
        cmocka_unit_test(test_writer_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
