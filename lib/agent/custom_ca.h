/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The custom CA job: after each resync, what `Custom_CA_Rule` asks for is fetched if it is not what
 * the host has, and handed to it.
 */
#ifndef PROVI_AGENT_CUSTOM_CA_H
#define PROVI_AGENT_CUSTOM_CA_H

#include <provision/base.h>

#include "decode/digest.h"

struct prov_agent;
struct provi_ca_file;
struct provi_ca_job;

/** What the host trusts, of what the agent gave it. */
enum provi_ca_trust {
    PROVI_CA_NONE,
    PROVI_CA_INSTALLED, /* the file of `source` */
    PROVI_CA_UNKNOWN,   /* the host failed to take what was committed, or the record is lost */
};

struct provi_custom_ca {
    struct provi_ca_job *job; /* the running one, or NULL */
    bool is_due;              /* look at the rule */
    enum provi_ca_trust trust;
    struct provi_digest source;          /* of the rule, as expanded */
    const struct provi_ca_file *to_keep; /* with the transaction in hand; NULL: none is */
    bool has_retry;
    int64_t retry_ms; /* look at it again then */
    uint32_t n_failed;
};

/** Nothing, for a host without `custom_ca`; then the functions below do nothing. */
prov_status provi_custom_ca_init(struct prov_agent *agent, struct prov_error *err);

/** A resync has ended. */
void provi_custom_ca_look_again(struct prov_agent *agent);

/** Do what can be done now; nothing while a resync runs. */
void provi_custom_ca_process(struct prov_agent *agent);

/** Whether provi_custom_ca_process() has something to do. */
bool provi_custom_ca_is_due(const struct prov_agent *agent);

/** Whether a fetch is under way or about to be. */
bool provi_custom_ca_is_busy(const struct prov_agent *agent);

/** Until the next attempt after a failed one, or until a transfer is late; -1: neither. */
int64_t provi_custom_ca_timeout_ms(const struct prov_agent *agent);

/** A resync begins: what is under way is begun anew after it. */
void provi_custom_ca_put_off(struct prov_agent *agent);

/** Cancel what runs on the network; the job itself stays. */
void provi_custom_ca_cancel(struct prov_agent *agent);

void provi_custom_ca_free(struct prov_agent *agent);

#endif
