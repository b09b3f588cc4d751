/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "catalogue/catalogue_priv.h"

#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "base/url.h"

bool prov_value_bool(prov_str value, bool *out)
{
    if (!out || !provi_str_is_sound(value))
        return false;
    value = provi_str_trim(value);
    bool is_yes = provi_str_eq_nocase(value, PROVI_LIT("Yes"));
    if (!is_yes && !provi_str_eq_nocase(value, PROVI_LIT("No")))
        return false;
    *out = is_yes;
    return true;
}

/* Read a hexadecimal number of at least one digit. */
static bool read_hex(prov_str digits, uint32_t *out)
{
    uint32_t value = 0;
    for (size_t i = 0; i < digits.len; i++) {
        int digit = provi_hex_digit(digits.data[i]);
        if (digit < 0 || value > UINT32_MAX >> 4)
            return false;
        value = value << 4 | (uint32_t)digit;
    }
    *out = value;
    return true;
}

bool prov_value_unsigned(prov_str value, uint32_t *out)
{
    if (!out || !provi_str_is_sound(value))
        return false;
    value = provi_str_trim(value);
    if (value.len > 2 && value.data[0] == '0' && provi_lower(value.data[1]) == 'x')
        return read_hex(provi_str_from_offset(value, 2), out);
    uint64_t number;
    if (!provi_str_to_u64(value, UINT32_MAX, &number))
        return false;
    *out = (uint32_t)number;
    return true;
}

/* Resync messages of SPA phones, and of MPP phones in the field. */
static const struct {
    const char *name;
    const char *text;
} dashed_defaults[] = {
    {"Log_Request_Msg", "$PN $MAC -- Requesting resync $SCHEME://$SERVIP:$PORT$PATH"},
    {"Log_Success_Msg", "$PN $MAC -- Successful resync $SCHEME://$SERVIP:$PORT$PATH"},
    {"Log_Failure_Msg", "$PN $MAC -- Resync failed: $ERR"},
};

const char *prov_catalogue_default(const struct prov_param_info *info,
                                   const struct prov_dialect *dialect)
{
    if (!info)
        return "";
    info = provi_catalogue_main(info);
    for (size_t i = 0; dialect && dialect->log_dashes && i < PROVI_LEN(dashed_defaults); i++)
        if (strcmp(info->name, dashed_defaults[i].name) == 0)
            return dashed_defaults[i].text;
    return info->default_value ? info->default_value : "";
}

/* The choice in the spelling of the entry. */
static bool find_choice(const char *choices, prov_str value, prov_str *choice)
{
    for (prov_str rest = prov_str_from(choices); provi_str_split(&rest, '|', choice);)
        if (provi_str_eq_nocase(*choice, value))
            return true;
    return false;
}

prov_str prov_catalogue_choice(const struct prov_param_info *info, prov_str value)
{
    prov_str choice;
    if (!info || !provi_str_is_sound(value))
        return value;
    info = provi_catalogue_main(info);
    bool is_choice = info->choices && find_choice(info->choices, provi_str_trim(value), &choice);
    return is_choice ? choice : value;
}

static bool is_delays(prov_str value)
{
    struct provi_delay delay;
    prov_status status;
    do {
        status = provi_delay_next(&value, &delay);
    } while (status == PROV_OK);
    return status == PROV_E_NOT_FOUND;
}

static prov_status check_unsigned(const struct prov_param_info *info, prov_str value,
                                  struct prov_error *err)
{
    uint32_t number;
    if (prov_value_unsigned(value, &number) && number >= info->min && number <= info->max)
        return PROV_OK;
    return provi_fail(err, PROV_E_VALUE, "expected a number from %u to %u%s", (unsigned)info->min,
                      (unsigned)info->max,
                      info->flags & PROV_PARAM_FLAG_MAY_BE_EMPTY ? ", or nothing" : "");
}

static prov_status check_server(const struct prov_param_info *info, prov_str value,
                                struct prov_error *err)
{
    struct provi_url url;
    bool is_proxy = strcmp(info->name, "Proxy_Host") == 0;
    const char *port_param = is_proxy ? "Proxy_Port" : "";
    return provi_server_read(value, info->name,
                             info->type == PROV_PARAM_TYPE_SERVER ? NULL : port_param, &url, err);
}

/* Empty items are skipped, as by the readers of such lists. */
static prov_status check_list(const struct prov_param_info *info, prov_str value,
                              struct prov_error *err)
{
    prov_str item;
    uint64_t code;
    bool fits = true;
    while (fits && provi_str_split(&value, ',', &item)) {
        item = provi_str_trim(item);
        if (item.len && info->type == PROV_PARAM_TYPE_CODES)
            fits = provi_str_to_u64(item, info->max, &code) && code >= info->min;
        else if (item.len)
            fits = check_server(info, item, NULL) == PROV_OK;
    }
    if (fits)
        return PROV_OK;
    if (info->type == PROV_PARAM_TYPE_HOSTS)
        return provi_fail(err, PROV_E_VALUE, "expected host names, separated by commas");
    return provi_fail(err, PROV_E_VALUE, "expected numbers from %u to %u, separated by commas",
                      (unsigned)info->min, (unsigned)info->max);
}

static prov_status check(const struct prov_param_info *info, prov_str value, struct prov_error *err)
{
    bool is_yes;
    prov_str choice;
    if (value.len == 0 && info->flags & PROV_PARAM_FLAG_MAY_BE_EMPTY)
        return PROV_OK;
    switch (info->type) {
    case PROV_PARAM_TYPE_BOOL:
        if (prov_value_bool(value, &is_yes))
            return PROV_OK;
        return provi_fail(err, PROV_E_VALUE, "expected Yes or No");
    case PROV_PARAM_TYPE_UNSIGNED: return check_unsigned(info, value, err);
    case PROV_PARAM_TYPE_ENUM:
        if (find_choice(info->choices, value, &choice))
            return PROV_OK;
        return provi_fail(err, PROV_E_VALUE, "expected one of %s", info->choices);
    case PROV_PARAM_TYPE_DELAYS:
        if (is_delays(value))
            return PROV_OK;
        return provi_fail(
            err, PROV_E_VALUE,
            "expected seconds, a range such as 600+30, or a list of these, separated by commas");
    case PROV_PARAM_TYPE_HHMM:
        return PROV_OK; /* stored as written; an invalid time counts as unset */
    case PROV_PARAM_TYPE_SERVER:
    case PROV_PARAM_TYPE_HOST: return value.len ? check_server(info, value, err) : PROV_OK;
    case PROV_PARAM_TYPE_HOSTS:
    case PROV_PARAM_TYPE_CODES: return check_list(info, value, err);
    default:
        if (info->max == 0 || value.len <= info->max)
            return PROV_OK;
        return provi_fail(err, PROV_E_VALUE, "expected at most %u bytes, found %zu",
                          (unsigned)info->max, value.len);
    }
}

prov_status prov_catalogue_check(const struct prov_param_info *info, prov_str value,
                                 struct prov_error *err)
{
    if (!info)
        return provi_fail_invalid(err, "info");
    if (value.len && !value.data)
        return provi_fail_invalid(err, "value");
    info = provi_catalogue_main(info);
    prov_status status = check(info, provi_str_trim(value), err);
    if (status != PROV_OK)
        provi_error_subject(err, prov_str_from(info->name));
    return status;
}
