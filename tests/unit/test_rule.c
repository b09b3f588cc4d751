/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The rule language. */
#include <provision/explain.h>
#include <provision/lint.h>
#include <provision/names.h>
#include <provision/rule.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/buffer.h"
#include "base/str.h"
#include "dials.h"
#include "outcome.h"
#include "rule/rule_priv.h"
#include "table.h"
#include "vectors.h"
#include "world.h"

#define VECTORS TEST_SOURCE_ROOT "/tests/vectors/rule/"

static void test_rule_does_what_every_valid_vector_says(void **state)
{
    (void)state;
    assert_true(vectors_run(VECTORS "valid.txt", outcome_test, NULL) >= 60);
}

static void test_rule_refuses_every_invalid_vector(void **state)
{
    (void)state;
    assert_true(vectors_run(VECTORS "invalid.txt", outcome_test, NULL) >= 45);
}

/* Whether the trigger `left op right` holds; a negative status if it is refused. */
static int compare(prov_str left, const char *op, prov_str right)
{
    char text[256];
    snprintf(text, sizeof text, "%.*s %s %.*s", (int)left.len, left.data, op, (int)right.len,
             right.data);
    prov_rule *rule;
    int32_t alternative;
    struct prov_rule_options opt = {.size = sizeof opt, .kind = PROV_RULE_KIND_TRIGGER};
    prov_status status = prov_rule_parse(&rule, prov_str_from(text), &opt, NULL);
    if (status != PROV_OK)
        return status;
    assert_int_equal(prov_rule_choose(rule, (prov_str){NULL, 0}, NULL, &alternative, NULL),
                     PROV_OK);
    prov_rule_free(rule);
    return alternative == 0;
}

/* Of `<`, `=` and `>` just the one named holds, and its mirror the other way round. */
static void check_version(void *ctx, const struct vector *vector)
{
    static const char *const ops[] = {"<", "=", ">"};
    static const char *const mirrored[] = {">", "=", "<"};
    (void)ctx;
    prov_str rest = vector_get(vector, "compare");
    prov_str left, op, right;
    if (!provi_str_split(&rest, ' ', &left) || !provi_str_split(&rest, ' ', &op) ||
        !provi_str_split(&rest, ' ', &right))
        vector_die(vector, "not LEFT OPERATOR RIGHT");
    for (size_t i = 0; i < 3; i++) {
        int wanted = provi_str_is(op, "error") ? PROV_E_SYNTAX : (int)provi_str_is(op, ops[i]);
        if (compare(left, ops[i], right) != wanted || compare(right, mirrored[i], left) != wanted)
            vector_die(vector, "'%s' does not give %d", ops[i], wanted);
    }
}

static void test_rule_compares_every_version_vector(void **state)
{
    (void)state;
    assert_true(vectors_run(VECTORS "versions.txt", check_version, NULL) >= 25);
}

static void check_explanation(void *ctx, const struct vector *vector)
{
    (void)ctx;
    struct world world;
    struct prov_rule_options opt;
    prov_rule *rule;
    struct prov_error err = {0};
    struct capture capture;
    outcome_set_up(vector, &world, &opt);
    capture_init(&capture, NULL);
    if (prov_rule_prepare(&rule, vector_get(vector, "rule"), &world.vars, &opt, NULL, NULL, &err) !=
        PROV_OK)
        vector_die(vector, "%s", err.message);
    if (prov_rule_explain(rule, &capture.sink, &err) != PROV_OK)
        vector_die(vector, "%s", err.message);
    outcome_compare(vector, "line", (prov_str){(char *)capture.data, capture.len});
    prov_rule_free(rule);
    capture_free(&capture);
    world_free(&world);
}

static void test_explain_tells_every_vector(void **state)
{
    (void)state;
    assert_true(vectors_run(VECTORS "explain.txt", check_explanation, NULL) >= 12);
}

static void check_param_value(void *ctx, const struct table_row *row)
{
    (void)ctx;
    const struct prov_param_info *info = prov_catalogue_find(row->columns[0], NULL);
    if (row->n_columns != 3 || !info)
        table_fail(row, "expected: a known name | value | result");
    char result[512] = "ok";
    struct prov_error err = {0};
    struct fault_alloc memory;
    fault_alloc_init(&memory, NULL);
    const struct prov_rule_options opt = {.size = sizeof opt, .alloc = &memory.alloc};
    prov_status status = prov_rule_check_value(info, row->columns[1], &opt, &err);
    fault_alloc_assert_empty(&memory);
    if (status != PROV_OK)
        snprintf(result, sizeof result, "%u: %s", (unsigned)err.column, err.message);
    if (strcmp(result, row->columns[2].data) != 0)
        table_fail(row, "result is: %s", result);
    assert_int_equal(status, err.status);
    if (status != PROV_OK)
        assert_string_equal(err.subject, info->name);
    assert_int_equal(prov_rule_check_value(info, row->columns[1], NULL, NULL), status);
}

static void test_values_of_parameters_are_checked_as_far_as_they_can_be(void **state)
{
    (void)state;
    assert_true(table_run("tests/vectors/rule/values.txt", check_param_value, NULL) > 40);
}

/* The words of each kind, by the kind's name. */
static void note_message(void *ctx, const struct table_row *row)
{
    struct prov_lint *lint = ctx;
    if (row->n_columns != 2)
        table_fail(row, "expected: kind | message");
    if (lint->kind && strcmp(row->columns[0].data, prov_lint_kind_name(lint->kind)) == 0 &&
        strcmp(row->columns[1].data, lint->message) == 0)
        lint->kind = 0;
}

/* Kinds met so far. */
static uint32_t kinds_heard;

static void hear_warning(void *ctx, const struct prov_lint *lint)
{
    struct provi_text *out = ctx;
    struct prov_lint looked_up = *lint;
    table_run("tests/vectors/rule/lint_messages.txt", note_message, &looked_up);
    if (looked_up.kind != 0)
        fail_msg("%s: no such message: %s", prov_lint_kind_name(lint->kind), lint->message);
    kinds_heard |= 1u << lint->kind;
    assert_string_not_equal(prov_lint_kind_name(lint->kind), "unknown");
    provi_text_puts(out, prov_lint_kind_name(lint->kind));
    provi_text_puts(out, " ");
    provi_text_add_number(out, lint->column);
    provi_text_puts(out, "\n");
    assert_int_equal(lint->size, sizeof *lint);
    assert_int_equal(lint->offset + 1, lint->column);
}

static void check_warnings(void *ctx, const struct vector *vector)
{
    (void)ctx;
    struct world world;
    struct prov_rule_options opt;
    char buf[512];
    struct fault_alloc memory;
    fault_alloc_init(&memory, NULL);
    outcome_set_up(vector, &world, &opt);
    opt.alloc = &memory.alloc;
    struct provi_text out = {.buf = buf, .cap = sizeof buf};
    const struct prov_lint_listener listener = {.warn = hear_warning, .ctx = &out};
    prov_str param = vector_get(vector, "param");
    if (param.len)
        assert_int_equal(prov_lint_param(param, vector_get(vector, "value"), &opt, &listener),
                         PROV_OK);
    else
        prov_lint_rule(vector_get(vector, "rule"), &world.vars, &opt, &listener, NULL);
    outcome_compare(vector, "warn", (prov_str){buf, out.len});
    fault_alloc_assert_empty(&memory);
    world_free(&world);
}

static void test_lint_warns_as_every_vector_says(void **state)
{
    (void)state;
    assert_true(vectors_run(VECTORS "lint.txt", check_warnings, NULL) >= 50);
    for (uint32_t kind = PROV_LINT_UNREACHABLE; kind <= PROV_LINT_EMPTY_MACRO; kind++)
        if (!(kinds_heard >> kind & 1))
            fail_msg("no vector shows %s", prov_lint_kind_name(kind));
}

static void test_rule_does_what_the_manual_says(void **state)
{
    (void)state;
    size_t n = vectors_run_fenced(TEST_SOURCE_ROOT "/docs/rules.md", "rule", outcome_test, NULL);
    assert_true(n >= 30);
}

static void test_rule_getters_answer_for_what_is_not_there(void **state)
{
    (void)state;
    prov_rule *rule;
    struct prov_rule_assignment assignment;
    struct prov_rule_target target = {.size = sizeof target};
    char buf[8];
    size_t len;
    assert_int_equal(prov_rule_parse(&rule, prov_str_from("(a=\"x\")! | /x"), NULL, NULL), PROV_OK);
    assert_int_equal(prov_rule_n_alternatives(rule), 2);
    assert_int_equal(prov_rule_n_assignments(rule, 0), 1);
    assert_int_equal(prov_rule_n_assignments(rule, 2), 0);
    assert_int_equal(prov_rule_n_targets(rule, 0), 0);
    assert_int_equal(prov_rule_n_targets(rule, 1), 1);
    assert_int_equal(prov_rule_assignment_get(rule, 0, 1, &assignment), PROV_E_NOT_FOUND);
    assert_int_equal(prov_rule_assignment_get(rule, 0, 0, NULL), PROV_E_INVALID);
    assert_int_equal(prov_rule_target_get(rule, 1, 1, &target), PROV_E_NOT_FOUND);
    assert_int_equal(prov_rule_target_get(rule, 7, 0, &target), PROV_E_NOT_FOUND);
    target.size = 1;
    assert_int_equal(prov_rule_target_get(rule, 1, 0, &target), PROV_E_ABI);
    assert_int_equal(prov_rule_alternative_text(rule, 2, PROV_RULE_TEXT_WRITTEN, buf, 8, &len),
                     PROV_E_NOT_FOUND);
    assert_int_equal(prov_rule_alternative_text(rule, 1, 9, buf, 8, &len), PROV_E_INVALID);
    assert_int_equal(prov_rule_alternative_text(rule, 1, PROV_RULE_TEXT_EXPANDED, buf, 8, &len),
                     PROV_OK);
    assert_string_equal(buf, "/x");
    prov_rule_free(rule);
    prov_rule_free(NULL);
    assert_int_equal(prov_rule_n_alternatives(NULL), 0);
}

static void test_rule_refuses_bad_arguments(void **state)
{
    (void)state;
    prov_rule *rule;
    int32_t alternative;
    struct world world;
    world_init(&world, NULL);
    prov_str text = prov_str_from("/x");
    struct prov_rule_options opt = {.size = sizeof opt, .kind = 9};
    struct prov_error err = {0};
    assert_int_equal(prov_rule_parse(NULL, text, NULL, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: out");
    assert_int_equal(prov_rule_parse(&rule, (prov_str){NULL, 1}, NULL, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: text");
    assert_int_equal(prov_rule_parse(&rule, text, &opt, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: kind or flags");
    opt.kind = 0;
    opt.flags = 1u << 31;
    assert_int_equal(prov_rule_parse(&rule, text, &opt, NULL), PROV_E_INVALID);
    assert_int_equal(prov_rule_prepare(NULL, text, &world.vars, NULL, NULL, &alternative, &err),
                     PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: out");
    assert_int_equal(prov_rule_prepare(&rule, text, NULL, NULL, NULL, &alternative, &err),
                     PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: text or vars");
    assert_int_equal(prov_rule_prepare(&rule, text, &world.vars, &opt, NULL, &alternative, NULL),
                     PROV_E_INVALID);
    const struct prov_vars none = {NULL, NULL};
    const prov_str unsound = {NULL, 1};
    assert_int_equal(prov_rule_prepare(&rule, text, &none, NULL, NULL, &alternative, NULL),
                     PROV_E_INVALID);
    assert_int_equal(prov_rule_prepare(&rule, unsound, &world.vars, NULL, NULL, &alternative, NULL),
                     PROV_E_INVALID);
    assert_null(rule);
    assert_int_equal(prov_rule_choose(NULL, text, NULL, &alternative, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: rule, sw_version or alternative");
    assert_int_equal(prov_rule_parse(&rule, text, NULL, NULL), PROV_OK);
    assert_int_equal(prov_rule_choose(rule, text, NULL, NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_rule_choose(rule, unsound, NULL, &alternative, NULL), PROV_E_INVALID);
    assert_int_equal(prov_rule_target_get(rule, 0, 0, NULL), PROV_E_INVALID);
    prov_rule_free(rule);
    const struct prov_lint_listener listener = {.warn = hear_warning}, deaf = {.warn = NULL};
    assert_int_equal(prov_lint_rule(text, &world.vars, NULL, NULL, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: listener");
    assert_int_equal(prov_lint_rule(text, &world.vars, NULL, &deaf, NULL), PROV_E_INVALID);
    assert_int_equal(prov_lint_rule(unsound, &world.vars, NULL, &listener, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: text or vars");
    assert_int_equal(prov_lint_rule(text, NULL, NULL, &listener, NULL), PROV_E_INVALID);
    assert_int_equal(prov_lint_rule(text, &none, NULL, &listener, NULL), PROV_E_INVALID);
    assert_int_equal(prov_lint_rule(prov_str_from("x y"), &world.vars, NULL, &listener, &err),
                     PROV_E_SYNTAX);
    assert_string_equal(err.message, "expected '/' and a path, found a blank");
    assert_int_equal(err.offset, 1);
    opt = (struct prov_rule_options){.size = 1};
    assert_int_equal(prov_lint_rule(text, &world.vars, &opt, &listener, NULL), PROV_E_ABI);
    assert_int_equal(prov_lint_param(text, text, NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_lint_param(text, text, NULL, &deaf), PROV_E_INVALID);
    assert_int_equal(prov_lint_param(unsound, text, NULL, &listener), PROV_E_INVALID);
    assert_int_equal(prov_lint_param(text, unsound, NULL, &listener), PROV_E_INVALID);
    world_free(&world);
}

static void test_rule_takes_structs_of_other_releases(void **state)
{
    (void)state;
    struct {
        struct prov_rule_options known;
        uint64_t unknown;
    } future = {.known = {.size = sizeof future}, .unknown = 1};
    prov_rule *rule;
    prov_str text = prov_str_from("/x");
    assert_int_equal(prov_rule_parse(&rule, text, &future.known, NULL), PROV_E_ABI);
    assert_null(rule);
    const prov_str name = prov_str_from("Profile_Rule");
    const struct prov_param_info *info = prov_catalogue_find(name, NULL);
    const struct prov_lint_listener listener = {.warn = hear_warning};
    assert_int_equal(prov_rule_check_value(info, text, &future.known, NULL), PROV_E_ABI);
    assert_int_equal(prov_lint_param(name, text, &future.known, &listener), PROV_E_ABI);
    future.unknown = 0;
    assert_int_equal(prov_rule_parse(&rule, text, &future.known, NULL), PROV_OK);
    struct {
        struct prov_rule_target known;
        uint64_t unknown;
    } target = {.known = {.size = sizeof target}, .unknown = 1};
    assert_int_equal(prov_rule_target_get(rule, 0, 0, &target.known), PROV_OK);
    assert_int_equal(target.unknown, 0);
    prov_rule_free(rule);
}

/* The kind of a value is its parameter's, and needs no flag. */
static void test_values_have_the_kind_of_their_parameter(void **state)
{
    (void)state;
    const struct prov_rule_options opt = {.size = sizeof opt,
                                          .kind = PROV_RULE_KIND_TRIGGER,
                                          .flags = PROV_RULE_FLAG_SERVER_OPTIONAL};
    const struct prov_rule_options odd = {.size = sizeof odd, .kind = 9, .flags = 1u << 31};
    const prov_str name = prov_str_from("Upgrade_Rule"), text = prov_str_from("/x");
    const struct prov_param_info *info = prov_catalogue_find(name, NULL);
    const struct prov_lint_listener listener = {.warn = hear_warning};
    assert_int_equal(prov_rule_check_value(info, text, &opt, NULL), PROV_E_SYNTAX);
    assert_int_equal(prov_rule_check_value(info, text, &odd, NULL), PROV_E_SYNTAX);
    assert_int_equal(prov_rule_check_value(info, prov_str_from("http://h/x"), &odd, NULL), PROV_OK);
    assert_int_equal(prov_lint_param(name, text, &odd, &listener), PROV_OK);
    const struct prov_limits limits = {.size = sizeof limits, .max_rule_bytes = 1};
    const struct prov_rule_options tight = {.size = sizeof tight, .limits = &limits};
    assert_int_equal(prov_lint_param(name, text, &tight, &listener), PROV_OK); /* too long */
}

static void test_rule_keeps_to_its_limit(void **state)
{
    (void)state;
    struct world world;
    world_init(&world, NULL);
    world_set(&world, prov_str_from("A=0123456789"));
    prov_rule *rule;
    struct prov_error err = {0};
    struct prov_limits limits = {.size = sizeof limits, .max_rule_bytes = 10};
    struct prov_rule_options opt = {.size = sizeof opt, .limits = &limits};
    assert_int_equal(prov_rule_parse(&rule, prov_str_from("/123456789"), &opt, NULL), PROV_OK);
    prov_rule_free(rule);
    assert_int_equal(prov_rule_parse(&rule, prov_str_from("/1234567890"), &opt, &err),
                     PROV_E_LIMIT);
    assert_string_equal(err.message, "rule of 11 bytes, 10 are allowed");
    assert_int_equal(
        prov_rule_prepare(&rule, prov_str_from("/12$(A:0:7)"), &world.vars, &opt, NULL, NULL, &err),
        PROV_E_LIMIT);
    assert_int_equal(
        prov_rule_prepare(&rule, prov_str_from("/123$A"), &world.vars, &opt, NULL, NULL, &err),
        PROV_E_LIMIT);
    assert_int_equal(err.column, 5);
    assert_string_equal(err.subject, "A");
    assert_string_equal(err.message, "expands to more than 10 bytes");
    world_free(&world);
}

struct heard {
    char text[512];
    struct provi_text out;
};

static void hear_comparison(void *ctx, const struct prov_rule_comparison *comparison)
{
    struct heard *heard = ctx;
    provi_text_add_number(&heard->out, comparison->alternative);
    provi_text_puts(&heard->out, ":");
    provi_text_add(&heard->out, comparison->left);
    provi_text_puts(&heard->out, comparison->holds ? "+" : "-");
    provi_text_add(&heard->out, comparison->right);
    provi_text_puts(&heard->out, " ");
}

static void hear_alternative(void *ctx, uint32_t alternative, uint32_t verdict)
{
    static const char *const words[] = {"?", "chosen", "refused", "not-asked"};
    struct heard *heard = ctx;
    provi_text_add_number(&heard->out, alternative);
    provi_text_puts(&heard->out, "=");
    provi_text_puts(&heard->out, words[verdict]);
    provi_text_puts(&heard->out, " ");
}

static void test_rule_tells_each_step_of_a_choice(void **state)
{
    (void)state;
    struct heard heard;
    prov_rule *rule;
    int32_t alternative;
    const struct prov_rule_observer observer = {hear_comparison, hear_alternative, &heard};
    prov_str text = prov_str_from("(1 eq 2 and 1 eq 1)? /a | (\"x\" ne \"y\" and lt 2.0)? /b | /c");
    assert_int_equal(prov_rule_parse(&rule, text, NULL, NULL), PROV_OK);
    heard.out = (struct provi_text){.buf = heard.text, .cap = sizeof heard.text};
    assert_int_equal(prov_rule_choose(rule, prov_str_from("1.5"), &observer, &alternative, NULL),
                     PROV_OK);
    provi_text_end(&heard.out, NULL);
    assert_int_equal(alternative, 1);
    const struct prov_rule_observer deaf = {NULL, NULL, NULL};
    assert_int_equal(prov_rule_choose(rule, prov_str_from("1.5"), &deaf, &alternative, NULL),
                     PROV_OK);
    assert_int_equal(alternative, 1);
    assert_string_equal(heard.text, "0:1-2 0=refused 1:x+y 1:1.5+2.0 1=chosen 2=not-asked ");
    struct prov_error err = {0};
    assert_int_equal(prov_rule_choose(rule, (prov_str){NULL, 0}, &observer, &alternative, &err),
                     PROV_E_SYNTAX);
    assert_int_equal(alternative, -1);
    assert_int_equal(err.offset, 42);
    prov_rule_free(rule);
}

static void test_explain_passes_a_refusal_on(void **state)
{
    (void)state;
    struct dial dial = {.at = 3, .sticky = true};
    struct capture capture;
    prov_rule *rule;
    assert_int_equal(prov_rule_parse(&rule, prov_str_from("/x | /y"), NULL, NULL), PROV_OK);
    capture_init(&capture, &dial);
    assert_int_equal(prov_rule_explain(rule, &capture.sink, NULL), PROV_E_HOST);
    assert_int_equal(dial.seen, 4);
    struct prov_error err = {0};
    const struct prov_sink deaf = {.write = NULL};
    assert_int_equal(prov_rule_explain(NULL, &capture.sink, NULL), PROV_E_INVALID);
    assert_int_equal(prov_rule_explain(rule, &deaf, NULL), PROV_E_INVALID);
    assert_int_equal(prov_rule_explain(rule, NULL, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: rule or sink");
    capture_free(&capture);
    prov_rule_free(rule);
}

static void prepare_with_faults(void *ctx, struct dial *dial)
{
    static const char secret[] = "s3cr3t-s3cr3t";
    (void)ctx;
    struct fault_alloc memory;
    struct world world;
    prov_rule *rule;
    struct prov_error err = {0};
    int32_t alternative;
    world_init(&world, NULL);
    world_set(&world, prov_str_from("SC=s3cr3t-s3cr3t"));
    fault_alloc_init(&memory, dial);
    memory.secret = secret;
    memory.secret_len = sizeof secret - 1;
    struct prov_rule_options opt = {.size = sizeof opt, .alloc = &memory.alloc};
    prov_str text =
        prov_str_from("($PRVTMR ge 600)? (a = \"$MA\";)! [--key $SC --uid $PN] http://h/$MAU | /y");
    prov_status status =
        prov_rule_prepare(&rule, text, &world.vars, &opt, NULL, &alternative, &err);
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_OK);
    assert_int_equal(err.status, status);
    assert_int_equal(rule == NULL, dial->hit);
    assert_int_equal(alternative, dial->hit ? -1 : 0);
    if (rule)
        assert_true(memory.n_calls <= 3);
    prov_rule_free(rule);
    fault_alloc_assert_empty(&memory);
    world_free(&world);
}

/* The rule has memory of its own for six secrets; @p ctx has the seventh. */
static void record_secrets_with_faults(void *ctx, struct dial *dial)
{
    char text[256];
    struct fault_alloc memory;
    prov_rule *rule;
    fault_alloc_init(&memory, dial);
    const struct prov_rule_options opt = {.size = sizeof opt, .alloc = &memory.alloc};
    snprintf(text, sizeof text, "/x?key=1&key=2&key=3&key=4&key=5&key=6%s", (const char *)ctx);
    prov_status status = prov_rule_parse(&rule, prov_str_from(text), &opt, NULL);
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_OK);
    prov_rule_free(rule);
    fault_alloc_assert_empty(&memory);
}

static void test_rule_survives_every_failed_allocation(void **state)
{
    (void)state;
    static char rests[][32] = {"&key=7",
                               "| [--key 7] /y",
                               "| http://u:7@h/y",
                               "| http://7@h/y",
                               "| (sa = \"7\")! /y",
                               "| (b = \"sa=7\")! /y",
                               "| (\"sa=7\" eq \"\")? /y"};
    assert_int_equal(dial_run("prepare", prepare_with_faults, NULL), 2);
    for (size_t i = 0; i < sizeof rests / sizeof rests[0]; i++)
        assert_int_equal(dial_run("secrets", record_secrets_with_faults, rests[i]), 2);
}

static void test_rule_is_not_prepared_when_a_value_cannot_be_read(void **state)
{
    (void)state;
    struct world world;
    prov_rule *rule;
    int32_t alternative;
    struct prov_error err = {0};
    world_init(&world, NULL);
    world.read_status = PROV_E_IO;
    assert_int_equal(prov_rule_prepare(&rule, prov_str_from("/$PN/$A"), &world.vars, NULL, NULL,
                                       &alternative, &err),
                     PROV_E_IO);
    assert_null(rule);
    assert_int_equal(err.column, 6);
    assert_string_equal(err.subject, "A");
    world_free(&world);
}

/* Variables whose $SWVER cannot be read, or is not known. */
static prov_status find_no_version(void *ctx, prov_str name, uint32_t flags, prov_str *value)
{
    (void)name;
    (void)flags;
    (void)value;
    return *(const prov_status *)ctx;
}

static void test_rule_needs_a_readable_software_version(void **state)
{
    (void)state;
    prov_status answer = PROV_E_IO;
    const struct prov_vars vars = {.find = find_no_version, .ctx = &answer};
    prov_rule *rule;
    int32_t alternative;
    struct prov_error err = {0};
    assert_int_equal(
        prov_rule_prepare(&rule, prov_str_from("/x"), &vars, NULL, NULL, &alternative, &err),
        PROV_E_IO);
    assert_null(rule);
    assert_string_equal(err.message, "$SWVER could not be read");
    answer = PROV_E_NOT_FOUND;
    assert_int_equal(
        prov_rule_prepare(&rule, prov_str_from("/x"), &vars, NULL, NULL, &alternative, &err),
        PROV_OK);
    assert_int_equal(alternative, 0);
    prov_rule_free(rule);
    assert_int_equal(prov_rule_prepare(&rule, prov_str_from("/$$ | (<1.0)? /x"), &vars, NULL, NULL,
                                       &alternative, &err),
                     PROV_E_SYNTAX);
    assert_string_equal(err.message,
                        "expected a $SWVER to compare with a dotted version, found ''");
    assert_int_equal(err.column, 8); /* as written */
}

static void test_rule_comment_reads_nothing(void **state)
{
    (void)state;
    struct world world;
    prov_rule *rule;
    int32_t alternative;
    world_init(&world, NULL);
    assert_int_equal(prov_rule_prepare(&rule, prov_str_from(" # /$A"), &world.vars, NULL, NULL,
                                       &alternative, NULL),
                     PROV_OK);
    assert_int_equal(world.n_reads, 0);
    assert_int_equal(alternative, -1);
    prov_rule_free(rule);
    world_free(&world);
}

/* Every sequence of up to MAX_TOKENS of these, of every kind of rule. */
static const char *const tokens[] = {"(",    ")", "?",   "!",   "|", "\"",      "1",
                                     " eq ", "<", "a",   "=",   ";", "[--key ", "]",
                                     "/x",   " ", "and", "1.0", "#", ".."};

enum {
    N_TOKENS = sizeof tokens / sizeof *tokens,
    MAX_TOKENS = 4,
    MAX_TOKENS_EMULATED = 2,
};

/* All that a rule is, but for how it was written: what its getters say, and every comparison. */
static void write_rule(struct provi_text *out, const prov_rule *rule)
{
    const struct provi_parts *parts = &rule->parts;
    provi_text_add_number(out, rule->kind);
    outcome_write_rule(out, rule);
    for (size_t i = 0; i < parts->n_alternatives; i++) {
        const struct provi_alternative *alternative = &parts->alternatives[i];
        provi_text_puts(out, alternative->has_condition ? "if" : "else");
        for (size_t n = 0; n < alternative->comparisons.n; n++) {
            const struct provi_comparison *comparison =
                &parts->comparisons[alternative->comparisons.first + n];
            const int64_t numbers[] = {comparison->op, comparison->left.type,
                                       comparison->left.number, comparison->right.type,
                                       comparison->right.number};
            for (size_t k = 0; k < sizeof numbers / sizeof *numbers; k++) {
                provi_text_puts(out, " ");
                provi_text_add_number(out, numbers[k]);
            }
            provi_text_add(out, comparison->left.text);
            provi_text_puts(out, ",");
            provi_text_add(out, comparison->right.text);
        }
        provi_text_puts(out, "\n");
    }
}

/* What a rule prints as is the same rule, and prints the same again. */
static void check_print(const prov_rule *rule, const struct prov_rule_options *opt)
{
    char first[512], second[512], wanted[2048], found[2048];
    size_t len;
    prov_rule *again;
    assert_int_equal(prov_rule_print(rule, true, first, sizeof first, &len), PROV_OK);
    assert_int_equal(prov_rule_parse(&again, (prov_str){first, len}, opt, NULL), PROV_OK);
    struct provi_text wanted_text = {.buf = wanted, .cap = sizeof wanted};
    struct provi_text found_text = {.buf = found, .cap = sizeof found};
    write_rule(&wanted_text, rule);
    write_rule(&found_text, again);
    assert_int_equal(provi_text_end(&wanted_text, NULL), PROV_OK);
    assert_int_equal(provi_text_end(&found_text, NULL), PROV_OK);
    assert_string_equal(found, wanted);
    assert_int_equal(prov_rule_print(again, true, second, sizeof second, &len), PROV_OK);
    assert_string_equal(first, second);
    prov_rule_free(again);
}

static void check_rule(prov_str text, uint32_t kind)
{
    prov_rule *rule;
    int32_t alternative;
    struct prov_error err = {0};
    struct prov_rule_options opt = {.size = sizeof opt, .kind = kind};
    prov_status status = prov_rule_parse(&rule, text, &opt, &err);
    if (status != PROV_OK) {
        assert_int_equal(status, PROV_E_SYNTAX);
        assert_null(rule);
        assert_true(err.offset <= text.len && err.column >= 1 && err.message[0]);
        return;
    }
    status = prov_rule_choose(rule, (prov_str){"1.0", 3}, NULL, &alternative, NULL);
    assert_int_equal(status, PROV_OK);
    assert_true(alternative >= -1 && alternative < (int32_t)prov_rule_n_alternatives(rule));
    check_print(rule, &opt);
    prov_rule_free(rule);
}

static void test_rule_keeps_its_promises_for_every_short_text(void **state)
{
    (void)state;
    size_t max = test_takes_few() ? MAX_TOKENS_EMULATED : MAX_TOKENS;
    size_t n_texts = 1;
    for (size_t n = 0; n <= max; n++, n_texts *= N_TOKENS) {
        for (size_t number = 0; number < n_texts; number++) {
            char text[64] = "";
            size_t rest = number;
            for (size_t i = 0; i < n; i++, rest /= N_TOKENS)
                strcat(text, tokens[rest % N_TOKENS]);
            for (uint32_t kind = PROV_RULE_KIND_PROFILE; kind <= PROV_RULE_KIND_TRIGGER; kind++)
                check_rule(prov_str_from(text), kind);
        }
    }
}

static void check_vector_prints(void *ctx, const struct vector *vector)
{
    (void)ctx;
    struct world world;
    struct prov_rule_options opt;
    prov_rule *rule;
    outcome_set_up(vector, &world, &opt);
    if (prov_rule_prepare(&rule, vector_get(vector, "rule"), &world.vars, &opt, NULL, NULL, NULL) ==
        PROV_OK)
        check_print(rule, &opt);
    prov_rule_free(rule);
    world_free(&world);
}

static void test_rule_prints_the_rule_of_every_vector(void **state)
{
    (void)state;
    assert_true(vectors_run(VECTORS "valid.txt", check_vector_prints, NULL) > 0);
}

static void test_rule_prints_one_spelling(void **state)
{
    (void)state;
    prov_rule *rule;
    char buf[256];
    size_t len;
    prov_str text = prov_str_from("(1=1 AND\"a\"!\"b\" and <2.0)?(a=\"1\";b =\"2\")!"
                                  "[--pwd p\\042q --key k] HTTP://me@h:080/x|");
    assert_int_equal(prov_rule_parse(&rule, text, NULL, NULL), PROV_OK);
    assert_int_equal(prov_rule_print(rule, true, buf, sizeof buf, &len), PROV_OK);
    assert_string_equal(buf,
                        "(1 eq 1 and \"a\" ne \"b\" and lt 2.0)? (GPP_A = \"1\"; GPP_B = \"2\";)! "
                        "[--key \"k\" --uid \"me\" --pwd \\160\\042\\161] http://h:80/x | ");
    assert_int_equal(prov_rule_print(rule, false, buf, sizeof buf, &len), PROV_OK);
    assert_non_null(strstr(buf, "[--key *** --uid *** --pwd ***] http"));
    prov_rule_free(rule);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rule_does_what_every_valid_vector_says),
        cmocka_unit_test(test_rule_refuses_every_invalid_vector),
        cmocka_unit_test(test_rule_compares_every_version_vector),
        cmocka_unit_test(test_explain_tells_every_vector),
        cmocka_unit_test(test_values_of_parameters_are_checked_as_far_as_they_can_be),
        cmocka_unit_test(test_lint_warns_as_every_vector_says),
        cmocka_unit_test(test_rule_does_what_the_manual_says),
        cmocka_unit_test(test_rule_getters_answer_for_what_is_not_there),
        cmocka_unit_test(test_rule_refuses_bad_arguments),
        cmocka_unit_test(test_rule_takes_structs_of_other_releases),
        cmocka_unit_test(test_values_have_the_kind_of_their_parameter),
        cmocka_unit_test(test_rule_keeps_to_its_limit),
        cmocka_unit_test(test_rule_tells_each_step_of_a_choice),
        cmocka_unit_test(test_explain_passes_a_refusal_on),
        cmocka_unit_test(test_rule_survives_every_failed_allocation),
        cmocka_unit_test(test_rule_is_not_prepared_when_a_value_cannot_be_read),
        cmocka_unit_test(test_rule_needs_a_readable_software_version),
        cmocka_unit_test(test_rule_comment_reads_nothing),
        cmocka_unit_test(test_rule_keeps_its_promises_for_every_short_text),
        cmocka_unit_test(test_rule_prints_the_rule_of_every_vector),
        cmocka_unit_test(test_rule_prints_one_spelling),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
