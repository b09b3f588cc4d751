/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "catalogue/catalogue_priv.h"

#include <string.h>

#include "base/abi.h"
#include "base/error.h"
#include "base/str.h"

enum { MAX_LINE_DIGITS = 3, MAX_LINE = 999 };

/* The name of a search, split. */
struct key {
    prov_str name;
    prov_str stem; /* `User_ID_` of `User_ID_3_`; empty for a name without a line number */
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

static inline prov_str stem_of(const struct prov_param_info *info)
{
    size_t len = strlen(info->name);
    return (prov_str){info->name,
                      info->flags & PROV_PARAM_FLAG_PER_LINE ? len - strlen("n_") : len};
}

prov_str provi_catalogue_stem(const struct prov_param_info *info)
{
    return stem_of(info);
}

/* 2^32 divided by the golden ratio, for multiplicative hashing. */
#define GOLDEN_RATIO UINT32_C(0x9E3779B1)

/* Four characters as one number, the same on all machines, with the bit of lower case set. */
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

/* The first, middle and last four characters and the length differ enough between names. */
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

static inline bool is_named(const struct prov_param_info *info, const struct key *key, bool *exact)
{
    bool is_past_last_line = info->max_line && key->line > info->max_line;
    if (info->flags & PROV_PARAM_FLAG_PER_LINE && is_past_last_line)
        return *exact = false;
    prov_str own = stem_of(info);
    prov_str asked = info->flags & PROV_PARAM_FLAG_PER_LINE ? key->stem : key->name;
    *exact = provi_str_eq(own, asked);
    return *exact || provi_str_eq_nocase(own, asked);
}

/* An exact spelling precedes others: some synonyms differ only in case. */
static inline const struct prov_param_info *find_row(const struct key *key, bool *exact)
{
    uint32_t hash = hash_of(key->stem.len ? key->stem : key->name);
    uint32_t tag = provi_catalogue_tag(hash);
    const struct prov_param_info *found = NULL;
    size_t at = provi_catalogue_slot(hash);
    for (uint32_t slot; (slot = provi_catalogue_slots[at]);
         at = (at + 1) % PROVI_CATALOGUE_N_SLOTS) {
        const struct prov_param_info *row = &provi_catalogue_rows[(slot & 0xff) - 1];
        if (slot >> 8 != tag || !is_named(row, key, exact))
            continue;
        if (*exact)
            return row;
        found = found ? found : row;
    }
    *exact = false;
    return found;
}

/* False: no row's name has this start. */
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

PROVI_COLD static const struct prov_param_info *main_of(const struct prov_param_info *synonym)
{
    struct key key = key_of(prov_str_from(synonym->synonym_of));
    bool exact;
    return find_row(&key, &exact);
}

const struct prov_param_info *provi_catalogue_main(const struct prov_param_info *info)
{
    return info->synonym_of ? main_of(info) : info;
}

static inline const struct prov_param_info *find(const struct prov_catalogue *catalogue,
                                                 const struct key *key, bool *exact)
{
    bool is_exact;
    const struct prov_param_info *found = find_row(key, &is_exact);
    if (!found && catalogue)
        found = find_extra(catalogue, key, &is_exact);
    if (exact)
        *exact = is_exact;
    return found && found->synonym_of ? main_of(found) : found;
}

/* Hot path: most names of a profile are not in the catalogue. */
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
    if (!(info->flags & PROV_PARAM_FLAG_PER_LINE))
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

static prov_status refuse(struct prov_error *err, prov_str name, const char *why)
{
    provi_fail(err, PROV_E_INVALID, "parameter of the host: %s", why);
    provi_error_subject(err, name);
    return PROV_E_INVALID;
}

/* Whether a name is an XML name and, if per line, ends in `_n_`. */
static bool is_good_name(prov_str name, uint32_t flags)
{
    if (name.len == 0 || !(provi_is_alpha(name.data[0]) || name.data[0] == '_'))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!provi_is_alnum(name.data[i]) && !strchr("-._", name.data[i]))
            return false;
    if (!(flags & PROV_PARAM_FLAG_PER_LINE))
        return true;
    return name.len > 3 && memcmp(name.data + name.len - 3, "_n_", 3) == 0;
}

static const char *fault_of(const struct prov_param_info *info)
{
    const uint32_t known_flags = PROV_PARAM_FLAG_SECRET | PROV_PARAM_FLAG_REBOOT |
                                 PROV_PARAM_FLAG_READ_ONLY | PROV_PARAM_FLAG_PER_LINE |
                                 PROV_PARAM_FLAG_MAY_BE_EMPTY | PROV_PARAM_FLAG_RESTART;
    if (info->flags & ~known_flags)
        return "unknown flags";
    if (!is_good_name(prov_str_from(info->name), info->flags))
        return "expected an XML name, of a per-line parameter one that ends in _n_";
    if (info->max_line > (info->flags & PROV_PARAM_FLAG_PER_LINE ? MAX_LINE : 0) || info->reserved)
        return "expected reserved 0 and max_line 0, or up to 999 of a per-line parameter";
    if (info->synonym_of)
        return "synonym_of is set";
    if (info->type > PROV_PARAM_TYPE_CODES)
        return "unknown type";
    if ((info->type == PROV_PARAM_TYPE_ENUM) != (info->choices != NULL))
        return "expected choices of an enumeration, and of no other type";
    return NULL;
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
    struct key key = key_of(prov_str_from(info->name));
    if (info->flags & PROV_PARAM_FLAG_PER_LINE)
        key.stem = provi_catalogue_stem(info);
    if (find(before, &key, NULL))
        return refuse(err, prov_str_from(info->name), "another parameter has this name");
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
