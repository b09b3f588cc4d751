/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Creates rules from a text, and frees them. */
#include "rule/rule_priv.h"
#include "rule/shown.h"

#include <string.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

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

static prov_status check_length(const struct provi_rule_settings *settings, size_t len,
                                struct prov_error *err)
{
    if (len <= settings->max_bytes)
        return PROV_OK;
    return provi_fail(err, PROV_E_LIMIT, "rule of %zu bytes, %zu are allowed", len,
                      settings->max_bytes);
}

static prov_str copy_text(char **to, prov_str text)
{
    prov_str copy = {*to, text.len};
    if (text.len)
        memcpy(*to, text.data, text.len);
    *to += text.len;
    return copy;
}

/* A rule with copies of its texts, and without parts. */
static prov_rule *allocate(prov_str text, const struct provi_expansion *expansion,
                           prov_str sw_version, const struct provi_rule_settings *settings)
{
    const bool is_expanded = !provi_str_eq(text, expansion->written);
    const prov_str written = is_expanded ? expansion->written : (prov_str){NULL, 0};
    const size_t size = sizeof(prov_rule) + text.len + written.len + sw_version.len;
    prov_rule *rule = size < sw_version.len ? NULL : provi_alloc(&settings->alloc, size);
    if (!rule)
        return NULL;
    memset(rule, 0, sizeof *rule);
    char *to = (char *)(rule + 1);
    rule->alloc = settings->alloc;
    rule->block_size = size;
    rule->kind = settings->kind;
    rule->text = copy_text(&to, text);
    rule->written = is_expanded ? copy_text(&to, written) : rule->text;
    rule->sw_version = copy_text(&to, sw_version);
    rule->decoded.is_secret = true;
    const struct {
        void *memory;
        size_t size;
    } first[PROVI_RULE_LISTS] = {
        [PROVI_LIST_TERMS] = {rule->first.terms, sizeof rule->first.terms},
        [PROVI_LIST_COMPARISONS] = {rule->first.comparisons, sizeof rule->first.comparisons},
        [PROVI_LIST_ASSIGNMENTS] = {rule->first.assignments, sizeof rule->first.assignments},
        [PROVI_LIST_TARGETS] = {rule->first.targets, sizeof rule->first.targets},
        [PROVI_LIST_SECRETS] = {rule->first.secrets, sizeof rule->first.secrets},
    };
    for (unsigned i = 0; i < PROVI_RULE_LISTS; i++)
        provi_buffer_init_with(&rule->lists[i], first[i].memory, first[i].size + 1, SIZE_MAX,
                               false);
    return rule;
}

/* Parse @p text, which @p expansion gave, and copy it. */
static prov_status build(prov_rule **out, prov_str text, const struct provi_expansion *expansion,
                         prov_str sw_version, const struct provi_rule_settings *settings,
                         struct prov_error *err)
{
    struct prov_error detail = {0};
    prov_rule *rule = allocate(text, expansion, sw_version, settings);
    if (!rule)
        return provi_fail_nomem(err);
    prov_status status = provi_rule_parse(rule, expansion, settings, err ? &detail : NULL);
    if (status == PROV_OK) {
        *out = rule;
        return PROV_OK;
    }
    prov_rule_free(rule);
    provi_error_copy(err, &detail);
    return status;
}

prov_status prov_rule_parse(prov_rule **out, prov_str text, const struct prov_rule_options *opt,
                            struct prov_error *err)
{
    if (!out)
        return provi_fail_invalid(err, "out");
    *out = NULL;
    if (!provi_str_is_sound(text))
        return provi_fail_invalid(err, "text");
    struct provi_rule_settings settings = {0};
    prov_status status = provi_rule_resolve(&settings, opt, err);
    if (status == PROV_OK)
        status = check_length(&settings, text.len, err);
    if (status != PROV_OK)
        return status;
    const struct provi_expansion none = {.written = text};
    return build(out, text, &none, (prov_str){NULL, 0}, &settings, err);
}

static prov_status read_sw_version(const struct prov_vars *vars, prov_str *sw_version,
                                   struct prov_error *err)
{
    prov_status status = vars->find(vars->ctx, PROVI_LIT("SWVER"), 0, sw_version);
    if (status == PROV_E_NOT_FOUND) {
        *sw_version = (prov_str){NULL, 0};
        return PROV_OK;
    }
    if (status == PROV_OK && !provi_str_is_sound(*sw_version))
        status = PROV_E_HOST;
    return status == PROV_OK ? PROV_OK : provi_fail(err, status, "$SWVER could not be read");
}

prov_status provi_rule_prepare(prov_rule **out, struct provi_expansion *expansion, prov_str text,
                               const struct prov_vars *vars, const struct prov_rule_options *opt,
                               const struct prov_rule_observer *observer, int32_t *term,
                               struct prov_error *err)
{
    struct provi_rule_settings settings = {0};
    int32_t chosen = -1;
    prov_str sw_version = {NULL, 0};
    *out = NULL;
    prov_status status = provi_rule_resolve(&settings, opt, err);
    if (status != PROV_OK) {
        provi_expansion_init(expansion, NULL, 0);
        return status;
    }
    provi_expansion_init(expansion, &settings.alloc, settings.max_bytes);
    status = check_length(&settings, text.len, err);
    if (status == PROV_OK && !provi_rule_is_blank(text))
        status = provi_expansion_make(expansion, text, vars, settings.expansion_flags, err);
    if (status == PROV_OK)
        status = read_sw_version(vars, &sw_version, err);
    if (status == PROV_OK)
        status =
            build(out, provi_buffer_str(&expansion->text), expansion, sw_version, &settings, err);
    if (status == PROV_OK)
        status = prov_rule_choose(*out, (prov_str){NULL, 0}, observer, &chosen, err);
    if (status != PROV_OK) {
        prov_rule_free(*out);
        *out = NULL;
    }
    if (term)
        *term = chosen;
    return status;
}

prov_status prov_rule_prepare(prov_rule **out, prov_str text, const struct prov_vars *vars,
                              const struct prov_rule_options *opt,
                              const struct prov_rule_observer *observer, int32_t *term,
                              struct prov_error *err)
{
    if (!out)
        return provi_fail_invalid(err, "out");
    *out = NULL;
    if (!vars || !vars->find || !provi_str_is_sound(text))
        return provi_fail_invalid(err, "text or vars");
    struct provi_expansion expansion;
    prov_status status = provi_rule_prepare(out, &expansion, text, vars, opt, observer, term, err);
    provi_expansion_free(&expansion);
    return status;
}

void prov_rule_free(prov_rule *rule)
{
    if (!rule)
        return;
    struct prov_alloc alloc = rule->alloc;
    for (unsigned i = 0; i < PROVI_RULE_LISTS; i++)
        provi_buffer_free(&rule->lists[i], &alloc);
    provi_arena_free(&rule->decoded, &alloc);
    provi_free_secret(&alloc, rule, rule->block_size);
}
