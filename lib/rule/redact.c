/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "rule/redact.h"

#include <provision/rule.h>

#include "base/str.h"
#include "macro/secrets.h"

void provi_rule_write_redacted(struct provi_text *out, prov_str text)
{
    struct provi_secrets secrets;
    struct provi_span span;
    size_t at = 0;
    provi_secrets_init(&secrets, text);
    while (provi_secrets_next(&secrets, &span)) {
        provi_text_add(out, (prov_str){text.data + at, span.start - at});
        provi_text_add(out, PROVI_LIT(PROVI_MASK));
        at = span.end;
    }
    provi_text_add(out, provi_str_from_offset(text, at));
}

prov_status prov_rule_redact(prov_str text, char *buf, size_t cap, size_t *len)
{
    if (!provi_str_is_sound(text) || (!buf && cap) || !len)
        return PROV_E_INVALID;
    struct provi_text out;
    provi_text_to_buf(&out, buf, cap);
    provi_rule_write_redacted(&out, text);
    return provi_text_end(&out, len);
}
