/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "common/names.h"

#include <stdio.h>
#include <string.h>

#define LEN(array) (sizeof(array) / sizeof(array)[0])

const char *lookup_name(const char *const *names, size_t n, uint32_t number)
{
    return number < n && names[number] ? names[number] : "unknown";
}

const char *name_of_encoding(uint32_t encodings, size_t index)
{
    static const uint32_t layers[] = {PROV_ENCODING_HTTP_GZIP, PROV_ENCODING_BASE64,
                                      PROV_ENCODING_AES_CBC, PROV_ENCODING_RFC8188,
                                      PROV_ENCODING_GZIP};
    for (size_t i = 0; i < LEN(layers); i++)
        if ((encodings & layers[i]) && index-- == 0)
            return prov_encoding_name(layers[i]);
    return NULL;
}

const char *words_for_warning(uint32_t warning)
{
    static const char *const words[] = {
        [PROV_WARN_UNKNOWN_NAME] = "unknown parameter: ignored",
        [PROV_WARN_CASE] = "another spelling of the name: used as the catalogue spells it",
        [PROV_WARN_DUPLICATE] = "set more than once: the last one counts",
        [PROV_WARN_BAD_ACCESS] = "ua: expected na, ro or rw: ignored",
        [PROV_WARN_BAD_VALUE] = "invalid value: the old value stays",
        [PROV_WARN_READ_ONLY] = "provisioning cannot set this: ignored",
        [PROV_WARN_NESTED] = "an element inside it: ignored, the old value stays",
        [PROV_WARN_EMPTY] = "the profile names no parameter",
        [PROV_WARN_ALIAS] =
            "an alias without a parameter of the flat profile, or too many aliases: ignored",
        [PROV_WARN_NO_PROXY] = "Manual needs Proxy_Host, and Auto (PAC, WPAD) is not supported: "
                               "asked without a proxy",
        [PROV_WARN_CONTENT_CODING] = "expected a content coding: ignored",
        [PROV_WARN_NOT_HHMM] = "stored, but counts as unset",
        [PROV_WARN_NO_RULES] = "no rule is left: the device will contact no server any more",
        [PROV_WARN_INSTRUCTION] = "an instruction such as <?php ...?> inside a parameter: the old "
                                  "value stays",
        [PROV_WARN_ENCODING] = "bytes that are not UTF-8 outside of values: ignored",
        [PROV_WARN_COMMENT] = "'<!--' inside a comment: an earlier comment is not closed, and "
                              "parameters may be lost in it",
        [PROV_WARN_ALIAS_UNUSED] = "no element of the file has the path of this alias",
        [PROV_WARN_NO_ALIAS] = "no alias names this element",
        [PROV_WARN_STRAY_INSTRUCTION] = "an instruction such as <?php ...?> between the elements, "
                                        "which the server did not run: ignored",
        [PROV_WARN_ATTRIBUTE] = "na, ro or rw in an attribute that is not called ua: ignored",
        [PROV_WARN_TEMPLATE] = "a template's mark such as {% ... %} or {{ ... }} between the "
                               "elements, which was not filled in: ignored",
        [PROV_WARN_PLAIN_PASSWORD] = "everyone on the way can read the password: use https in the "
                                     "rule, or have the server ask for Digest",
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

const char *words_for_file(const struct prov_result *result, char *buf, size_t cap)
{
    size_t len = strlen(words_for_bytes(result->bytes, buf, cap));
    const char *layer;
    for (size_t i = 0; (layer = name_of_encoding(result->encodings, i)) && len < cap; i++)
        len += (size_t)snprintf(buf + len, cap - len, ", %s", layer);
    if (result->derivation && len < cap)
        snprintf(buf + len, cap - len, ", key by %s", prov_derivation_name(result->derivation));
    return buf;
}
