/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The form that is sent to an activation service, and its response: rules for the device. */
#ifndef PROVI_JOBS_ACTIVATION_ANSWER_H
#define PROVI_JOBS_ACTIVATION_ANSWER_H

#include "base/buffer.h"
#include "jobs/job_values.h"

enum { PROVI_ACTIVATION_RULES = 3, PROVI_ACTIVATION_CODE_CAP = 18 };

/**
 * Profile_Rule, Upgrade_Rule and Custom_CA_Rule as the service sent them; they may contain keys.
 */
struct provi_activation_answer {
    struct provi_buffer rules[PROVI_ACTIVATION_RULES];
    bool has_rule[PROVI_ACTIVATION_RULES];
    unsigned n_ignored;
    char ignored[48]; /* name of the first ignored parameter */
};

/**
 * Copy a code without blanks and hyphens.
 *
 * @return its length; 0: it is neither 16 digits nor `#` and 3 to 16 digits.
 */
size_t provi_activation_code(prov_str text, char code[PROVI_ACTIVATION_CODE_CAP]);

/**
 * Write the form for a code into @p body; for an empty code, the form that identifies this device.
 */
prov_status provi_activation_form(struct provi_env *env, prov_str code, struct provi_buffer *body,
                                  struct prov_error *err);

/** Whether a rule may resolve to a `gds://` URL. */
bool provi_activation_is_gds(prov_str rule);

/**
 * Read a response. Call provi_activation_answer_free() after it, also if it fails.
 *
 * @return PROV_OK; PROV_E_CORRUPT without a Profile_Rule that names a file; the status of the
 *         parser.
 */
prov_status provi_activation_read(struct provi_activation_answer *answer, struct provi_env *env,
                                  prov_str file, struct prov_error *err);

/**
 * Store the rules and save a record, in one transaction.
 *
 * @return PROV_OK; PROV_E_CORRUPT for an invalid Profile_Rule; the status of the host.
 */
prov_status provi_activation_store(const struct provi_activation_answer *answer,
                                   struct provi_job *job, const struct provi_job_record *record,
                                   struct prov_error *err);

void provi_activation_answer_free(struct provi_activation_answer *answer,
                                  const struct provi_env *env);

#endif
