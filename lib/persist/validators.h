/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * What the four rules brought last: a file that is known, on a store that has not changed since,
 * need not be written again, nor even be sent.
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
    struct provi_digest source;   /* its address, and what else decides how it is read */
    struct provi_digest document; /* values it gave that are there; all zero: not known */
    uint64_t generation;          /* 0: they never were, they are refused */
    int64_t wall_s;               /* when it was received, UTC seconds; -1: not known */
    prov_str etag;                /* at most PROVI_MAX_ETAG bytes, in the same block */
};

struct provi_validators {
    struct provi_digest reader;                   /* firmware and options of this agent */
    struct provi_validator *files[PROVI_N_RULES]; /* NULL: nothing known */
    bool is_changed;                              /* since it was kept */
    uint64_t
        staged_generation; /* of the values that a record of all this was staged with; 0: none */
};

prov_status provi_validators_init(struct provi_records *records, const struct prov_device *device,
                                  struct prov_error *err);
void provi_validators_free(struct provi_records *records);

/** What has to be the same for a file to be the same: address, user, and who reads it. */
prov_status provi_validators_source(struct provi_records *records,
                                    const struct prov_request *request, struct provi_digest *source,
                                    struct prov_error *err);

/** The ETag to ask with, also of a file that is refused, or nothing; borrowed until it is set. */
prov_str provi_validators_etag(const struct provi_records *records, size_t rule,
                               const struct provi_digest *source);

/** Whether these values came last from there, and the store has not changed since. */
bool provi_validators_has(const struct provi_records *records, size_t rule,
                          const struct provi_digest *source, const struct provi_digest *document);

/** Whether what came last from there was rolled back: it need not be sent again. */
bool provi_validators_is_refused(const struct provi_records *records, size_t rule,
                                 const struct provi_digest *source);

/** prov_agent_validator_get() */
prov_status provi_validators_get(const struct provi_records *records, size_t rule,
                                 struct prov_validator *out);

/**
 * These values are in the store now, or are refused. Without memory for it that is not known.
 *
 * @param document  NULL: there is no digest, since nothing differed.
 */
void provi_validators_set(struct provi_records *records, size_t rule,
                          const struct provi_digest *source, const struct provi_digest *document,
                          prov_str etag);

/**
 * The same inside the transaction of these values, so that one write to flash makes both durable;
 * provi_validators_set() is to follow. Where it does not succeed, provi_validators_save() does it
 * later.
 */
void provi_validators_stage(struct provi_records *records, size_t rule,
                            const struct provi_digest *source, const struct provi_digest *document,
                            prov_str etag);

/** Have the host keep it, if it changed; find it again after a reboot. */
void provi_validators_save(struct provi_records *records);
void provi_validators_load(struct provi_records *records);

#endif
