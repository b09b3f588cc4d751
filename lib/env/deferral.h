/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Stages that the host defers, and their latest time. */
#ifndef PROVI_ENV_DEFERRAL_H
#define PROVI_ENV_DEFERRAL_H

#include <provision/event.h>
#include <provision/host.h>

struct provi_env;

enum { PROVI_N_STAGES = PROV_STAGE_UPGRADE + 1 };

/** One deferred stage. All zero: not deferred. */
struct provi_deferral {
    uint8_t waits_for;   /* PROV_WAIT_HOST, PROV_WAIT_LINES; 0: not deferred */
    bool is_reported;    /* the host's deferral has been reported */
    bool is_rechecked;   /* a notification came: the host is asked before `ask_ms` */
    int64_t deferred_ms; /* by the host in total, its present wait included */
    int64_t ask_ms;      /* end of its present wait, unless `is_rechecked` */
};

/** Whether a stage may begin now; asks the host, if that is due. */
bool provi_deferral_allows(struct provi_env *env, enum prov_stage stage);

/** Whether a resync may begin now; after a delay the lines have to be idle once more. */
bool provi_deferral_allows_start(struct provi_env *env);

/** Whether lines are idle; if not, the stage is deferred until they are checked again. */
bool provi_deferral_lines_are_idle(struct provi_env *env, enum prov_stage stage);

/** A stage has begun, or is not needed any more. */
void provi_deferral_end(struct provi_env *env, enum prov_stage stage);

/** Milliseconds until a deferred stage is checked again; 0: at once. */
int64_t provi_deferral_left_ms(const struct provi_env *env, enum prov_stage stage);

/** Whether a stage is deferred, and not to be checked yet. */
bool provi_deferral_waits(const struct provi_env *env, enum prov_stage stage);

/**
 * Milliseconds until a host is to be asked again; -1: no stage waits for that. A stage whose time
 * is over is in the hands of its job, which may wait for another one.
 */
int64_t provi_deferral_timeout_ms(const struct provi_env *env);

/** Ask again at once. */
void provi_deferral_recheck(struct provi_env *env);

#endif
