/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Shared by the files of the activation. */
#ifndef PROVI_JOBS_ACTIVATION_PRIV_H
#define PROVI_JOBS_ACTIVATION_PRIV_H

#include <provision/activation.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "jobs/rule_job.h"

#define PROVI_ACTIVATION_NAME "activation" /* shown in events in place of a rule's name */

/* The record, which survives a reboot. */
struct provi_activation_kept {
    uint16_t state;    /* enum prov_customization */
    uint8_t contact;   /* enum prov_contact */
    bool is_code_sent; /* the code was sent and its outcome is open */
    uint32_t rule_crc; /* of Profile_Rule as the service sent it, for CUSTOM_PENDING */
};

/* How Profile_Rule is stored. */
enum provi_activation_rule {
    PROVI_ACTIVATION_RULE_NONE, /* not stored: use the default, and DHCP's server */
    PROVI_ACTIVATION_RULE_GDS,
    PROVI_ACTIVATION_RULE_OTHER,
    PROVI_ACTIVATION_RULE_UNREADABLE,
};

/* The last response of a service since the start. */
struct provi_activation_offer {
    bool is_given;
    int64_t at_ms;
    struct provi_buffer shown; /* Profile_Rule, secrets masked */
};

struct provi_attempt;

struct provi_activation {
    struct provi_rule_job rule;
    struct provi_activation_offer by_service, by_code;
    struct provi_secret code_url;
    struct provi_secret contact_url;
    struct provi_buffer form;    /* of the exchange under way; contains the code */
    struct provi_buffer servers; /* of the resync under way: provi_fetcher.factory_servers */
    struct provi_activation_kept kept;
    struct provi_activation_kept saved; /* as last saved by the host */
    struct prov_activation shown;
    uint32_t seen_crc;    /* of Profile_Rule at the end of the last resync */
    uint32_t seen_offers; /* of DHCP */
    bool wants_resync;
    bool is_unstored; /* the device could not store the rules that the service sent */
};

static inline struct provi_env *provi_activation_env(const struct provi_activation *activation)
{
    return provi_job_env(&activation->rule.job);
}

static inline struct provi_fetcher *
provi_activation_fetcher(const struct provi_activation *activation)
{
    return activation->rule.job.jobs->fetcher;
}

/* activation_exchange.c: functions of the row, and the last offer of each source. */
prov_status provi_activation_decide(struct provi_rule_job *job, struct prov_error *err);
void provi_activation_fill_extra(struct provi_rule_job *job, struct provi_fetch_extra *extra);
prov_status provi_activation_accept(struct provi_rule_job *job, prov_str file,
                                    struct prov_error *err);
void provi_activation_ended(struct provi_rule_job *job, const struct prov_result *result);
bool provi_activation_find_offer(const struct provi_activation *activation, uint32_t contact,
                                 struct prov_contact_offer *out);

/* activation_places.c */

/** A resync begins: plan which URLs to try if no rule is stored. */
void provi_activation_plan_places(struct provi_activation *activation);

/** provi_fetcher.choose_other_place */
bool provi_activation_other_place(struct provi_attempt *attempt);

/* activation_state.c */

/** Save the record; @p ctx is the activation. */
prov_status provi_activation_save_kept(void *ctx, struct prov_error *err);

/** Save the record if it changed; warn on failure. */
void provi_activation_save(struct provi_activation *activation);

/** Report the state if it changed, or a code has an outcome. */
void provi_activation_show(struct provi_activation *activation, bool has_outcome);

void provi_activation_set_state(struct provi_activation *activation, enum prov_customization state,
                                enum prov_contact contact);

/** How Profile_Rule is stored, and its checksum. */
enum provi_activation_rule provi_activation_read_rule(const struct provi_activation *activation,
                                                      uint32_t *crc);

/** Whether no file has provisioned the device, and no service has sent a rule. */
bool provi_activation_is_fresh(const struct provi_activation *activation);

/** Detect rules that were stored by hand between two resyncs, and new offers of DHCP. */
void provi_activation_watch(struct provi_activation *activation);
void provi_activation_boot(struct provi_activation *activation);
void provi_activation_end_of_resync(struct provi_activation *activation);

/** Update the state by the result of a resync. */
void provi_activation_end_resync(struct provi_activation *activation,
                                 const struct prov_result *result);

#endif
