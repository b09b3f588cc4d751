/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The parameters that steer the scheduler, read from the host's store.
 *
 * What is stored but does not fit its type counts as its default. What cannot be read counts as it
 * was read last, else as its default; gates and triggers have no such value: nothing passes them
 * until they can be read. Either is reported once, until the parameter is valid again.
 */
#ifndef PROVI_ENV_SETTINGS_H
#define PROVI_ENV_SETTINGS_H

#include <provision/sched.h>

#include "base/alloc.h"
#include "env/param.h"

struct provi_env;

enum { PROVI_N_LISTS = 3 };

/** Numbers, gates, and whether there is a trigger, as struct prov_sched_settings has them. */
struct provi_plain_settings {
    uint32_t at_random_s, random_delay, forced_delay_s;
    uint8_t provision_enable, on_reset, from_sip, after_upgrade, user_configurable, has_triggers;
};

/** The values read last, and the faults reported to the host; all zero at first. */
struct provi_last_settings {
    struct provi_secret lists[PROVI_N_LISTS]; /* texts that are not the default */
    uint16_t known;                           /* bit per list: that is its text */
    uint16_t reported_unreadable;             /* bit per parameter */
    uint16_t reported_invalid;                /* likewise */
    struct provi_plain_settings plain;
    uint64_t generation; /* of the store that `lists` and `plain` are of; 0: read them again */
};

/** Settings and the texts they point to; lives on the stack for one step. Not to be copied. */
struct provi_settings {
    struct prov_sched_settings sched;
    char lists[PROVI_N_LISTS][PROVI_DELAYS_CAP];
    bool is_makeshift; /* something could not be read or remembered: read again soon */
};

/**
 * Read all settings, and report each fault in them to the host once. Within a turn they are read
 * once, if the host's store has a generation and that stays the same.
 */
void provi_settings_read(struct provi_settings *settings, struct provi_env *env);

/**
 * A turn is over, the host notified, or values were committed: the next call reads them, also in a
 * store whose generation fails to change.
 */
void provi_settings_forget(struct provi_env *env);

/** Element @p index of Resync_Error_Retry_Delay, for retries beside the scheduler's; -1: none. */
int64_t provi_settings_retry_ms(struct provi_env *env, uint32_t index, uint32_t entropy);

/** Whether Provision_Enable is Yes. PROV_OK, or why it cannot be read. */
prov_status provi_settings_enabled(struct provi_env *env, bool *is_enabled);

/**
 * Trigger 1 or 2 was evaluated, or could not be.
 *
 * @param error  NULL: it was. Else the reason, which is reported once.
 */
void provi_settings_note_trigger(struct provi_env *env, unsigned number, bool is_unreadable,
                                 struct prov_error *error);

void provi_settings_free(struct provi_env *env);

#endif
