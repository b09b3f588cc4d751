/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The parameters of the scheduler, read from the host's store.
 *
 * For a stored value that does not fit its type, the default applies. For a parameter that cannot
 * be read, the value that was read last applies, or the default; gates and triggers have no such
 * value: they stay closed until they can be read. Either fault is reported once, until the
 * parameter is valid again.
 */
#ifndef PROVI_ENV_SETTINGS_H
#define PROVI_ENV_SETTINGS_H

#include <provision/sched.h>

#include "base/alloc.h"
#include "env/param.h"

struct provi_env;

enum { PROVI_N_LISTS = 3, PROVI_N_NUMBERS = 3, PROVI_N_GATES = 5 };

/** Numbers, gates, and whether there is a trigger, as in struct prov_sched_settings. */
struct provi_plain_settings {
    uint32_t numbers[PROVI_N_NUMBERS];
    uint8_t gates[PROVI_N_GATES];
    uint8_t has_triggers;
};

/** The values read last, and the faults that were reported. All zero: none. */
struct provi_last_settings {
    struct provi_secret lists[PROVI_N_LISTS]; /* texts that are not the default */
    uint16_t known;                           /* bit per list: `texts` has it */
    uint16_t reported_unreadable;             /* bit per parameter */
    uint16_t reported_invalid;                /* likewise */
    uint32_t odd_time; /* CRC of the invalid Resync_At that was reported; 0: none */
    struct provi_plain_settings plain;
    uint64_t generation; /* of the store, when they were read; 0: read them again */
    /* Of Profile_Authentication_Type, which is for all jobs. */
    uint8_t account_kind;          /* enum prov_credentials, of the last valid value */
    bool is_account_kind_reported; /* the value is invalid, and that was reported */
};

/** Settings and the texts they point to, for one step. Not to be copied. */
struct provi_settings {
    struct prov_sched_settings sched;
    char lists[PROVI_N_LISTS][PROVI_DELAYS_CAP];
    bool is_makeshift; /* a parameter could not be read or stored: read again soon */
};

/**
 * Read all settings, and report each fault in them to the host once. From the start of a resync to
 * its end they are read once, if the host's store has a generation and that stays the same.
 */
void provi_settings_read(struct provi_settings *settings, struct provi_env *env);

/**
 * After a notification, a commit or a turn without a resync: the next call reads them, even if the
 * generation of the store has not changed.
 */
void provi_settings_forget(struct provi_env *env);

/** Element @p index of Resync_Error_Retry_Delay, for retries beside the scheduler's; -1: none. */
int64_t provi_settings_retry_ms(struct provi_env *env, uint32_t index, uint32_t entropy);

/** Whether Provision_Enable is Yes. PROV_OK, or why it cannot be read. */
prov_status provi_settings_enabled(struct provi_env *env, bool *is_enabled);

/** Record that trigger 1 or 2 was evaluated, or could not be.
 *
 * @param error  NULL: it was. Else the reason, which is reported once.
 */
void provi_settings_record_trigger(struct provi_env *env, unsigned number, bool is_unreadable,
                                   struct prov_error *error);

void provi_settings_free(struct provi_env *env);

#endif
