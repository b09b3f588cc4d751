/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Validators: for each of the four rules, a record of the last applied file. While the store is
 * unchanged, the same file is not applied again, and the server need not send it again if its ETag
 * is equal.
 */
#ifndef PROVI_PERSIST_VALIDATORS_H
#define PROVI_PERSIST_VALIDATORS_H

#include <provision/agent.h>
#include <provision/transport.h>

#include "decode/digest.h"

struct provi_records;

enum {
    PROVI_N_RULES = 4,      /* Profile_Rule, B, C, D */
    PROVI_MAX_ETAG = 128,   /* longer ones are not recorded */
    PROVI_NO_RULE = 0xffff, /* the rule of a request, which has no validators */
};

/** Names of the rules, in the order in which a resync carries them out. */
extern const char *const provi_rule_names[PROVI_N_RULES];

/** The file of a rule. The store had all its values at this `generation`. */
struct provi_validator {
    struct provi_digest source; /* see provi_validators_source() */
    uint64_t document;          /* provi_stage_hash() of the file's values; 0: unknown */
    uint64_t generation;        /* 0: the values were not stored, since they are quarantined */
    int64_t wall_s;             /* when it was received, UTC seconds; -1: unknown */
    prov_str etag;              /* at most PROVI_MAX_ETAG bytes, in the same block */
};

struct provi_validators {
    struct provi_digest reader; /* digest of the firmware and the options of this agent */
    struct provi_validator *files[PROVI_N_RULES]; /* NULL: none */
    bool is_changed;                              /* since the last save */
    uint64_t staged_generation; /* generation with which the record was staged; 0: none */
};

prov_status provi_validators_init(struct provi_records *records, const struct prov_device *device,
                                  struct prov_error *err);
void provi_validators_free(struct provi_records *records);

/**
 * Digest of all that determines the content of a file and how it is read: method, URL, user,
 * reader.
 */
prov_status provi_validators_source(struct provi_records *records,
                                    const struct prov_request *request, struct provi_digest *source,
                                    struct prov_error *err);

/**
 * The ETag for a conditional request, also of a quarantined file; may be empty. Borrowed until
 * provi_validators_set().
 */
prov_str provi_validators_etag(const struct provi_records *records, size_t rule,
                               const struct provi_digest *source);

/** Whether the last file from @p source had these values, and the store is unchanged since. */
bool provi_validators_has(const struct provi_records *records, size_t rule,
                          const struct provi_digest *source, uint64_t document);

/**
 * Whether the last file from @p source was rolled back, so that the server need not send it again.
 */
bool provi_validators_is_refused(const struct provi_records *records, size_t rule,
                                 const struct provi_digest *source);

/** prov_agent_validator_get() */
prov_status provi_validators_get(const struct provi_records *records, size_t rule,
                                 struct prov_validator *out);

/**
 * Record that these values are stored, or quarantined. Without memory, nothing is recorded, and the
 * file is fetched again next time.
 *
 * @param document  Hash of the values; 0: unknown, since no value differed.
 */
void provi_validators_set(struct provi_records *records, size_t rule,
                          const struct provi_digest *source, uint64_t document, prov_str etag);

/**
 * Save the record of provi_validators_set() in the transaction of the values, so that one write to
 * flash makes both durable. The caller calls provi_validators_set() after the commit. If the host
 * cannot save the record now, provi_validators_save() does it later.
 */
void provi_validators_stage(struct provi_records *records, size_t rule,
                            const struct provi_digest *source, uint64_t document, prov_str etag);

/**
 * For a transaction that changes only values of the library, not of a file: save the validators
 * with the generation that the commit will produce, for all files whose values the store had at
 * generation @p before. The caller calls provi_validators_carry() after the commit.
 */
void provi_validators_stage_carried(struct provi_records *records, uint64_t before);

/** Set the generation of those files to @p after. */
void provi_validators_carry(struct provi_records *records, uint64_t before, uint64_t after);

/**
 * Have the host save all validators, if they changed. The next function loads them after a reboot.
 */
void provi_validators_save(struct provi_records *records);
void provi_validators_load(struct provi_records *records);

#endif
