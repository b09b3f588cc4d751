/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* What a refused call says: each message names the argument, the state or the limit at fault. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/array.h"
#include "base/str.h"
#include "disk.h"

static const prov_str nothing = {NULL, 3};

/* Of the call that is checked. */
static struct prov_error err = {.size = sizeof err};

static void check(prov_status found, prov_status status, const char *message, int line)
{
    if (found != status || err.status != status || strcmp(err.message, message) != 0)
        fail_msg("line %d: %s: '%s'", line, prov_status_name(found), err.message);
    err = (struct prov_error){.size = sizeof err};
}

#define REFUSED(call, status, message) check(call, status, message, __LINE__)
#define INVALID(call, message) REFUSED(call, PROV_E_INVALID, "invalid argument: " message)

static prov_status set(prov_store *store, struct prov_param param)
{
    param.size = sizeof param;
    if (!param.name.data && param.name.len == 0)
        param.name = PROVI_LIT("GPP_A");
    return prov_store_set(store, &param, &err);
}

static prov_status set_from(prov_store *store, prov_str rule, prov_str url)
{
    const struct prov_source source = {.size = sizeof source, .rule = rule, .url = url};
    return set(store, (struct prov_param){.source = &source});
}

static prov_status save(prov_store *store, prov_str name, prov_str bytes)
{
    return prov_store_save_record(store, name, bytes.data, bytes.len, &err);
}

static void test_store_names_the_argument(void **state)
{
    static const char record[] =
        "invalid argument: store or data is NULL, or name is not 1 to 16 letters a to z, or "
        "reserved";
    static const char range[] =
        "invalid argument: param: access, has_value or layer is out of range";
    const struct prov_store_options unnamed = {.size = sizeof unnamed, .path = ""};
    const prov_str name = PROVI_LIT("GPP_A");
    const struct prov_param param = {.size = sizeof param};
    prov_store *store;
    (void)state;
    INVALID(prov_store_open(NULL, NULL, &err), "out is NULL");
    INVALID(prov_store_open(&store, &unnamed, &err), "path is empty");
    assert_int_equal(prov_store_open(&store, NULL, NULL), PROV_OK);
    INVALID(prov_store_begin(NULL, &err), "store is NULL");
    INVALID(prov_store_commit(NULL, &err), "store is NULL");
    REFUSED(prov_store_commit(store, &err), PROV_E_STATE, "no transaction is open");
    REFUSED(set(store, param), PROV_E_STATE, "no transaction is open");
    assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
    REFUSED(prov_store_begin(store, &err), PROV_E_STATE, "a transaction is already open");
    INVALID(prov_store_set(NULL, &param, &err), "store or param is NULL");
    INVALID(prov_store_set(store, NULL, &err), "store or param is NULL");
    INVALID(set(store, (struct prov_param){.name = nothing}), "param: text without data");
    INVALID(set(store, (struct prov_param){.value = nothing, .has_value = PROV_VALUE_GIVEN}),
            "param: text without data");
    INVALID(set_from(store, nothing, name), "param.source: text without data");
    INVALID(set_from(store, name, nothing), "param.source: text without data");
    const struct prov_param beyond[] = {{.access = PROV_ACCESS_DEFAULT + 1},
                                        {.has_value = PROV_VALUE_FORGET + 1},
                                        {.layer = PROV_LAYER_USER + 1}};
    for (size_t i = 0; i < PROVI_LEN(beyond); i++) {
        prov_status status = set(store, beyond[i]);
        assert_string_equal(err.subject, "GPP_A");
        REFUSED(status, PROV_E_INVALID, range);
    }
    static const char *const names[] = {"", "Sched", "abcdefghijklmnopq", "origins"};
    for (size_t i = 0; i < PROVI_LEN(names); i++)
        REFUSED(save(store, prov_str_from(names[i]), name), PROV_E_INVALID, record);
    REFUSED(save(NULL, PROVI_LIT("a"), name), PROV_E_INVALID, record);
    REFUSED(save(store, PROVI_LIT("a"), nothing), PROV_E_INVALID, record);
    REFUSED(save(store, (prov_str){0}, name), PROV_E_INVALID, record);
    INVALID(prov_store_set_user(NULL, name, name, 0, &err), "store or name is NULL");
    INVALID(prov_store_set_user(store, (prov_str){0}, name, 0, &err), "store or name is NULL");
    INVALID(prov_store_clear_user(NULL, name, &err), "store or name is NULL");
    INVALID(prov_store_reset(NULL, 0, &err), "store is NULL, or layer is out of range");
    INVALID(prov_store_reset(store, PROV_LAYER_ANY, &err),
            "store is NULL, or layer is out of range");
    prov_status status = prov_store_set_user(store, name, name, 0, &err);
    assert_string_equal(err.subject, "GPP_A");
    REFUSED(status, PROV_E_POLICY, "the user may not change it: its access is not rw");
    prov_store_close(store);
}

/* Each limit bounds what it says, to the byte. */
static void test_store_names_the_limit(void **state)
{
    static const char text[] = "0123456789abcdefghijklmnopqrstuvwxyz_N_ame";
    const struct prov_limits limits = {.size = sizeof limits,
                                       .max_name_bytes = 8,
                                       .max_value_bytes = 20,
                                       .max_staged_bytes = 300,
                                       .max_store_bytes = 100000};
    const struct prov_store_options opt = {.size = sizeof opt, .limits = &limits};
    const struct prov_param names[] = {{.name = {text + 36, 6}}, {.name = {text + 10, 8}}};
    prov_store *store;
    (void)state;
    assert_int_equal(prov_store_open(&store, &opt, NULL), PROV_OK);
    assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
    for (size_t i = 0; i < PROVI_LEN(names); i++)
        assert_int_equal(set(store, names[i]), PROV_OK);
    prov_status status = set(store, (struct prov_param){.name = {text + 10, 9}});
    assert_string_equal(err.subject, "abcdefghi");
    REFUSED(status, PROV_E_LIMIT, "name exceeds 8 bytes");
    struct prov_param param = {.value = {text, 20}, .has_value = PROV_VALUE_GIVEN};
    assert_int_equal(set(store, param), PROV_OK);
    param.value.len++;
    status = set(store, param);
    assert_string_equal(err.subject, "GPP_A");
    REFUSED(status, PROV_E_LIMIT, "value exceeds 20 bytes");
    status = PROV_OK;
    for (size_t len = 1; len < 8 && status == PROV_OK; len++)
        status = set(store, (struct prov_param){.name = {text + 10, len}});
    REFUSED(status, PROV_E_LIMIT, "parameters exceed 300 bytes in memory");
    prov_store_close(store);
}

static void test_store_needs_each_operation_of_a_file(void **state)
{
    (void)state;
    for (int missing = 0; missing < 8; missing++) {
        struct disk disk;
        prov_store *store;
        disk_init(&disk);
        switch (missing) {
        case 0: disk.files.open_read = NULL; break;
        case 1: disk.files.open_write = NULL; break;
        case 2: disk.files.read = NULL; break;
        case 3: disk.files.write = NULL; break;
        case 4: disk.files.sync = NULL; break;
        case 5: disk.files.close = NULL; break;
        case 6: disk.files.rename = NULL; break;
        default: disk.files.remove = NULL; break;
        }
        const struct prov_store_options opt = {
            .size = sizeof opt, .path = "s", .files = &disk.files};
        INVALID(prov_store_open(&store, &opt, &err), "a required file operation is missing");
        assert_null(store);
    }
}

static prov_status take(void *ctx, const void *data, size_t len, struct prov_error *error)
{
    (void)ctx, (void)data, (void)len, (void)error;
    return PROV_OK;
}

static prov_status end(void *ctx, struct prov_error *error)
{
    (void)ctx, (void)error;
    return PROV_OK;
}

static const struct prov_sink sink = {.write = take, .finish = end};

static prov_status decode(struct prov_decode_options opt)
{
    prov_decoder *decoder;
    opt.size = sizeof opt;
    prov_status status = prov_decoder_new(&decoder, &opt, sink, &err);
    assert_null(decoder);
    return status;
}

static void test_decoder_names_the_argument(void **state)
{
    const struct prov_sink deaf = {.finish = end}, endless = {.write = take};
    prov_decoder *decoder;
    (void)state;
    INVALID(prov_decoder_new(NULL, NULL, sink, &err), "out is NULL");
    INVALID(prov_decoder_new(&decoder, NULL, deaf, &err), "next lacks write or finish");
    INVALID(prov_decoder_new(&decoder, NULL, endless, &err), "next lacks write or finish");
    INVALID(decode((struct prov_decode_options){.key = nothing}), "text without data");
    INVALID(decode((struct prov_decode_options){.ikm = nothing}), "text without data");
    INVALID(decode((struct prov_decode_options){.content_encoding = nothing}), "text without data");
    INVALID(decode((struct prov_decode_options){.derivations = PROV_DERIVE_ALL + 1}),
            "derivations: unknown bit");
    INVALID(decode((struct prov_decode_options){.policy = 1u << 31}), "policy: unknown bit");
    INVALID(decode((struct prov_decode_options){.pbkdf2_rounds = (uint32_t)INT32_MAX + 1}),
            "pbkdf2_rounds above 2^31");
    INVALID(prov_decoder_write(NULL, "", 0, &err), "decoder is NULL");
    INVALID(prov_decoder_finish(NULL, &err), "decoder is NULL");
    const struct prov_decode_options most = {.size = sizeof most, .pbkdf2_rounds = INT32_MAX};
    assert_int_equal(prov_decoder_new(&decoder, &most, sink, NULL), PROV_OK);
    INVALID(prov_decoder_write(decoder, NULL, 1, &err), "data is NULL");
    assert_int_equal(prov_decoder_write(decoder, "<a/>", 4, NULL), PROV_OK);
    assert_int_equal(prov_decoder_finish(decoder, NULL), PROV_OK);
    REFUSED(prov_decoder_write(decoder, "", 0, &err), PROV_E_STATE, "finished already");
    REFUSED(prov_decoder_finish(decoder, &err), PROV_E_STATE, "finished already");
    prov_decoder_free(decoder);
}

static void test_decoder_knows_codings_that_it_cannot_undo(void **state)
{
    static const char *const refused[] = {"br",      "compress",     "dcb", "dcz", "xz",
                                          "deflate", "pack200-gzip", "exi", "BR",  "lzma",
                                          "x-bzip2", "x-compress",   "zstd"};
    static const struct {
        const char *codings;
        uint64_t warnings;
    } taken[] = {{"", 0},
                 {" , x-gzip,", 0},
                 {"Identity, GZIP", 0},
                 {"aes128gcm", 0},
                 {"UTF-8", PROV_DECODE_WARN_UNKNOWN_CODING}};
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(refused); i++) {
        const struct prov_decode_options opt = {.content_encoding = prov_str_from(refused[i])};
        prov_status status = decode(opt);
        assert_string_equal(err.subject, refused[i]);
        REFUSED(status, PROV_E_UNSUPPORTED,
                "a Content-Encoding of the server that cannot be undone here: expected gzip, or "
                "aes128gcm once");
    }
    for (size_t i = 0; i < PROVI_LEN(taken); i++) {
        const struct prov_decode_options opt = {
            .size = sizeof opt, .content_encoding = prov_str_from(taken[i].codings)};
        struct prov_decode_result result = {.size = sizeof result};
        prov_decoder *decoder;
        assert_int_equal(prov_decoder_new(&decoder, &opt, sink, NULL), PROV_OK);
        assert_int_equal(prov_decoder_result(decoder, &result), PROV_OK);
        assert_int_equal(result.warnings, taken[i].warnings);
        prov_decoder_free(decoder);
    }
}

static prov_status encode(uint32_t encodings, struct prov_encode_options opt)
{
    prov_encoder *encoder;
    opt.size = sizeof opt;
    opt.encodings = encodings;
    prov_status status = prov_encoder_new(&encoder, &opt, sink, &err);
    assert_int_equal(encoder == NULL, status != PROV_OK);
    prov_encoder_free(encoder);
    return status;
}

static void test_encoder_names_the_argument(void **state)
{
    enum { CBC = PROV_ENCODING_AES_CBC, RFC8188 = PROV_ENCODING_RFC8188 };
    static const char both[] =
        "invalid argument: encodings that cannot be written, or not together";
    static const char salt[] =
        "invalid argument: salt of another length than 8 (AES-CBC) or 16 (RFC 8188)";
    static const char text[256] = "";
    const struct prov_sink deaf = {.finish = end}, endless = {.write = take};
    const prov_str k = PROVI_LIT("k");
    prov_encoder *encoder;
    (void)state;
    INVALID(prov_encoder_new(NULL, NULL, sink, &err), "out is NULL");
    INVALID(prov_encoder_new(&encoder, NULL, deaf, &err), "next lacks write or finish");
    INVALID(prov_encoder_new(&encoder, NULL, endless, &err), "next lacks write or finish");
    INVALID(encode(CBC, (struct prov_encode_options){.key = nothing}), "text without data");
    INVALID(encode(RFC8188, (struct prov_encode_options){.ikm = nothing}), "text without data");
    INVALID(encode(RFC8188, (struct prov_encode_options){.ikm = k, .key_id = nothing}),
            "text without data");
    INVALID(encode(CBC, (struct prov_encode_options){.key = k, .salt = {NULL, 8}}),
            "text without data");
    REFUSED(encode(CBC, (struct prov_encode_options){.ikm = k}), PROV_E_NO_KEY,
            "expected a key for the encryption, found none");
    REFUSED(encode(RFC8188, (struct prov_encode_options){.key = k}), PROV_E_NO_KEY,
            "expected a ikm for the encryption, found none");
    REFUSED(encode(CBC, (struct prov_encode_options){.key = k, .salt = {text, 16}}), PROV_E_INVALID,
            salt);
    REFUSED(encode(RFC8188, (struct prov_encode_options){.ikm = k, .salt = {text, 8}}),
            PROV_E_INVALID, salt);
    INVALID(encode(CBC, (struct prov_encode_options){.key = k, .derivation = PROV_DERIVE_ALL}),
            "derivation is not one PROV_DERIVE_ value");
    INVALID(encode(CBC, (struct prov_encode_options){.key = k, .derivation = 1u << 31}),
            "derivation is not one PROV_DERIVE_ value");
    INVALID(encode(CBC, (struct prov_encode_options){.key = k,
                                                     .pbkdf2_rounds = (uint32_t)INT32_MAX + 1}),
            "pbkdf2_rounds above 2^31");
    static const uint32_t sizes[] = {17, 65537}, good_sizes[] = {18, 65536};
    for (size_t i = 0; i < PROVI_LEN(sizes); i++) {
        struct prov_encode_options opt = {.ikm = k, .record_size = sizes[i]};
        INVALID(encode(RFC8188, opt), "record_size is not within 18 to 65536");
        opt.record_size = good_sizes[i];
        opt.key_id = (prov_str){text, 255};
        assert_int_equal(encode(RFC8188, opt), PROV_OK);
        opt.key_id.len++;
        INVALID(encode(RFC8188, opt), "key_id above 255 bytes");
    }
    static const uint32_t apart[] = {CBC | RFC8188, PROV_ENCODING_BASE64, 1u << 31};
    for (size_t i = 0; i < PROVI_LEN(apart); i++) {
        const struct prov_encode_options opt = {.key = k, .ikm = k};
        REFUSED(encode(apart[i], opt), PROV_E_INVALID, both);
    }
    INVALID(prov_encoder_write(NULL, "", 0, &err), "encoder is NULL");
    INVALID(prov_encoder_finish(NULL, &err), "encoder is NULL");
}

static prov_status ignore(void *ctx, const struct prov_param *param, struct prov_error *error)
{
    (void)ctx, (void)param, (void)error;
    return PROV_OK;
}

static prov_status parse(struct prov_profile_options opt)
{
    const struct prov_profile_handler handler = {.param = ignore};
    prov_profile_parser *parser;
    opt.size = sizeof opt;
    prov_status status = prov_profile_parser_new(&parser, &opt, &handler, &err);
    assert_null(parser);
    return status;
}

static void test_parser_names_the_argument(void **state)
{
    const struct prov_profile_handler handler = {.param = ignore}, deaf = {.param = NULL};
    const char text[] = "<flat-profile/>";
    prov_profile_parser *parser;
    (void)state;
    INVALID(prov_profile_parser_new(NULL, NULL, &handler, &err), "out");
    INVALID(prov_profile_parser_new(&parser, NULL, NULL, &err), "handler");
    INVALID(prov_profile_parser_new(&parser, NULL, &deaf, &err), "handler");
    INVALID(parse((struct prov_profile_options){.alias_map = nothing}), "text without data");
    INVALID(parse((struct prov_profile_options){.bind_name = nothing}), "text without data");
    INVALID(parse((struct prov_profile_options){.bind_value = nothing}), "text without data");
    INVALID(prov_profile_parser_write(NULL, text, 1, &err), "parser");
    INVALID(prov_profile_parser_finish(NULL, &err), "parser");
    assert_int_equal(prov_profile_parser_new(&parser, NULL, &handler, NULL), PROV_OK);
    INVALID(prov_profile_parser_write(parser, NULL, 1, &err), "data");
    assert_int_equal(prov_profile_parser_write(parser, text, strlen(text), NULL), PROV_OK);
    assert_int_equal(prov_profile_parser_finish(parser, NULL), PROV_OK);
    REFUSED(prov_profile_parser_write(parser, text, 1, &err), PROV_E_STATE,
            "the profile has been finished");
    REFUSED(prov_profile_parser_finish(parser, &err), PROV_E_STATE,
            "the profile has been finished");
    prov_profile_parser_free(parser);
}

static prov_status write_param(prov_profile_writer *writer, struct prov_param param)
{
    param.size = sizeof param;
    prov_status status = prov_profile_writer_param(writer, &param, &err);
    if (status == PROV_E_INVALID && param.name.data && param.name.len < 100)
        assert_memory_equal(err.subject, param.name.data, param.name.len);
    return status;
}

static void test_writer_names_the_argument(void **state)
{
    static char name[257];
    const struct prov_sink deaf = {.finish = end}, endless = {.write = take};
    const struct prov_profile_writer_options opt = {.size = sizeof opt, .root = PROVI_LIT("a b")};
    const prov_str a = PROVI_LIT("A");
    prov_profile_writer *writer;
    (void)state;
    memset(name, 'N', sizeof name);
    INVALID(prov_profile_writer_new(NULL, NULL, sink, &err), "out");
    INVALID(prov_profile_writer_new(&writer, NULL, deaf, &err), "next");
    INVALID(prov_profile_writer_new(&writer, NULL, endless, &err), "next");
    INVALID(prov_profile_writer_new(&writer, &opt, sink, &err), "root");
    INVALID(prov_profile_writer_param(NULL, NULL, &err), "writer");
    INVALID(prov_profile_writer_finish(NULL, &err), "writer");
    assert_int_equal(prov_profile_writer_new(&writer, NULL, sink, NULL), PROV_OK);
    INVALID(prov_profile_writer_param(writer, NULL, &err), "param");
    INVALID(write_param(writer, (struct prov_param){.name = nothing}), "param: name without data");
    INVALID(write_param(writer, (struct prov_param){.name = {name, 257}}),
            "param: the name is too long");
    assert_int_equal(write_param(writer, (struct prov_param){.name = {name, 256}, .access = 1}),
                     PROV_OK);
    INVALID(write_param(writer, (struct prov_param){.name = PROVI_LIT("flat-profile")}),
            "param: the name is no XML name, or flat-profile");
    INVALID(write_param(writer, (struct prov_param){.name = PROVI_LIT("1")}),
            "param: the name is no XML name, or flat-profile");
    INVALID(write_param(writer, (struct prov_param){.name = a, .value = nothing}),
            "param: value without data");
    INVALID(write_param(writer, (struct prov_param){.name = a, .access = PROV_ACCESS_DEFAULT}),
            "param: access has no ua attribute");
    INVALID(write_param(writer, (struct prov_param){.name = a}), "param: neither value nor access");
    prov_status status = write_param(
        writer, (struct prov_param){.name = a, .value = PROVI_LIT("1 "), .has_value = 1});
    assert_string_equal(err.subject, "A");
    assert_int_equal(err.offset, 1);
    REFUSED(status, PROV_E_VALUE,
            "expected one line of UTF-8 text without blanks at its ends, found a blank after 1 "
            "bytes");
    assert_int_equal(prov_profile_writer_finish(writer, NULL), PROV_OK);
    REFUSED(prov_profile_writer_finish(writer, &err), PROV_E_STATE,
            "the profile has been finished");
    REFUSED(write_param(writer, (struct prov_param){.name = a, .access = 1}), PROV_E_STATE,
            "the profile has been finished");
    prov_profile_writer_free(writer);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store_names_the_argument),
        cmocka_unit_test(test_store_names_the_limit),
        cmocka_unit_test(test_store_needs_each_operation_of_a_file),
        cmocka_unit_test(test_decoder_names_the_argument),
        cmocka_unit_test(test_decoder_knows_codings_that_it_cannot_undo),
        cmocka_unit_test(test_encoder_names_the_argument),
        cmocka_unit_test(test_parser_names_the_argument),
        cmocka_unit_test(test_writer_names_the_argument),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
