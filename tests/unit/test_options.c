/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Members of public structs that elsewhere are set by presets only, each on its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/array.h"
#include "base/str.h"
#include "device.h"
#include "world.h"

/* Dialects and limits of the parser */

/* What one parameter said; the last one counts. */
struct said {
    size_t n;
    uint8_t has_value;
    uint8_t access;
};

static prov_status note_param(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    struct said *said = ctx;
    (void)err;
    *said = (struct said){said->n + 1, param->has_value, param->access};
    return PROV_OK;
}

static prov_status parse(const char *text, const struct prov_dialect *dialect,
                         const struct prov_limits *limits, struct said *said,
                         struct prov_error *err)
{
    const struct prov_profile_options options = {
        .size = sizeof options, .dialect = dialect, .limits = limits};
    const struct prov_profile_handler handler = {.param = note_param, .ctx = said};
    prov_profile_parser *parser;
    *said = (struct said){0};
    prov_status status = prov_profile_parser_new(&parser, &options, &handler, err);
    assert_int_equal(status, PROV_OK);
    status = prov_profile_parser_write(parser, text, strlen(text), err);
    if (status == PROV_OK)
        status = prov_profile_parser_finish(parser, err);
    prov_profile_parser_free(parser);
    return status;
}

static void test_self_closing_keeps_the_value_and_nothing_else(void **state)
{
    static const char profile[] = "<flat-profile><GPP_A/></flat-profile>";
    struct prov_dialect dialect = *prov_dialect_get(PROV_DIALECT_MPP);
    struct said said;
    (void)state;
    assert_int_equal(parse(profile, &dialect, NULL, &said, NULL), PROV_OK);
    assert_int_equal(said.has_value, PROV_VALUE_GIVEN);
    dialect.self_closing_keeps = true;
    assert_int_equal(parse(profile, &dialect, NULL, &said, NULL), PROV_OK);
    assert_int_equal(said.has_value, PROV_VALUE_STAYS);
    assert_int_equal(said.access, PROV_ACCESS_KEEP);
}

static void test_missing_ua_resets_the_access_and_nothing_else(void **state)
{
    static const char profile[] = "<flat-profile><GPP_A/></flat-profile>";
    struct prov_dialect dialect = *prov_dialect_get(PROV_DIALECT_MPP);
    struct said said;
    (void)state;
    assert_int_equal(parse(profile, &dialect, NULL, &said, NULL), PROV_OK);
    assert_int_equal(said.access, PROV_ACCESS_KEEP);
    dialect.missing_ua_resets = true;
    assert_int_equal(parse(profile, &dialect, NULL, &said, NULL), PROV_OK);
    assert_int_equal(said.access, PROV_ACCESS_DEFAULT);
    assert_int_equal(said.has_value, PROV_VALUE_GIVEN);
}

static void test_name_table_has_a_ceiling(void **state)
{
    static char profile[64 * 1024];
    const struct prov_limits limits = {.size = sizeof limits, .max_name_table_bytes = 16 * 1024};
    struct prov_error err = {0};
    struct said said;
    (void)state;
    size_t len = (size_t)snprintf(profile, sizeof profile, "<flat-profile>");
    for (unsigned i = 0; i < 1500; i++)
        len += (size_t)snprintf(profile + len, sizeof profile - len, "<Name_%u/>", i);
    snprintf(profile + len, sizeof profile - len, "</flat-profile>");
    assert_int_equal(parse(profile, NULL, NULL, &said, NULL), PROV_OK);
    assert_int_equal(said.n, 1500);
    assert_int_equal(parse(profile, NULL, &limits, &said, &err), PROV_E_LIMIT);
    assert_true(said.n < 1500);
    assert_non_null(strstr(err.message, "name"));
}

/* Rules and macros */

static void ignore_warning(void *ctx, const struct prov_lint *lint)
{
    (void)ctx;
    (void)lint;
}

static void test_key_only_secrets_leaves_passwords_alone(void **state)
{
    static const char rule_text[] = "[--key $SC --pwd $SC] https://h/x";
    struct prov_dialect dialect = *prov_dialect_get(PROV_DIALECT_MPP);
    const struct prov_rule_options options = {.size = sizeof options, .dialect = &dialect};
    struct world world;
    (void)state;
    world_init(&world, NULL);
    for (int key_only = 0; key_only < 2; key_only++) {
        struct prov_rule_target target = {.size = sizeof target};
        prov_rule *rule;
        int32_t alternative;
        dialect.key_only_secrets = key_only;
        assert_int_equal(prov_rule_prepare(&rule, prov_str_from(rule_text), &world.vars, &options,
                                           NULL, &alternative, NULL),
                         PROV_OK);
        assert_int_equal(prov_rule_target_get(rule, 0, 0, &target), PROV_OK);
        assert_true(provi_str_is(target.key, "s3cr3t"));
        assert_true(provi_str_is(target.pwd, key_only ? "$SC" : "s3cr3t"));
        prov_rule_free(rule);
    }
    world_free(&world);
}

static void count_comparison(void *ctx, const struct prov_rule_comparison *comparison)
{
    uint32_t *n = ctx;
    assert_int_equal(comparison->holds, *n == 0);
    ++*n;
}

static void count_alternative(void *ctx, uint32_t alternative, uint32_t verdict)
{
    uint32_t *n = ctx;
    assert_int_equal(alternative, *n);
    assert_int_equal(verdict,
                     alternative == 0 ? PROV_RULE_VERDICT_REFUSED : PROV_RULE_VERDICT_CHOSEN);
    ++*n;
}

static void test_observers_may_hear_one_thing_only(void **state)
{
    prov_rule *rule;
    int32_t alternative;
    uint32_t n = 0;
    (void)state;
    assert_int_equal(prov_rule_parse(&rule, PROVI_LIT("(1 eq 1 and 1 eq 2)? /x | /y"), NULL, NULL),
                     PROV_OK);
    const struct prov_rule_observer comparisons = {.comparison = count_comparison, .ctx = &n};
    assert_int_equal(prov_rule_choose(rule, PROVI_LIT(""), &comparisons, &alternative, NULL),
                     PROV_OK);
    assert_int_equal(n, 2);
    const struct prov_rule_observer alternatives = {.alternative = count_alternative, .ctx = &n};
    n = 0;
    assert_int_equal(prov_rule_choose(rule, PROVI_LIT(""), &alternatives, &alternative, NULL),
                     PROV_OK);
    assert_int_equal(n, 2);
    assert_int_equal(alternative, 1);
    prov_rule_free(rule);
}

static void test_every_text_of_a_device_has_its_macro(void **state)
{
    const struct prov_device device = {
        .size = sizeof device,
        .product = PROVI_LIT("p"),
        .series = PROVI_LIT("s"),
        .serial = PROVI_LIT("n"),
        .sw_version = PROVI_LIT("w"),
        .hw_version = PROVI_LIT("h"),
        .version = PROVI_LIT("v"),
        .ip = PROVI_LIT("i"),
        .external_ip = PROVI_LIT("x"),
        .ems = PROVI_LIT("e"),
        .orig_type = PROVI_LIT("o"),
        .auth_status = PROVI_LIT("a"),
        .has_ccert = 1,
        .is_custom = 1,
    };
    prov_macro_vars *macro_vars;
    char buf[64];
    size_t len;
    (void)state;
    assert_int_equal(prov_macro_vars_new(&macro_vars, &device, NULL, NULL, NULL, NULL), PROV_OK);
    const struct prov_vars vars = prov_macro_vars_view(macro_vars);
    assert_int_equal(
        prov_macro_expand(PROVI_LIT("$PN$PSN$SN$SWVER$HWVER$VERSION$IP$EXTIP$EMS$ORIGTYPE"
                                    "$AUTHSTATUS $CCERT $ISCUST $MUID$MPWD$PDOM"),
                          &vars, 0, buf, sizeof buf, &len, NULL),
        PROV_OK);
    assert_string_equal(buf, "psnwhvixeoa Installed 1 ");
    prov_macro_vars_free(macro_vars);
}

/* A value that cannot be checked for lack of memory is neither a bad one nor a good one. */
static void check_with_faults(void *ctx, struct dial *dial)
{
    const struct prov_param_info *info = prov_catalogue_find(PROVI_LIT("Profile_Rule"), NULL);
    struct fault_alloc memory;
    struct prov_error err = {0};
    fault_alloc_init(&memory, dial);
    const struct prov_rule_options options = {.size = sizeof options, .alloc = &memory.alloc};
    const struct prov_lint_listener listener = {.warn = ignore_warning, .ctx = ctx};
    prov_str value = PROVI_LIT("($SWVER lt 7.5)? http://h/$MA | x y");
    prov_status status = prov_rule_check_value(info, value, &options, &err);
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_E_SYNTAX);
    assert_int_equal(err.status, status);
    bool was_hit = dial->hit;
    status = prov_lint_param(prov_str_from(info->name), value, &options, &listener);
    assert_int_equal(status, dial->hit && (!was_hit || dial->sticky) ? PROV_E_NOMEM : PROV_OK);
    fault_alloc_assert_empty(&memory);
}

static void test_values_are_checked_without_memory(void **state)
{
    (void)state;
    assert_true(dial_run("check", check_with_faults, NULL) > 5);
}

/* The agent */

static void test_warnings_beyond_the_limit_are_only_counted(void **state)
{
    struct device d;
    const struct prov_limits limits = {.size = sizeof limits, .max_warnings = 2};
    struct prov_agent_options options = {.size = sizeof options, .limits = &limits};
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    device_mute(&d);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    fake_transport_add_text(&d.net, "http://h/p",
                            "<flat-profile><Resync_On_Reset>1</Resync_On_Reset>"
                            "<Resync_From_SIP>2</Resync_From_SIP>"
                            "<Provision_Enable>3</Provision_Enable></flat-profile>");
    device_ask(&d, "http://h/p");
    const char *events = fake_host_take_events(&d.host);
    assert_non_null(strstr(events, "warning 5 Resync_On_Reset\n"));
    assert_non_null(strstr(events, "warning 5 Resync_From_SIP\n"));
    assert_null(strstr(events, "warning 5 Provision_Enable\n"));
    device_unplug(&d);
}

static void test_tftp_may_drop_the_slash(void **state)
{
    (void)state;
    for (int drops = 0; drops < 2; drops++) {
        struct device d;
        struct prov_agent_options options = {.size = sizeof options, .tftp_drops_slash = drops};
        device_plug_in(&d, NULL, NULL, NULL);
        device_mute(&d);
        assert_int_equal(device_make_agent(&d, &options), PROV_OK);
        device_boot(&d);
        fake_transport_add_text(&d.net, "tftp://h/p.xml", "<flat-profile/>");
        device_ask(&d, "tftp://h/p.xml");
        const struct fake_request *request = fake_transport_find(&d.net, "tftp://h/p.xml");
        assert_non_null(request);
        assert_int_equal(request->keep_slash, !drops);
        device_unplug(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_self_closing_keeps_the_value_and_nothing_else),
        cmocka_unit_test(test_missing_ua_resets_the_access_and_nothing_else),
        cmocka_unit_test(test_name_table_has_a_ceiling),
        cmocka_unit_test(test_key_only_secrets_leaves_passwords_alone),
        cmocka_unit_test(test_observers_may_hear_one_thing_only),
        cmocka_unit_test(test_every_text_of_a_device_has_its_macro),
        cmocka_unit_test(test_values_are_checked_without_memory),
        cmocka_unit_test(test_warnings_beyond_the_limit_are_only_counted),
        cmocka_unit_test(test_tftp_may_drop_the_slash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
