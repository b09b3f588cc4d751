/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Sized structs (docs/abi.md): how they are laid out, and the helpers that take and fill them. That
 * every module uses these is in test_abi_in.c and test_abi_out.c.
 */
#include <provision/provision.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/abi.h"
#include "base/array.h"
#include "base/str.h"

/* Bytes that a struct from the future has more. */
enum { MORE = 24 };

/* All sized structs */

struct layout {
    const char *name;
    size_t size;
    size_t end; /* of the last member */
};

#define LAYOUT(name, last)                                                                         \
    {                                                                                              \
#name, sizeof(struct name),                                                                \
            offsetof(struct name, last) + sizeof(((struct name *)NULL)->last)                      \
    }

static const struct layout layouts[] = {
    LAYOUT(prov_error, message),
    LAYOUT(prov_limits, resync_timeout_ms),
    LAYOUT(prov_dialect, reserved),
    LAYOUT(prov_param_info, reserved),
    LAYOUT(prov_catalogue, n_extra),
    LAYOUT(prov_device, auth_status),
    LAYOUT(prov_operation, reserved),
    LAYOUT(prov_digest_request, algorithms),
    LAYOUT(prov_dhcp_lease, reserved),
    LAYOUT(prov_dhcp_offer, reserved),
    LAYOUT(prov_rule_options, alloc),
    LAYOUT(prov_rule_comparison, right),
    LAYOUT(prov_rule_target, pwd),
    LAYOUT(prov_decode_options, pbkdf2_rounds),
    LAYOUT(prov_decode_result, reserved),
    LAYOUT(prov_encode_options, record_size),
    LAYOUT(prov_source, wall_s),
    LAYOUT(prov_param, source),
    LAYOUT(prov_profile_options, reserved),
    LAYOUT(prov_profile_result, n_unnamed),
    LAYOUT(prov_profile_writer_options, reserved),
    LAYOUT(prov_world, reserved),
    LAYOUT(prov_sched_settings, jitter_seed),
    LAYOUT(prov_sched_event, retry_after_s),
    LAYOUT(prov_sched_action, expected_ms),
    LAYOUT(prov_files, unlock),
    LAYOUT(prov_store_seal, decrypt),
    LAYOUT(prov_store_options, reserved),
    LAYOUT(prov_request, limits),
    LAYOUT(prov_response, reserved2),
    LAYOUT(prov_upload, rewind),
    LAYOUT(prov_connection, reserved),
    LAYOUT(prov_transport, reserved),
    LAYOUT(prov_curl_options, reserved2),
    LAYOUT(prov_client_certificate, sign_ctx),
    LAYOUT(prov_tls_identity_options, clock),
    LAYOUT(prov_agent_profile, key),
    LAYOUT(prov_action, text),
    LAYOUT(prov_action_client, reserved),
    LAYOUT(prov_verdict, reason),
    LAYOUT(prov_action_origin, n_names),
    LAYOUT(prov_event, as),
    LAYOUT(prov_log_entry, error),
    LAYOUT(prov_progress, server_ip),
    LAYOUT(prov_change, reserved),
    LAYOUT(prov_delivery, etag),
    LAYOUT(prov_result, reserved),
    LAYOUT(prov_schedule, in_ms),
    LAYOUT(prov_warning, error),
    LAYOUT(prov_question, reserved),
    LAYOUT(prov_unconfirmed, in_ms),
    LAYOUT(prov_rolled_back, reserved2),
    LAYOUT(prov_deferral, at_most_ms),
    LAYOUT(prov_reboot, reserved),
    LAYOUT(prov_job_status, reserved2),
    LAYOUT(prov_host, load),
    LAYOUT(prov_agent_trace, text),
    LAYOUT(prov_validator, reserved),
    LAYOUT(prov_lint, reserved2),
    LAYOUT(prov_agent_options, source_ip),
    LAYOUT(prov_agent_request, pwd),
    LAYOUT(prov_custom_ca_host, install),
    LAYOUT(prov_migration_host, begin_wxc),
    LAYOUT(prov_renewal_present, ca_pem),
    LAYOUT(prov_renewal_host, install),
    LAYOUT(prov_report_field, value),
    LAYOUT(prov_report_host, status),
    LAYOUT(prov_upgrade, err),
    LAYOUT(prov_upgrade_target, etag),
    LAYOUT(prov_upgrade_answer, reserved2),
    LAYOUT(prov_upgrade_host, abort),
    LAYOUT(prov_fetch, reserved2),
    LAYOUT(prov_activation, text),
    LAYOUT(prov_activation_host, contact_url),
    LAYOUT(prov_contact_offer, text),
    LAYOUT(prov_catalogue_field, name),
    LAYOUT(prov_past_reboot, text),
    LAYOUT(prov_past_download, message),
};

static void test_no_struct_ends_in_nameless_padding(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(layouts); i++)
        if (layouts[i].size != layouts[i].end)
            fail_msg("%s: %zu bytes, the last member ends at %zu", layouts[i].name, layouts[i].size,
                     layouts[i].end);
}

static void test_no_struct_is_larger_than_promised(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(layouts); i++)
        if (layouts[i].size > PROVI_ABI_MAX_BYTES / 2) /* room for later releases */
            fail_msg("%s: %zu bytes", layouts[i].name, layouts[i].size);
}

/* Errors */

static void test_errors_fit_the_caller_s_struct(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, sizeof(struct prov_error), sizeof(struct prov_error) + MORE,
                                   SIZE_MAX};
    for (size_t i = 0; i < PROVI_LEN(sizes); i++) {
        size_t allocated = sizeof(struct prov_error);
        unsigned char *block = malloc(allocated);
        memset(block, 0xaa, allocated);
        memcpy(block, &sizes[i], sizeof sizes[i]);
        struct prov_error *err = (struct prov_error *)block;
        assert_int_equal(prov_catalogue_check(NULL, PROVI_LIT(""), err), PROV_E_INVALID);
        assert_int_equal(err->size, sizes[i]);
        assert_int_equal(err->status, PROV_E_INVALID);
        assert_string_equal(err->message, "invalid argument: info");
        free(block);
    }
}

/* The helpers themselves, on fields of their own */

struct grown {
    size_t size;
    uint32_t old;
    uint32_t added;
};

static void test_abi_in_takes_missing_fields_as_zero(void **state)
{
    (void)state;
    struct grown to;
    assert_int_equal(provi_abi_in(&to, sizeof to, NULL, NULL), PROV_OK);
    assert_int_equal(to.size, sizeof to);
    assert_int_equal(to.old, 0);

    struct grown from = {.size = offsetof(struct grown, added), .old = 1, .added = 2};
    memset(&to, 0xaa, sizeof to);
    assert_int_equal(provi_abi_in(&to, sizeof to, &from, NULL), PROV_OK);
    assert_int_equal(to.size, sizeof to);
    assert_int_equal(to.old, 1);
    assert_int_equal(to.added, 0);

    from.size = sizeof from;
    struct prov_error err = {0};
    assert_int_equal(provi_abi_in(&to, offsetof(struct grown, added), &from, &err), PROV_E_ABI);
    assert_int_equal(err.status, PROV_E_ABI);
    from.added = 0;
    assert_int_equal(provi_abi_in(&to, offsetof(struct grown, added), &from, NULL), PROV_OK);
}

static void test_abi_takes_no_size_that_was_never_set(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, sizeof(size_t) - 1, PROVI_ABI_MAX_BYTES + 1, SIZE_MAX / 2,
                                   SIZE_MAX};
    for (size_t i = 0; i < PROVI_LEN(sizes); i++) {
        struct grown from = {.size = sizes[i], .old = 1, .added = 2}, to = from;
        struct prov_error err = {0};
        assert_int_equal(provi_abi_in(&to, sizeof to, &from, &err), PROV_E_ABI);
        assert_non_null(strstr(err.message, "expected size to be sizeof the struct"));
        assert_int_equal(provi_abi_out(&from, &to, sizeof to), PROV_E_ABI);
        assert_int_equal(from.old, 1);
        assert_int_equal(from.added, 2);
    }

    static unsigned char largest[PROVI_ABI_MAX_BYTES];
    struct grown to;
    const size_t size = sizeof largest;
    memcpy(largest, &size, sizeof size);
    assert_int_equal(provi_abi_in(&to, sizeof to, largest, NULL), PROV_OK);
    assert_int_equal(provi_abi_out(largest, &to, sizeof to), PROV_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_struct_is_larger_than_promised),
        cmocka_unit_test(test_abi_takes_no_size_that_was_never_set),
        cmocka_unit_test(test_no_struct_ends_in_nameless_padding),
        cmocka_unit_test(test_errors_fit_the_caller_s_struct),
        cmocka_unit_test(test_abi_in_takes_missing_fields_as_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
