/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The upgrade job: Upgrade_Rule, or a rule on request; and the result of an upgrade after the
 * reboot that it needs. For its own files.
 */
#ifndef PROVI_JOBS_UPGRADE_PRIV_H
#define PROVI_JOBS_UPGRADE_PRIV_H

#include <provision/upgrade.h>

#include "decode/digest.h"
#include "jobs/rule_job.h"

enum {
    PROVI_UPGRADE_SATISFIED = 8,
    PROVI_UPGRADE_FILES = 32,
    PROVI_UPGRADE_MAX_LOAD = 128,
    PROVI_UPGRADE_MAX_URL = 512,
    PROVI_UPGRADE_MAX_ERR = 256,
    PROVI_UPGRADE_BOOTS = 3, /* an image that failed to boot so often is quarantined */
};

/** The image of an attempt. */
struct provi_upgrade_image {
    struct provi_digest target;
    struct provi_digest id; /* digest of the target and of the pinned digest */
    bool is_on_request;     /* not by Upgrade_Rule */
    char load[PROVI_UPGRADE_MAX_LOAD];
    char version[PROV_UPGRADE_VERSION_CAP];
    char url[PROVI_UPGRADE_MAX_URL]; /* secrets masked */
    char server_ip[64];
};

/** The record of an upgrade, saved before the steps that need it after a reboot. */
struct provi_upgrade_record {
    uint8_t step;           /* enum prov_upgrade_step, without FETCHING and WAITING */
    bool is_rebooting;      /* INSTALLED: the host was asked for the reboot */
    bool is_reinstalled;    /* INSTALLED: activated once more after a power cut */
    uint8_t n_failed_boots; /* of `failed_boot` */
    uint32_t n_failed;      /* attempts by Upgrade_Rule since the last success */

    /* The loop guard. */
    struct provi_digest key;                                /* of Upgrade_Rule */
    struct provi_digest satisfied[PROVI_UPGRADE_SATISFIED]; /* targets, the latest last */
    uint8_t n_satisfied;
    struct provi_digest failed_boot; /* `id` of an image */

    struct provi_upgrade_image image; /* of the present or last attempt */
    char err[PROVI_UPGRADE_MAX_ERR];  /* `$UPGERR` */
};

#define PROVI_UPGRADE_RULE "Upgrade_Rule"

/** The job. */
struct provi_upgrade {
    struct provi_rule_job rule;
    struct prov_upgrade_host host;
    struct provi_upgrade_record record;
    struct prov_upgrade shown; /* by prov_agent_upgrade_get() */

    /* When to decide. */
    struct provi_digest seen_key; /* of Upgrade_Rule at the last decision */
    bool is_notified;             /* check whether it changed */
    bool is_waiting;              /* the host answered WAIT */
    bool is_unresolved;           /* after a boot: ask the host whether the image runs */
    bool is_booting;              /* and it was not tried before */
    bool is_asked;                /* the host was asked, and `answer` has its answer */
    bool is_condemned;            /* the image that runs has failed; a reboot is wanted */
    bool has_failed;              /* the attempt by the same rule failed: it waits for its retry */
    bool is_circle_reported;
    int64_t confirm_until_ms; /* TESTING */

    /* The attempt under way. */
    struct prov_upgrade_answer answer;
    struct provi_upgrade_image next; /* of the decision, until the record has it */
    struct provi_digester digester;
    bool is_hashing;
    uint32_t number; /* of the file */
    char file[PROV_UPGRADE_FILE_CAP];
    char etag[PROV_UPGRADE_ETAG_CAP]; /* of the file */
};

static inline struct provi_upgrade *provi_upgrade_of(struct provi_rule_job *job)
{
    return (struct provi_upgrade *)job;
}

static inline struct provi_env *provi_upgrade_env(const struct provi_upgrade *upgrade)
{
    return provi_job_env(&upgrade->rule.job);
}

/* upgrade_decide.c: whether to start an attempt. */

/** Carry out a request, or Upgrade_Rule unless its target is settled. */
prov_status provi_upgrade_decide(struct provi_rule_job *job, struct prov_error *err);

/** Limits of the transfer, and the bytes that the host kept. */
void provi_upgrade_fill_extra(struct provi_rule_job *job, struct provi_fetch_extra *extra);

/** Delay of a retry, by Upgrade_Error_Retry_Delay; none for an image in quarantine. */
int64_t provi_upgrade_retry_ms(struct provi_rule_job *job, uint32_t n_failed);

bool provi_upgrade_is_enabled(const struct provi_upgrade *upgrade);

/* upgrade_files.c: functions of the row while the files are fetched. */

prov_status provi_upgrade_begin_file(struct provi_rule_job *job, uint64_t offset,
                                     struct prov_error *err);
prov_status provi_upgrade_write(struct provi_rule_job *job, const void *data, size_t len,
                                struct prov_error *err);
bool provi_upgrade_next_file(struct provi_rule_job *job, prov_str *name);
prov_status provi_upgrade_accept(struct provi_rule_job *job, prov_str file, struct prov_error *err);
void provi_upgrade_ended(struct provi_rule_job *job, const struct prov_result *result);

/* upgrade_boot.c: the result of an upgrade after the reboot. */

/** Load the record. */
void provi_upgrade_boot(struct provi_upgrade *upgrade);

/** Ask the host whether the image runs, if that is not known. */
void provi_upgrade_resolve(struct provi_upgrade *upgrade);

/** The image runs and is confirmed. Any status of the host's `save`: it is not. */
prov_status provi_upgrade_succeed(struct provi_upgrade *upgrade, struct prov_error *err);

/** Fail an image whose confirmation is late. */
void provi_upgrade_check_time(struct provi_upgrade *upgrade);

/* upgrade_host.c: reports to host and log. */

void provi_upgrade_copy_text(char *buf, size_t cap, prov_str text);

/** The target for the host, with the data of the file under way. Borrows from both. */
struct prov_upgrade_target provi_upgrade_target(const struct provi_upgrade *upgrade,
                                                const struct provi_upgrade_image *image);

/** Ask the host where an image is; `answer` has it. */
prov_status provi_upgrade_inspect(struct provi_upgrade *upgrade,
                                  const struct provi_upgrade_image *image, struct prov_error *err);

/** Save the record, and have the host boot the image next. */
prov_status provi_upgrade_activate(struct provi_upgrade *upgrade, struct prov_error *err);
void provi_upgrade_abort(struct provi_upgrade *upgrade);
void provi_upgrade_request_reboot(struct provi_upgrade *upgrade);

void provi_upgrade_fill_shown(struct provi_upgrade *upgrade);
void provi_upgrade_report(struct provi_upgrade *upgrade);
void provi_upgrade_warn(struct provi_upgrade *upgrade, prov_str text,
                        const struct prov_error *error);
/** The state cannot be saved. */
void provi_upgrade_warn_unsaved(struct provi_upgrade *upgrade, const struct prov_error *error);
void provi_upgrade_save_or_warn(struct provi_upgrade *upgrade);

/** Log and record the result of an upgrade after its reboot. */
void provi_upgrade_conclude(struct provi_upgrade *upgrade, bool has_failed, prov_str err_text);

/** End the attempt. */
void provi_upgrade_end_operation(struct provi_upgrade *upgrade);

/* upgrade_record.c */

/** Save; NOT_FOUND never. */
prov_status provi_upgrade_save(struct provi_upgrade_record *record, struct provi_env *env,
                               struct prov_error *err);

/** Load, all zero if there is none. */
void provi_upgrade_load(struct provi_upgrade_record *record, struct provi_env *env);

/** How often the record's image failed to boot. */
unsigned provi_upgrade_n_failed_boots(const struct provi_upgrade_record *record,
                                      const struct provi_upgrade_image *image);

bool provi_upgrade_is_satisfied(const struct provi_upgrade_record *record,
                                const struct provi_digest *target);

/** Add a target unless there are too many, or make it the latest. */
void provi_upgrade_satisfy(struct provi_upgrade_record *record, const struct provi_digest *target);

/* upgrade_image.c */

/** Digest of scheme, server, port and path of a target, whose defaults are filled in. */
prov_status provi_upgrade_target_digest(const struct prov_rule_target *target,
                                        struct provi_digest *digest, struct prov_error *err);

/** Digest of a target and the digest that its file must have; NULL: any. */
prov_status provi_upgrade_image_digest(const struct provi_digest *target, const uint8_t *sha256,
                                       struct provi_digest *digest, struct prov_error *err);

/** Last component of a path, without query; then without `.loads`, `.bin`, `.img`. */
prov_str provi_upgrade_file(prov_str path);
prov_str provi_upgrade_load_name(prov_str file);

/** Whether a further file may have this name. */
bool provi_upgrade_is_file_name(prov_str name);

/** The version that runs: `$SWVER`. Borrowed until the next macro is read. */
prov_str provi_upgrade_running(struct provi_env *env);

/** Whether Downgrade_Rev_Limit permits a version; otherwise PROV_E_POLICY. */
prov_status provi_upgrade_permit(struct provi_env *env, prov_str version, struct prov_error *err);

#endif
