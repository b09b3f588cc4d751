/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The states of the customization, their transitions, and the record that survives a reboot. */
#include "jobs/activation_priv.h"

#include "base/error.h"
#include "base/record.h"
#include "base/str.h"
#include "fetch/log.h"
#include "jobs/activation_answer.h"
#include "macro/vars.h"
#include "persist/save.h"

static const char record_name[] = "activate";
static const char record_mark[] = "PVG1";

static prov_str text_of(uint32_t outcome)
{
    switch (outcome) {
    case PROV_CODE_NONE:
    case PROV_CODE_ACCEPTED: return PROVI_LIT("");
    case PROV_CODE_UNKNOWN:
    case PROV_CODE_USED:
    case PROV_CODE_EXPIRED: return PROVI_LIT("Invalid activation code");
    case PROV_CODE_NOT_STORED: return PROVI_LIT("Activation cannot be stored");
    default: return PROVI_LIT("Activation service not available");
    }
}

prov_status provi_activation_save_kept(void *ctx, struct prov_error *err)
{
    struct provi_activation *activation = ctx;
    const struct provi_activation_kept *kept = &activation->kept;
    struct provi_record record;
    provi_save_begin(&record, provi_activation_env(activation), record_mark);
    provi_record_number(&record, kept->state, 1);
    provi_record_number(&record, kept->contact, 1);
    provi_record_number(&record, kept->is_code_sent, 1);
    provi_record_number(&record, kept->rule_crc, 4);
    prov_status status =
        provi_save_end(&record, provi_activation_env(activation), record_name, err);
    if (status == PROV_OK)
        activation->saved = *kept;
    return status;
}

static bool is_saved(const struct provi_activation *activation)
{
    const struct provi_activation_kept *a = &activation->kept, *b = &activation->saved;
    return a->state == b->state && a->contact == b->contact && a->is_code_sent == b->is_code_sent &&
           a->rule_crc == b->rule_crc;
}

/* A failure is harmless: without the record the device asks the service once more after a
 * reboot. */
void provi_activation_save(struct provi_activation *activation)
{
    struct prov_error error = {0};
    if (!is_saved(activation) && provi_activation_save_kept(activation, &error) != PROV_OK)
        provi_save_warn(provi_activation_env(activation), record_name, &error);
}

/* Show the state. Report it if it differs from the last report, or if a code has an outcome. */
void provi_activation_show(struct provi_activation *activation, bool has_outcome)
{
    const struct provi_activation_kept *kept = &activation->kept;
    struct prov_activation *shown = &activation->shown;
    const struct prov_activation now = {
        .size = sizeof now,
        .state = kept->state,
        .contact = kept->contact,
        .code = shown->code,
        .is_code_wanted = provi_activation_fetcher(activation)->is_code_wanted,
        .text = text_of(shown->code),
    };
    bool is_new = has_outcome || now.state != shown->state || now.contact != shown->contact ||
                  now.is_code_wanted != shown->is_code_wanted;
    *shown = now;
    provi_macro_vars_set_custom(provi_activation_env(activation)->macro_vars,
                                kept->state == PROV_CUSTOMIZATION_ACQUIRED);
    if (is_new)
        provi_env_event(provi_activation_env(activation), (struct prov_event){
                                                              .type = PROV_EVENT_ACTIVATION,
                                                              .job = PROV_JOB_ACTIVATION,
                                                              .as.activation = &now,
                                                          });
}

void provi_activation_set_state(struct provi_activation *activation, enum prov_customization state,
                                enum prov_contact contact)
{
    activation->kept.state = (uint16_t)state;
    activation->kept.contact = (uint8_t)contact;
}

enum provi_activation_rule provi_activation_read_rule(const struct provi_activation *activation,
                                                      uint32_t *crc)
{
    struct prov_param stored;
    *crc = 0;
    if (provi_param_find(&provi_activation_env(activation)->params, PROVI_LIT("Profile_Rule"),
                         PROV_LAYER_ANY, &stored) != PROV_OK)
        return PROVI_ACTIVATION_RULE_UNREADABLE;
    const prov_str text = stored.has_value ? provi_str_trim(stored.value) : PROVI_LIT("");
    if (text.len == 0)
        return PROVI_ACTIVATION_RULE_NONE;
    *crc = provi_crc32(0, text);
    return provi_activation_is_gds(text) ? PROVI_ACTIVATION_RULE_GDS : PROVI_ACTIVATION_RULE_OTHER;
}

/* Whether no file has provisioned the device, and no service has sent a rule. */
bool provi_activation_is_fresh(const struct provi_activation *activation)
{
    switch (activation->kept.state) {
    case PROV_CUSTOMIZATION_OPEN:
    case PROV_CUSTOMIZATION_PENDING:
    case PROV_CUSTOMIZATION_UNAVAILABLE: return true;
    default: return false;
    }
}

/* A stored rule, and servers that DHCP offers, end first contact. A rule that a resync brought came
 * from the servers. */
static void observe(struct provi_activation *activation, enum provi_activation_rule rule,
                    uint32_t crc, bool is_resync_end)
{
    const struct provi_fetcher *fetcher = provi_activation_fetcher(activation);
    bool is_pending = activation->kept.state == PROV_CUSTOMIZATION_CUSTOM_PENDING;
    bool is_other = rule == PROVI_ACTIVATION_RULE_OTHER && crc != activation->kept.rule_crc;
    bool is_domain = provi_dhcp_is_domain(fetcher);
    bool is_by_servers = provi_activation_is_fresh(activation) && !activation->seen_crc &&
                         provi_dhcp_servers(fetcher).len &&
                         (!is_domain || (is_other && is_resync_end));
    if (rule == PROVI_ACTIVATION_RULE_UNREADABLE)
        return;
    if (rule == PROVI_ACTIVATION_RULE_GDS && fetcher->is_code_wanted) {
        provi_activation_set_state(activation, PROV_CUSTOMIZATION_PENDING, PROV_CONTACT_NONE);
        activation->kept.rule_crc = 0;
    } else if (rule == PROVI_ACTIVATION_RULE_GDS) {
        /* evaluated in a resync */
    } else if (is_by_servers) {
        provi_activation_set_state(activation, PROV_CUSTOMIZATION_ABORTED,
                                   is_domain ? PROV_CONTACT_SRV : PROV_CONTACT_DHCP);
    } else if (is_other && (provi_activation_is_fresh(activation) || is_pending)) {
        provi_activation_set_state(activation, PROV_CUSTOMIZATION_ABORTED, PROV_CONTACT_HAND);
    }
    activation->seen_crc = crc;
}

/* The rule that led to a server, code or service was removed: first contact begins anew. */
static bool is_removed(const struct provi_activation *activation, enum provi_activation_rule rule)
{
    return rule == PROVI_ACTIVATION_RULE_NONE && activation->seen_crc &&
           (provi_activation_is_fresh(activation) ||
            activation->kept.state == PROV_CUSTOMIZATION_CUSTOM_PENDING);
}

static void begin_anew(struct provi_activation *activation)
{
    provi_activation_set_state(activation, PROV_CUSTOMIZATION_OPEN, PROV_CONTACT_NONE);
    activation->kept.rule_crc = 0;
    activation->wants_resync = true; /* its end decides whether to ask the service */
}

/* Start a resync if a new rule was stored, or DHCP made a new offer. */
void provi_activation_watch(struct provi_activation *activation)
{
    struct provi_fetcher *fetcher = provi_activation_fetcher(activation);
    uint32_t crc;
    if (activation->rule.job.jobs->running)
        return;
    enum provi_activation_rule rule = provi_activation_read_rule(activation, &crc);
    bool is_fresh_before = provi_activation_is_fresh(activation);
    bool has_rule = rule == PROVI_ACTIVATION_RULE_GDS ||
                    (rule == PROVI_ACTIVATION_RULE_OTHER && is_fresh_before);
    bool has_offer = fetcher->n_offers != activation->seen_offers && is_fresh_before;
    activation->wants_resync |= (has_rule && crc != activation->seen_crc) || has_offer;
    if (is_removed(activation, rule))
        begin_anew(activation);
    activation->seen_offers = fetcher->n_offers;
    if (rule != PROVI_ACTIVATION_RULE_UNREADABLE && crc != activation->seen_crc)
        fetcher->is_code_wanted = false;
    observe(activation, rule, crc, false);
}

static void load(struct provi_activation *activation)
{
    struct provi_reading reading;
    struct prov_error error = {0};
    if (!provi_load(&reading, provi_activation_env(activation), record_name, record_mark))
        return;
    struct provi_activation_kept *kept = &activation->kept;
    kept->state = (uint16_t)provi_reading_number(&reading, 1);
    kept->contact = (uint8_t)provi_reading_number(&reading, 1);
    kept->is_code_sent = provi_reading_number(&reading, 1);
    kept->rule_crc = (uint32_t)provi_reading_number(&reading, 4);
    if (reading.is_short || kept->state > PROV_CUSTOMIZATION_UNAVAILABLE ||
        kept->contact > PROV_CONTACT_HAND) {
        *kept = (struct provi_activation_kept){0};
        provi_fail(&error, PROV_E_CORRUPT, "the saved record is not one of this release");
        provi_load_warn(provi_activation_env(activation), record_name, &error);
    }
    provi_load_end(&reading, provi_activation_env(activation));
    activation->saved = *kept;
}

/* The device stopped while a code was under way; the person who entered it expects a result. */
void provi_activation_boot(struct provi_activation *activation)
{
    load(activation);
    bool was_sent = activation->kept.is_code_sent;
    if (was_sent) {
        activation->kept.is_code_sent = false;
        activation->shown.code = PROV_CODE_INTERRUPTED;
        if (provi_activation_is_fresh(activation))
            provi_activation_set_state(activation, PROV_CUSTOMIZATION_PENDING, PROV_CONTACT_NONE);
        provi_log_text(provi_activation_fetcher(activation), PROV_JOB_ACTIVATION, NULL,
                       PROV_SEVERITY_WARNING,
                       PROVI_LIT("activation: the device restarted while a code was under way; the "
                                 "code may be used up"));
    }
    enum provi_activation_rule rule = provi_activation_read_rule(activation, &activation->seen_crc);
    if (rule == PROVI_ACTIVATION_RULE_NONE &&
        activation->kept.state == PROV_CUSTOMIZATION_CUSTOM_PENDING)
        begin_anew(activation); /* the rule was removed while the device was off */
    activation->seen_offers = provi_activation_fetcher(activation)->n_offers;
    provi_activation_save(activation);
    provi_activation_show(activation, was_sent);
}

/* The profile may have replaced the rule that named it. */
void provi_activation_end_of_resync(struct provi_activation *activation)
{
    uint32_t crc;
    enum provi_activation_rule rule = provi_activation_read_rule(activation, &crc);
    if (activation->kept.state == PROV_CUSTOMIZATION_CUSTOM_PENDING &&
        rule != PROVI_ACTIVATION_RULE_UNREADABLE)
        activation->kept.rule_crc = crc;
    if (rule == PROVI_ACTIVATION_RULE_GDS && !provi_activation_fetcher(activation)->is_code_wanted)
        rule = PROVI_ACTIVATION_RULE_OTHER; /* the condition of its first alternative was false */
    observe(activation, rule, crc, true);
    provi_activation_save(activation);
    provi_activation_show(activation, false);
}

/* Only a resync by the stored rules counts, not one by the rule of a request, and only if it
 * succeeded. */
void provi_activation_end_resync(struct provi_activation *activation,
                                 const struct prov_result *result)
{
    bool is_good = result->outcome == PROV_OUTCOME_APPLIED ||
                   result->outcome == PROV_OUTCOME_UNCHANGED ||
                   result->outcome == PROV_OUTCOME_ASSIGNED;
    if (!is_good || !provi_str_starts(result->rule, PROVI_LIT("Profile_Rule")))
        return;
    if (activation->kept.state == PROV_CUSTOMIZATION_CUSTOM_PENDING)
        activation->kept.state = PROV_CUSTOMIZATION_ACQUIRED;
    else if (provi_activation_is_fresh(activation) &&
             provi_dhcp_is_domain(provi_activation_fetcher(activation)))
        provi_activation_set_state(activation, PROV_CUSTOMIZATION_ABORTED, PROV_CONTACT_SRV);
    provi_activation_save(activation);
    provi_activation_show(activation, false);
}
