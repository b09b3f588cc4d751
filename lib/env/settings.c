/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "env/settings.h"

#include <string.h>

#include "base/error.h"
#include "base/record.h"
#include "base/str.h"
#include "env/env.h"

/* Longer than every Bool and number. */
enum { SHORT_VALUE_CAP = 64 };

/* Lists first, whose last value may apply; gates and triggers last. */
enum setting {
    PERIODIC,
    ERROR_RETRY,
    RESYNC_AT,
    AT_RANDOM_DELAY,
    RANDOM_DELAY,
    FORCED_DELAY,
    PROVISION_ENABLE,
    ON_RESET,
    FROM_SIP,
    AFTER_UPGRADE,
    USER_CONFIGURABLE,
    TRIGGER_1,
    TRIGGER_2,
    N_SETTINGS,
    FIRST_NUMBER = AT_RANDOM_DELAY,
    FIRST_GATE = PROVISION_ENABLE,
};

static const char *const names[N_SETTINGS] = {
    [PERIODIC] = "Resync_Periodic",
    [ERROR_RETRY] = "Resync_Error_Retry_Delay",
    [RESYNC_AT] = "Resync_At__HHmm_",
    [AT_RANDOM_DELAY] = "Resync_At_Random_Delay",
    [RANDOM_DELAY] = "Resync_Random_Delay",
    [FORCED_DELAY] = "Forced_Resync_Delay",
    [PROVISION_ENABLE] = "Provision_Enable",
    [ON_RESET] = "Resync_On_Reset",
    [FROM_SIP] = "Resync_From_SIP",
    [AFTER_UPGRADE] = "Resync_After_Upgrade_Attempt",
    [USER_CONFIGURABLE] = "User_Configurable_Resync",
    [TRIGGER_1] = "Resync_Trigger_1",
    [TRIGGER_2] = "Resync_Trigger_2",
};

_Static_assert(FIRST_NUMBER == (int)PROVI_N_LISTS, "the lists come first");
_Static_assert(FIRST_GATE - FIRST_NUMBER == (int)PROVI_N_NUMBERS, "then the numbers");
_Static_assert(TRIGGER_1 - FIRST_GATE == (int)PROVI_N_GATES, "then the gates");
_Static_assert(N_SETTINGS <= 16, "a bit for each in struct provi_last_settings");

static void report(struct provi_env *env, enum setting setting, enum prov_severity severity,
                   const char *text, struct prov_error *error)
{
    prov_str name = prov_str_from(names[setting]);
    provi_error_subject(error, name);
    provi_env_log(env, 0,
                  (struct prov_log_entry){
                      .severity = severity,
                      .name = name,
                      .text = prov_str_from(text),
                      .error = error,
                  });
}

/* True the first time. */
static bool mark(uint16_t *reported, enum setting setting)
{
    uint16_t before = *reported;
    *reported |= (uint16_t)(1u << setting);
    return *reported != before;
}

static void unmark(uint16_t *reported, enum setting setting)
{
    *reported &= (uint16_t) ~(1u << setting);
}

static void report_unreadable(struct provi_env *env, enum setting setting, struct prov_error *error)
{
    bool is_gate = setting >= FIRST_GATE;
    if (mark(&env->last_settings.reported_unreadable, setting))
        report(env, setting, PROV_SEVERITY_ERROR,
               is_gate ? "no resync starts until it can be read"
                       : "the value read last is used, or the default",
               error);
}

/* Warn of a Resync_At that is no time. If a file set it, the commit has already warned. */
static void warn_of_odd_time(struct provi_env *env, prov_str text, struct prov_error *why)
{
    uint32_t odd_time = provi_crc32(0, text);
    if (odd_time == env->last_settings.odd_time)
        return;
    env->last_settings.odd_time = odd_time;
    const struct prov_warning warning = {
        .size = sizeof warning,
        .kind = PROV_WARN_NOT_HHMM,
        .name = PROVI_LIT("Resync_At__HHmm_"),
        .error = why,
    };
    provi_env_event(env, (struct prov_event){.type = PROV_EVENT_WARNING, .as.warning = &warning});
}

static void report_invalid(struct provi_env *env, enum setting setting, prov_str text,
                           struct prov_error *error)
{
    unmark(&env->last_settings.reported_unreadable, setting);
    if (setting == RESYNC_AT && text.len)
        warn_of_odd_time(env, text, error);
    else if (mark(&env->last_settings.reported_invalid, setting))
        report(env, setting, PROV_SEVERITY_WARNING,
               setting >= TRIGGER_1 ? "trigger cannot be evaluated, taken as not set"
                                    : "value is ignored, the default applies",
               error);
}

static void record_valid(struct provi_env *env, enum setting setting)
{
    unmark(&env->last_settings.reported_unreadable, setting);
    unmark(&env->last_settings.reported_invalid, setting);
    if (setting == RESYNC_AT)
        env->last_settings.odd_time = 0;
}

void provi_settings_record_trigger(struct provi_env *env, unsigned number, bool is_unreadable,
                                   struct prov_error *error)
{
    enum setting setting = TRIGGER_1 + number - 1;
    if (!error)
        record_valid(env, setting);
    else if (is_unreadable)
        report_unreadable(env, setting, error);
    else
        report_invalid(env, setting, PROVI_LIT(""), error);
}

static const struct prov_param_info *info_of(const struct provi_env *env, enum setting setting)
{
    return provi_param_info(&env->params, prov_str_from(names[setting]));
}

static prov_str default_by(const struct provi_env *env, const struct prov_param_info *info)
{
    return prov_str_from(prov_catalogue_default(info, &env->dialect));
}

/* The value read last. */
static prov_str last_list(const struct provi_env *env, enum setting setting,
                          const struct prov_param_info *info)
{
    const struct provi_last_settings *last = &env->last_settings;
    bool is_known = last->known >> setting & 1;
    return is_known ? provi_secret_str(&last->lists[setting]) : default_by(env, info);
}

/* The stored value; PROV_E_NOT_FOUND: the default applies. */
static prov_status copy(struct provi_env *env, enum setting setting, char *buf, size_t cap,
                        size_t *len)
{
    prov_str name = prov_str_from(names[setting]);
    prov_status status = provi_param_copy_stored(&env->params, name, buf, cap, len);
    if (status == PROV_OK || status == PROV_E_LIMIT || status == PROV_E_NOT_FOUND)
        return status;
    struct prov_error error = {0};
    provi_param_fail(&env->params, name, status, &error);
    report_unreadable(env, setting, &error);
    return status;
}

/* Sets @p err if the text is not valid. */
static void check(const struct provi_env *env, enum setting setting,
                  const struct prov_param_info *info, prov_str text, struct prov_error *err)
{
    bool was_valid = setting <= RESYNC_AT && provi_str_eq(text, last_list(env, setting, info));
    if (!was_valid && !(setting == RESYNC_AT && provi_param_is_odd_time(text, err)))
        prov_catalogue_check(info, text, err);
}

/*
 * The text that applies: the stored one, or the default if the stored one does not fit the type.
 *
 * @return PROV_OK; PROV_E_LIMIT: the host reports a length above that of any valid value; else why
 * it cannot be read. @p text is the default then.
 */
static prov_status read(struct provi_env *env, enum setting setting,
                        const struct prov_param_info *info, char *buf, size_t cap, prov_str *text)
{
    size_t len = 0;
    prov_status status = copy(env, setting, buf, cap, &len);
    *text = default_by(env, info);
    if (status == PROV_E_NOT_FOUND) {
        record_valid(env, setting);
        return PROV_OK;
    }
    if (status != PROV_OK && status != PROV_E_LIMIT)
        return status;
    struct prov_error error = {0};
    const prov_str stored = {buf, status == PROV_OK ? len : 0};
    if (status == PROV_E_LIMIT)
        provi_fail(&error, PROV_E_VALUE, "expected fewer than %zu bytes, there are %zu", cap, len);
    else
        check(env, setting, info, stored, &error);
    if (error.status != PROV_OK) {
        report_invalid(env, setting, stored, &error);
        return status;
    }
    record_valid(env, setting);
    *text = stored;
    return PROV_OK;
}

/* The default is not copied, and is used if there is no memory for a copy. */
static void remember_list(struct provi_env *env, enum setting setting, prov_str fallback,
                          prov_str text)
{
    struct provi_last_settings *last = &env->last_settings;
    bool is_fallback = provi_str_eq(fallback, text);
    bool was_known = last->known >> setting & 1;
    if (was_known ? provi_str_eq(provi_secret_str(&last->lists[setting]), text) : is_fallback)
        return;
    last->generation = 0;
    unmark(&last->known, setting);
    if (!is_fallback && provi_secret_set(&last->lists[setting], &env->alloc, text) == PROV_OK)
        mark(&last->known, setting);
}

/* A copy, since an event within the step may read the settings again. */
static prov_str copy_last_list(const struct provi_env *env, enum setting setting, char *buf)
{
    prov_str last = last_list(env, setting, info_of(env, setting));
    if (last.len)
        memcpy(buf, last.data, last.len);
    return (prov_str){buf, last.len};
}

static prov_status read_list(struct provi_env *env, enum setting setting,
                             const struct prov_param_info *info, char *buf, prov_str *text)
{
    prov_status status = read(env, setting, info, buf, PROVI_DELAYS_CAP, text);
    if (status == PROV_OK || status == PROV_E_LIMIT) {
        remember_list(env, setting, default_by(env, info), *text);
        return status;
    }
    *text = copy_last_list(env, setting, buf);
    return status;
}

int64_t provi_settings_retry_ms(struct provi_env *env, uint32_t index, uint32_t entropy)
{
    char buf[PROVI_DELAYS_CAP];
    prov_str list;
    int64_t delay_ms = -1;
    read_list(env, ERROR_RETRY, info_of(env, ERROR_RETRY), buf, &list);
    prov_delays_get(list, index, entropy, &delay_ms);
    return delay_ms;
}

static prov_status read_gate(struct provi_env *env, enum setting setting, bool *is_open)
{
    char buf[SHORT_VALUE_CAP];
    prov_str text;
    prov_status status = read(env, setting, info_of(env, setting), buf, sizeof buf, &text);
    *is_open = false;
    prov_value_bool(text, is_open);
    return status;
}

prov_status provi_settings_enabled(struct provi_env *env, bool *is_enabled)
{
    prov_status status = read_gate(env, PROVISION_ENABLE, is_enabled);
    return status == PROV_E_LIMIT ? PROV_OK : status;
}

static prov_str list(struct provi_settings *settings, struct provi_env *env, enum setting setting)
{
    prov_str text;
    const struct prov_param_info *info = info_of(env, setting);
    prov_status status = read_list(env, setting, info, settings->lists[setting], &text);
    settings->is_makeshift |=
        status != PROV_OK || !provi_str_eq(text, last_list(env, setting, info));
    return text;
}

static uint32_t number(struct provi_settings *settings, struct provi_env *env, enum setting setting)
{
    char buf[SHORT_VALUE_CAP];
    prov_str text;
    uint32_t value = 0;
    const struct prov_param_info *info = info_of(env, setting);
    settings->is_makeshift |= read(env, setting, info, buf, sizeof buf, &text) != PROV_OK;
    if (!prov_value_unsigned(text, &value)) /* it may be empty */
        prov_value_unsigned(default_by(env, info), &value);
    return value;
}

static uint8_t gate(struct provi_settings *settings, struct provi_env *env, enum setting setting)
{
    bool is_open;
    prov_status status = read_gate(env, setting, &is_open);
    if (status != PROV_OK && status != PROV_E_LIMIT)
        settings->sched.unreadable = 1;
    settings->is_makeshift |= status != PROV_OK;
    return is_open;
}

/* The trigger's text is read when the trigger is evaluated. */
static bool has_trigger(struct provi_settings *settings, struct provi_env *env,
                        enum setting setting)
{
    char byte[2];
    size_t len = 0;
    prov_status status = copy(env, setting, byte, sizeof byte, &len);
    bool is_readable = status == PROV_OK || status == PROV_E_LIMIT || status == PROV_E_NOT_FOUND;
    if (!is_readable)
        settings->sched.unreadable = 1;
    else if (len == 0)
        record_valid(env, setting);
    return len > 0;
}

static void read_plain(struct provi_settings *settings, struct provi_env *env)
{
    struct provi_plain_settings *plain = &env->last_settings.plain;
    for (unsigned i = 0; i < PROVI_N_NUMBERS; i++)
        plain->numbers[i] = number(settings, env, (enum setting)(FIRST_NUMBER + i));
    for (unsigned i = 0; i < PROVI_N_GATES; i++)
        plain->gates[i] = gate(settings, env, (enum setting)(FIRST_GATE + i));
    bool has_first = has_trigger(settings, env, TRIGGER_1);
    plain->has_triggers = has_trigger(settings, env, TRIGGER_2) || has_first;
    settings->is_makeshift |= settings->sched.unreadable;
}

/* In a transaction the host reports the generation after the commit; its end forgets the last. */
static bool is_as_last(const struct provi_env *env)
{
    uint64_t last = env->last_settings.generation;
    return last != 0 && !env->is_in_transaction && last == provi_env_generation(env);
}

static void read_all(struct provi_settings *settings, struct provi_env *env)
{
    struct prov_sched_settings *sched = &settings->sched;
    uint64_t generation = provi_env_generation(env);
    sched->periodic = list(settings, env, PERIODIC);
    sched->error_retry = list(settings, env, ERROR_RETRY);
    sched->resync_at = list(settings, env, RESYNC_AT);
    read_plain(settings, env);
    env->last_settings.generation = settings->is_makeshift ? 0 : generation;
}

static void repeat_last(struct provi_settings *settings, const struct provi_env *env)
{
    struct prov_sched_settings *sched = &settings->sched;
    sched->periodic = copy_last_list(env, PERIODIC, settings->lists[PERIODIC]);
    sched->error_retry = copy_last_list(env, ERROR_RETRY, settings->lists[ERROR_RETRY]);
    sched->resync_at = copy_last_list(env, RESYNC_AT, settings->lists[RESYNC_AT]);
}

void provi_settings_read(struct provi_settings *settings, struct provi_env *env)
{
    struct prov_sched_settings *sched = &settings->sched;
    const struct provi_plain_settings *plain = &env->last_settings.plain;
    settings->is_makeshift = false;
    *sched = (struct prov_sched_settings){
        .size = sizeof *sched,
        .dialect = &env->dialect,
        .floor_s = env->options.floor_s,
        .jitter_s = env->options.jitter_s,
        .retry_jitter_s = env->options.retry_jitter_s,
        .jitter_seed = env->seed,
    };
    if (is_as_last(env))
        repeat_last(settings, env);
    else
        read_all(settings, env);
    sched->at_random_s = plain->numbers[AT_RANDOM_DELAY - FIRST_NUMBER];
    sched->random_delay = plain->numbers[RANDOM_DELAY - FIRST_NUMBER];
    sched->forced_delay_s = plain->numbers[FORCED_DELAY - FIRST_NUMBER];
    sched->provision_enable = plain->gates[PROVISION_ENABLE - FIRST_GATE];
    sched->on_reset = plain->gates[ON_RESET - FIRST_GATE];
    sched->from_sip = plain->gates[FROM_SIP - FIRST_GATE];
    sched->after_upgrade = plain->gates[AFTER_UPGRADE - FIRST_GATE];
    sched->user_configurable = plain->gates[USER_CONFIGURABLE - FIRST_GATE];
    sched->has_triggers = plain->has_triggers;
}

void provi_settings_forget(struct provi_env *env)
{
    env->last_settings.generation = 0;
}

void provi_settings_free(struct provi_env *env)
{
    for (size_t i = 0; i < PROVI_N_LISTS; i++)
        provi_secret_clear(&env->last_settings.lists[i], &env->alloc);
}
