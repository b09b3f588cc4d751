/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "common/parameter.h"

#include <stdlib.h>
#include <string.h>

bool parameter_split(const char *pair, prov_str *name, prov_str *value)
{
    const char *equals = strchr(pair, '=');
    if (!equals || equals == pair)
        return false;
    *name = (prov_str){pair, (size_t)(equals - pair)};
    *value = prov_str_from(equals + 1);
    return true;
}

const struct prov_param_info *parameter_spell(prov_str *name, char proper[PARAMETER_NAME_CAP])
{
    size_t len;
    const struct prov_param_info *info = prov_catalogue_find(*name, NULL);
    if (info && prov_catalogue_spell(info, *name, proper, PARAMETER_NAME_CAP, &len) == PROV_OK)
        *name = (prov_str){proper, len};
    return info;
}

prov_status parameter_set(prov_store *store, prov_str name, prov_str value,
                          const struct prov_source *source, struct prov_error *err)
{
    char proper[PARAMETER_NAME_CAP];
    const struct prov_param_info *info = parameter_spell(&name, proper);
    prov_status status = info ? prov_rule_check_value(info, value, NULL, err) : PROV_OK;
    const struct prov_param param = {
        .size = sizeof param,
        .name = name,
        .value = info ? prov_catalogue_choice(info, value) : value,
        .has_value = 1,
        .source = source,
    };
    return status == PROV_OK ? prov_store_set(store, &param, err) : status;
}

char *parameter_get(const prov_store *store, prov_str name, uint32_t dialect, bool *is_set)
{
    size_t len = 0;
    *is_set = prov_store_get(store, name, NULL, 0, &len) != PROV_E_NOT_FOUND;
    if (!*is_set) {
        const struct prov_param_info *info = prov_catalogue_find(name, NULL);
        return strdup(prov_catalogue_default(info, prov_dialect_get(dialect)));
    }
    char *value = malloc(len + 1);
    if (!value || prov_store_get(store, name, value, len + 1, &len) != PROV_OK) {
        free(value);
        return NULL;
    }
    return value;
}
