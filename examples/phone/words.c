/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "words.h"

#include <stdio.h>

#define LEN(array) (sizeof(array) / sizeof(array)[0])

/* ---- names ---- */

/* A later release of the library may say numbers this program does not know. */
static const char *lookup(const char *const *names, size_t n, uint32_t number)
{
    return number < n && names[number] ? names[number] : "unknown";
}

const char *name_of_event(uint32_t type)
{
    static const char *const names[] = {
        [PROV_EVENT_LOG] = "log",
        [PROV_EVENT_REQUEST] = "request",
        [PROV_EVENT_PROGRESS] = "progress",
        [PROV_EVENT_CHANGED] = "changed",
        [PROV_EVENT_RESULT] = "result",
        [PROV_EVENT_RESYNC] = "resync",
        [PROV_EVENT_SCHEDULED] = "scheduled",
        [PROV_EVENT_WARNING] = "warning",
        [PROV_EVENT_CREDENTIALS_WANTED] = "credentials_wanted",
        [PROV_EVENT_REBOOT_WANTED] = "reboot_wanted",
    };
    return lookup(names, LEN(names), type);
}

const char *name_of_cause(uint32_t cause)
{
    static const char *const names[] = {
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
    return lookup(names, LEN(names), cause);
}

const char *name_of_outcome(uint32_t outcome)
{
    static const char *const names[] = {
        [PROV_OUTCOME_NONE] = "none",           [PROV_OUTCOME_APPLIED] = "applied",
        [PROV_OUTCOME_UNCHANGED] = "unchanged", [PROV_OUTCOME_SKIPPED] = "skipped",
        [PROV_OUTCOME_ASSIGNED] = "assigned",   [PROV_OUTCOME_FORGIVEN] = "forgiven",
        [PROV_OUTCOME_FAILED] = "failed",
    };
    return lookup(names, LEN(names), outcome);
}

const char *name_of_why(uint32_t why)
{
    static const char *const names[] = {
        [PROV_WHY_NOTHING] = "nothing",   [PROV_WHY_TIMER] = "timer",
        [PROV_WHY_LINE] = "line",         [PROV_WHY_IDLE_DELAY] = "idle-delay",
        [PROV_WHY_TRIGGER] = "trigger",   [PROV_WHY_RUNNING] = "running",
        [PROV_WHY_DISABLED] = "disabled", [PROV_WHY_FORBIDDEN] = "forbidden",
        [PROV_WHY_CLOCK] = "clock",
    };
    return lookup(names, LEN(names), why);
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
    };
    return lookup(names, LEN(names), warning);
}

const char *name_of_origin(uint32_t origin)
{
    static const char *const names[] = {
        [PROV_ORIGIN_NONE] = "none", [PROV_ORIGIN_HOST] = "host", [PROV_ORIGIN_OS] = "os",
        [PROV_ORIGIN_CURL] = "curl", [PROV_ORIGIN_XML] = "xml",   [PROV_ORIGIN_SSL] = "ssl",
        [PROV_ORIGIN_ZLIB] = "zlib", [PROV_ORIGIN_HTTP] = "http", [PROV_ORIGIN_TFTP] = "tftp",
    };
    return lookup(names, LEN(names), origin);
}

const char *name_of_access(uint32_t access)
{
    static const char *const names[] = {
        [PROV_ACCESS_KEEP] = "keep", [PROV_ACCESS_NONE] = "na",         [PROV_ACCESS_READ] = "ro",
        [PROV_ACCESS_WRITE] = "rw",  [PROV_ACCESS_DEFAULT] = "default",
    };
    return lookup(names, LEN(names), access);
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

/* ---- words ---- */

const char *words_for_warning(uint32_t warning)
{
    static const char *const words[] = {
        [PROV_WARN_UNKNOWN_NAME] = "nobody knows this parameter: ignored",
        [PROV_WARN_CASE] = "spelt differently, taken under its proper spelling",
        [PROV_WARN_DUPLICATE] = "set more than once: the last one counts",
        [PROV_WARN_BAD_ACCESS] = "ua is none of na, ro, rw: ignored",
        [PROV_WARN_BAD_VALUE] = "the value does not fit: the old one stays",
        [PROV_WARN_READ_ONLY] = "provisioning does not set this: ignored",
        [PROV_WARN_NESTED] = "an element where none is expected: ignored",
        [PROV_WARN_EMPTY] = "the profile names no parameter",
    };
    return lookup(words, LEN(words), warning);
}

const char *words_for_why(uint32_t why)
{
    static const char *const words[] = {
        [PROV_WHY_NOTHING] = "all timers are off",
        [PROV_WHY_TIMER] = "",
        [PROV_WHY_LINE] = "waits for the call to end",
        [PROV_WHY_IDLE_DELAY] = "waits a while after the call",
        [PROV_WHY_TRIGGER] = "Resync_Trigger_1 and _2 are not true",
        [PROV_WHY_RUNNING] = "runs now",
        [PROV_WHY_DISABLED] = "Provision_Enable is No",
        [PROV_WHY_FORBIDDEN] = "the parameter for this cause says No",
        [PROV_WHY_CLOCK] = "waits for the clock to be set",
    };
    return lookup(words, LEN(words), why);
}

const char *advice_for(prov_status status)
{
    switch (status) {
    case PROV_E_SYNTAX: return "mend the rule where the message points at";
    case PROV_E_NO_SERVER: return "name a server in the rule, or give one with --dhcp-server";
    case PROV_E_DNS: return "check the spelling of the server's name, and this machine's DNS";
    case PROV_E_CONNECT: return "check that the server runs, and its address and port";
    case PROV_E_TIMEOUT: return "check the address, and whether a firewall drops the packets";
    case PROV_E_NETWORK: return "look at the server's log; the next retry may go well";
    case PROV_E_TLS: return "check the certificate's names and dates, and who signed it (--ca)";
    case PROV_E_AUTH: return "give credentials in the rule: [--uid USER --pwd PASSWORD] URL";
    case PROV_E_SERVER: return "look at the server's log for this answer";
    case PROV_E_REDIRECT: return "check where the server sends its clients";
    case PROV_E_NOT_FOUND: return "check the path in the rule against what the server offers";
    case PROV_E_TRUNCATED: return "check that the file on the server is whole";
    case PROV_E_CORRUPT: return "look at what the server delivers there: is it a flat profile?";
    case PROV_E_KEY: return "check --key against the one the file was encrypted with";
    case PROV_E_NO_KEY: return "the file is encrypted, name its key: [--key KEY] URL";
    case PROV_E_NOT_ENCRYPTED: return "encrypt the file, or take --key out of the rule";
    case PROV_E_LIMIT: return "make it smaller: the phone has limits against hostile servers";
    case PROV_E_POLICY: return "the phone's settings forbid this; --show and --set change them";
    case PROV_E_UNSUPPORTED: return "this build cannot do that; use another scheme or option";
    case PROV_E_BUSY: return "end the other program that has the store open";
    case PROV_E_IO: return "check the store's folder: permissions, and space on the disk";
    default: return NULL;
    }
}

const char *words_for_wait(int64_t ms, char *buf, size_t cap)
{
    static const struct {
        const char *unit, *rest_unit;
        int64_t s, rest_s;
    } scales[] = {
        {"d", "h", 86400, 3600},
        {"h", "min", 3600, 60},
        {"min", "s", 60, 1},
        {"s", "", 1, 1},
    };
    int64_t s = ms / 1000 + (ms % 1000 > 0);
    size_t i = 0;
    while (i + 1 < LEN(scales) && s < scales[i].s)
        i++;
    long long whole = s / scales[i].s;
    long long rest = s % scales[i].s / scales[i].rest_s;
    if (rest)
        snprintf(buf, cap, "%lld %s %lld %s", whole, scales[i].unit, rest, scales[i].rest_unit);
    else
        snprintf(buf, cap, "%lld %s", whole, scales[i].unit);
    return buf;
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
