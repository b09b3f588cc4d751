/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "rule/rule_priv.h"

#include "base/abi.h"
#include "base/alloc.h"
#include "base/error.h"

prov_status provi_rule_resolve(struct provi_rule_settings *settings,
                               const struct prov_rule_options *opt, struct prov_error *err)
{
    struct prov_rule_options known;
    struct prov_dialect dialect = {0};
    struct prov_limits limits = {0};
    prov_status status = provi_abi_in(&known, sizeof known, opt, err);
    if (status == PROV_OK)
        status = provi_abi_in(&dialect, sizeof dialect, known.dialect, err);
    if (status == PROV_OK)
        status = provi_limits_resolve(&limits, known.limits, err);
    if (status != PROV_OK)
        return status;
    if (known.kind > PROV_RULE_TRIGGER || known.flags & ~(uint32_t)PROV_RULE_SERVER_OPTIONAL)
        return provi_fail_invalid(err, "kind or flags");
    bool may_lack_server = known.flags & PROV_RULE_SERVER_OPTIONAL;
    *settings = (struct provi_rule_settings){
        .kind = known.kind,
        .needs_server = known.kind == PROV_RULE_UPGRADE && !may_lack_server,
        .ends_at_hash = dialect.hash_comments_anywhere,
        .expansion_flags = PROV_MACRO_RULE | (dialect.key_only_secrets ? PROV_MACRO_KEY_ONLY : 0),
        .max_bytes = limits.max_rule_bytes,
        .alloc = provi_alloc_or_default(known.alloc),
    };
    return PROV_OK;
}

prov_status provi_rule_check_length(const struct provi_rule_settings *settings, size_t len,
                                    struct prov_error *err)
{
    if (len <= settings->max_bytes)
        return PROV_OK;
    return provi_fail(err, PROV_E_LIMIT, "rule of %zu bytes, %zu are allowed", len,
                      settings->max_bytes);
}
