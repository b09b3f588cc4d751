/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Creates rules from a text, and frees them. */
#include "rule/rule_priv.h"
#include "rule/shown.h"

#include <string.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/array.h"
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
    if (known.kind > PROV_RULE_KIND_TRIGGER ||
        known.flags & ~(uint32_t)PROV_RULE_FLAG_SERVER_OPTIONAL)
        return provi_fail_invalid(err, "kind or flags");
    bool may_lack_server = known.flags & PROV_RULE_FLAG_SERVER_OPTIONAL;
    *settings = (struct provi_rule_settings){
        .kind = known.kind,
        .needs_server = known.kind == PROV_RULE_KIND_UPGRADE && !may_lack_server,
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

/* A rule with copies of its texts, not expanded and without parts. */
static prov_rule *new_rule(prov_str written, prov_str sw_version,
                           const struct provi_rule_settings *settings)
{
    const size_t size = sizeof(prov_rule) + written.len + sw_version.len;
    prov_rule *rule = size < sw_version.len ? NULL : provi_alloc(&settings->alloc, size);
    if (!rule)
        return NULL;
    memset(rule, 0, sizeof *rule);
    char *texts = (char *)(rule + 1);
    if (written.len)
        memcpy(texts, written.data, written.len);
    if (sw_version.len)
        memcpy(texts + written.len, sw_version.data, sw_version.len);
    rule->alloc = settings->alloc;
    rule->block_size = size;
    rule->kind = settings->kind;
    rule->text = rule->expansion.written = (prov_str){texts, written.len};
    rule->sw_version = (prov_str){texts + written.len, sw_version.len};
    rule->decoded.is_secret = true;
    provi_buffer_init(&rule->expansion.text, settings->max_bytes, true);
    const struct {
        struct provi_buffer *list;
        void *memory;
        size_t size;
    } lists[] = {
        {&rule->expansion.table, rule->expansion.first, sizeof rule->expansion.first},
        {&rule->lists[PROVI_LIST_ALTERNATIVES], rule->first.alternatives,
         sizeof rule->first.alternatives},
        {&rule->lists[PROVI_LIST_COMPARISONS], rule->first.comparisons,
         sizeof rule->first.comparisons},
        {&rule->lists[PROVI_LIST_ASSIGNMENTS], rule->first.assignments,
         sizeof rule->first.assignments},
        {&rule->lists[PROVI_LIST_TARGETS], rule->first.targets, sizeof rule->first.targets},
        {&rule->lists[PROVI_LIST_SECRETS], rule->first.secrets, sizeof rule->first.secrets},
    };
    for (size_t i = 0; i < PROVI_LEN(lists); i++)
        provi_buffer_init_with(lists[i].list, lists[i].memory, lists[i].size + 1, SIZE_MAX, false);
    return rule;
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
    prov_rule *rule = new_rule(text, (prov_str){NULL, 0}, &settings);
    if (!rule)
        return provi_fail_nomem(err);
    status = provi_rule_parse(rule, &settings, err);
    if (status == PROV_OK)
        *out = rule;
    else
        prov_rule_free(rule);
    return status;
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

/* Without a macro, the text stays as written; macros in a comment are not evaluated. */
static prov_status expand(prov_rule *rule, const struct prov_vars *vars, uint32_t flags,
                          struct prov_error *err)
{
    struct provi_expansion *expansion = &rule->expansion;
    const prov_str trimmed = provi_str_trim(rule->text);
    if (trimmed.len == 0 || trimmed.data[0] == '#')
        rule->text.len = 0;
    if (provi_str_find(rule->text, '$') == rule->text.len)
        return PROV_OK;
    prov_status status = provi_macro_expand(rule->text, vars, flags, &rule->alloc, &expansion->text,
                                            &expansion->table, err);
    if (status != PROV_OK)
        return status;
    rule->text = provi_buffer_str(&expansion->text);
    expansion->spans = (const void *)expansion->table.data;
    expansion->n_spans = expansion->table.len / sizeof *expansion->spans;
    return PROV_OK;
}

prov_status provi_rule_prepare(prov_rule **out, prov_str text, const struct prov_vars *vars,
                               const struct prov_rule_options *opt,
                               const struct prov_rule_observer *observer, int32_t *alternative,
                               struct prov_error *err)
{
    struct provi_rule_settings settings = {0};
    int32_t unused;
    prov_str sw_version = {NULL, 0};
    *out = NULL;
    if (alternative)
        *alternative = -1;
    prov_status status = provi_rule_resolve(&settings, opt, err);
    if (status == PROV_OK)
        status = check_length(&settings, text.len, err);
    if (status == PROV_OK)
        status = read_sw_version(vars, &sw_version, err);
    if (status != PROV_OK)
        return status;
    *out = new_rule(text, sw_version, &settings);
    if (!*out)
        return provi_fail_nomem(err);
    status = expand(*out, vars, settings.expansion_flags, err);
    if (status == PROV_OK)
        status = provi_rule_parse(*out, &settings, err);
    if (status == PROV_OK)
        status = prov_rule_choose(*out, (prov_str){NULL, 0}, observer,
                                  alternative ? alternative : &unused, err);
    return status;
}

prov_status prov_rule_prepare(prov_rule **out, prov_str text, const struct prov_vars *vars,
                              const struct prov_rule_options *opt,
                              const struct prov_rule_observer *observer, int32_t *alternative,
                              struct prov_error *err)
{
    if (!out)
        return provi_fail_invalid(err, "out");
    *out = NULL;
    if (!vars || !vars->find || !provi_str_is_sound(text))
        return provi_fail_invalid(err, "text or vars");
    prov_status status = provi_rule_prepare(out, text, vars, opt, observer, alternative, err);
    if (status != PROV_OK) {
        prov_rule_free(*out);
        *out = NULL;
    }
    return status;
}

void prov_rule_free(prov_rule *rule)
{
    if (!rule)
        return;
    struct prov_alloc alloc = rule->alloc;
    for (unsigned i = 0; i < PROVI_RULE_LISTS; i++)
        provi_buffer_free(&rule->lists[i], &alloc);
    provi_buffer_free(&rule->expansion.text, &alloc);
    provi_buffer_free(&rule->expansion.table, &alloc);
    provi_arena_free(&rule->decoded, &alloc);
    provi_free_secret(&alloc, rule, rule->block_size);
}
