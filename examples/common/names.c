/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "common/names.h"

#include <stdio.h>

#define LEN(array) (sizeof(array) / sizeof(array)[0])

const char *lookup_name(const char *const *names, size_t n, uint32_t number)
{
    return number < n && names[number] ? names[number] : "unknown";
}

const char *name_of_warning(uint32_t warning)
{
    static const char *const names[] = {
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
        [PROV_WARN_NOT_HHMM] = "not-hhmm",
        [PROV_WARN_NO_RULES] = "no-rules",
        [PROV_WARN_INSTRUCTION] = "instruction",
        [PROV_WARN_ENCODING] = "encoding",
        [PROV_WARN_COMMENT] = "comment",
        [PROV_WARN_ALIAS_UNUSED] = "alias-unused",
        [PROV_WARN_NO_ALIAS] = "no-alias",
        [PROV_WARN_STRAY_INSTRUCTION] = "stray-instruction",
        [PROV_WARN_ATTRIBUTE] = "attribute",
        [PROV_WARN_TEMPLATE] = "template",
    };
    return lookup_name(names, LEN(names), warning);
}

const char *name_of_lint(uint32_t kind)
{
    static const char *const names[] = {
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
    };
    return lookup_name(names, LEN(names), kind);
}

const char *name_of_origin(uint32_t origin)
{
    static const char *const names[] = {
        [PROV_ORIGIN_NONE] = "none", [PROV_ORIGIN_HOST] = "host", [PROV_ORIGIN_OS] = "os",
        [PROV_ORIGIN_CURL] = "curl", [PROV_ORIGIN_XML] = "xml",   [PROV_ORIGIN_SSL] = "ssl",
        [PROV_ORIGIN_ZLIB] = "zlib", [PROV_ORIGIN_HTTP] = "http", [PROV_ORIGIN_TFTP] = "tftp",
    };
    return lookup_name(names, LEN(names), origin);
}

const char *name_of_tls_reason(uint32_t reason)
{
    static const char *const names[] = {
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
    return lookup_name(names, LEN(names), reason);
}

const char *name_of_access(uint32_t access)
{
    static const char *const names[] = {
        [PROV_ACCESS_KEEP] = "keep", [PROV_ACCESS_NONE] = "na",         [PROV_ACCESS_READ] = "ro",
        [PROV_ACCESS_WRITE] = "rw",  [PROV_ACCESS_DEFAULT] = "default",
    };
    return lookup_name(names, LEN(names), access);
}

const char *name_of_derivation(uint32_t derivation)
{
    switch (derivation) {
    case PROV_DERIVE_SHA256: return "sha256";
    case PROV_DERIVE_MD5: return "md5";
    case PROV_DERIVE_PBKDF2: return "pbkdf2";
    default: return "unknown";
    }
}

const char *name_of_encoding(uint32_t encodings, size_t index)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } layers[] = {
        {PROV_ENCODING_HTTP_GZIP, "http-gzip"}, {PROV_ENCODING_BASE64, "base64"},
        {PROV_ENCODING_AES_CBC, "aes-256-cbc"}, {PROV_ENCODING_RFC8188, "aes128gcm"},
        {PROV_ENCODING_GZIP, "gzip"},
    };
    for (size_t i = 0; i < LEN(layers); i++)
        if ((encodings & layers[i].bit) && index-- == 0)
            return layers[i].name;
    return NULL;
}

const char *words_for_warning(uint32_t warning)
{
    static const char *const words[] = {
        [PROV_WARN_UNKNOWN_NAME] = "nobody knows this parameter: ignored",
        [PROV_WARN_CASE] = "spelt differently, taken under its proper spelling",
        [PROV_WARN_DUPLICATE] = "set more than once: the last one counts",
        [PROV_WARN_BAD_ACCESS] = "ua is none of na, ro, rw: ignored",
        [PROV_WARN_BAD_VALUE] = "the value does not fit: the old one stays",
        [PROV_WARN_READ_ONLY] = "provisioning does not set this: ignored",
        [PROV_WARN_NESTED] = "an element inside it: ignored, the old value stays",
        [PROV_WARN_EMPTY] = "the profile names no parameter",
        [PROV_WARN_ALIAS] = "an alias that leads nowhere, or one too many: ignored",
        [PROV_WARN_NO_PROXY] = "Manual needs Proxy_Host, and Auto (PAC, WPAD) is not supported: "
                               "asked without a proxy",
        [PROV_WARN_CONTENT_CODING] = "the server names no content coding there: ignored",
        [PROV_WARN_NOT_HHMM] = "kept, but counts as unset",
        [PROV_WARN_NO_RULES] = "no rule is left, no server will be asked any more",
        [PROV_WARN_INSTRUCTION] = "an instruction such as <?php ...?> inside a parameter: the old "
                                  "value stays",
        [PROV_WARN_ENCODING] = "bytes that are not UTF-8 outside of values: ignored",
        [PROV_WARN_COMMENT] = "'<!--' inside a comment: an earlier comment is not closed, and "
                              "parameters may be lost in it",
        [PROV_WARN_ALIAS_UNUSED] = "no element of the file is as this alias says",
        [PROV_WARN_NO_ALIAS] = "no alias names this element",
        [PROV_WARN_STRAY_INSTRUCTION] = "an instruction such as <?php ...?> between the elements, "
                                        "which the server did not run: ignored",
        [PROV_WARN_ATTRIBUTE] = "na, ro or rw in an attribute that is not called ua: ignored",
        [PROV_WARN_TEMPLATE] = "a template's mark such as {% ... %} or {{ ... }} between the "
                               "elements, which was not filled in: ignored",
    };
    return lookup_name(words, LEN(words), warning);
}

const char *words_for_bytes(uint64_t bytes, char *buf, size_t cap)
{
    if (bytes < 1024)
        snprintf(buf, cap, "%u bytes", (unsigned)bytes);
    else if (bytes < 1024 * 1024)
        snprintf(buf, cap, "%.1f KiB", (double)bytes / 1024);
    else
        snprintf(buf, cap, "%.1f MiB", (double)bytes / (1024 * 1024));
    return buf;
}
