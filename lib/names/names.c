/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/names.h>

#include <provision/action.h>
#include <provision/agent.h>
#include <provision/catalogue.h>
#include <provision/decode.h>
#include <provision/dhcp.h>
#include <provision/dialect.h>
#include <provision/digest.h>
#include <provision/event.h>
#include <provision/history.h>
#include <provision/host.h>
#include <provision/lint.h>
#include <provision/migration.h>
#include <provision/profile.h>
#include <provision/rule.h>
#include <provision/sched.h>
#include <provision/tls.h>
#include <provision/transport.h>
#include <provision/upgrade.h>
#include <provision/version.h>

#include "base/array.h"

/* The rows of a table have the same width, so the table needs no relocations; an empty row is an
 * unused number. */
static const char *name_at(const char *names, size_t width, size_t n, uint32_t number)
{
    return number < n && names[number * width] ? &names[number * width] : "unknown";
}

/* The same for a table of bits, whose index is the number of the bit. */
static const char *name_of_bit(const char *names, size_t width, size_t n, uint32_t bit)
{
    uint32_t number = 0;
    while (number < n && bit != UINT32_C(1) << number)
        number++;
    return name_at(names, width, n, number);
}

#define NAME_AT(names, number)                                                                     \
    name_at((const char *)names, sizeof names[0], PROVI_LEN(names), number)
#define NAME_OF_BIT(names, bit)                                                                    \
    name_of_bit((const char *)names, sizeof names[0], PROVI_LEN(names), bit)

const char *prov_origin_name(uint32_t origin)
{
    static const char names[][5] = {
        [PROV_ORIGIN_NONE] = "none", [PROV_ORIGIN_HOST] = "host", [PROV_ORIGIN_OS] = "os",
        [PROV_ORIGIN_CURL] = "curl", [PROV_ORIGIN_XML] = "xml",   [PROV_ORIGIN_SSL] = "ssl",
        [PROV_ORIGIN_ZLIB] = "zlib", [PROV_ORIGIN_HTTP] = "http", [PROV_ORIGIN_TFTP] = "tftp",
    };
    return NAME_AT(names, origin);
}

const char *prov_tls_reason_name(uint32_t reason)
{
    static const char names[][21] = {
        [PROV_TLS_NONE] = "none",
        [PROV_TLS_EXPIRED] = "expired",
        [PROV_TLS_NOT_YET_VALID] = "not-yet-valid",
        [PROV_TLS_UNKNOWN_CA] = "unknown-ca",
        [PROV_TLS_MISSING_INTERMEDIATE] = "missing-intermediate",
        [PROV_TLS_SELF_SIGNED] = "self-signed",
        [PROV_TLS_WRONG_NAME] = "wrong-name",
        [PROV_TLS_WEAK_KEY] = "weak-key",
        [PROV_TLS_WEAK_DIGEST] = "weak-digest",
        [PROV_TLS_REVOKED] = "revoked",
        [PROV_TLS_WRONG_PURPOSE] = "wrong-purpose",
        [PROV_TLS_NOT_PINNED] = "not-pinned",
        [PROV_TLS_BAD_CERTIFICATE] = "bad-certificate",
        [PROV_TLS_NO_ROOTS] = "no-roots",
        [PROV_TLS_HTTP_SPOKEN] = "http-spoken",
        [PROV_TLS_EXPECTED] = "expected",
        [PROV_TLS_VERSION] = "version",
        [PROV_TLS_PARAMETERS] = "parameters",
        [PROV_TLS_UNKNOWN_NAME] = "unknown-name",
        [PROV_TLS_BROKEN_OFF] = "broken-off",
        [PROV_TLS_PROTOCOL] = "protocol",
        [PROV_TLS_CLIENT_REQUIRED] = "client-required",
        [PROV_TLS_CLIENT_REFUSED] = "client-refused",
        [PROV_TLS_CLIENT_EXPIRED] = "client-expired",
        [PROV_TLS_CLIENT_REVOKED] = "client-revoked",
        [PROV_TLS_CLIENT_UNKNOWN_CA] = "client-unknown-ca",
        [PROV_TLS_CLIENT_UNREADABLE] = "client-unreadable",
        [PROV_TLS_KEY_UNREADABLE] = "key-unreadable",
        [PROV_TLS_KEY_MISMATCH] = "key-mismatch",
        [PROV_TLS_KEY_FAILED] = "key-failed",
    };
    return NAME_AT(names, reason);
}

const char *prov_auth_reason_name(uint32_t reason)
{
    static const char names[][15] = {
        [PROV_AUTH_NONE] = "none",
        [PROV_AUTH_UNKNOWN_SCHEME] = "unknown-scheme",
    };
    return NAME_AT(names, reason);
}

const char *prov_feature_name(uint32_t feature)
{
    static const char names[][5] = {
        [PROV_FEATURE_CURL] = "curl",
        [PROV_FEATURE_SRV] = "srv",
    };
    return NAME_AT(names, feature);
}

const char *prov_dialect_id_name(uint32_t id)
{
    static const char names[][4] = {
        [PROV_DIALECT_MPP] = "mpp",
        [PROV_DIALECT_SPA] = "spa",
    };
    return NAME_AT(names, id);
}

const char *prov_param_type_name(uint32_t type)
{
    static const char names[][9] = {
        [PROV_PARAM_TYPE_TEXT] = "text",         [PROV_PARAM_TYPE_BOOL] = "bool",
        [PROV_PARAM_TYPE_UNSIGNED] = "unsigned", [PROV_PARAM_TYPE_ENUM] = "enum",
        [PROV_PARAM_TYPE_RULE] = "rule",         [PROV_PARAM_TYPE_TRIGGER] = "trigger",
        [PROV_PARAM_TYPE_REPORT] = "report",     [PROV_PARAM_TYPE_DELAYS] = "delays",
        [PROV_PARAM_TYPE_HHMM] = "HHmm",         [PROV_PARAM_TYPE_UPGRADE] = "upgrade",
        [PROV_PARAM_TYPE_SERVER] = "server",     [PROV_PARAM_TYPE_HOST] = "host",
        [PROV_PARAM_TYPE_HOSTS] = "hosts",       [PROV_PARAM_TYPE_CODES] = "codes",
    };
    return NAME_AT(names, type);
}

const char *prov_dhcp_family_name(uint32_t family)
{
    static const char names[][3] = {
        [PROV_DHCP_V4] = "v4",
        [PROV_DHCP_V6] = "v6",
    };
    return NAME_AT(names, family);
}

const char *prov_dhcp_verdict_name(uint32_t verdict)
{
    static const char names[][14] = {
        [PROV_DHCP_CHOSEN] = "chosen",
        [PROV_DHCP_BEATEN] = "beaten",
        [PROV_DHCP_NOT_LISTED] = "not-listed",
        [PROV_DHCP_EMPTY] = "empty",
        [PROV_DHCP_NOT_TEXT] = "not-text",
        [PROV_DHCP_NOT_A_SERVER] = "not-a-server",
        [PROV_DHCP_CLASS] = "class",
        [PROV_DHCP_MALFORMED] = "malformed",
        [PROV_DHCP_NO_SUB_OPTION] = "no-sub-option",
    };
    return NAME_AT(names, verdict);
}

const char *prov_dhcp_kind_name(uint32_t kind)
{
    static const char names[][7] = {
        [PROV_DHCP_SERVER] = "server",
        [PROV_DHCP_URL] = "url",
        [PROV_DHCP_RULE] = "rule",
        [PROV_DHCP_DOMAIN] = "domain",
    };
    return NAME_AT(names, kind);
}

const char *prov_rule_kind_name(uint32_t kind)
{
    static const char names[][8] = {
        [PROV_RULE_KIND_PROFILE] = "profile",
        [PROV_RULE_KIND_UPGRADE] = "upgrade",
        [PROV_RULE_KIND_REPORT] = "report",
        [PROV_RULE_KIND_TRIGGER] = "trigger",
    };
    return NAME_AT(names, kind);
}

const char *prov_rule_op_name(uint32_t op)
{
    static const char names[][3] = {
        [PROV_RULE_OP_EQ] = "eq", [PROV_RULE_OP_NE] = "ne", [PROV_RULE_OP_LT] = "lt",
        [PROV_RULE_OP_LE] = "le", [PROV_RULE_OP_GT] = "gt", [PROV_RULE_OP_GE] = "ge",
    };
    return NAME_AT(names, op);
}

const char *prov_rule_type_name(uint32_t type)
{
    static const char names[][8] = {
        [PROV_RULE_TYPE_STRING] = "string",
        [PROV_RULE_TYPE_INTEGER] = "integer",
        [PROV_RULE_TYPE_DOTTED] = "dotted",
        [PROV_RULE_TYPE_LOAD] = "load",
    };
    return NAME_AT(names, type);
}

const char *prov_rule_verdict_name(uint32_t verdict)
{
    static const char names[][10] = {
        [PROV_RULE_VERDICT_CHOSEN] = "chosen",
        [PROV_RULE_VERDICT_REFUSED] = "refused",
        [PROV_RULE_VERDICT_NOT_ASKED] = "not-asked",
    };
    return NAME_AT(names, verdict);
}

const char *prov_rule_text_name(uint32_t text)
{
    static const char names[][9] = {
        [PROV_RULE_TEXT_WRITTEN] = "written",
        [PROV_RULE_TEXT_EXPANDED] = "expanded",
    };
    return NAME_AT(names, text);
}

const char *prov_lint_kind_name(uint32_t kind)
{
    static const char names[][18] = {
        [PROV_LINT_UNREACHABLE] = "unreachable",
        [PROV_LINT_UNKNOWN_MACRO] = "unknown-macro",
        [PROV_LINT_UNQUOTED_STRING] = "unquoted-string",
        [PROV_LINT_PARENTHESES] = "parentheses",
        [PROV_LINT_KEY_IN_CLEAR] = "key-in-clear",
        [PROV_LINT_PASSWORD_IN_CLEAR] = "password-in-clear",
        [PROV_LINT_SECRET_OUTSIDE] = "secret-outside",
        [PROV_LINT_SHORT_PERIOD] = "short-period",
        [PROV_LINT_CURLY_QUOTE] = "curly-quote",
        [PROV_LINT_BRACES] = "braces",
        [PROV_LINT_SEMICOLON] = "semicolon",
        [PROV_LINT_INVISIBLE] = "invisible",
        [PROV_LINT_ENTITY] = "entity",
        [PROV_LINT_SCHEME_AS_SERVER] = "scheme-as-server",
        [PROV_LINT_PLACEHOLDER] = "placeholder",
        [PROV_LINT_NOT_HHMM] = "not-hhmm",
        [PROV_LINT_EMPTY_MACRO] = "empty-macro",
        [PROV_LINT_JOINED_TARGETS] = "joined-targets",
    };
    return NAME_AT(names, kind);
}

const char *prov_encoding_name(uint32_t encoding)
{
    static const char names[][12] = {"base64", "aes-256-cbc", "aes128gcm", "gzip", "http-gzip"};
    return NAME_OF_BIT(names, encoding);
}

const char *prov_derivation_name(uint32_t derivation)
{
    static const char names[][7] = {"sha256", "md5", "pbkdf2"};
    return NAME_OF_BIT(names, derivation);
}

const char *prov_digest_algorithm_name(uint32_t algorithm)
{
    static const char names[][8] = {"MD5", "SHA-256"};
    return NAME_OF_BIT(names, algorithm);
}

const char *prov_digest_result_name(uint32_t result)
{
    static const char names[][7] = {
        [PROV_DIGEST_RESULT_GOOD] = "good",
        [PROV_DIGEST_RESULT_ABSENT] = "absent",
        [PROV_DIGEST_RESULT_WRONG] = "wrong",
        [PROV_DIGEST_RESULT_STALE] = "stale",
    };
    return NAME_AT(names, result);
}

const char *prov_access_name(uint32_t access)
{
    static const char names[][8] = {
        [PROV_ACCESS_KEEP] = "keep", [PROV_ACCESS_NONE] = "na",         [PROV_ACCESS_READ] = "ro",
        [PROV_ACCESS_WRITE] = "rw",  [PROV_ACCESS_DEFAULT] = "default",
    };
    return NAME_AT(names, access);
}

const char *prov_layer_name(uint32_t layer)
{
    static const char names[][7] = {
        [PROV_LAYER_SERVER] = "server",
        [PROV_LAYER_USER] = "user",
        [PROV_LAYER_ANY] = "any",
    };
    return NAME_AT(names, layer);
}

const char *prov_profile_warning_name(uint32_t warning)
{
    static const char names[][18] = {
        [PROV_WARN_UNKNOWN_NAME] = "unknown-name",
        [PROV_WARN_CASE] = "case",
        [PROV_WARN_DUPLICATE] = "duplicate",
        [PROV_WARN_BAD_ACCESS] = "bad-access",
        [PROV_WARN_BAD_VALUE] = "bad-value",
        [PROV_WARN_READ_ONLY] = "read-only",
        [PROV_WARN_NESTED] = "nested",
        [PROV_WARN_EMPTY] = "empty",
        [PROV_WARN_ALIAS] = "alias",
        [PROV_WARN_NO_PROXY] = "no-proxy",
        [PROV_WARN_CONTENT_CODING] = "content-coding",
        [PROV_WARN_INSTRUCTION] = "instruction",
        [PROV_WARN_ENCODING] = "encoding",
        [PROV_WARN_COMMENT] = "comment",
        [PROV_WARN_ALIAS_UNUSED] = "alias-unused",
        [PROV_WARN_NO_ALIAS] = "no-alias",
        [PROV_WARN_STRAY_INSTRUCTION] = "stray-instruction",
        [PROV_WARN_ATTRIBUTE] = "attribute",
        [PROV_WARN_NOT_HHMM] = "not-hhmm",
        [PROV_WARN_NO_RULES] = "no-rules",
        [PROV_WARN_TEMPLATE] = "template",
        [PROV_WARN_PLAIN_PASSWORD] = "plain-password",
    };
    return NAME_AT(names, warning);
}

const char *prov_cause_name(uint32_t cause)
{
    static const char names[][14] = {
        [PROV_CAUSE_NONE] = "none",
        [PROV_CAUSE_POWER_UP] = "power-up",
        [PROV_CAUSE_AFTER_UPGRADE] = "after-upgrade",
        [PROV_CAUSE_PERIODIC] = "periodic",
        [PROV_CAUSE_AT] = "daily",
        [PROV_CAUSE_RETRY] = "retry",
        [PROV_CAUSE_SIP] = "sip",
        [PROV_CAUSE_URL] = "url",
        [PROV_CAUSE_MENU] = "menu",
        [PROV_CAUSE_XML] = "xml",
        [PROV_CAUSE_XML_SIP] = "xml-sip",
        [PROV_CAUSE_HOST] = "host",
        [PROV_CAUSE_TRIGGER] = "trigger",
    };
    return NAME_AT(names, cause);
}

const char *prov_sched_event_type_name(uint32_t type)
{
    static const char names[][10] = {
        [PROV_SCHED_BOOT] = "boot",           [PROV_SCHED_TICK] = "tick",
        [PROV_SCHED_REQUEST] = "request",     [PROV_SCHED_TRIGGERS] = "triggers",
        [PROV_SCHED_DONE] = "done",           [PROV_SCHED_UPGRADED] = "upgraded",
        [PROV_SCHED_CANCELLED] = "cancelled", [PROV_SCHED_NETWORK] = "network",
    };
    return NAME_AT(names, type);
}

const char *prov_sched_action_type_name(uint32_t type)
{
    static const char names[][13] = {
        [PROV_SCHED_WAIT] = "wait",
        [PROV_SCHED_START] = "start",
        [PROV_SCHED_ASK_TRIGGERS] = "ask-triggers",
        [PROV_SCHED_REFUSED] = "refused",
    };
    return NAME_AT(names, type);
}

const char *prov_sched_why_name(uint32_t why)
{
    static const char names[][11] = {
        [PROV_WHY_NOTHING] = "nothing",   [PROV_WHY_TIMER] = "timer",
        [PROV_WHY_LINE] = "line",         [PROV_WHY_IDLE_DELAY] = "idle-delay",
        [PROV_WHY_TRIGGER] = "trigger",   [PROV_WHY_RUNNING] = "running",
        [PROV_WHY_DISABLED] = "disabled", [PROV_WHY_FORBIDDEN] = "forbidden",
        [PROV_WHY_CLOCK] = "clock",       [PROV_WHY_UNREADABLE] = "unreadable",
        [PROV_WHY_NETWORK] = "network",
    };
    return NAME_AT(names, why);
}

const char *prov_network_name(uint32_t event)
{
    static const char names[][8] = {
        [PROV_NETWORK_LOST] = "lost",
        [PROV_NETWORK_BACK] = "back",
        [PROV_NETWORK_CHANGED] = "changed",
    };
    return NAME_AT(names, event);
}

const char *prov_method_name(uint32_t method)
{
    static const char names[][5] = {
        [PROV_METHOD_GET] = "get",
        [PROV_METHOD_POST] = "post",
        [PROV_METHOD_PUT] = "put",
        [PROV_METHOD_SEND] = "send",
    };
    return NAME_AT(names, method);
}

const char *prov_peer_name(uint32_t peer)
{
    static const char names[][7] = {
        [PROV_PEER_SERVER] = "server",
        [PROV_PEER_PROXY] = "proxy",
    };
    return NAME_AT(names, peer);
}

const char *prov_tls_version_name(uint32_t version)
{
    static const char names[][4] = {
        [PROV_TLS_1_2] = "1.2",
        [PROV_TLS_1_3] = "1.3",
        [PROV_TLS_1_1] = "1.1",
        [PROV_TLS_1_0] = "1.0",
    };
    return NAME_AT(names, version);
}

const char *prov_signature_name(uint32_t signature)
{
    static const char names[][6] = {
        [PROV_SIGN_ECDSA] = "ecdsa",
        [PROV_SIGN_RSA] = "rsa",
    };
    return NAME_AT(names, signature);
}

const char *prov_job_name(uint32_t job)
{
    static const char names[][11] = {
        "resync",  "custom-ca", "fetch",     "rollback", "reboot",     "log",
        "upgrade", "report",    "migration", "renewal",  "activation", "profile",
    };
    return NAME_OF_BIT(names, job);
}

const char *prov_event_type_name(uint32_t type)
{
    static const char names[][19] = {
        [PROV_EVENT_LOG] = "log",
        [PROV_EVENT_REQUEST] = "request",
        [PROV_EVENT_PROGRESS] = "progress",
        [PROV_EVENT_CHANGED] = "changed",
        [PROV_EVENT_RESULT] = "result",
        [PROV_EVENT_RESYNC] = "resync",
        [PROV_EVENT_SCHEDULED] = "scheduled",
        [PROV_EVENT_WARNING] = "warning",
        [PROV_EVENT_CREDENTIALS_WANTED] = "credentials-wanted",
        [PROV_EVENT_REBOOT_WANTED] = "reboot-wanted",
        [PROV_EVENT_UNCONFIRMED] = "unconfirmed",
        [PROV_EVENT_CONFIRMED] = "confirmed",
        [PROV_EVENT_ROLLED_BACK] = "rolled-back",
        [PROV_EVENT_DEFERRED] = "deferred",
        [PROV_EVENT_UPGRADE] = "upgrade",
        [PROV_EVENT_ACTIVATION] = "activation",
    };
    return NAME_AT(names, type);
}

const char *prov_severity_name(uint32_t severity)
{
    static const char names[][8] = {
        [PROV_SEVERITY_ERROR] = "error",
        [PROV_SEVERITY_WARNING] = "warning",
        [PROV_SEVERITY_NOTICE] = "notice",
        [PROV_SEVERITY_INFO] = "info",
    };
    return NAME_AT(names, severity);
}

const char *prov_needs_name(uint32_t needs)
{
    static const char names[][8] = {"restart", "reboot"};
    return NAME_OF_BIT(names, needs);
}

const char *prov_outcome_name(uint32_t outcome)
{
    static const char names[][10] = {
        [PROV_OUTCOME_NONE] = "none",           [PROV_OUTCOME_APPLIED] = "applied",
        [PROV_OUTCOME_UNCHANGED] = "unchanged", [PROV_OUTCOME_SKIPPED] = "skipped",
        [PROV_OUTCOME_ASSIGNED] = "assigned",   [PROV_OUTCOME_FORGIVEN] = "forgiven",
        [PROV_OUTCOME_FAILED] = "failed",       [PROV_OUTCOME_WAITING] = "waiting",
    };
    return NAME_AT(names, outcome);
}

const char *prov_credentials_name(uint32_t credentials)
{
    static const char names[][10] = {
        [PROV_CREDENTIALS_NONE] = "none",
        [PROV_CREDENTIALS_HTTP] = "http",
        [PROV_CREDENTIALS_XSI_LOGIN] = "xsi-login",
        [PROV_CREDENTIALS_XSI_SIP] = "xsi-sip",
    };
    return NAME_AT(names, credentials);
}

const char *prov_rollback_name(uint32_t rollback)
{
    static const char names[][8] = {
        [PROV_ROLLBACK_TIMEOUT] = "timeout",
        [PROV_ROLLBACK_BOOT] = "boot",
    };
    return NAME_AT(names, rollback);
}

const char *prov_stage_name(uint32_t stage)
{
    static const char names[][9] = {
        [PROV_STAGE_FETCH] = "fetch",     [PROV_STAGE_APPLY] = "apply",
        [PROV_STAGE_REBOOT] = "reboot",   [PROV_STAGE_ROLLBACK] = "rollback",
        [PROV_STAGE_UPGRADE] = "upgrade",
    };
    return NAME_AT(names, stage);
}

const char *prov_upgrade_step_name(uint32_t step)
{
    static const char names[][10] = {
        [PROV_UPGRADE_NONE] = "none",         [PROV_UPGRADE_WAITING] = "waiting",
        [PROV_UPGRADE_FETCHING] = "fetching", [PROV_UPGRADE_INSTALLED] = "installed",
        [PROV_UPGRADE_TESTING] = "testing",   [PROV_UPGRADE_SUCCEEDED] = "succeeded",
        [PROV_UPGRADE_FAILED] = "failed",
    };
    return NAME_AT(names, step);
}

const char *prov_upgrade_presence_name(uint32_t presence)
{
    static const char names[][8] = {
        [PROV_UPGRADE_PRESENCE_ABSENT] = "absent",
        [PROV_UPGRADE_PRESENCE_PRESENT] = "present",
        [PROV_UPGRADE_PRESENCE_RUNNING] = "running",
        [PROV_UPGRADE_PRESENCE_WAIT] = "wait",
    };
    return NAME_AT(names, presence);
}

const char *prov_job_state_name(uint32_t state)
{
    static const char names[][8] = {
        [PROV_STATE_ABSENT] = "absent",
        [PROV_STATE_IDLE] = "idle",
        [PROV_STATE_WAITING] = "waiting",
        [PROV_STATE_RUNNING] = "running",
    };
    return NAME_AT(names, state);
}

const char *prov_wait_name(uint32_t wait)
{
    static const char names[][13] = {
        [PROV_WAIT_NOTHING] = "nothing",
        [PROV_WAIT_TIME] = "time",
        [PROV_WAIT_LINES] = "lines",
        [PROV_WAIT_HOST] = "host",
        [PROV_WAIT_CREDENTIALS] = "credentials",
        [PROV_WAIT_OTHER_JOB] = "other-job",
        [PROV_WAIT_CONFIRMATION] = "confirmation",
        [PROV_WAIT_TRIGGER] = "trigger",
        [PROV_WAIT_CLOCK] = "clock",
        [PROV_WAIT_SETTINGS] = "settings",
        [PROV_WAIT_NETWORK] = "network",
        [PROV_WAIT_CODE] = "code",
    };
    return NAME_AT(names, wait);
}

const char *prov_purpose_name(uint32_t purpose)
{
    static const char names[][6] = {
        [PROV_PURPOSE_FILE] = "file",
        [PROV_PURPOSE_PROXY] = "proxy",
        [PROV_PURPOSE_LOG] = "log",
    };
    return NAME_AT(names, purpose);
}

const char *prov_reboot_reason_name(uint32_t reason)
{
    static const char names[][15] = {
        [PROV_REBOOT_UPGRADE] = "upgrade",
        [PROV_REBOOT_PROVISIONING] = "provisioning",
        [PROV_REBOOT_SIP_TRIGGERED] = "sip-triggered",
        [PROV_REBOOT_RC] = "rc",
        [PROV_REBOOT_USER_TRIGGERED] = "user-triggered",
        [PROV_REBOOT_IP_CHANGED] = "ip-changed",
    };
    return NAME_AT(names, reason);
}

const char *prov_syslog_format_name(uint32_t format)
{
    static const char names[][8] = {
        [PROV_SYSLOG_RFC3164] = "rfc3164",
        [PROV_SYSLOG_RFC5424] = "rfc5424",
    };
    return NAME_AT(names, format);
}

const char *prov_user_agent_name(uint32_t agent)
{
    static const char names[][7] = {
        [PROV_USER_AGENT_MAC] = "mac",
        [PROV_USER_AGENT_SERIAL] = "serial",
    };
    return NAME_AT(names, agent);
}

const char *prov_verb_name(uint32_t verb)
{
    static const char names[][10] = {
        [PROV_VERB_RESYNC] = "resync",     [PROV_VERB_UPDATE_CA] = "update-ca",
        [PROV_VERB_REBOOT] = "reboot",     [PROV_VERB_REPORT] = "report",
        [PROV_VERB_UPGRADE] = "upgrade",   [PROV_VERB_RENEW] = "renew",
        [PROV_VERB_ACTIVATE] = "activate",
    };
    return NAME_AT(names, verb);
}

const char *prov_authorization_name(uint32_t authorization)
{
    static const char names[][8] = {
        [PROV_AUTHORIZATION_NONE] = "none",
        [PROV_AUTHORIZATION_CLASSIC] = "classic",
        [PROV_AUTHORIZATION_WXC] = "wxc",
    };
    return NAME_AT(names, authorization);
}

const char *prov_licence_name(uint32_t licence)
{
    static const char names[][6] = {
        [PROV_LICENCE_YES] = "yes",
        [PROV_LICENCE_LATER] = "later",
    };
    return NAME_AT(names, licence);
}

const char *prov_customization_name(uint32_t state)
{
    static const char names[][15] = {
        [PROV_CUSTOMIZATION_OPEN] = "open",
        [PROV_CUSTOMIZATION_ABORTED] = "aborted",
        [PROV_CUSTOMIZATION_PENDING] = "pending",
        [PROV_CUSTOMIZATION_CUSTOM_PENDING] = "custom-pending",
        [PROV_CUSTOMIZATION_ACQUIRED] = "acquired",
        [PROV_CUSTOMIZATION_UNAVAILABLE] = "unavailable",
    };
    return NAME_AT(names, state);
}

const char *prov_contact_name(uint32_t contact)
{
    static const char names[][8] = {
        [PROV_CONTACT_NONE] = "none", [PROV_CONTACT_DHCP] = "dhcp",
        [PROV_CONTACT_SRV] = "srv",   [PROV_CONTACT_SERVICE] = "service",
        [PROV_CONTACT_CODE] = "code", [PROV_CONTACT_HAND] = "hand",
    };
    return NAME_AT(names, contact);
}

const char *prov_code_outcome_name(uint32_t outcome)
{
    static const char names[][12] = {
        [PROV_CODE_NONE] = "none",
        [PROV_CODE_ACCEPTED] = "accepted",
        [PROV_CODE_UNKNOWN] = "unknown",
        [PROV_CODE_USED] = "used",
        [PROV_CODE_EXPIRED] = "expired",
        [PROV_CODE_WRONG_MODEL] = "wrong-model",
        [PROV_CODE_TOO_MANY] = "too-many",
        [PROV_CODE_NO_SERVICE] = "no-service",
        [PROV_CODE_INTERRUPTED] = "interrupted",
        [PROV_CODE_NOT_STORED] = "not-stored",
    };
    return NAME_AT(names, outcome);
}

const char *prov_door_name(uint32_t door)
{
    static const char names[][7] = {
        [PROV_DOOR_URL] = "url",
        [PROV_DOOR_XML] = "xml",
        [PROV_DOOR_NOTIFY] = "notify",
    };
    return NAME_AT(names, door);
}

const char *prov_action_kind_name(uint32_t kind)
{
    static const char names[][14] = {
        [PROV_ACTION_NONE] = "none",
        [PROV_ACTION_RESYNC] = "resync",
        [PROV_ACTION_UPGRADE] = "upgrade",
        [PROV_ACTION_UPDATE_CA] = "update-ca",
        [PROV_ACTION_REPORT] = "report",
        [PROV_ACTION_REBOOT] = "reboot",
        [PROV_ACTION_COLD_RESTART] = "cold-restart",
        [PROV_ACTION_WARM_RESTART] = "warm-restart",
        [PROV_ACTION_FACTORY_RESET] = "factory-reset",
        [PROV_ACTION_PROFILE] = "profile",
        [PROV_ACTION_CFG_XML] = "cfg-xml",
        [PROV_ACTION_STATUS_XML] = "status-xml",
        [PROV_ACTION_FILE] = "file",
        [PROV_ACTION_URI] = "uri",
        [PROV_ACTION_DOCUMENT] = "document",
    };
    return NAME_AT(names, kind);
}

const char *prov_login_name(uint32_t login)
{
    static const char names[][7] = {
        [PROV_LOGIN_NONE] = "none",   [PROV_LOGIN_GOOD] = "good",   [PROV_LOGIN_ABSENT] = "absent",
        [PROV_LOGIN_WRONG] = "wrong", [PROV_LOGIN_STALE] = "stale", [PROV_LOGIN_USER] = "user",
    };
    return NAME_AT(names, login);
}

const char *prov_decision_name(uint32_t decision)
{
    static const char names[][10] = {
        [PROV_DECISION_OBEY] = "obey",           [PROV_DECISION_REFUSE] = "refuse",
        [PROV_DECISION_CHALLENGE] = "challenge", [PROV_DECISION_DROP] = "drop",
        [PROV_DECISION_ASK_HOST] = "ask-host",
    };
    return NAME_AT(names, decision);
}

const char *prov_account_name(uint32_t account)
{
    static const char names[][6] = {
        [PROV_ACCOUNT_NONE] = "none", [PROV_ACCOUNT_ADMIN] = "admin", [PROV_ACCOUNT_USER] = "user",
        [PROV_ACCOUNT_XML] = "xml",   [PROV_ACCOUNT_LINE] = "line",
    };
    return NAME_AT(names, account);
}
