/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Validators: for each of the four rules, a record of the file that was applied last. While the
 * store has not changed since, the same file is not applied again, and with its ETag the server
 * need not send it again.
 */
#ifndef PROVI_PERSIST_VALIDATORS_H
#define PROVI_PERSIST_VALIDATORS_H

#include <provision/agent.h>
#include <provision/transport.h>

#include "decode/digest.h"

struct provi_records;

enum {
    PROVI_N_RULES = 4,      /* Profile_Rule, B, C, D */
    PROVI_MAX_ETAG = 128,   /* longer ones are not kept */
    PROVI_NO_RULE = 0xffff, /* a rule of a request: it has no validators */
};

/** Their names, in the order in which a resync carries them out. */
extern const char *const provi_rule_names[PROVI_N_RULES];

/** The file of one rule, all whose values were in the store when it had this `generation`. */
struct provi_validator {
    struct provi_digest source;   /* see provi_validators_source() */
    struct provi_digest document; /* of its values, which the store has; all zero: not known */
    uint64_t generation;          /* 0: the values were never stored, they are quarantined */
    int64_t wall_s;               /* when it was received, UTC seconds; -1: not known */
    prov_str etag;                /* at most PROVI_MAX_ETAG bytes, in the same block */
};

struct provi_validators {
    struct provi_digest reader;                   /* firmware and options of this agent */
    struct provi_validator *files[PROVI_N_RULES]; /* NULL: nothing known */
    bool is_changed;                              /* since it was saved */
    uint64_t staged_generation; /* of the values that the record was staged with; 0: none */
};

prov_status provi_validators_init(struct provi_records *records, const struct prov_device *device,
                                  struct prov_error *err);
void provi_validators_free(struct provi_records *records);

/** Digest of all that decides which file comes and how it is read: method, URL, user, reader. */
prov_status provi_validators_source(struct provi_records *records,
                                    const struct prov_request *request, struct provi_digest *source,
                                    struct prov_error *err);

/** The ETag for a conditional request, also of a quarantined file; may be empty. Borrowed until
 * provi_validators_set(). */
prov_str provi_validators_etag(const struct provi_records *records, size_t rule,
                               const struct provi_digest *source);

/** Whether these values came last from @p source, and the store has not changed since. */
bool provi_validators_has(const struct provi_records *records, size_t rule,
                          const struct provi_digest *source, const struct provi_digest *document);

/** Whether the last file from @p source was rolled back: it need not be sent again. */
bool provi_validators_is_refused(const struct provi_records *records, size_t rule,
                                 const struct provi_digest *source);

/** prov_agent_validator_get() */
prov_status provi_validators_get(const struct provi_records *records, size_t rule,
                                 struct prov_validator *out);

/**
 * Record that these values are in the store now, or are quarantined. Without memory, nothing is
 * recorded, and the file is fetched again next time.
 *
 * @param document  NULL: there is no digest, since no value differed.
 */
void provi_validators_set(struct provi_records *records, size_t rule,
                          const struct provi_digest *source, const struct provi_digest *document,
                          prov_str etag);

/**
 * Save that record inside the transaction of these values, so that one write to flash makes both
 * durable; the caller calls provi_validators_set() afterwards. If the host cannot save it now,
 * provi_validators_save() saves it later.
 */
void provi_validators_stage(struct provi_records *records, size_t rule,
                            const struct provi_digest *source, const struct provi_digest *document,
                            prov_str etag);

/**
 * Inside a transaction that writes only values of the library's own, which come from no file: save
 * the records of the files whose values the store had when its generation was @p before, with the
 * generation that the commit will produce. provi_validators_carry() follows.
 */
void provi_validators_stage_carried(struct provi_records *records, uint64_t before);

/** The store still had the values of those files when its generation was @p after. */
void provi_validators_carry(struct provi_records *records, uint64_t before, uint64_t after);

/** Have the host save all validators, if they changed; load them after a reboot. */
void provi_validators_save(struct provi_records *records);
void provi_validators_load(struct provi_records *records);

#endif
