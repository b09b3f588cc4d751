/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "catalogue/catalogue_priv.h"

#include <string.h>

#include "base/abi.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "base/url.h"

enum { MAX_LINE_DIGITS = 3, MAX_LINE = 999 };

/* Names */

/* A name as asked for. */
struct key {
    prov_str name;
    prov_str stem; /* `User_ID_` of `User_ID_3_`; empty when no line number ends the name */
    uint32_t line; /* 3 */
};

static inline struct key key_of(prov_str name)
{
    struct key key = {.name = name};
    if (name.len == 0 || name.data[name.len - 1] != '_')
        return key;
    size_t end = name.len - 1;
    size_t start = end;
    while (start > 0 && provi_is_digit(name.data[start - 1]))
        start--;
    bool is_number = start < end && end - start <= MAX_LINE_DIGITS && name.data[start] != '0';
    if (!is_number || start < 2 || name.data[start - 1] != '_')
        return key;
    key.stem = (prov_str){name.data, start};
    for (size_t i = start; i < end; i++)
        key.line = 10 * key.line + (uint32_t)(name.data[i] - '0');
    return key;
}

prov_str provi_catalogue_stem(const struct prov_param_info *info)
{
    prov_str name = prov_str_from(info->name);
    if (info->flags & PROV_PARAM_PER_LINE)
        name.len -= strlen("n_");
    return name;
}

/* 2^32 divided by the golden ratio: a product with it spreads (multiplicative hashing). */
#define GOLDEN_RATIO UINT32_C(0x9E3779B1)

/* Four characters as one number on any machine; the bit of their case is set. */
static uint32_t word_at(const char *text)
{
    const unsigned char *bytes = (const unsigned char *)text;
    uint32_t word =
        bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    return word | 0x20202020u;
}

static inline size_t start_of(prov_str name)
{
    return word_at(name.data) * GOLDEN_RATIO >> (32 - PROVI_CATALOGUE_START_BITS);
}

size_t provi_catalogue_start(prov_str name)
{
    return start_of(name);
}

/*
 * The first, the middle and the last four characters and the length tell the names apart well
 * enough.
 */
static inline uint32_t hash_of(prov_str name)
{
    uint32_t hash = (uint32_t)name.len;
    if (name.len >= 4)
        hash += word_at(name.data) * 3 + word_at(name.data + name.len / 2 - 2) * 5 +
                word_at(name.data + name.len - 4) * 7;
    return hash * GOLDEN_RATIO;
}

uint32_t provi_catalogue_hash(prov_str name)
{
    return hash_of(name);
}

static bool is_named(const struct prov_param_info *info, const struct key *key, bool *exact)
{
    bool is_past_last_line = info->max_line && key->line > info->max_line;
    if (info->flags & PROV_PARAM_PER_LINE && is_past_last_line)
        return *exact = false;
    prov_str own = provi_catalogue_stem(info);
    prov_str asked = info->flags & PROV_PARAM_PER_LINE ? key->stem : key->name;
    *exact = provi_str_eq(own, asked);
    return *exact || provi_str_eq_nocase(own, asked);
}

static inline size_t next_slot(size_t at)
{
    return (at + 1) % PROVI_CATALOGUE_N_SLOTS;
}

/* The number of the next row from slot *at on whose slot says @p tag; 0: none. */
static inline size_t next_candidate(size_t *at, uint32_t tag)
{
    uint32_t slot;
    while ((slot = provi_catalogue_slots[*at]) && slot >> 8 != tag)
        *at = next_slot(*at);
    return slot & 0xff;
}

/* An exact spelling wins: some synonyms differ only in case. */
static const struct prov_param_info *find_row(const struct key *key, bool *exact)
{
    uint32_t hash = hash_of(key->stem.len ? key->stem : key->name);
    uint32_t tag = provi_catalogue_tag(hash);
    const struct prov_param_info *found = NULL;
    size_t at = provi_catalogue_slot(hash);
    for (size_t number; (number = next_candidate(&at, tag)); at = next_slot(at)) {
        const struct prov_param_info *row = &provi_catalogue_rows[number - 1];
        if (!is_named(row, key, exact))
            continue;
        if (*exact)
            return row;
        found = found ? found : row;
    }
    *exact = false;
    return found;
}

/* False: no row has a name that starts like this one. */
static inline bool may_have_row(prov_str name)
{
    if (name.len < 4)
        return true;
    size_t start = start_of(name);
    return provi_catalogue_starts[start / 8] >> start % 8 & 1;
}

static const struct prov_param_info *find_extra(const struct prov_catalogue *catalogue,
                                                const struct key *key, bool *exact)
{
    const struct prov_param_info *found = NULL;
    for (size_t i = 0; i < catalogue->n_extra; i++) {
        if (!is_named(catalogue->extra[i], key, exact))
            continue;
        if (*exact)
            return catalogue->extra[i];
        found = found ? found : catalogue->extra[i];
    }
    *exact = false;
    return found;
}

/* The entry that holds what is true of a synonym. */
static const struct prov_param_info *main_entry(const struct prov_param_info *info)
{
    if (!info->synonym_of)
        return info;
    struct key key = key_of(prov_str_from(info->synonym_of));
    bool exact;
    return find_row(&key, &exact);
}

static const struct prov_param_info *find(const struct prov_catalogue *catalogue,
                                          const struct key *key, bool *exact)
{
    bool is_exact;
    const struct prov_param_info *found = find_row(key, &is_exact);
    if (!found && catalogue)
        found = find_extra(catalogue, key, &is_exact);
    if (exact)
        *exact = is_exact;
    return found ? main_entry(found) : NULL;
}

/* Most names of a profile are in no catalogue: these leave by the shortest way. */
const struct prov_param_info *prov_catalogue_find_in(const struct prov_catalogue *catalogue,
                                                     prov_str name, bool *exact)
{
    bool has_extra = catalogue && catalogue->n_extra;
    if (name.data && name.len && (has_extra || may_have_row(name))) {
        struct key key = key_of(name);
        return find(catalogue, &key, exact);
    }
    if (exact)
        *exact = false;
    return NULL;
}

const struct prov_param_info *prov_catalogue_find(prov_str name, bool *exact)
{
    return prov_catalogue_find_in(NULL, name, exact);
}

const struct prov_param_info *prov_catalogue_at(size_t index)
{
    return index < provi_catalogue_n_rows ? &provi_catalogue_rows[index] : NULL;
}

prov_status prov_catalogue_spell(const struct prov_param_info *info, prov_str name, char *buf,
                                 size_t cap, size_t *len)
{
    if (!info || !len || (cap && !buf))
        return PROV_E_INVALID;
    if (!(info->flags & PROV_PARAM_PER_LINE))
        return provi_str_out(prov_str_from(info->name), buf, cap, len);
    prov_str stem = provi_catalogue_stem(info);
    struct key key = key_of(name);
    bool is_exact;
    if (!is_named(info, &key, &is_exact))
        return PROV_E_INVALID;
    prov_status status = provi_str_out(name, buf, cap, len);
    if (cap > 1)
        memcpy(buf, stem.data, stem.len < cap - 1 ? stem.len : cap - 1);
    return status;
}

/* Values */

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
    info = main_entry(info);
    for (size_t i = 0; dialect && dialect->log_dashes && i < PROVI_LEN(dashed_defaults); i++)
        if (strcmp(info->name, dashed_defaults[i].name) == 0)
            return dashed_defaults[i].text;
    return info->default_value ? info->default_value : "";
}

/* The choice as the entry spells it. */
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
    info = main_entry(info);
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
                      info->flags & PROV_PARAM_MAY_BE_EMPTY ? ", or nothing" : "");
}

static prov_status check_server(const struct prov_param_info *info, prov_str value,
                                struct prov_error *err)
{
    struct provi_url url;
    bool is_proxy = strcmp(info->name, "Proxy_Host") == 0;
    const char *port_param = is_proxy ? "Proxy_Port" : "";
    return provi_server_read(value, info->name, info->type == PROV_PARAM_SERVER ? NULL : port_param,
                             &url, err);
}

static bool is_code(const struct prov_param_info *info, prov_str text)
{
    uint64_t code;
    return provi_str_to_u64(text, info->max, &code) && code >= info->min;
}

/* Empty items are passed over, as by those who read such lists. */
static bool is_list(const struct prov_param_info *info, prov_str value)
{
    prov_str item;
    while (provi_str_split(&value, ',', &item)) {
        item = provi_str_trim(item);
        bool fits = info->type == PROV_PARAM_CODES ? is_code(info, item)
                                                   : check_server(info, item, NULL) == PROV_OK;
        if (item.len && !fits)
            return false;
    }
    return true;
}

static prov_status check_list(const struct prov_param_info *info, prov_str value,
                              struct prov_error *err)
{
    if (is_list(info, value))
        return PROV_OK;
    if (info->type == PROV_PARAM_HOSTS)
        return provi_fail(err, PROV_E_VALUE, "expected names of hosts, a comma between two");
    return provi_fail(err, PROV_E_VALUE, "expected numbers from %u to %u, a comma between two",
                      (unsigned)info->min, (unsigned)info->max);
}

static prov_status check_text(const struct prov_param_info *info, prov_str value,
                              struct prov_error *err)
{
    if (info->max == 0 || value.len <= info->max)
        return PROV_OK;
    return provi_fail(err, PROV_E_VALUE, "expected at most %u bytes, there are %zu",
                      (unsigned)info->max, value.len);
}

static prov_status check(const struct prov_param_info *info, prov_str value, struct prov_error *err)
{
    bool is_yes;
    prov_str choice;
    if (value.len == 0 && info->flags & PROV_PARAM_MAY_BE_EMPTY)
        return PROV_OK;
    switch (info->type) {
    case PROV_PARAM_BOOL:
        if (prov_value_bool(value, &is_yes))
            return PROV_OK;
        return provi_fail(err, PROV_E_VALUE, "expected Yes or No");
    case PROV_PARAM_UNSIGNED: return check_unsigned(info, value, err);
    case PROV_PARAM_ENUM:
        if (find_choice(info->choices, value, &choice))
            return PROV_OK;
        return provi_fail(err, PROV_E_VALUE, "expected one of %s", info->choices);
    case PROV_PARAM_DELAYS:
        if (is_delays(value))
            return PROV_OK;
        return provi_fail(err, PROV_E_VALUE,
                          "expected seconds, a range such as 600+30, or a list of these by commas");
    case PROV_PARAM_HHMM: return PROV_OK; /* kept as written; one that is no time counts as unset */
    case PROV_PARAM_SERVER:
    case PROV_PARAM_HOST: return value.len ? check_server(info, value, err) : PROV_OK;
    case PROV_PARAM_HOSTS:
    case PROV_PARAM_CODES: return check_list(info, value, err);
    default: return check_text(info, value, err);
    }
}

prov_status prov_catalogue_check(const struct prov_param_info *info, prov_str value,
                                 struct prov_error *err)
{
    if (!info)
        return provi_fail_invalid(err, "info");
    if (value.len && !value.data)
        return provi_fail_invalid(err, "value");
    info = main_entry(info);
    prov_status status = check(info, provi_str_trim(value), err);
    if (status != PROV_OK)
        provi_error_subject(err, prov_str_from(info->name));
    return status;
}

/* Entries of a host */

static prov_status refuse(struct prov_error *err, prov_str name, const char *what)
{
    provi_fail(err, PROV_E_INVALID, "parameter of the host: %s", what);
    provi_error_subject(err, name);
    return PROV_E_INVALID;
}

/* Names are XML names, and what a prefix or `n` of theirs stands for has to be clear. */
static bool is_good_name(prov_str name, uint32_t flags)
{
    if (name.len == 0 || !(provi_is_alpha(name.data[0]) || name.data[0] == '_'))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!provi_is_alnum(name.data[i]) && !strchr("-._", name.data[i]))
            return false;
    if (!(flags & PROV_PARAM_PER_LINE))
        return true;
    return name.len > 3 && memcmp(name.data + name.len - 3, "_n_", 3) == 0;
}

static const char *fault_of(const struct prov_param_info *info)
{
    const uint32_t known_flags = PROV_PARAM_SECRET | PROV_PARAM_REBOOT | PROV_PARAM_READ_ONLY |
                                 PROV_PARAM_PER_LINE | PROV_PARAM_MAY_BE_EMPTY | PROV_PARAM_RESTART;
    if (info->flags & ~known_flags)
        return "unknown flags";
    if (!is_good_name(prov_str_from(info->name), info->flags))
        return "name is no XML name, or per line and does not end in _n_";
    if (info->max_line > (info->flags & PROV_PARAM_PER_LINE ? MAX_LINE : 0) || info->reserved)
        return "max_line is past 999 or of no per-line parameter, or reserved is not 0";
    if (info->synonym_of)
        return "synonym_of is set";
    if (info->type > PROV_PARAM_CODES)
        return "unknown type";
    if ((info->type == PROV_PARAM_ENUM) != (info->choices != NULL))
        return "choices are for enumerations, which need them";
    return NULL;
}

/* Whether an entry of the library, or one of `catalogue`, has the name already. */
static bool is_taken(const struct prov_catalogue *catalogue, const struct prov_param_info *info)
{
    struct key key = key_of(prov_str_from(info->name));
    if (info->flags & PROV_PARAM_PER_LINE)
        key.stem = provi_catalogue_stem(info);
    return find(catalogue, &key, NULL) != NULL;
}

static prov_status validate_entry(const struct prov_catalogue *before,
                                  const struct prov_param_info *info, struct prov_error *err)
{
    if (!info)
        return refuse(err, PROVI_LIT(""), "entry is NULL");
    struct prov_param_info known;
    prov_status status = provi_abi_in(&known, sizeof known, info, err);
    if (status != PROV_OK)
        return status;
    if (info->size < sizeof known)
        return refuse(err, PROVI_LIT(""), "size is less than that of release 0.1");
    const char *fault = fault_of(info);
    if (fault)
        return refuse(err, prov_str_from(info->name), fault);
    if (is_taken(before, info))
        return refuse(err, prov_str_from(info->name), "name is taken");
    if (prov_catalogue_check(info, prov_str_from(prov_catalogue_default(info, NULL)), NULL) !=
        PROV_OK)
        return refuse(err, prov_str_from(info->name), "default does not fit the type");
    return PROV_OK;
}

prov_status prov_catalogue_validate(const struct prov_catalogue *catalogue, struct prov_error *err)
{
    struct prov_catalogue known;
    prov_status status = provi_abi_in(&known, sizeof known, catalogue, err);
    if (status != PROV_OK)
        return status;
    if (known.n_extra && !known.extra)
        return provi_fail_invalid(err, "extra");
    struct prov_catalogue before = {.size = sizeof before, .extra = known.extra};
    for (; before.n_extra < known.n_extra; before.n_extra++) {
        status = validate_entry(&before, known.extra[before.n_extra], err);
        if (status != PROV_OK)
            return status;
    }
    return PROV_OK;
}
