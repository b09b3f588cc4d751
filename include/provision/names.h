/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Names of all enumerators, for logs, JSON and web pages.
 *
 * A name is the enumerator without its prefix, in lower case, with `-` for `_`: PROV_TLS_WRONG_NAME
 * is `wrong-name`. Where the field has a word of its own, that is the name: `ro` for
 * PROV_ACCESS_READ. Names never change.
 *
 * Every function takes one number, or one bit of a set, and returns a static text, never NULL;
 * `unknown` for an undefined number and for several bits. Safe from any callback and any thread.
 */
#ifndef PROVISION_NAMES_H
#define PROVISION_NAMES_H

#include <provision/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/* <provision/base.h> */
/** Of enum prov_origin. @since 0.1 */
PROV_API const char *prov_origin_name(uint32_t origin);
/** Of enum prov_tls_reason. @since 0.1 */
PROV_API const char *prov_tls_reason_name(uint32_t reason);
/** Of enum prov_auth_reason. @since 0.1 */
PROV_API const char *prov_auth_reason_name(uint32_t reason);

/* <provision/version.h> */
/** Of enum prov_feature. @since 0.1 */
PROV_API const char *prov_feature_name(uint32_t feature);

/* <provision/dialect.h> */
/** Of enum prov_dialect_id. @since 0.1 */
PROV_API const char *prov_dialect_id_name(uint32_t id);

/* <provision/catalogue.h> */
/** Of enum prov_param_type. @since 0.1 */
PROV_API const char *prov_param_type_name(uint32_t type);

/* <provision/dhcp.h> */
/** Of enum prov_dhcp_family. @since 0.1 */
PROV_API const char *prov_dhcp_family_name(uint32_t family);
/** Of enum prov_dhcp_verdict. @since 0.1 */
PROV_API const char *prov_dhcp_verdict_name(uint32_t verdict);
/** Of enum prov_dhcp_kind. @since 0.1 */
PROV_API const char *prov_dhcp_kind_name(uint32_t kind);

/* <provision/digest.h> */
/** Of enum prov_digest_algorithm, the name that challenges use. @since 0.1 */
PROV_API const char *prov_digest_algorithm_name(uint32_t algorithm);
/** Of enum prov_digest_result. @since 0.1 */
PROV_API const char *prov_digest_result_name(uint32_t result);

/* <provision/rule.h> */
/** Of enum prov_rule_kind. @since 0.1 */
PROV_API const char *prov_rule_kind_name(uint32_t kind);
/** Of enum prov_rule_op. @since 0.1 */
PROV_API const char *prov_rule_op_name(uint32_t op);
/** Of enum prov_rule_type. @since 0.1 */
PROV_API const char *prov_rule_type_name(uint32_t type);
/** Of enum prov_rule_verdict. @since 0.1 */
PROV_API const char *prov_rule_verdict_name(uint32_t verdict);
/** Of enum prov_rule_text. @since 0.1 */
PROV_API const char *prov_rule_text_name(uint32_t text);

/* <provision/lint.h> */
/** Of enum prov_lint_kind. @since 0.1 */
PROV_API const char *prov_lint_kind_name(uint32_t kind);

/* <provision/decode.h> */
/** One bit of enum prov_encoding. @since 0.1 */
PROV_API const char *prov_encoding_name(uint32_t encoding);
/** One bit of enum prov_derivation. @since 0.1 */
PROV_API const char *prov_derivation_name(uint32_t derivation);

/* <provision/profile.h> */
/** Of enum prov_access. @since 0.1 */
PROV_API const char *prov_access_name(uint32_t access);
/** Of enum prov_layer. @since 0.1 */
PROV_API const char *prov_layer_name(uint32_t layer);
/** Of enum prov_profile_warning. @since 0.1 */
PROV_API const char *prov_profile_warning_name(uint32_t warning);

/* <provision/sched.h> */
/** Of enum prov_cause. @since 0.1 */
PROV_API const char *prov_cause_name(uint32_t cause);
/** Of enum prov_network. @since 0.1 */
PROV_API const char *prov_network_name(uint32_t event);

/** Of enum prov_sched_event_type. @since 0.1 */
PROV_API const char *prov_sched_event_type_name(uint32_t type);
/** Of enum prov_sched_action_type. @since 0.1 */
PROV_API const char *prov_sched_action_type_name(uint32_t type);
/** Of enum prov_sched_why. @since 0.1 */
PROV_API const char *prov_sched_why_name(uint32_t why);

/* <provision/transport.h> */
/** Of enum prov_method. @since 0.1 */
PROV_API const char *prov_method_name(uint32_t method);
/** Of enum prov_peer. @since 0.1 */
PROV_API const char *prov_peer_name(uint32_t peer);

/* <provision/tls.h> */
/** Of enum prov_tls_version. @since 0.1 */
PROV_API const char *prov_tls_version_name(uint32_t version);
/** Of enum prov_signature. @since 0.1 */
PROV_API const char *prov_signature_name(uint32_t signature);

/* <provision/event.h> */
/** One bit of enum prov_job. @since 0.1 */
PROV_API const char *prov_job_name(uint32_t job);
/** Of enum prov_event_type. @since 0.1 */
PROV_API const char *prov_event_type_name(uint32_t type);
/** Of enum prov_severity. @since 0.1 */
PROV_API const char *prov_severity_name(uint32_t severity);
/** One bit of enum prov_needs. @since 0.1 */
PROV_API const char *prov_needs_name(uint32_t needs);
/** Of enum prov_outcome. @since 0.1 */
PROV_API const char *prov_outcome_name(uint32_t outcome);
/** Of enum prov_credentials. @since 0.1 */
PROV_API const char *prov_credentials_name(uint32_t credentials);
/** Of enum prov_rollback. @since 0.1 */
PROV_API const char *prov_rollback_name(uint32_t rollback);
/** Of enum prov_stage. @since 0.1 */
PROV_API const char *prov_stage_name(uint32_t stage);
/** Of enum prov_upgrade_step. @since 0.1 */
PROV_API const char *prov_upgrade_step_name(uint32_t step);
/** Of enum prov_job_state. @since 0.1 */
PROV_API const char *prov_job_state_name(uint32_t state);
/** Of enum prov_wait. @since 0.1 */
PROV_API const char *prov_wait_name(uint32_t wait);

/* <provision/host.h> */
/** Of enum prov_purpose. @since 0.1 */
PROV_API const char *prov_purpose_name(uint32_t purpose);

/* <provision/history.h> */
/** Of enum prov_reboot_reason. @since 0.1 */
PROV_API const char *prov_reboot_reason_name(uint32_t reason);

/* <provision/agent.h> */
/** Of enum prov_syslog_format. @since 0.1 */
PROV_API const char *prov_syslog_format_name(uint32_t format);
/** Of enum prov_user_agent. @since 0.1 */
PROV_API const char *prov_user_agent_name(uint32_t agent);
/** Of enum prov_verb. @since 0.1 */
PROV_API const char *prov_verb_name(uint32_t verb);

/* <provision/migration.h> */
/** Of enum prov_authorization. @since 0.1 */
PROV_API const char *prov_authorization_name(uint32_t authorization);
/** Of enum prov_licence. @since 0.1 */
PROV_API const char *prov_licence_name(uint32_t licence);

/* <provision/upgrade.h> */
/** Of enum prov_upgrade_presence. @since 0.1 */
PROV_API const char *prov_upgrade_presence_name(uint32_t presence);

/* <provision/activation.h> */
/** Of enum prov_customization. @since 0.1 */
PROV_API const char *prov_customization_name(uint32_t state);
/** Of enum prov_contact. @since 0.1 */
PROV_API const char *prov_contact_name(uint32_t contact);
/** Of enum prov_code_outcome. @since 0.1 */
PROV_API const char *prov_code_outcome_name(uint32_t outcome);

/* <provision/action.h> */
/** Of enum prov_door. @since 0.1 */
PROV_API const char *prov_door_name(uint32_t door);
/** Of enum prov_action_kind. @since 0.1 */
PROV_API const char *prov_action_kind_name(uint32_t kind);
/** Of enum prov_login. @since 0.1 */
PROV_API const char *prov_login_name(uint32_t login);
/** Of enum prov_decision. @since 0.1 */
PROV_API const char *prov_decision_name(uint32_t decision);
/** Of enum prov_account. @since 0.1 */
PROV_API const char *prov_account_name(uint32_t account);

#ifdef __cplusplus
}
#endif

#endif
