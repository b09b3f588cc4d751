/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/catalogue.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/str.h"
#include "dials.h"
#include "table.h"

enum { MAX_NAME = 64 };

/* The result that the index must have, found by a walk of the table. */

/* The text with its line number, if it ends in one from 1 to 999, replaced by n. Returns that. */
static unsigned generalise(char *name)
{
    unsigned line = 0;
    size_t len = strlen(name);
    size_t start = len ? len - 1 : 0;
    while (start > 0 && name[start - 1] >= '0' && name[start - 1] <= '9')
        start--;
    size_t n_digits = len ? len - 1 - start : 0;
    bool is_line = n_digits >= 1 && n_digits <= 3 && name[len - 1] == '_' && name[start] != '0';
    if (is_line && start > 1 && name[start - 1] == '_') {
        line = (unsigned)strtoul(name + start, NULL, 10);
        memcpy(name + start, "n_", sizeof "n_");
    }
    return line;
}

static const struct prov_param_info *walk(const char *name, bool is_exact)
{
    char general[MAX_NAME];
    strcpy(general, name);
    unsigned line = generalise(general);
    const struct prov_param_info *info;
    for (size_t i = 0; (info = prov_catalogue_at(i)) != NULL; i++) {
        const char *asked = info->flags & PROV_PARAM_FLAG_PER_LINE ? general : name;
        if (asked == general && strcmp(general, name) == 0)
            continue; /* `User_ID_n_` itself is no parameter */
        if (asked == general && info->max_line && line > info->max_line)
            continue;
        prov_str a = prov_str_from(asked), b = prov_str_from(info->name);
        if (is_exact ? provi_str_eq(a, b) : provi_str_eq_nocase(a, b))
            return info;
    }
    return NULL;
}

static void assert_found_as_by_walking(const char *name)
{
    const struct prov_param_info *wanted = walk(name, true);
    bool wanted_exact = wanted != NULL;
    if (!wanted)
        wanted = walk(name, false);
    if (wanted && wanted->synonym_of)
        wanted = walk(wanted->synonym_of, true);

    bool exact = !wanted_exact;
    if (prov_catalogue_find(prov_str_from(name), &exact) != wanted)
        fail_msg("%s: expected %s", name, wanted ? wanted->name : "nothing");
    assert_int_equal(exact, wanted_exact);
}

/* Every name of the table, per-line ones with a line number. */
static bool name_at(size_t index, unsigned line, char *name)
{
    const struct prov_param_info *info = prov_catalogue_at(index);
    if (!info)
        return false;
    int stem = (int)strlen(info->name) - 2;
    if (info->flags & PROV_PARAM_FLAG_PER_LINE)
        snprintf(name, MAX_NAME, "%.*s%u_", stem, info->name, line);
    else
        snprintf(name, MAX_NAME, "%s", info->name);
    return true;
}

static void test_find_meets_every_name(void **state)
{
    (void)state;
    static const unsigned lines[] = {1, 2, 10, 11, 16, 99, 999};
    char name[MAX_NAME];
    for (size_t i = 0; name_at(i, 1, name); i++) {
        assert_non_null(prov_catalogue_find(prov_str_from(name), NULL));
        for (size_t l = 0; l < PROVI_LEN(lines); l++) {
            name_at(i, lines[l], name);
            assert_found_as_by_walking(name);
        }
    }
}

static char flip_case(char c)
{
    return provi_is_alpha(c) ? (char)(c ^ 0x20) : c;
}

static void test_find_meets_every_case(void **state)
{
    (void)state;
    char name[MAX_NAME], other[MAX_NAME];
    for (size_t i = 0; name_at(i, 3, name); i++) {
        size_t len = strlen(name);
        for (size_t at = 0; at < len; at++) { /* one letter */
            strcpy(other, name);
            other[at] = flip_case(other[at]);
            assert_found_as_by_walking(other);
        }
        for (unsigned pattern = 0; pattern < 64; pattern++) { /* many */
            strcpy(other, name);
            for (size_t at = 0; at < len; at++)
                if (pattern >> at % 6 & 1)
                    other[at] = flip_case(other[at]);
            assert_found_as_by_walking(other);
        }
    }
}

static void test_find_tells_near_misses(void **state)
{
    (void)state;
    static const char wrong[] = "_-.0189nAz[@";
    char name[MAX_NAME], other[2 * MAX_NAME];
    for (size_t i = 0; name_at(i, 3, name); i++) {
        size_t len = strlen(name);
        for (size_t at = 0; at <= len; at++) {
            snprintf(other, sizeof other, "%.*s%s", (int)at, name, at < len ? name + at + 1 : "");
            assert_found_as_by_walking(other);
            snprintf(other, sizeof other, "%.*s", (int)at, name);
            assert_found_as_by_walking(other);
            for (const char *c = wrong; *c; c++) {
                snprintf(other, sizeof other, "%.*s%c%s", (int)at, name, *c, name + at);
                assert_found_as_by_walking(other);
                strcpy(other, name);
                other[at] = at < len ? *c : '\0';
                assert_found_as_by_walking(other);
            }
        }
    }
}

static void test_find_takes_any_bytes(void **state)
{
    (void)state;
    const struct {
        prov_str name;
        const char *found;
    } cases[] = {
        {PROVI_LIT("User_ID_1_"), "User_ID_n_"},
        {PROVI_LIT("User_ID_999_"), "User_ID_n_"},
        {PROVI_LIT("User_ID_0_"), NULL},
        {PROVI_LIT("User_ID_01_"), NULL},
        {PROVI_LIT("User_ID_1000_"), NULL},
        {PROVI_LIT("Privacy_Header_1_"), "Privacy_Header_n_"},
        {PROVI_LIT("Privacy_Header_10_"), "Privacy_Header_n_"},
        {PROVI_LIT("Privacy_Header_11_"), NULL},
        {PROVI_LIT("privacy_header_100_"), NULL},
        {PROVI_LIT("User_ID_1"), NULL},
        {PROVI_LIT("User_ID__"), NULL},
        {PROVI_LIT("User_ID_n_"), NULL},
        {PROVI_LIT("_1_"), NULL},
        {PROVI_LIT("1_"), NULL},
        {PROVI_LIT("_"), NULL},
        {PROVI_LIT(""), NULL},
        {{NULL, 0}, NULL},
        {{NULL, 5}, NULL},
        {PROVI_LIT("GPP_A"), "GPP_A"},
        {PROVI_LIT("GPP_A\0"), NULL},
        {PROVI_LIT("GPP_A\0and more"), NULL},
        {PROVI_LIT("GPP_\0"), NULL},
        {PROVI_LIT(" GPP_A"), NULL},
        {PROVI_LIT("GPP_\xc1"), NULL},
    };
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        const struct prov_param_info *info = prov_catalogue_find(cases[i].name, NULL);
        assert_string_equal(info ? info->name : "", cases[i].found ? cases[i].found : "");
    }
}

static void test_synonyms_find_the_main_entry(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"Log_Resync_Request_Msg", "Log_Request_Msg"},
        {"Log_Resync_Success_Msg", "Log_Success_Msg"},
        {"Log_Resync_Failure_Msg", "Log_Failure_Msg"},
        {"Report_to_Server", "Report_To_Server"},
        {"periodic_upload_to_server", "Periodic_Upload_To_Server"},
        {"Custom_CA_URL", "Custom_CA_Rule"},
        {"Custom_CA_RULE", "Custom_CA_Rule"},
    };
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        bool exact = false;
        const struct prov_param_info *info =
            prov_catalogue_find(prov_str_from(cases[i][0]), &exact);
        assert_non_null(info);
        assert_string_equal(info->name, cases[i][1]);
        assert_true(exact);
    }
}

/* The table itself */

static void test_table_would_pass_as_a_host_s(void **state)
{
    (void)state;
    const struct prov_param_info *info;
    for (size_t i = 0; (info = prov_catalogue_at(i)) != NULL; i++) {
        assert_int_equal(info->size, sizeof *info);
        assert_true(*prov_catalogue_meaning(info));
        assert_true(info->type <= PROV_PARAM_TYPE_CODES);
        assert_int_equal(info->type == PROV_PARAM_TYPE_ENUM, info->choices != NULL);
        prov_str value = prov_str_from(prov_catalogue_default(info, NULL));
        assert_int_equal(prov_catalogue_check(info, value, NULL), PROV_OK);
        assert_ptr_equal(walk(info->name, true),
                         info->flags & PROV_PARAM_FLAG_PER_LINE ? NULL : info); /* no name twice */
    }
    assert_null(prov_catalogue_at(SIZE_MAX));
}

/* Leftovers, which the library does not use, and what the phones do not show. */
static bool has_no_field(const char *name)
{
    static const char *const names[] = {
        "Transport_Protocol", "HTTPS_Name_Validate", "IKM_HTTP_Encrypt_Content",
        "License_Keys",       "Custom_CA_Option",    "Profile_Name",
        "Profile_Region",     "SP_Default",          "Recovery_URL"};
    for (size_t i = 0; i < PROVI_LEN(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void test_the_page_has_a_field_for_each_parameter(void **state)
{
    (void)state;
    const struct prov_param_info *info;
    struct prov_catalogue_field field = {.size = sizeof field};
    size_t n = 0, n_found = 0;
    for (; prov_catalogue_field_get(n, &field) == PROV_OK; n++)
        assert_true(*field.menu && *field.tab && *field.section && *field.label);
    assert_int_equal(prov_catalogue_field_get(SIZE_MAX, &field), PROV_E_NOT_FOUND);
    assert_int_equal(prov_catalogue_field_get(0, NULL), PROV_E_INVALID);
    for (size_t i = 0; (info = prov_catalogue_at(i)) != NULL; i++) {
        unsigned n_fields = 0;
        for (size_t at = 0; at < n; at++) {
            assert_int_equal(prov_catalogue_field_get(at, &field), PROV_OK);
            n_fields += strcmp(field.name, info->name) == 0;
        }
        if (n_fields != !(info->synonym_of || has_no_field(info->name)))
            fail_msg("%s has %u fields", info->name, n_fields);
        n_found += n_fields;
    }
    assert_int_equal(n_found, n);
}

static void check_field(void *ctx, const struct table_row *row)
{
    size_t *n = ctx;
    struct prov_catalogue_field field = {.size = sizeof field};
    if (prov_catalogue_field_get((*n)++, &field) != PROV_OK)
        table_fail(row, "there is no field %zu", *n - 1);
    const char *const found[] = {field.name, field.menu, field.tab, field.section, field.label};
    for (size_t i = 0; i < PROVI_LEN(found); i++)
        if (!provi_str_is(row->columns[i], found[i]))
            table_fail(row, "column %zu is %s", i, found[i]);
}

static void test_the_page_has_the_phone_s_words(void **state)
{
    (void)state;
    struct prov_catalogue_field field = {.size = sizeof field};
    size_t n = 0;
    table_run("tests/vectors/base/page.txt", check_field, &n);
    assert_int_equal(prov_catalogue_field_get(n, &field), PROV_E_NOT_FOUND);
}

static void test_secrets_are_marked(void **state)
{
    (void)state;
    static const char *const secrets[] = {
        "GPP_SA",
        "GPP_SB",
        "GPP_SC",
        "GPP_SD",
        "IKM_HTTP_Encrypt_Content",
        "Admin_Password",
        "Login_Password",
        "Password_n_",
        "Proxy_Password",
        "User_Password",
        "XML_Password",
    };
    size_t n_secrets = 0;
    const struct prov_param_info *info;
    for (size_t i = 0; (info = prov_catalogue_at(i)) != NULL; i++)
        if (info->flags & PROV_PARAM_FLAG_SECRET)
            n_secrets++;
    for (size_t i = 0; i < PROVI_LEN(secrets); i++) {
        bool is_marked = false;
        for (size_t j = 0; (info = prov_catalogue_at(j)) != NULL; j++)
            if (strcmp(info->name, secrets[i]) == 0)
                is_marked = info->flags & PROV_PARAM_FLAG_SECRET;
        assert_true(is_marked);
    }
    assert_int_equal(n_secrets, PROVI_LEN(secrets));
}

/* Proper names */

static void test_spell_mends_the_case(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"gpp_a", "GPP_A"},
        {"GPP_A", "GPP_A"},
        {"user_id_12_", "User_ID_12_"},
        {"AUTH_RESYNC-REBOOT_999_", "Auth_Resync-Reboot_999_"},
        {"custom_ca_url", "Custom_CA_Rule"},
    };
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        prov_str name = prov_str_from(cases[i][0]);
        const struct prov_param_info *info = prov_catalogue_find(name, NULL);
        size_t wanted = strlen(cases[i][1]);
        for (size_t cap = 0; cap < wanted + 3; cap++) {
            char *buf = cap ? malloc(cap) : NULL;
            size_t len;
            prov_status status = prov_catalogue_spell(info, name, buf, cap, &len);
            assert_int_equal(status, cap > wanted ? PROV_OK : PROV_E_LIMIT);
            assert_int_equal(len, wanted);
            if (cap)
                assert_int_equal(strncmp(buf, cases[i][1], cap - 1), 0);
            free(buf);
        }
    }
}

static void test_spell_refuses_another_name(void **state)
{
    (void)state;
    const struct prov_param_info *info = prov_catalogue_find(PROVI_LIT("User_ID_1_"), NULL);
    char buf[MAX_NAME];
    size_t len;
    assert_int_equal(prov_catalogue_spell(info, PROVI_LIT("Password_1_"), buf, sizeof buf, &len),
                     PROV_E_INVALID);
    assert_int_equal(prov_catalogue_spell(info, PROVI_LIT("User_ID_n_"), buf, sizeof buf, &len),
                     PROV_E_INVALID);
    assert_int_equal(prov_catalogue_spell(NULL, PROVI_LIT("GPP_A"), buf, sizeof buf, &len),
                     PROV_E_INVALID);
    assert_int_equal(prov_catalogue_spell(info, PROVI_LIT("User_ID_1_"), buf, sizeof buf, NULL),
                     PROV_E_INVALID);
    assert_int_equal(prov_catalogue_spell(info, PROVI_LIT("User_ID_1_"), NULL, 1, &len),
                     PROV_E_INVALID);
}

/* Values */

static void check_value(void *ctx, const struct table_row *row)
{
    (void)ctx;
    const struct prov_param_info *info = prov_catalogue_find(row->columns[0], NULL);
    if (row->n_columns != 3 || !info)
        table_fail(row, "expected: a known name | value | result");
    const char *wanted = row->columns[2].data;
    bool is_ok = strcmp(wanted, "ok") == 0;
    struct prov_error err = {0};
    prov_status status = prov_catalogue_check(info, row->columns[1], &err);
    if (status != (is_ok ? PROV_OK : PROV_E_VALUE))
        table_fail(row, "%s", prov_status_name(status));
    if (!is_ok && strcmp(err.message, wanted) != 0)
        table_fail(row, "message is: %s", err.message);
    if (!is_ok && strcmp(err.subject, info->name) != 0)
        table_fail(row, "subject is: %s", err.subject);
}

static void test_check_follows_the_vectors(void **state)
{
    (void)state;
    assert_true(table_run("tests/vectors/base/values.txt", check_value, NULL) > 50);
}

static void test_check_bounds_a_url(void **state)
{
    (void)state;
    static char url[1025];
    memset(url, 'x', sizeof url);
    const struct prov_param_info *info =
        prov_catalogue_find(PROVI_LIT("MIC_Cert_Refresh_Rule"), NULL);
    assert_int_equal(prov_catalogue_check(info, (prov_str){url, 1024}, NULL), PROV_OK);
    assert_int_equal(prov_catalogue_check(info, (prov_str){url, 1025}, NULL), PROV_E_VALUE);
}

static void test_check_bounds_a_server(void **state)
{
    (void)state;
    static char host[256];
    struct prov_error err = {0};
    memset(host, 'x', sizeof host);
    const struct prov_param_info *info = prov_catalogue_find(PROVI_LIT("Syslog_Server"), NULL);
    assert_int_equal(prov_catalogue_check(info, (prov_str){host, 255}, NULL), PROV_OK);
    assert_int_equal(prov_catalogue_check(info, (prov_str){host, 256}, &err), PROV_E_LIMIT);
    assert_string_equal(err.subject, "Syslog_Server");
}

static void test_check_refuses_null(void **state)
{
    (void)state;
    struct prov_error err = {0};
    const struct prov_param_info *info = prov_catalogue_find(PROVI_LIT("GPP_A"), NULL);
    assert_int_equal(prov_catalogue_check(NULL, PROVI_LIT(""), &err), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: info");
    assert_int_equal(prov_catalogue_check(info, (prov_str){NULL, 1}, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: value");
    assert_int_equal(prov_catalogue_check(info, (prov_str){NULL, 0}, NULL), PROV_OK);
}

static void test_check_never_tells_the_value(void **state)
{
    (void)state;
    struct secrets secrets = {0};
    secrets_plant(&secrets, "MyOwnSecret", 11);
    const struct prov_param_info *info;
    for (size_t i = 0; (info = prov_catalogue_at(i)) != NULL; i++) {
        struct prov_error err = {0};
        prov_catalogue_check(info, PROVI_LIT("MyOwnSecret"), &err);
        secrets_assert_clean_error(&secrets, &err);
    }
}

static void test_default_follows_the_dialect(void **state)
{
    (void)state;
    const struct prov_dialect *spa = prov_dialect_get(PROV_DIALECT_SPA);
    size_t n_differ = 0;
    const struct prov_param_info *info;
    for (size_t i = 0; (info = prov_catalogue_at(i)) != NULL; i++) {
        const char *mpp_text = prov_catalogue_default(info, NULL);
        assert_string_equal(mpp_text,
                            prov_catalogue_default(info, prov_dialect_get(PROV_DIALECT_MPP)));
        const char *spa_text = prov_catalogue_default(info, spa);
        if (strcmp(mpp_text, spa_text) == 0)
            continue;
        n_differ++;
        assert_int_equal(strncmp(mpp_text, "$PN $MAC ", 9), 0);
        assert_int_equal(strncmp(spa_text, "$PN $MAC -- ", 12), 0);
        assert_string_equal(mpp_text + 9, spa_text + 12);
    }
    assert_int_equal(n_differ, 6); /* three messages and their synonyms */
    assert_string_equal(prov_catalogue_default(NULL, spa), "");
}

static void test_choice_is_spelled_as_in_its_entry(void **state)
{
    (void)state;
    static const char *const cases[][3] = {
        {"Syslog_Identifier", "$mac", "$MAC"},
        {"Syslog_Identifier", " NONE\t", "None"},
        {"Syslog_Identifier", "$MAU", "$MAU"},
        {"Syslog_Identifier", "$other", "$other"},
        {"Syslog_Identifier", "", ""},
        {"HTTP_Report_Method", "put", "PUT"},
        {"Report_to_Server", "on local change", "On Local Change"},
        {"Privacy_Header_2_", "NONE", "none"},
        {"GPP_A", " yes ", " yes "},
        {"Resync_On_Reset", "yes", "yes"},
    };
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        const struct prov_param_info *info = prov_catalogue_find(prov_str_from(cases[i][0]), NULL);
        prov_str choice = prov_catalogue_choice(info, prov_str_from(cases[i][1]));
        assert_true(provi_str_is(choice, cases[i][2]));
    }
    const struct prov_param_info *info = prov_catalogue_find(PROVI_LIT("Proxy_Mode"), NULL);
    assert_true(provi_str_is(prov_catalogue_choice(NULL, PROVI_LIT("off")), "off"));
    assert_int_equal(prov_catalogue_choice(info, (prov_str){NULL, 3}).len, 3);
    assert_int_equal(prov_catalogue_choice(info, (prov_str){NULL, 0}).len, 0);
    size_t n = 0; /* the entry of a synonym knows the choices of the main one */
    for (size_t i = 0; (info = prov_catalogue_at(i)) != NULL; i++) {
        if (strcmp(info->name, "Report_to_Server") != 0)
            continue;
        assert_true(
            provi_str_is(prov_catalogue_choice(info, PROVI_LIT("PERIODICALLY")), "Periodically"));
        n++;
    }
    assert_int_equal(n, 1);
}

static void test_values_leave_out_alone_on_failure(void **state)
{
    (void)state;
    bool yes = true;
    uint32_t number = 7;
    assert_false(prov_value_bool(PROVI_LIT("maybe"), &yes));
    assert_true(yes);
    assert_true(prov_value_bool(PROVI_LIT("nO"), &yes));
    assert_false(yes);
    assert_false(prov_value_unsigned(PROVI_LIT("4294967296"), &number));
    assert_false(prov_value_unsigned(PROVI_LIT("0xg"), &number));
    assert_int_equal(number, 7);
    assert_true(prov_value_unsigned(PROVI_LIT("4294967295"), &number));
    assert_int_equal(number, UINT32_MAX);
    assert_true(prov_value_unsigned(PROVI_LIT("\t0xfFfFfFfF\n"), &number));
    assert_int_equal(number, UINT32_MAX);
    assert_true(prov_value_unsigned(PROVI_LIT("0x0"), &number));
    assert_int_equal(number, 0);
}

/* A host's own */

static const struct prov_param_info ring_tone = {
    .size = sizeof ring_tone,
    .name = "Ring_Tone_n_",
    .default_value = "3",
    .meaning = "which bell",
    .type = PROV_PARAM_TYPE_UNSIGNED,
    .flags = PROV_PARAM_FLAG_PER_LINE,
    .min = 1,
    .max = 9,
    .max_line = 12,
};
static const struct prov_param_info backlight = {
    .size = sizeof backlight,
    .name = "Backlight",
    .default_value = "Dim",
    .choices = "Off|Dim|On",
    .meaning = "of the screen",
    .type = PROV_PARAM_TYPE_ENUM,
};
static const struct prov_param_info *const own_params[] = {&ring_tone, &backlight};
static const struct prov_catalogue own = {sizeof own, own_params, PROVI_LEN(own_params)};

static void test_host_entries_are_found_after_the_library_s(void **state)
{
    (void)state;
    assert_int_equal(prov_catalogue_validate(&own, NULL), PROV_OK);
    assert_int_equal(prov_catalogue_validate(NULL, NULL), PROV_OK);
    static const struct {
        const char *name;
        const struct prov_param_info *info;
        bool exact;
    } cases[] = {
        {"Backlight", &backlight, true},    {"backlight", &backlight, false},
        {"Ring_Tone_2_", &ring_tone, true}, {"ring_tone_12_", &ring_tone, false},
        {"Ring_Tone_n_", NULL, false},      {"Ring_Tone_0_", NULL, false},
        {"Backlights", NULL, false},        {"Ring_Tone_13_", NULL, false},
    };
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        bool exact = !cases[i].exact;
        prov_str name = prov_str_from(cases[i].name);
        assert_ptr_equal(prov_catalogue_find_in(&own, name, &exact), cases[i].info);
        assert_int_equal(exact, cases[i].exact);
        assert_null(prov_catalogue_find(name, NULL));
    }
    prov_str library_s = PROVI_LIT("GPP_A");
    assert_ptr_equal(prov_catalogue_find_in(&own, library_s, NULL),
                     prov_catalogue_find(library_s, NULL));
    assert_int_equal(prov_catalogue_check(&backlight, PROVI_LIT("on"), NULL), PROV_OK);
    assert_string_equal(prov_catalogue_default(&ring_tone, NULL), "3");
}

static void test_host_entry_needs_neither_default_nor_meaning(void **state)
{
    (void)state;
    static const struct prov_param_info plain = {.size = sizeof plain, .name = "Plain"};
    static const struct prov_param_info *const params[] = {&plain};
    static const struct prov_catalogue catalogue = {sizeof catalogue, params, PROVI_LEN(params)};
    assert_int_equal(prov_catalogue_validate(&catalogue, NULL), PROV_OK);
    assert_string_equal(prov_catalogue_default(&plain, NULL), "");
    assert_string_equal(prov_catalogue_meaning(&plain), "");
}

static void test_meaning_belongs_to_its_entry(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"Provision_Enable", "No: every resync is refused, also a requested one"},
        {"GPP_SA", "$SA, in options of a rule only"},
        {"Custom_CA_URL", "same as Custom_CA_Rule"},
        {"Recovery_URL", "SPA only; not used"}, /* the last one */
    };
    for (size_t i = 0; i < PROVI_LEN(cases); i++)
        assert_string_equal(prov_catalogue_meaning(walk(cases[i][0], true)), cases[i][1]);
    assert_string_equal(prov_catalogue_meaning(&ring_tone), "which bell");
    assert_string_equal(prov_catalogue_meaning(NULL), "");
}

#define OWN(...)                                                                                   \
    {                                                                                              \
        .size = sizeof(struct prov_param_info), __VA_ARGS__                                        \
    }

/* The last of three entries is the faulty one. */
static void expect_refusal(const struct prov_param_info *info, const char *name, const char *why)
{
    const struct prov_param_info *const params[] = {&ring_tone, &backlight, info};
    const struct prov_catalogue catalogue = {sizeof catalogue, params, PROVI_LEN(params)};
    struct prov_error err = {0};
    char wanted[128];
    snprintf(wanted, sizeof wanted, "parameter of the host: %s", why);
    assert_int_equal(prov_catalogue_validate(&catalogue, &err), PROV_E_INVALID);
    assert_string_equal(err.message, wanted);
    assert_string_equal(err.subject, name ? name : "");
}

static void test_host_entries_that_are_faulty_are_refused(void **state)
{
    (void)state;
    static const char a_name[] =
        "expected an XML name, of a per-line parameter one that ends in _n_";
    static const char a_range[] =
        "expected reserved 0 and max_line 0, or up to 999 of a per-line parameter";
    static const char no_choices[] = "expected choices of an enumeration, and of no other type";
    static const char taken[] = "another parameter has this name";
    static const char no_default[] = "default does not fit the type";
    static const struct {
        struct prov_param_info info;
        const char *why;
    } cases[] = {
        {OWN(.name = NULL), a_name},
        {OWN(.name = ""), a_name},
        {OWN(.name = "has blank"), a_name},
        {OWN(.name = "1st"), a_name},
        {OWN(.name = "_n_", .flags = PROV_PARAM_FLAG_PER_LINE), a_name},
        {OWN(.name = "No_Number", .flags = PROV_PARAM_FLAG_PER_LINE), a_name},
        {OWN(.name = "gpp_a"), taken},
        {OWN(.name = "Custom_CA_url"), taken},
        {OWN(.name = "User_ID_3_"), taken},
        {OWN(.name = "user_id_n_", .flags = PROV_PARAM_FLAG_PER_LINE), taken},
        {OWN(.name = "backlight"), taken},
        {OWN(.name = "Ring_Tone_n_", .flags = PROV_PARAM_FLAG_PER_LINE), taken},
        {OWN(.name = "New", .synonym_of = "GPP_A"), "synonym_of is set"},
        {OWN(.name = "New", .flags = 1u << 31), "unknown flags"},
        {OWN(.name = "New", .max_line = 1), a_range},
        {OWN(.name = "New_n_", .flags = PROV_PARAM_FLAG_PER_LINE, .max_line = 1000), a_range},
        {OWN(.name = "New", .reserved = 1), a_range},
        {OWN(.name = "New", .type = PROV_PARAM_TYPE_CODES + 1), "unknown type"},
        {OWN(.name = "New", .type = PROV_PARAM_TYPE_ENUM), no_choices},
        {OWN(.name = "New", .choices = "a|b"), no_choices},
        {OWN(.name = "New", .type = PROV_PARAM_TYPE_BOOL), no_default},
        {OWN(.name = "New", .type = PROV_PARAM_TYPE_UNSIGNED, .min = 2, .max = 1), no_default},
    };
    for (size_t i = 0; i < PROVI_LEN(cases); i++)
        expect_refusal(&cases[i].info, cases[i].info.name, cases[i].why);
    static const struct prov_param_info old = {.size = offsetof(struct prov_param_info, reserved)};
    expect_refusal(NULL, "", "entry is NULL");
    expect_refusal(&old, "", "size is less than that of release 0.1");
    struct prov_error err = {0};
    const struct prov_catalogue missing = {sizeof missing, NULL, 1};
    assert_int_equal(prov_catalogue_validate(&missing, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: extra");
}

/* `n` is a line number; a row is checked with a short and a long one. */
static void check_secret_name(void *ctx, const struct table_row *row)
{
    (void)ctx;
    static const char *const lines[] = {"3_", "16_"};
    bool is_secret = strcmp(row->columns[0].data, "secret") == 0;
    prov_str name = row->columns[1];
    if (row->n_columns != 2 || (!is_secret && strcmp(row->columns[0].data, "open") != 0))
        table_fail(row, "expected: secret or open | name");
    bool has_line = name.len > 3 && strcmp(name.data + name.len - 3, "_n_") == 0;
    for (size_t i = 0; i < PROVI_LEN(lines); i++) {
        char asked[2 * MAX_NAME];
        snprintf(asked, sizeof asked, "%.*s%s", (int)(name.len - (has_line ? 2 : 0)), name.data,
                 has_line ? lines[i] : "");
        if (prov_catalogue_is_secret(NULL, prov_str_from(asked)) != is_secret)
            table_fail(row, "%s is %s", asked, is_secret ? "open" : "secret");
    }
}

static void test_is_secret_follows_the_vectors(void **state)
{
    (void)state;
    assert_true(table_run("tests/vectors/base/secret_names.txt", check_secret_name, NULL) > 120);
}

/* The entry of a catalogue's name says whether it is secret; its spelling says the same. */
static void test_is_secret_agrees_with_every_entry(void **state)
{
    (void)state;
    char name[MAX_NAME], unlisted[MAX_NAME + 2];
    for (size_t i = 0; name_at(i, 3, name); i++) {
        const struct prov_param_info *info = prov_catalogue_find(prov_str_from(name), NULL);
        bool is_secret = info->flags & PROV_PARAM_FLAG_SECRET;
        assert_int_equal(prov_catalogue_is_secret(NULL, prov_str_from(name)), is_secret);
        snprintf(unlisted, sizeof unlisted, "x_%s", name);
        assert_null(prov_catalogue_find(prov_str_from(unlisted), NULL));
        if (prov_catalogue_is_secret(NULL, prov_str_from(unlisted)) != is_secret)
            fail_msg("%s", unlisted);
    }
}

static void test_is_secret_heeds_a_host_s_entry(void **state)
{
    (void)state;
    static const struct prov_param_info tide = {.size = sizeof tide,
                                                .name = "Tide_Table",
                                                .default_value = "",
                                                .meaning = "when the sea is high",
                                                .flags = PROV_PARAM_FLAG_SECRET};
    static const struct prov_param_info word = {.size = sizeof word,
                                                .name = "Pass_Word_And_Password",
                                                .default_value = "",
                                                .meaning = "the host forgot to mark it"};
    const struct prov_param_info *const params[] = {&tide, &word};
    const struct prov_catalogue catalogue = {sizeof catalogue, params, PROVI_LEN(params)};
    assert_true(prov_catalogue_is_secret(&catalogue, prov_str_from("Tide_Table")));
    assert_false(prov_catalogue_is_secret(NULL, prov_str_from("Tide_Table")));
    assert_true(prov_catalogue_is_secret(&catalogue, prov_str_from("Pass_Word_And_Password")));
    assert_false(prov_catalogue_is_secret(&catalogue, PROVI_LIT("")));
    assert_false(prov_catalogue_is_secret(&catalogue, (prov_str){NULL, 0}));
    assert_false(prov_catalogue_is_secret(NULL, (prov_str){NULL, 8}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_find_meets_every_name),
        cmocka_unit_test(test_find_meets_every_case),
        cmocka_unit_test(test_find_tells_near_misses),
        cmocka_unit_test(test_find_takes_any_bytes),
        cmocka_unit_test(test_synonyms_find_the_main_entry),
        cmocka_unit_test(test_table_would_pass_as_a_host_s),
        cmocka_unit_test(test_the_page_has_a_field_for_each_parameter),
        cmocka_unit_test(test_the_page_has_the_phone_s_words),
        cmocka_unit_test(test_secrets_are_marked),
        cmocka_unit_test(test_spell_mends_the_case),
        cmocka_unit_test(test_spell_refuses_another_name),
        cmocka_unit_test(test_check_follows_the_vectors),
        cmocka_unit_test(test_check_bounds_a_url),
        cmocka_unit_test(test_check_bounds_a_server),
        cmocka_unit_test(test_check_refuses_null),
        cmocka_unit_test(test_check_never_tells_the_value),
        cmocka_unit_test(test_default_follows_the_dialect),
        cmocka_unit_test(test_choice_is_spelled_as_in_its_entry),
        cmocka_unit_test(test_values_leave_out_alone_on_failure),
        cmocka_unit_test(test_host_entries_are_found_after_the_library_s),
        cmocka_unit_test(test_host_entry_needs_neither_default_nor_meaning),
        cmocka_unit_test(test_host_entries_that_are_faulty_are_refused),
        cmocka_unit_test(test_meaning_belongs_to_its_entry),
        cmocka_unit_test(test_is_secret_follows_the_vectors),
        cmocka_unit_test(test_is_secret_agrees_with_every_entry),
        cmocka_unit_test(test_is_secret_heeds_a_host_s_entry),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
