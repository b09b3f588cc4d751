/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Macro expansion and the variables of a device. */
#include <provision/macro.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "dials.h"
#include "macro/expand.h"
#include "macro/vars.h"
#include "vectors.h"
#include "world.h"

#define VECTORS TEST_SOURCE_ROOT "/tests/vectors/macro/"

static uint32_t vector_flags(const struct vector *vector)
{
    static const struct {
        const char *name;
        uint32_t flag;
    } flags[] = {
        {"rule", PROV_MACRO_RULE},
        {"key-only", PROV_MACRO_KEY_ONLY},
        {"mask", PROV_MACRO_MASK},
    };
    uint32_t all = 0;
    prov_str rest = vector_get(vector, "flags");
    prov_str word;
    while (provi_str_split(&rest, ' ', &word))
        for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
            if (provi_str_is(word, flags[i].name))
                all |= flags[i].flag;
    return all;
}

/* Each buffer that is too small is refused, with the length needed, and not overrun. */
static void check_lengths(const struct vector *vector, const struct world *world, uint32_t flags,
                          size_t needed)
{
    char buf[512];
    for (size_t cap = 0; cap <= needed; cap++) {
        size_t len = 0;
        memset(buf, '#', sizeof buf);
        prov_status status = prov_macro_expand(vector_get(vector, "in"), &world->vars, flags,
                                               cap ? buf : NULL, cap, &len, NULL);
        if (status != PROV_E_LIMIT || len != needed || buf[cap] != '#' ||
            (cap && buf[cap - 1] != '\0'))
            vector_die(vector, "with %zu bytes: %s, length %zu", cap, prov_status_name(status),
                       len);
    }
}

static void check_expansion(void *ctx, const struct vector *vector)
{
    struct world world;
    char buf[512];
    size_t len;
    const prov_str in = vector_copy(vector_get(vector, "in"), *(const char *)ctx);
    world_init(&world, NULL);
    for (size_t i = 0; i < vector->n_fields; i++)
        if (provi_str_is(vector->fields[i].key, "set"))
            world_set(&world, vector->fields[i].value);
    uint32_t flags = vector_flags(vector);
    prov_str wanted = vector_get(vector, "out");
    prov_status status = prov_macro_expand(in, &world.vars, flags, buf, sizeof buf, &len, NULL);
    if (status != PROV_OK || !provi_str_eq((prov_str){buf, len}, wanted) || buf[len] != '\0')
        vector_die(vector, "%s, found %s", prov_status_name(status), buf);
    check_lengths(vector, &world, flags, len);
    free((char *)in.data);
    world_free(&world);
}

static void test_macro_expands_every_vector(void **state)
{
    (void)state;
    for (const char *behind = "A2):(]\"-$"; *behind; behind++) /* not part of the text */
        assert_true(vectors_run(VECTORS "expand.txt", check_expansion, (char *)behind) >= 30);
}

static void test_macro_names_what_could_not_be_read(void **state)
{
    (void)state;
    struct world world;
    struct prov_error err = {0};
    char buf[64];
    size_t len;
    world_init(&world, NULL);
    world.read_status = PROV_E_IO;
    assert_int_equal(
        prov_macro_expand(prov_str_from("/$MA/$B"), &world.vars, 0, buf, sizeof buf, &len, &err),
        PROV_E_IO);
    assert_int_equal(err.status, PROV_E_IO);
    assert_string_equal(err.message, "a macro's value could not be read");
    assert_string_equal(err.subject, "B");
    assert_int_equal(err.offset, 5);
    size_t offset;
    assert_int_equal(prov_macro_locate(prov_str_from("/$B"), &world.vars, 0, 1, &offset),
                     PROV_E_IO);
    assert_int_equal(prov_macro_locate(prov_str_from("/$MA/$B"), &world.vars, 0, 0, &offset),
                     PROV_OK);
    assert_int_equal(offset, 0);
    world_free(&world);
}

/* What is needed, what there is, and the place of the first byte or macro that does not fit. */
static void test_macro_names_what_does_not_fit(void **state)
{
    (void)state;
    static const struct {
        size_t cap;
        uint64_t offset;
    } cases[] = {{0, 0}, {3, 2}, {4, 3}, {9, 3}, {10, 5}, {11, 6}};
    struct world world;
    char buf[32];
    size_t len;
    world_init(&world, NULL);
    prov_str text = prov_str_from("/x/$A/y"); /* `/x/ABCDEF/y`, 11 bytes */
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct prov_error err = {0};
        char wanted[64];
        assert_int_equal(prov_macro_expand(text, &world.vars, 0, cases[i].cap ? buf : NULL,
                                           cases[i].cap, &len, &err),
                         PROV_E_LIMIT);
        snprintf(wanted, sizeof wanted, "expansion needs 11 bytes, there is room for %zu",
                 cases[i].cap);
        assert_int_equal(err.status, PROV_E_LIMIT);
        assert_string_equal(err.message, wanted);
        assert_int_equal(err.offset, cases[i].offset);
        assert_int_equal(err.column, cases[i].offset + 1);
        assert_int_equal(len, 11);
    }
    assert_int_equal(prov_macro_expand(text, &world.vars, 0, buf, 12, &len, NULL), PROV_OK);
    world_free(&world);
}

static void test_macro_refuses_bad_arguments(void **state)
{
    (void)state;
    struct world world;
    char buf[8];
    size_t len;
    prov_str text = prov_str_from("x");
    world_init(&world, NULL);
    struct prov_vars none = {NULL, NULL};
    struct prov_error err = {0};
    assert_int_equal(prov_macro_expand(text, NULL, 0, buf, 8, &len, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: text, vars, flags, buf or len");
    assert_int_equal(prov_macro_expand(text, &none, 0, buf, 8, &len, NULL), PROV_E_INVALID);
    assert_int_equal(prov_macro_expand(text, &world.vars, 0, NULL, 8, &len, NULL), PROV_E_INVALID);
    assert_int_equal(prov_macro_expand(text, &world.vars, 0, buf, 8, NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_macro_expand(text, &world.vars, PROV_MACRO_SECRET_OK, buf, 8, &len, NULL),
                     PROV_E_INVALID);
    assert_int_equal(prov_macro_expand((prov_str){NULL, 1}, &world.vars, 0, buf, 8, &len, NULL),
                     PROV_E_INVALID);
    size_t offset;
    assert_int_equal(prov_macro_expand((prov_str){NULL, 0}, &world.vars, 0, buf, 8, &len, NULL),
                     PROV_OK);
    assert_int_equal(len, 0);
    assert_int_equal(prov_macro_locate(text, &world.vars, 0, 0, NULL), PROV_E_INVALID);
    assert_int_equal(prov_macro_locate(text, NULL, 0, 0, &offset), PROV_E_INVALID);
    assert_int_equal(prov_macro_locate(text, &none, 0, 0, &offset), PROV_E_INVALID);
    assert_int_equal(prov_macro_locate((prov_str){NULL, 1}, &world.vars, 0, 0, &offset),
                     PROV_E_INVALID);
    assert_int_equal(prov_macro_locate(text, &world.vars, PROV_MACRO_SECRET_OK, 0, &offset),
                     PROV_E_INVALID);
    world_free(&world);
}

static void test_macro_locates_the_origin_of_every_byte(void **state)
{
    (void)state;
    static const char text[] = "a$$$B$(A:4)$X$C.";
    /* expands to              a$123EF$X. */
    static const size_t origins[] = {0, 1, 3, 3, 3, 5, 5, 11, 12, 15, 16, 16};
    struct world world;
    world_init(&world, NULL);
    for (size_t i = 0; i < sizeof origins / sizeof *origins; i++) {
        size_t offset;
        assert_int_equal(prov_macro_locate(prov_str_from(text), &world.vars, 0, i, &offset),
                         PROV_OK);
        assert_int_equal(offset, origins[i]);
    }
    world_free(&world);
}

static void expect(const struct prov_vars *vars, const char *text, const char *wanted)
{
    char buf[256];
    size_t len;
    assert_int_equal(
        prov_macro_expand(prov_str_from(text), vars, PROV_MACRO_RULE, buf, sizeof buf, &len, NULL),
        PROV_OK);
    assert_string_equal(buf, wanted);
}

/* `a$X/b`, where X is `long`: before the value, in it, behind it. */
static void test_parts_are_found_where_they_were_written(void **state)
{
    static const struct provi_macro_span span = {
        .at = 1, .len = 4, .written = 1, .replaced = 2, .kind = PROVI_SPAN_VALUE};
    static const size_t rows[][2] = {{0, 0}, {1, 1}, {3, 1}, {5, 3}, {7, 5}};
    struct provi_expansion expansion = {
        .written = prov_str_from("a$X/b"), .spans = &span, .n_spans = 1};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct provi_written part = provi_expansion_map(&expansion, rows[i][0], rows[i][0]);
        assert_int_equal(part.start, rows[i][1]);
        assert_int_equal(part.end, rows[i][1]);
    }
    static const struct {
        size_t start, end, written_start, written_end;
        bool is_inside;
    } parts[] = {{0, 1, 0, 1, false}, {1, 5, 1, 3, false}, {1, 4, 1, 3, true},
                 {2, 5, 1, 3, true},  {2, 6, 1, 4, false}, {5, 6, 3, 4, false},
                 {5, 7, 3, 5, false}, {0, 2, 0, 3, false}, {0, 7, 0, 5, false}};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        struct provi_written part = provi_expansion_map(&expansion, parts[i].start, parts[i].end);
        assert_int_equal(part.start, parts[i].written_start);
        assert_int_equal(part.end, parts[i].written_end);
        assert_int_equal(part.is_inside, parts[i].is_inside);
    }
}

static void test_facts_without_anything_known(void **state)
{
    (void)state;
    prov_macro_vars *macro_vars;
    struct prov_device device = {.size = sizeof device};
    assert_int_equal(prov_macro_vars_new(&macro_vars, &device, NULL, NULL, NULL, NULL), PROV_OK);
    struct prov_vars vars = prov_macro_vars_view(macro_vars);
    expect(&vars, "<$MA$MAU$MAC$PN$VERSION$A$UID1$PRVST$PRVTMR$ERR$PORT>", "<>");
    expect(&vars, "$CCERT,$ISCUST,$ORIGTYPE,[--key $SA]", "Not Installed,0,none,[--key ]");
    prov_str value;
    assert_int_equal(vars.find(vars.ctx, (prov_str){NULL, 0}, 0, &value), PROV_E_NOT_FOUND);
    prov_macro_vars_free(macro_vars);
}

/* Product and software make a version only together. */
static void test_facts_make_a_version_of_what_they_have(void **state)
{
    (void)state;
    static const char *const cases[][4] = {
        {"", "", "", "<>"},        {"", "1-2", "", "<>"},
        {"CP", "", "", "<CP>"},    {"CP", "1-2", "", "<CP/1-2>"},
        {"CP", "1-2", "v", "<v>"}, {"", "1-2", "v", "<v>"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        prov_macro_vars *macro_vars;
        const struct prov_device device = {
            .size = sizeof device,
            .product = prov_str_from(cases[i][0]),
            .sw_version = prov_str_from(cases[i][1]),
            .version = prov_str_from(cases[i][2]),
        };
        assert_int_equal(prov_macro_vars_new(&macro_vars, &device, NULL, NULL, NULL, NULL),
                         PROV_OK);
        const struct prov_vars vars = prov_macro_vars_view(macro_vars);
        expect(&vars, "<$VERSION>", cases[i][3]);
        prov_macro_vars_free(macro_vars);
    }
}

/* Each text that has a length and no data, in the device and in the operation. */
static void test_facts_refuse_texts_without_data(void **state)
{
    (void)state;
    const prov_str unsound = {NULL, 1};
    prov_macro_vars *macro_vars;
    struct prov_device device;
    prov_str *const of_device[] = {
        &device.product,    &device.series,      &device.serial,      &device.sw_version,
        &device.version,    &device.ip,          &device.external_ip, &device.ems,
        &device.hw_version, &device.auth_status, &device.orig_type,
    };
    for (size_t i = 0; i < sizeof of_device / sizeof *of_device; i++) {
        device = (struct prov_device){.size = sizeof device};
        *of_device[i] = unsound;
        struct prov_error err = {0};
        assert_int_equal(prov_macro_vars_new(&macro_vars, &device, NULL, NULL, NULL, &err),
                         PROV_E_INVALID);
        assert_string_equal(err.message, "invalid argument: device: text without data");
        assert_null(macro_vars);
    }
    device = (struct prov_device){.size = sizeof device};
    assert_int_equal(prov_macro_vars_new(&macro_vars, &device, NULL, NULL, NULL, NULL), PROV_OK);
    struct prov_operation op;
    prov_str *const of_operation[] = {&op.scheme, &op.server, &op.server_ip,
                                      &op.path,   &op.err,    &op.upgerr};
    for (size_t i = 0; i < sizeof of_operation / sizeof *of_operation; i++) {
        op = (struct prov_operation){.size = sizeof op};
        *of_operation[i] = unsound;
        assert_int_equal(prov_macro_vars_set_operation(macro_vars, &op), PROV_E_INVALID);
    }
    prov_macro_vars_free(macro_vars);
    assert_null(prov_macro_vars_view(NULL).find);
}

/* A server too long for brackets stays as it is. */
static void test_facts_bracket_addresses_that_fit(void **state)
{
    (void)state;
    char longest[65];
    prov_macro_vars *macro_vars;
    const struct prov_device device = {.size = sizeof device};
    struct prov_operation op = {.size = sizeof op};
    assert_int_equal(prov_macro_vars_new(&macro_vars, &device, NULL, NULL, NULL, NULL), PROV_OK);
    const struct prov_vars vars = prov_macro_vars_view(macro_vars);
    memset(longest, ':', sizeof longest);
    for (size_t len = 60; len < sizeof longest; len++) {
        char wanted[80];
        bool fits = len <= 61; /* 64 bytes, with brackets and a NUL */
        op.server = (prov_str){longest, len};
        assert_int_equal(prov_macro_vars_set_operation(macro_vars, &op), PROV_OK);
        snprintf(wanted, sizeof wanted, fits ? "<[%.*s]>" : "<%.*s>", (int)len, longest);
        expect(&vars, "<$SERV>", wanted);
    }
    prov_macro_vars_free(macro_vars);
}

static prov_status find_own(void *ctx, prov_str name, uint32_t flags, prov_str *value)
{
    static const char *const names[] = {"MINE", "OWN", "GPP", "GPPX"};
    (void)ctx;
    assert_int_equal(flags, 0);
    *value = PROVI_LIT("own");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (provi_str_is(name, names[i]))
            return PROV_OK;
    return PROV_E_NOT_FOUND;
}

static void test_facts_ask_the_host_until_they_forget_it(void **state)
{
    (void)state;
    prov_macro_vars *macro_vars;
    const struct prov_device device = {.size = sizeof device};
    const struct prov_vars host = {.find = find_own};
    assert_int_equal(prov_macro_vars_new(&macro_vars, &device, NULL, &host, NULL, NULL), PROV_OK);
    const struct prov_vars vars = prov_macro_vars_view(macro_vars);
    expect(&vars, "$MINE/$YOURS", "own/$YOURS");
    expect(&vars, "$OWN_A $GPPX_A $GPP_AB $GPP_SAB $(GPP)_A", "own_A own_A own_AB own_SAB own_A");
    provi_macro_vars_forget_host(macro_vars);
    expect(&vars, "$MINE/$YOURS", "$MINE/$YOURS");
    prov_macro_vars_free(macro_vars);
}

/* Brackets that one text leaves open do not allow secrets in the next. */
static void test_macro_forgets_the_text_before(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, NULL);
    world_set(&world, prov_str_from("SA=secret"));
    expect(&world.vars, "[--key $SA", "[--key secret");
    expect(&world.vars, "--key $SA [x", "--key $SA [x");
    world_free(&world);
}

static void test_facts_copy_the_device(void **state)
{
    (void)state;
    char product[] = "CP-1";
    prov_macro_vars *macro_vars;
    struct prov_device device = {
        .size = sizeof device, .product = prov_str_from(product), .is_custom = 1};
    device.version = prov_str_from("Cisco-CP-1/2");
    device.orig_type = prov_str_from("orig_mpp");
    assert_int_equal(prov_macro_vars_new(&macro_vars, &device, NULL, NULL, NULL, NULL), PROV_OK);
    memset(product, '#', sizeof product);
    struct prov_vars vars = prov_macro_vars_view(macro_vars);
    expect(&vars, "$PN,$VERSION,$ISCUST,$ORIGTYPE", "CP-1,Cisco-CP-1/2,1,orig_mpp");
    prov_macro_vars_free(macro_vars);
}

static void test_facts_follow_the_operation(void **state)
{
    (void)state;
    prov_macro_vars *macro_vars;
    struct prov_device device = {.size = sizeof device};
    struct prov_operation op = {
        .size = sizeof op,
        .prvst = 2,
        .upgst = 1,
        .upgtmr_s = INT64_MAX,
        .regtmr_s = {7, 8},
        .scheme = prov_str_from("http"),
        .server = prov_str_from("h"),
        .server_ip = prov_str_from("::1"),
        .path = prov_str_from("/p?q"),
        .err = prov_str_from("corrupt file"),
        .upgerr = prov_str_from("http_get failed"),
        .port = 65535,
    };
    assert_int_equal(prov_macro_vars_new(&macro_vars, &device, NULL, NULL, NULL, NULL), PROV_OK);
    struct prov_vars vars = prov_macro_vars_view(macro_vars);
    static const char text[] =
        "$PRVST|$UPGST|$UPGTMR|$REGTMR1|$REGTMR2|$METH://$SERV:$PORT$PATH|$SERVIP|$ERR|$UPGERR";
    assert_int_equal(prov_macro_vars_set_operation(macro_vars, &op), PROV_OK);
    expect(&vars, text,
           "2|1|9223372036854775807|7|8|http://h:65535/p?q|[::1]|corrupt file|http_get failed");
    op.server = op.server_ip = prov_str_from("2001:db8::1");
    assert_int_equal(prov_macro_vars_set_operation(macro_vars, &op), PROV_OK);
    expect(&vars, "$SERV:$PORT $SERVIP:$PORT", "[2001:db8::1]:65535 [2001:db8::1]:65535");
    op.server = op.server_ip = prov_str_from("[::1]");
    assert_int_equal(prov_macro_vars_set_operation(macro_vars, &op), PROV_OK);
    expect(&vars, "$SERV $SERVIP", "[::1] [::1]");
    assert_int_equal(prov_macro_vars_set_operation(macro_vars, NULL), PROV_OK);
    expect(&vars, text, "|||||://:|||");
    assert_int_equal(prov_macro_vars_set_operation(NULL, &op), PROV_E_INVALID);
    prov_macro_vars_free(macro_vars);
}

static void test_facts_take_structs_of_other_releases(void **state)
{
    (void)state;
    struct {
        struct prov_device known;
        uint64_t unknown;
    } future = {.known = {.size = sizeof future}};
    prov_macro_vars *macro_vars;
    struct prov_error err = {0};
    assert_int_equal(prov_macro_vars_new(&macro_vars, &future.known, NULL, NULL, NULL, &err),
                     PROV_OK);
    prov_macro_vars_free(macro_vars);
    future.unknown = 1;
    assert_int_equal(prov_macro_vars_new(&macro_vars, &future.known, NULL, NULL, NULL, &err),
                     PROV_E_ABI);
    assert_null(macro_vars);
    struct prov_device past = {.size = offsetof(struct prov_device, product)};
    past.product = prov_str_from("not there yet");
    assert_int_equal(prov_macro_vars_new(&macro_vars, &past, NULL, NULL, NULL, &err), PROV_OK);
    struct prov_vars vars = prov_macro_vars_view(macro_vars);
    expect(&vars, "<$PN>", "<>");
    prov_macro_vars_free(macro_vars);
    assert_int_equal(prov_macro_vars_new(&macro_vars, NULL, NULL, NULL, NULL, &err),
                     PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: device");
    assert_int_equal(prov_macro_vars_new(NULL, &past, NULL, NULL, NULL, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: out");
    prov_macro_vars_free(NULL);
}

/* A source whose every value is of one length. */
static prov_status get_long(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    (void)name;
    *len = *(size_t *)ctx;
    if (*len >= cap)
        return PROV_E_LIMIT;
    memset(buf, 'v', *len);
    return PROV_OK;
}

static void expand_long(void *ctx, struct dial *dial)
{
    size_t len = *(size_t *)ctx;
    struct fault_alloc memory;
    fault_alloc_init(&memory, dial);
    memory.secret = "vvvvvvvvvvvvvvvv";
    memory.secret_len = 16;
    const struct prov_param_source source = {.get = get_long, .ctx = ctx};
    struct prov_device device = {.size = sizeof device};
    prov_macro_vars *macro_vars;
    prov_status status =
        prov_macro_vars_new(&macro_vars, &device, &source, NULL, &memory.alloc, NULL);
    if (status == PROV_OK) {
        size_t needed;
        struct prov_vars vars = prov_macro_vars_view(macro_vars);
        prov_str text = prov_str_from("[--key $SA] /$(A:1)");
        status = prov_macro_expand(text, &vars, PROV_MACRO_RULE, NULL, 0, &needed, NULL);
        if (status == PROV_E_LIMIT) {
            assert_int_equal(needed, 10 + len + len - 1);
            status = PROV_OK;
        }
        prov_macro_vars_free(macro_vars);
    } else {
        assert_null(macro_vars);
    }
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_OK);
    fault_alloc_assert_empty(&memory);
}

static void test_facts_survive_every_failed_allocation(void **state)
{
    (void)state;
    size_t len = 5000;
    assert_int_equal(dial_run("facts", expand_long, &len), 4);
}

static void test_facts_refuse_a_value_past_all_bounds(void **state)
{
    (void)state;
    size_t len = 64 * 1024;
    const struct prov_param_source source = {.get = get_long, .ctx = &len};
    struct prov_device device = {.size = sizeof device};
    prov_macro_vars *macro_vars;
    assert_int_equal(prov_macro_vars_new(&macro_vars, &device, &source, NULL, NULL, NULL), PROV_OK);
    struct prov_vars vars = prov_macro_vars_view(macro_vars);
    prov_str value;
    assert_int_equal(vars.find(vars.ctx, prov_str_from("A"), 0, &value), PROV_E_LIMIT);
    len--;
    assert_int_equal(vars.find(vars.ctx, prov_str_from("A"), 0, &value), PROV_OK);
    assert_int_equal(value.len, len);
    assert_true(value.data[0] == 'v' && memcmp(value.data, value.data + 1, len - 1) == 0);
    prov_macro_vars_free(macro_vars);
}

/* A value that is longer each time is asked for twice. */
static prov_status get_growing(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    unsigned *n_calls = ctx;
    (void)name, (void)buf;
    ++*n_calls;
    *len = cap + 1;
    return PROV_E_LIMIT;
}

static void test_facts_refuse_a_value_that_grows(void **state)
{
    (void)state;
    unsigned n_calls = 0;
    const struct prov_param_source source = {.get = get_growing, .ctx = &n_calls};
    const struct prov_device device = {.size = sizeof device};
    prov_macro_vars *macro_vars;
    assert_int_equal(prov_macro_vars_new(&macro_vars, &device, &source, NULL, NULL, NULL), PROV_OK);
    const struct prov_vars vars = prov_macro_vars_view(macro_vars);
    prov_str value;
    assert_int_equal(vars.find(vars.ctx, prov_str_from("A"), 0, &value), PROV_E_LIMIT);
    assert_int_equal(n_calls, 2);
    prov_macro_vars_free(macro_vars);
}

/* A length past the buffer, or a text without data, cannot be true: nothing is read by them. */
static prov_status get_more_than_fits(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    (void)name;
    (void)buf;
    *len = *(bool *)ctx ? SIZE_MAX : cap + 1;
    return PROV_OK;
}

static prov_status find_no_data(void *ctx, prov_str name, uint32_t flags, prov_str *value)
{
    (void)ctx;
    (void)name;
    (void)flags;
    *value = (prov_str){NULL, 5};
    return PROV_OK;
}

static void test_a_host_that_answers_what_cannot_be_is_refused(void **state)
{
    (void)state;
    char buf[64];
    size_t len;
    struct prov_error err = {0};
    for (int way = 0; way < 2; way++) {
        bool is_huge = way;
        const struct prov_param_source source = {.get = get_more_than_fits, .ctx = &is_huge};
        struct prov_device device = {.size = sizeof device};
        prov_macro_vars *macro_vars;
        assert_int_equal(prov_macro_vars_new(&macro_vars, &device, &source, NULL, NULL, NULL),
                         PROV_OK);
        struct prov_vars vars = prov_macro_vars_view(macro_vars);
        prov_str value;
        assert_int_equal(vars.find(vars.ctx, prov_str_from("A"), 0, &value), PROV_E_HOST);
        assert_int_equal(
            prov_macro_expand(prov_str_from("/$A"), &vars, 0, buf, sizeof buf, &len, &err),
            PROV_E_HOST);
        prov_macro_vars_free(macro_vars);
    }
    const struct prov_vars vars = {.find = find_no_data};
    assert_int_equal(prov_macro_expand(prov_str_from("/$X"), &vars, 0, buf, sizeof buf, &len, &err),
                     PROV_E_HOST);
}

/* What was read last is given back, and the next value finds room again. */
static void test_facts_at_rest_hold_no_value(void **state)
{
    (void)state;
    struct fault_alloc memory;
    struct world world;
    char buf[16];
    size_t len;
    fault_alloc_init(&memory, NULL);
    world_init(&world, &memory.alloc);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(
            prov_macro_expand(prov_str_from("$A"), &world.vars, 0, buf, sizeof buf, &len, NULL),
            PROV_OK);
        assert_string_equal(buf, "ABCDEF");
        provi_macro_vars_rest(world.handle);
        provi_macro_vars_rest(world.handle);
    }
    world_free(&world);
    fault_alloc_assert_empty(&memory);
}

static const char password[] = "S3CRET";

/* Every secret is the password; whether the buffer still holds it is counted. */
static prov_status get_once(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    unsigned *n_leftovers = ctx;
    bool is_secret = name.len == 6; /* GPP_SA */
    *n_leftovers += !is_secret && memcmp(buf, password, sizeof password - 1) == 0;
    *len = is_secret ? sizeof password - 1 : 0;
    assert_true(cap > *len);
    memcpy(buf, password, *len);
    return provi_str_is(name, "GPP_B") ? PROV_E_NOT_FOUND : PROV_OK;
}

/* Whoever gives the next value does not see the secret before it in the buffer. */
static void test_facts_wipe_a_secret_before_the_next_value(void **state)
{
    (void)state;
    unsigned n_leftovers = 0;
    const struct prov_param_source source = {.get = get_once, .ctx = &n_leftovers};
    const struct prov_device device = {.size = sizeof device};
    prov_macro_vars *macro_vars;
    assert_int_equal(prov_macro_vars_new(&macro_vars, &device, &source, NULL, NULL, NULL), PROV_OK);
    const struct prov_vars vars = prov_macro_vars_view(macro_vars);
    expect(&vars, "[--key $SA] $A [--key $GPP_SB] $B$A", "[--key S3CRET]  [--key S3CRET] ");
    assert_int_equal(n_leftovers, 0);
    prov_macro_vars_free(macro_vars);
}

static void test_macro_allocates_nothing(void **state)
{
    (void)state;
    struct fault_alloc memory;
    struct world world;
    char buf[256];
    size_t len;
    fault_alloc_init(&memory, NULL);
    world_init(&world, &memory.alloc);
    uint64_t n_before = memory.n_calls;
    prov_str text = prov_str_from("[--key $SC] tftp://h/$PN/$(MAU:2:4)/$A/$GPP_B/$PRVTMR/$NOPE");
    assert_int_equal(
        prov_macro_expand(text, &world.vars, PROV_MACRO_RULE, buf, sizeof buf, &len, NULL),
        PROV_OK);
    assert_int_equal(memory.n_calls, n_before);
    world_free(&world);
    fault_alloc_assert_empty(&memory);
}

/*
 * Every text of up to MAX_LENGTH characters of this alphabet: all that is special, a name with a
 * value (B), and a digit that makes it an unknown one. GPP_ is left to the fuzzer.
 */
static const char alphabet[] = "$():B1[]\"-";

enum { MAX_LENGTH = 6, MAX_LENGTH_EMULATED = 3 };

static void check_text(const struct world *world, prov_str text, uint32_t flags)
{
    char buf[64], again[64];
    size_t len, again_len;
    assert_int_equal(prov_macro_expand(text, &world->vars, flags, buf, sizeof buf, &len, NULL),
                     PROV_OK);
    assert_int_equal(prov_macro_expand(text, &world->vars, flags, again, len + 1, &again_len, NULL),
                     PROV_OK);
    assert_int_equal(again_len, len);
    assert_memory_equal(buf, again, len + 1);
    assert_int_equal(prov_macro_expand(text, &world->vars, flags, again, len, &again_len, NULL),
                     PROV_E_LIMIT);
    assert_int_equal(again_len, len);
    if (provi_str_find(text, '$') == text.len)
        assert_true(provi_str_eq(text, (prov_str){buf, len}));
    size_t last = 0;
    for (size_t i = 0; i <= len; i++) {
        size_t offset;
        assert_int_equal(prov_macro_locate(text, &world->vars, flags, i, &offset), PROV_OK);
        assert_true(offset >= last && offset <= text.len);
        last = offset;
    }
    assert_int_equal(last, text.len);
}

static void test_macro_keeps_its_promises_for_every_short_text(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, NULL);
    size_t max = test_takes_few() ? MAX_LENGTH_EMULATED : MAX_LENGTH;
    const size_t n_letters = sizeof alphabet - 1;
    size_t n_texts = 1;
    for (size_t len = 0; len <= max; len++, n_texts *= n_letters) {
        for (size_t number = 0; number < n_texts; number++) {
            char text[MAX_LENGTH];
            size_t rest = number;
            for (size_t i = 0; i < len; i++, rest /= n_letters)
                text[i] = alphabet[rest % n_letters];
            check_text(&world, (prov_str){text, len}, 0);
            check_text(&world, (prov_str){text, len}, PROV_MACRO_RULE);
        }
    }
    world_free(&world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_macro_expands_every_vector),
        cmocka_unit_test(test_macro_names_what_could_not_be_read),
        cmocka_unit_test(test_macro_names_what_does_not_fit),
        cmocka_unit_test(test_macro_refuses_bad_arguments),
        cmocka_unit_test(test_macro_locates_the_origin_of_every_byte),
        cmocka_unit_test(test_parts_are_found_where_they_were_written),
        cmocka_unit_test(test_facts_without_anything_known),
        cmocka_unit_test(test_facts_make_a_version_of_what_they_have),
        cmocka_unit_test(test_facts_refuse_texts_without_data),
        cmocka_unit_test(test_facts_bracket_addresses_that_fit),
        cmocka_unit_test(test_facts_ask_the_host_until_they_forget_it),
        cmocka_unit_test(test_macro_forgets_the_text_before),
        cmocka_unit_test(test_facts_copy_the_device),
        cmocka_unit_test(test_facts_follow_the_operation),
        cmocka_unit_test(test_facts_take_structs_of_other_releases),
        cmocka_unit_test(test_facts_survive_every_failed_allocation),
        cmocka_unit_test(test_facts_refuse_a_value_past_all_bounds),
        cmocka_unit_test(test_facts_refuse_a_value_that_grows),
        cmocka_unit_test(test_a_host_that_answers_what_cannot_be_is_refused),
        cmocka_unit_test(test_facts_at_rest_hold_no_value),
        cmocka_unit_test(test_facts_wipe_a_secret_before_the_next_value),
        cmocka_unit_test(test_macro_allocates_nothing),
        cmocka_unit_test(test_macro_keeps_its_promises_for_every_short_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
