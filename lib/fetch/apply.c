/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fetch/apply.h"

#include <string.h>

#include <provision/rule.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/record.h"
#include "base/str.h"
#include "catalogue/secret.h"
#include "env/param.h"
#include "fetch/fetcher.h"
#include "fetch/log.h"
#include "macro/secrets.h"
#include "persist/validators.h"
#include "rule/check.h"

/* the longest name in the catalogue with its line number is shorter */
enum { MAX_PROPER_NAME = 128 };

void provi_apply_init(struct provi_apply *apply, struct provi_fetcher *fetcher, uint32_t job,
                      prov_str rule_name)
{
    const struct provi_env *env = fetcher->env;
    *apply = (struct provi_apply){.fetcher = fetcher, .job = job, .rule_name = rule_name};
    provi_stage_init(&apply->stage, &env->alloc, env->limits.max_staged_bytes);
    provi_stage_label(&apply->stage);
}

void provi_apply_free(struct provi_apply *apply)
{
    if (!apply->fetcher)
        return;
    provi_stage_free(&apply->stage);
    if (apply->scratch)
        provi_free_secret(&apply->fetcher->env->alloc, apply->scratch, sizeof *apply->scratch);
    *apply = (struct provi_apply){0};
}

static void warn(struct provi_apply *apply, uint32_t kind, prov_str name, uint32_t line,
                 const struct prov_error *error)
{
    if (apply->n_warnings++ >= apply->fetcher->env->limits.max_warnings)
        return;
    const struct prov_warning warning = {
        .size = sizeof warning,
        .kind = kind,
        .rule = apply->rule_name,
        .name = name,
        .line = line,
        .error = error,
    };
    provi_env_event(apply->fetcher->env, (struct prov_event){
                                             .type = PROV_EVENT_WARNING,
                                             .job = apply->job,
                                             .as.warning = &warning,
                                         });
}

/* An allocator for the memory of one check: a scratch block, if there is memory for it. */
static struct prov_alloc checking_alloc(struct provi_apply *apply)
{
    const struct prov_alloc *alloc = &apply->fetcher->env->alloc;
    if (!apply->scratch && (apply->scratch = provi_alloc(alloc, sizeof *apply->scratch)))
        apply->scratch->lower = *alloc;
    if (!apply->scratch)
        return *alloc;
    apply->scratch->used = 0;
    return provi_scratch_alloc(apply->scratch);
}

static prov_status check_value(struct provi_apply *apply, const struct prov_param *param,
                               struct prov_error *err)
{
    const struct provi_env *env = apply->fetcher->env;
    uint32_t kind;
    if (!param->has_value)
        return PROV_OK;
    if (!provi_rule_kind_of(param->info, &kind))
        return prov_catalogue_check(param->info, param->value, err);
    const struct prov_alloc alloc = checking_alloc(apply);
    const struct prov_rule_options options = {
        .size = sizeof options,
        .dialect = &env->dialect,
        .limits = &env->limits,
        .alloc = &alloc,
    };
    return prov_rule_check_value(param->info, param->value, &options, err);
}

/* The warning for a parameter, or 0, and its reason. PROV_E_NOMEM: a rule could not be checked. */
static prov_status objection(struct provi_apply *apply, const struct prov_param *param,
                             uint32_t *kind, struct prov_error *why)
{
    const struct prov_param_info *info = param->info;
    prov_status status = PROV_OK;
    *kind = 0;
    if (info->flags & PROV_PARAM_FLAG_READ_ONLY)
        *kind = PROV_WARN_READ_ONLY;
    else if ((status = check_value(apply, param, why)) != PROV_OK)
        *kind = PROV_WARN_BAD_VALUE;
    else if (info->type == PROV_PARAM_TYPE_HHMM && provi_param_is_odd_time(param->value, why))
        *kind = PROV_WARN_NOT_HHMM;
    return status == PROV_E_NOMEM ? status : PROV_OK;
}

static prov_status stage(struct provi_apply *apply, const struct prov_param *param,
                         struct prov_error *err)
{
    if (!param->info || param->info->type != PROV_PARAM_TYPE_ENUM)
        return provi_stage_add(&apply->stage, param, err);
    struct prov_param own = *param;
    own.value = prov_catalogue_choice(param->info, param->value);
    return provi_stage_add(&apply->stage, &own, err);
}

static prov_status check(struct provi_apply *apply, const struct prov_param *param,
                         struct prov_error *err)
{
    struct prov_error why;
    uint32_t kind;
    provi_error_reset(&why);
    if (objection(apply, param, &kind, &why) != PROV_OK)
        return provi_fail_nomem(err);
    if (kind == PROV_WARN_NOT_HHMM)
        apply->fetcher->env->last_settings.odd_time = provi_crc32(0, param->value);
    if (kind)
        warn(apply, kind, param->name, param->line, why.status ? &why : NULL);
    return kind == 0 || kind == PROV_WARN_NOT_HHMM ? stage(apply, param, err) : PROV_OK;
}

static prov_status on_param(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    struct provi_apply *apply = ctx;
    apply->n_params++;
    return param->info ? check(apply, param, err) : provi_stage_add(&apply->stage, param, err);
}

prov_status provi_apply_assign(struct provi_apply *apply, prov_str name, prov_str value,
                               struct prov_error *err)
{
    struct prov_param param = {
        .size = sizeof param,
        .name = name,
        .value = value,
        .has_value = 1,
        .info = provi_param_info(&apply->fetcher->env->params, name),
    };
    /* Values are stored under catalogue names, so that a synonym changes the same parameter. */
    char proper[MAX_PROPER_NAME];
    size_t len;
    if (param.info &&
        prov_catalogue_spell(param.info, name, proper, sizeof proper, &len) == PROV_OK)
        param.name = (prov_str){proper, len};
    return on_param(apply, &param, err);
}

static void on_warning(void *ctx, uint32_t kind, prov_str name, uint32_t line)
{
    warn(ctx, kind, name, line, NULL);
}

struct prov_profile_handler provi_apply_handler(struct provi_apply *apply)
{
    provi_stage_intern(&apply->stage);
    return (struct prov_profile_handler){.param = on_param, .warning = on_warning, .ctx = apply};
}

prov_status provi_apply_parser(struct provi_apply *apply, prov_str alias_map, bool has_key,
                               prov_profile_parser **out, struct prov_error *err)
{
    const struct provi_env *env = apply->fetcher->env;
    bool has_ikm = provi_param_is_stored(&env->params, PROVI_LIT("IKM_HTTP_Encrypt_Content"));
    const struct prov_profile_options options = {
        .size = sizeof options,
        .alloc = &env->alloc,
        .limits = &env->limits,
        .dialect = &env->dialect,
        .catalogue = &env->catalogue,
        .alias_map = alias_map,
        .sent_plain = !has_key && !has_ikm,
    };
    const struct prov_profile_handler handler = provi_apply_handler(apply);
    return prov_profile_parser_new(out, &options, &handler, err);
}

static bool value_differs(const struct provi_stage_entry *entry, const struct prov_param *stored)
{
    if (entry->has_value == PROV_VALUE_FORGET)
        return stored->has_value;
    const prov_str value = {entry->value, entry->value_len};
    return entry->has_value && (!stored->has_value || !provi_str_eq(stored->value, value));
}

/* Deleting an access that the store does not have changes nothing. */
static bool access_differs(const struct provi_stage_entry *entry, const struct prov_param *stored)
{
    if (entry->access == PROV_ACCESS_KEEP || stored->access == entry->access)
        return false;
    return entry->access != PROV_ACCESS_DEFAULT || stored->access != PROV_ACCESS_KEEP;
}

static bool differs(const struct provi_stage_entry *entry, const struct prov_param *stored,
                    const struct prov_host *host)
{
    return value_differs(entry, stored) || (host->stores_access && access_differs(entry, stored));
}

/* Where the user's value has priority, the server's value is stored below it and compared with the
 * value there. Otherwise each resync would find a difference. */
PROVI_COLD static prov_status find_below(const struct provi_apply *apply, size_t index,
                                         struct prov_param *stored)
{
    const struct provi_env *env = apply->fetcher->env;
    const struct provi_stage_entry *entry = &apply->stage.entries[index];
    const uint8_t old = stored->access,
                  now = entry->access == PROV_ACCESS_KEEP ? old : entry->access;
    if (env->host.stores_access && now != PROV_ACCESS_WRITE)
        return PROV_OK;
    prov_status status = provi_param_find(&env->params, provi_stage_name(&apply->stage, index),
                                          PROV_LAYER_SERVER, stored);
    stored->access = old;
    return status;
}

/* What the host has to do for a change to take effect. */
static uint32_t needs_of(const struct prov_param_info *info)
{
    uint32_t flags = info ? info->flags : 0;
    return (flags & PROV_PARAM_FLAG_RESTART ? PROV_NEEDS_RESTART : 0) |
           (flags & PROV_PARAM_FLAG_REBOOT ? PROV_NEEDS_REBOOT : 0);
}

/* Copy the old value, which the commit replaces, for the event. */
static prov_status copy_old(const struct provi_apply *apply, struct provi_buffer *old,
                            const struct prov_param *stored, struct prov_error *err)
{
    const struct prov_alloc *alloc = &apply->fetcher->env->alloc;
    prov_str value = stored->has_value ? stored->value : PROVI_LIT("");
    const uint32_t len = (uint32_t)value.len; /* at most max_staged_bytes */
    prov_status status = provi_buffer_add(old, alloc, &len, sizeof len);
    if (status == PROV_OK && value.len)
        status = provi_buffer_add(old, alloc, value.data, value.len);
    if (status == PROV_E_LIMIT)
        return provi_fail(err, status, "the values to replace exceed %zu bytes", old->max);
    return status == PROV_OK ? PROV_OK : provi_fail_nomem(err);
}

/* A value in a file for a parameter that the agent sets itself needs no warning. */
PROVI_COLD static prov_status warn_unused(struct provi_apply *apply, size_t index)
{
    const uint32_t line = apply->stage.entries[index].line;
    if (!apply->save_with)
        warn(apply, PROV_WARN_UNKNOWN_NAME, provi_stage_name(&apply->stage, index), line, NULL);
    return PROV_OK;
}

static prov_status compare(struct provi_apply *apply, struct provi_buffer *old, size_t index,
                           struct prov_error *err)
{
    struct provi_env *env = apply->fetcher->env;
    struct prov_param stored;
    prov_str name = provi_stage_name(&apply->stage, index);
    prov_status status = provi_param_find(&env->params, name, PROV_LAYER_ANY, &stored);
    if (status == PROV_E_UNSUPPORTED)
        return warn_unused(apply, index);
    if (status == PROV_OK && env->host.user_wins && stored.layer == PROV_LAYER_USER)
        status = find_below(apply, index, &stored);
    if (status != PROV_OK)
        return provi_param_fail(&env->params, name, status, err);
    bool is_other = differs(&apply->stage.entries[index], &stored, &env->host);
    apply->stage.entries[index].differs = is_other;
    if (!is_other)
        return PROV_OK;
    apply->n_changed++;
    apply->needs |= needs_of(provi_stage_info(&apply->stage, index));
    return provi_env_wants(env, PROV_EVENT_CHANGED) ? copy_old(apply, old, &stored, err) : PROV_OK;
}

static prov_status find_changes(struct provi_apply *apply, struct provi_buffer *old,
                                struct prov_error *err)
{
    size_t n = provi_stage_n(&apply->stage);
    prov_status status = PROV_OK;
    for (size_t i = 0; i < n && status == PROV_OK; i++)
        status = compare(apply, old, i, err);
    return status;
}

/* Index of the next parameter that differs, from @p at on; provi_stage_n(): none. */
static size_t next_change(const struct provi_apply *apply, size_t at)
{
    size_t n = provi_stage_n(&apply->stage);
    while (at < n && !apply->stage.entries[at].differs)
        at++;
    return at;
}

static bool needs_confirmation(const struct provi_apply *apply)
{
    return !apply->save_with && provi_confirm_is_wanted(apply->fetcher->env);
}

/* Values differ: check whether they are in quarantine, or already committed. */
static prov_status check_known(struct provi_apply *apply, bool *is_known, struct prov_error *err)
{
    const struct provi_records *records = apply->fetcher->records;
    bool has_known = apply->source && records->env->host.generation;
    *is_known = false;
    if (apply->save_with ||
        (!has_known && !needs_confirmation(apply) && records->quarantine.n == 0))
        return PROV_OK; /* the hash would not be used */
    apply->document = provi_stage_hash(&apply->stage, 0);
    if (provi_quarantine_has(&records->quarantine, apply->document))
        return provi_quarantine_refuse(err);
    *is_known = has_known &&
                provi_validators_has(records, apply->rule_number, apply->source, apply->document);
    return PROV_OK;
}

static prov_status record_changes(const struct provi_apply *apply, struct prov_error *err)
{
    const struct provi_stage *staged = &apply->stage;
    prov_status status = PROV_OK;
    for (size_t i = next_change(apply, 0); status == PROV_OK && i < provi_stage_n(staged);
         i = next_change(apply, i + 1))
        status = provi_confirm_record(apply->fetcher->records, provi_stage_name(staged, i), err);
    return status;
}

/* The source of values that have no source of their own. */
static struct prov_source origin_of(const struct provi_apply *apply)
{
    return (struct prov_source){
        .size = sizeof(struct prov_source),
        .rule = apply->rule_name,
        .url = apply->url,
        .wall_s = provi_env_wall_s(apply->fetcher->env),
    };
}

static prov_status set_changes(const struct provi_apply *apply, struct prov_error *err)
{
    const struct prov_host *host = &apply->fetcher->env->host;
    const struct prov_source origin = origin_of(apply);
    const struct provi_stage *staged = &apply->stage;
    for (size_t i = next_change(apply, 0); i < provi_stage_n(staged);
         i = next_change(apply, i + 1)) {
        struct prov_param param = provi_stage_param(staged, i);
        param.source = provi_stage_source(staged, i);
        if (!param.source)
            param.source = &origin;
        prov_status status = host->txn_set(host->store_ctx, &param, err);
        if (status != PROV_OK)
            return provi_host_answer(status, "txn_set", param.name, err);
    }
    return PROV_OK;
}

/* All steps between begin and commit. */
static prov_status write_all(struct provi_apply *apply, struct prov_error *err)
{
    prov_status status = PROV_OK;
    if (needs_confirmation(apply))
        status = provi_confirm_save(apply->fetcher->records, apply->document,
                                    apply->needs & PROV_NEEDS_REBOOT, err);
    if (status == PROV_OK)
        status = set_changes(apply, err);
    if (status == PROV_OK && apply->save_with)
        status = apply->save_with(apply->save_ctx, err);
    if (status == PROV_OK && apply->source && apply->document)
        provi_validators_stage(apply->fetcher->records, apply->rule_number, apply->source,
                               apply->document, apply->etag);
    return status;
}

static prov_status transact(struct provi_apply *apply, struct prov_error *err)
{
    const struct prov_host *host = &apply->fetcher->env->host;
    prov_status status = host->txn_begin ? host->txn_begin(host->store_ctx, err) : PROV_OK;
    if (status != PROV_OK)
        return provi_host_status(status, "txn_begin", err);
    apply->fetcher->env->is_in_transaction = true;
    status = write_all(apply, err);
    apply->fetcher->env->is_in_transaction = false;
    if (status != PROV_OK && host->txn_rollback)
        host->txn_rollback(host->store_ctx);
    else if (status == PROV_OK && host->txn_commit)
        status = provi_host_status(host->txn_commit(host->store_ctx, err), "txn_commit", err);
    if (status == PROV_OK && apply->save_with)
        apply->generation = provi_env_generation(apply->fetcher->env);
    provi_settings_forget(apply->fetcher->env);
    return status;
}

static prov_status write_changes(struct provi_apply *apply, struct prov_error *err)
{
    if (!needs_confirmation(apply))
        return transact(apply, err);
    prov_status status = record_changes(apply, err);
    if (status == PROV_OK)
        status = transact(apply, err);
    provi_confirm_committed(apply->fetcher->records, status == PROV_OK);
    return status;
}

/* The values of a change, secrets masked. */
struct shown_change {
    struct provi_buffer old_value, new_value;
};

/* Rules, and GPP_* with parts of rules, may contain keys. False: no memory to mask them. */
static bool redact_value(struct provi_env *env, prov_str *value, struct provi_buffer *shown)
{
    if (value->len == 0)
        return true;
    struct provi_secrets secrets = {.text = *value};
    struct provi_span span;
    if (!provi_secrets_next(&secrets, &span))
        return true;
    if (provi_redact(env, (prov_str){NULL, 0}, *value, shown, NULL) != PROV_OK)
        return false;
    *value = provi_buffer_str(shown);
    return true;
}

static void report_change(struct provi_apply *apply, const struct prov_param *param,
                          prov_str old_value, struct shown_change *shown)
{
    struct provi_env *env = apply->fetcher->env;
    struct prov_change change = {
        .size = sizeof change,
        .rule = apply->rule_name,
        .name = param->name,
        .line = param->line,
        .access = param->access,
        .needs = needs_of(param->info),
        .is_secret = provi_catalogue_is_secret(param->info, param->name),
        .old_value = old_value,
        .new_value = param->has_value ? param->value : old_value,
    };
    /* The agent writes a status without secrets, but its text may look like the options of a
     * rule. */
    const bool is_status = param->info && param->info->flags & PROV_PARAM_FLAG_READ_ONLY;
    if (!change.is_secret && !is_status &&
        !(redact_value(env, &change.old_value, &shown->old_value) &&
          redact_value(env, &change.new_value, &shown->new_value)))
        change.is_secret = 1;
    if (change.is_secret)
        change.old_value = change.new_value = PROVI_LIT("");
    provi_env_event(env, (struct prov_event){
                             .type = PROV_EVENT_CHANGED,
                             .job = apply->job,
                             .as.change = &change,
                         });
}

/* Cut the next old value off the front. */
static prov_str next_old(prov_str *rest)
{
    uint32_t len;
    memcpy(&len, rest->data, sizeof len);
    prov_str old = {rest->data + sizeof len, len};
    *rest = provi_str_from_offset(*rest, sizeof len + len);
    return old;
}

static void report_changes(struct provi_apply *apply, const struct provi_buffer *old)
{
    if (!provi_env_wants(apply->fetcher->env, PROV_EVENT_CHANGED) || apply->n_changed == 0)
        return;
    const struct prov_alloc *alloc = &apply->fetcher->env->alloc;
    struct shown_change shown;
    provi_buffer_init(&shown.old_value, apply->fetcher->env->limits.max_value_bytes, false);
    provi_buffer_init(&shown.new_value, apply->fetcher->env->limits.max_value_bytes, false);
    prov_str rest = provi_buffer_str(old);
    const struct provi_stage *staged = &apply->stage;
    for (size_t i = next_change(apply, 0); i < provi_stage_n(staged);
         i = next_change(apply, i + 1)) {
        struct prov_param param = provi_stage_param(staged, i);
        report_change(apply, &param, next_old(&rest), &shown);
    }
    provi_buffer_free(&shown.old_value, alloc);
    provi_buffer_free(&shown.new_value, alloc);
}

static bool is_profile_rule(prov_str name)
{
    return provi_str_starts(name, PROVI_LIT("Profile_Rule"));
}

/* A rule that cannot be read counts as not empty. */
static bool is_empty_rule(struct provi_env *env, const char *name)
{
    struct provi_buffer rule;
    provi_buffer_init(&rule, env->limits.max_rule_bytes, true);
    prov_status status = provi_param_read(&env->params, prov_str_from(name), &env->alloc, &rule);
    bool is_empty = status == PROV_OK && provi_str_trim(provi_buffer_str(&rule)).len == 0;
    provi_buffer_free(&rule, &env->alloc);
    return is_empty;
}

/* Without rules the device requests no files any more, as with Provision_Enable No: warn. */
static void warn_of_no_rules(struct provi_apply *apply)
{
    const struct provi_stage *staged = &apply->stage;
    size_t n = provi_stage_n(staged), last = n;
    for (size_t i = next_change(apply, 0); i < n; i = next_change(apply, i + 1))
        if (is_profile_rule(provi_stage_name(staged, i)))
            last = i;
    for (size_t i = 0; last < n && i < PROVI_N_RULES; i++)
        if (!is_empty_rule(apply->fetcher->env, provi_rule_names[i]))
            last = n;
    if (last == n)
        return;
    struct prov_param param = provi_stage_param(staged, last);
    warn(apply, PROV_WARN_NO_RULES, param.name, param.line, NULL);
    provi_log_text(
        apply->fetcher, apply->job, provi_rule_names[0], PROV_SEVERITY_WARNING,
        PROVI_LIT("Profile_Rule, _B, _C and _D are empty: no file is requested any more"));
}

static prov_status commit(struct provi_apply *apply, struct provi_buffer *old,
                          struct prov_error *err)
{
    prov_status status = provi_stage_trim(&apply->stage);
    if (status != PROV_OK)
        return provi_fail_nomem(err);
    status = find_changes(apply, old, err);
    if (status != PROV_OK)
        return status;
    bool is_known = false;
    if (apply->n_changed)
        status = check_known(apply, &is_known, err);
    if (is_known)
        apply->n_changed = apply->needs = 0;
    if (status == PROV_OK && apply->n_changed)
        status = write_changes(apply, err);
    if (status != PROV_OK || apply->n_changed == 0)
        return status;
    report_changes(apply, old);
    warn_of_no_rules(apply);
    return status;
}

prov_status provi_apply_commit(struct provi_apply *apply, struct prov_error *err)
{
    const struct provi_env *env = apply->fetcher->env;
    struct provi_buffer old; /* of each value that changes: its length, then the value */
    provi_buffer_init(&old, env->limits.max_staged_bytes, true);
    apply->n_changed = apply->needs = 0;
    prov_status status = commit(apply, &old, err);
    if (status != PROV_OK)
        apply->n_changed = apply->needs = 0;
    provi_buffer_free(&old, &env->alloc);
    return status;
}
