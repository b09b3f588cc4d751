/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/upgrade_priv.h"

#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "env/env.h"
#include "rule/operand.h"

prov_status provi_upgrade_target_digest(const struct prov_rule_target *target,
                                        struct provi_digest *digest, struct prov_error *err)
{
    struct provi_digester digester;
    const unsigned char port[2] = {(unsigned char)(target->port >> 8), (unsigned char)target->port};
    provi_digest_begin(&digester);
    provi_digest_add_text(&digester, target->scheme);
    provi_digest_add_text(&digester, target->host);
    provi_digest_add(&digester, port, sizeof port);
    provi_digest_add_text(&digester, target->path);
    return provi_digest_end(&digester, digest, err);
}

prov_status provi_upgrade_image_digest(const struct provi_digest *target, const uint8_t *sha256,
                                       struct provi_digest *digest, struct prov_error *err)
{
    struct provi_digester digester;
    provi_digest_begin(&digester);
    provi_digest_add(&digester, target->bytes, sizeof target->bytes);
    if (sha256)
        provi_digest_add(&digester, sha256, sizeof digest->bytes);
    return provi_digest_end(&digester, digest, err);
}

prov_str provi_upgrade_file(prov_str path)
{
    path.len = provi_str_find(path, '?');
    size_t begin = path.len;
    while (begin > 0 && path.data[begin - 1] != '/')
        begin--;
    return provi_str_from_offset(path, begin);
}

prov_str provi_upgrade_load_name(prov_str file)
{
    static const char suffixes[][7] = {".loads", ".bin", ".img"};
    for (size_t i = 0; i < PROVI_LEN(suffixes); i++) {
        prov_str suffix = prov_str_from(suffixes[i]);
        if (file.len > suffix.len &&
            memcmp(file.data + file.len - suffix.len, suffix.data, suffix.len) == 0)
            return (prov_str){file.data, file.len - suffix.len};
    }
    return file;
}

bool provi_upgrade_is_file_name(prov_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        bool is_up = c == '.' && i + 1 < name.len && name.data[i + 1] == '.';
        if (c <= ' ' || c > '~' || c == '/' || c == '\\' || c == '?' || c == '#' || is_up)
            return false;
    }
    return name.len > 0 && !provi_str_is(name, ".");
}

prov_str provi_upgrade_running(struct provi_env *env)
{
    const struct prov_vars vars = prov_macro_vars_view(env->macro_vars);
    prov_str version;
    bool is_known = vars.find(vars.ctx, PROVI_LIT("SWVER"), 0, &version) == PROV_OK;
    return is_known ? version : PROVI_LIT("");
}

prov_status provi_upgrade_permit(struct provi_env *env, prov_str version, struct prov_error *err)
{
    struct provi_operand found, lowest;
    char buf[PROV_UPGRADE_VERSION_CAP];
    size_t len = 0;
    prov_status status =
        provi_param_copy(&env->params, PROVI_LIT("Downgrade_Rev_Limit"), buf, sizeof buf, &len);
    if (status != PROV_OK)
        return provi_param_fail(&env->params, PROVI_LIT("Downgrade_Rev_Limit"), status, err);
    prov_str limit = provi_str_trim((prov_str){buf, len});
    if (limit.len == 0)
        return PROV_OK;
    if (!provi_operand_classify(limit, &lowest))
        return provi_fail(err, PROV_E_POLICY, "Downgrade_Rev_Limit: expected a version");
    uint32_t type = provi_operand_classify(version, &found)
                        ? provi_operand_common_type(found.type, lowest.type)
                        : 0;
    if (type && provi_operand_compare(type, &found, &lowest) >= 0)
        return PROV_OK;
    return provi_fail(err, PROV_E_POLICY,
                      "expected a version from Downgrade_Rev_Limit %.*s on, found %.*s",
                      PROVI_STR(limit), PROVI_STR(version));
}
